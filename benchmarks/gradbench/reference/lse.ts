export function logSumExp(x: Float64Array): number {
  const greatest = x.reduce((most, value) => Math.max(most, value));
  return greatest + Math.log(x.reduce((sum, value) => sum + Math.exp(value - greatest), 0));
}

/** Returns the gradient of `logSumExp`. */
export function softmax(x: Float64Array): Float64Array {
  const result = logSumExp(x);
  return x.map((value) => Math.exp(value - result));
}
