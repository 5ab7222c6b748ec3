// The time of calls in a process of Node; timing.py measures calls in Python in the same way.

/**
 * Returns the time of the first call and the median of later ones, in milliseconds, and the answer.
 *
 * @param milliseconds the time of the measurement, whose first half is a warm-up.
 */
export function timeCalls(call, milliseconds) {
  const begin = performance.now();
  const answer = call();
  const first = performance.now() - begin;
  const times = [];
  const until = performance.now() + milliseconds;
  while (performance.now() < until || times.length < 5) {
    const start = performance.now();
    call();
    times.push(performance.now() - start);
  }
  const warm = times.slice(Math.floor(times.length / 2)).sort((a, b) => a - b);
  return { first, median: warm[Math.floor(warm.length / 2)], answer };
}
