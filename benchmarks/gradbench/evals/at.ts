import type { Tensor } from "@graddiff/core";

/** Returns x[i, j, …]: the element or subarray at indices of the first axes, without these axes. */
export function at(x: Tensor, ...place: readonly number[]): Tensor {
  const ends = place.map((index) => index + 1);
  return x.slice(place, ends).reshape(x.shape.slice(place.length));
}
