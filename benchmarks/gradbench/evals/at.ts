import type { Tensor } from "@graddiff/core";

/** x[i, j, …]: what is there, without the axes that are indexed. */
export function at(x: Tensor, ...place: readonly number[]): Tensor {
  const ends = place.map((index) => index + 1);
  return x.slice(place, ends).reshape(x.shape.slice(place.length));
}
