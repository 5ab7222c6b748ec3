/** A function that returns a random number from 0 to 1 at each call. */
export type Draw = () => number;

/** Returns a generator of random numbers, determined by a seed: mulberry32, by Tommy Ettinger, public domain. */
export function draws(seed: number): Draw {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns a random number between two others. */
export const between = (draw: Draw, low: number, high: number): number =>
  low + (high - low) * draw();

/** Returns white noise, of mean 0 and standard deviation 1: the sum of three uniform numbers is nearly normal. */
export const noise = (draw: Draw): number => 2 * (draw() + draw() + draw()) - 3;
