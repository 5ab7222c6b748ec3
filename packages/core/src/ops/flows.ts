/**
 * Flows of derivatives that come together, as those of the results of one op, and their guards.
 */

import type { Flow, Flows } from "../graph/joint.ts";
import { zerosLike } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logicalOr } from "./comparison.ts";

/** Returns the entries that are there, in order. */
export function present<T>(list: readonly (T | undefined)[]): T[] {
  return list.filter((item) => item !== undefined);
}

/** Returns the guard of a sum of two: undefined where one has come in any case. */
export function joined(first: Tensor | undefined, second: Tensor | undefined): Tensor | undefined {
  return first && second && logicalOr(first, second);
}

/** Returns the guard of what follows from all of these together. */
export function guardOf(flows: Flows): Tensor | undefined {
  const come = present(flows);
  return come.slice(1).reduce((guard, flow) => joined(guard, flow.guard), come[0]?.guard);
}

/** Returns the cotangents of all results, zeros where none has come. */
export function filled(cotangents: Flows, results: readonly Tensor[]): Tensor[] {
  return results.map((result, i) => cotangents[i]?.value ?? zerosLike(result));
}

/** Returns a flow of a value that depends on all of these. */
export function flowOf(value: Tensor, ...from: Flows): Flow {
  return { value, guard: guardOf(from) };
}

/** Returns the sum of what there is; undefined of nothing. */
export function sumOf(...terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const inputs = present(terms);
  return inputs.length === 0 ? undefined : inputs.reduce((x, y) => x.add(y));
}
