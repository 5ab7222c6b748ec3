/**
 * Parts of arrays, for algorithms on vectors of any width: in JavaScript positions count elements. The operations on vectors of
 * `packages/wasm-kernel/assembly/algorithms/fft/lanes.ts` are written in the place of their calls, by
 * `packages/wasm-kernel/elementary/inlineLanes.mjs`.
 */

import { isSinglePrecision } from "../arithmetic.ts";
import type { Elements, Int } from "../elements.ts";

/** Returns an array from a position on. */
export function at(array: Elements, position: Int): Elements {
  return array.subarray(position);
}

/** Returns the floats that follow `count` int32 of an array. */
export function floatsAfter(array: Elements, count: Int): Elements {
  // An array of float64 begins at a multiple of 8.
  const { buffer, byteOffset, byteLength } = array.byteOffset % 8 === 0 ? array : array.slice();
  const start = 4 * count;
  const bytes = byteLength - start;
  return isSinglePrecision()
    ? new Float32Array(buffer, byteOffset + start, Math.floor(bytes / 4))
    : new Float64Array(buffer, byteOffset + start, Math.floor(bytes / 8));
}
