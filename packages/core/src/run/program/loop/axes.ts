/**
 * The axes of a loop after merging: without axes of length 1, and with neighbouring axes merged where every array
 * allows it.
 */

import { at, sizeOf, stridesOf } from "../../../tensor/shape.ts";
import { type Loop, type LoopOutput, reducedAxesOf } from "./loop.ts";

/** Returns the strides of an output: if it has none, contiguous over the axes that are not reduced. */
export function outputStrides(
  shape: readonly number[],
  { strides, reduction }: LoopOutput,
): readonly number[] {
  if (strides !== undefined) return strides;
  const reduced = reduction?.axes ?? 0;
  const kept = shape.slice(0, shape.length - reduced);
  return [...stridesOf(kept), ...new Array<number>(reduced).fill(0)];
}

/**
 * Returns the axes of a loop and the strides of its arrays, in elements, inputs first: without axes of length 1, and
 * merged.
 */
export function mergedAxes({ shape, inputs, outputs }: Loop): MergedAxes {
  const arrays = inputs.map(({ strides }) => strides);
  for (const output of outputs) arrays.push(outputStrides(shape, output));
  return mergeAxes(
    shape,
    arrays.map((strides) => strides.map((stride, axis) => (shape[axis] === 1 ? 0 : stride))),
  );
}

/** Lengths of axes, and by array the strides along them. */
export interface MergedAxes {
  readonly lengths: number[];
  readonly strides: number[][];
}

/** Drops axes of length 1 and merges neighbours; one axis is always left. */
export function mergeAxes(
  shape: readonly number[],
  arrays: readonly (readonly number[])[],
): MergedAxes {
  const lengths: number[] = [];
  const strides: number[][] = arrays.map(() => []);
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const last = lengths.length - 1;
    const merges =
      last >= 0 && arrays.every((each, i) => strides[i]?.[last] === at(each, axis) * length);
    if (merges) lengths[last] = at(lengths, last) * length;
    else lengths.push(length);
    arrays.forEach((each, i) => {
      const list = at(strides, i);
      if (merges) list[last] = at(each, axis);
      else list.push(at(each, axis));
    });
  });
  if (lengths.length === 0) {
    lengths.push(1);
    for (const list of strides) list.push(0);
  }
  return { lengths, strides };
}

/** Restores the dropped axis of reductions over one element, so that the last axis is the reduced one. */
export function keepReducedAxis({ lengths, strides }: MergedAxes, reducedLength: number): void {
  if (reducedLength !== 1) return;
  lengths.push(1);
  for (const each of strides) each.push(0);
}

/** True if all arrays walk the axes of a loop's reductions as one axis. */
export function reducesAlongOneAxis(loop: Loop): boolean {
  const { shape } = loop;
  const { lengths } = mergedAxes(loop);
  const reducedLength = sizeOf(shape.slice(shape.length - reducedAxesOf(loop)));
  return reducedLength === 1 || lengths[lengths.length - 1] === reducedLength;
}
