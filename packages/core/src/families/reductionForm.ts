/**
 * The form of a reduction: which axes are walked how, and the kernel's call for it.
 */

import type { Call, ReductionName } from "../graph/kernel.ts";
import type { Shape } from "../tensor/shape.ts";
import { type NumberDType, SUFFIX } from "./exports.ts";

/**
 * The form of a reduction: outer × count × inner, where each result takes `count` elements that
 * are `inner` apart; or outer × runs × kept × length, where it takes `runs` runs of `length`
 * neighbours.
 */
export type ReductionForm =
  | {
      readonly kind: "axis";
      readonly outer: number;
      readonly count: number;
      readonly inner: number;
    }
  | {
      readonly kind: "runs";
      readonly outer: number;
      readonly runs: number;
      readonly kept: number;
      readonly length: number;
    };

/** The form of a reduction; undefined for axes in more places than the kernels know. */
export function reductionForm(shape: Shape, axes: readonly number[]): ReductionForm | undefined {
  // Neighbouring axes of one kind are one axis, and axes of length 1 are none.
  const groups: { reduced: boolean; length: number }[] = [];
  shape.forEach((length, axis) => {
    const reduced = axes.includes(axis);
    const last = groups.at(-1);
    if (length === 1) return;
    if (last?.reduced === reduced) last.length *= length;
    else groups.push({ reduced, length });
  });
  if (groups[0]?.reduced !== false) groups.unshift({ reduced: false, length: 1 });
  const [outer = 1, first = 1, kept = 1, second, more] = groups.map(({ length }) => length);
  if (more !== undefined) return undefined;
  return second === undefined
    ? { kind: "axis", outer, count: first, inner: kept }
    : { kind: "runs", outer, runs: first, kept, length: second };
}

/** Which kernels of which dtype. */
export interface ReductionKernels {
  readonly kernel: ReductionName;
  readonly dtype: NumberDType;
}

/** The call that reduces the array at one address to the other. */
export function reductionCall(
  { kernel, dtype }: ReductionKernels,
  form: ReductionForm,
  x: number,
  out: number,
  scratch: number,
): Call {
  const suffix = SUFFIX[dtype];
  if (form.kind === "runs") {
    const { outer, runs, kept, length } = form;
    return {
      function: `${kernel}Runs_${suffix}`,
      arguments: [x, out, scratch, outer, runs, kept, length],
    };
  }
  const { outer, count, inner } = form;
  return { function: `${kernel}Axis_${suffix}`, arguments: [x, out, scratch, outer, count, inner] };
}
