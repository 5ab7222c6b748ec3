/** Flows of derivatives, as rules of several results and inputs make them. */

import type { Flow, Flows } from "../graph/joint.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { logicalOr } from "./comparison.ts";

/** Returns a flow of a value that depends on all of these. */
export function flowOf(value: Tensor, ...from: Flows): Flow {
  const given = from.filter((flow) => flow !== undefined);
  const guards = given.flatMap(({ guard }) => guard ?? []);
  const isCertain = guards.length < given.length;
  return {
    value,
    guard: isCertain || guards.length === 0 ? undefined : guards.reduce((x, y) => logicalOr(x, y)),
  };
}

/** Returns the sum of what there is; undefined of nothing. */
export function sumOf(...terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const given = terms.filter((term) => term !== undefined);
  return given.length === 0 ? undefined : given.reduce((x, y) => x.add(y));
}
