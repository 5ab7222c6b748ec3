/**
 * The form of a reduction: which axes are walked how, and the kernel's call for it.
 */

import type { Address, Call, Split } from "../graph/call.ts";
import { BYTES } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import { type NumberDType, SUFFIX } from "./exports.ts";
import { BLOCK } from "./orderOfSums.ts";

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

/** Returns the form of a reduction; undefined for axes in more groups of neighbours than the kernels support. */
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

/** The kernels of reductions, by dtype. */
export interface ReductionKernels {
  /** A `ReductionName`, as the block of the reduction says. */
  readonly kernel: string;
  readonly dtype: NumberDType;
}

/**
 * Returns the call that reduces one array to another. It is divided by the outer axis; of one array by its columns,
 * unless these are few, and by blocks of the tree.
 *
 * @param combine the name of the op of two elements; without it nothing is divided by blocks.
 */
export function reductionCall(
  { kernel, dtype }: ReductionKernels,
  form: ReductionForm,
  x: Address,
  out: Address,
  scratch: Address,
  combine?: string,
): Call {
  const suffix = SUFFIX[dtype];
  const bytes = BYTES[dtype];
  /** Returns the split of a call by units of work, each of `elements` of x and `results` of the results. */
  const split = (along: string, argument: number, elements: number, results: number): Split => ({
    along,
    argument,
    steps: [elements * bytes, results * bytes, 0, 0, 0, 0, 0, 0],
  });
  if (form.kind === "runs") {
    const { outer, runs, kept, length } = form;
    return {
      function: `${kernel}Runs_${suffix}`,
      arguments: [x, out, scratch, outer, runs, kept, length, kept],
      splits: [
        outer > 1
          ? split("outer axes", 3, runs * kept * length, kept)
          : split("columns", 5, length, 1),
      ],
    };
  }
  const { outer, count, inner } = form;
  const waysOf = (): Split[] => {
    if (outer > 1) return [split("outer axes", 3, count * inner, inner)];
    const columns = split("columns", 5, 1, 1);
    if (combine === undefined) return [columns];
    const tree = { block: BLOCK, output: 1, results: inner, combine, dtype };
    const blocks = { ...split("blocks", 4, inner, 0), tree };
    return inner >= FEW_COLUMNS ? [columns, blocks] : [blocks];
  };
  return {
    function: `${kernel}Axis_${suffix}`,
    arguments: [x, out, scratch, outer, count, inner, inner],
    splits: waysOf(),
  };
}

/** Fewer columns are reduced in parts of them: their elements share the lines of a cache. */
const FEW_COLUMNS = 256;
