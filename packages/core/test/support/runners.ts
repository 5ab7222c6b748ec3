/**
 * Computes the same with both runners.
 */

import { setRunner, type Tensor } from "../../src/index.ts";

/** Returns the results of JavaScript and of WebAssembly. */
export function onBoth(compute: () => Tensor): [Tensor, Tensor] {
  setRunner("js");
  const js = compute();
  setRunner("wasm");
  return [js, compute()];
}

/** Lengths around those of vectors, of batches for which WebAssembly is used, and of the pieces of sums. */
export const LENGTHS = [
  0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 16383, 16384, 16385, 40001,
] as const;
