/**
 * Lists of tangents or cotangents, as of the results of one op, and their masks.
 */

import type { Tangent, Tangents } from "../graph/joint.ts";
import { zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logicalOr } from "./comparison.ts";

/** Returns the entries that are defined, in order. */
export function defined<T>(list: readonly (T | undefined)[]): T[] {
  return list.filter((item) => item !== undefined);
}

/** Returns the mask of a sum of two: undefined where one is not masked. */
export function joined(first: Tensor | undefined, second: Tensor | undefined): Tensor | undefined {
  return first && second && logicalOr(first, second);
}

/** Returns the mask of a value that depends on all of these. */
export function maskOf(tangents: Tangents): Tensor | undefined {
  const come = defined(tangents);
  return come.slice(1).reduce((mask, tangent) => joined(mask, tangent.mask), come[0]?.mask);
}

/** Returns the cotangents of all results, zeros where there is none. */
export function filled(cotangents: Tangents, results: readonly Tensor[]): Tensor[] {
  return results.map((result, i) => cotangents[i]?.value ?? zerosLike(result));
}

/** Returns a tangent with the mask of a value that depends on all of these. */
export function withMaskOf(value: Tensor, ...from: Tangents): Tangent {
  return { value, mask: maskOf(from) };
}

/** Returns the sum of the nonzero tangents; undefined if there are none. */
export function sumOf(...terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const inputs = defined(terms);
  return inputs.length === 0 ? undefined : inputs.reduce((x, y) => x.add(y));
}
