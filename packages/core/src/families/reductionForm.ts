/**
 * The form of a reduction: which axes are walked how, and the kernel's call for it.
 */

import type { Address, Call } from "../graph/call.ts";
import { BYTES } from "../tensor/dtype.ts";
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
  /** A `ReductionName`, as the block of the reduction says. */
  readonly kernel: string;
  readonly dtype: NumberDType;
}

/** The call that reduces one array to another. It is divided by the outer axis. */
export function reductionCall(
  { kernel, dtype }: ReductionKernels,
  form: ReductionForm,
  x: Address,
  out: Address,
  scratch: Address,
): Call {
  const suffix = SUFFIX[dtype];
  const splitInto = (elements: number, results: number, rest: number) => {
    const steps = [elements * BYTES[dtype], results * BYTES[dtype], ...new Array(rest).fill(0)];
    return { argument: 3, steps };
  };
  if (form.kind === "runs") {
    const { outer, runs, kept, length } = form;
    return {
      function: `${kernel}Runs_${suffix}`,
      arguments: [x, out, scratch, outer, runs, kept, length],
      split: splitInto(runs * kept * length, kept, 5),
    };
  }
  const { outer, count, inner } = form;
  return {
    function: `${kernel}Axis_${suffix}`,
    arguments: [x, out, scratch, outer, count, inner],
    split: splitInto(count * inner, inner, 4),
  };
}
