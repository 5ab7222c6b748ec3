/**
 * Loops whose gradient keeps the carry of every n-th step: the steps of a segment are recomputed in the backward pass,
 * one segment at a time. With √n steps in each, memory grows with the root of their number (J. Martens and I.
 * Sutskever, "Training deep and recurrent networks with Hessian-free optimization", 2012; the idea is A. Griewank's,
 * 1992).
 */

import { apply, applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import { replayBody } from "../graph/replay.ts";
import type { Trace } from "../graph/trace.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { makeBody } from "../ops/bodies.ts";
import { concat } from "../ops/joining.ts";
import { reshape, slice } from "../ops/view.ts";
import { at } from "../tensor/shape.ts";
import { scalar, type Tensor } from "../tensor/tensor.ts";
import { barrierOp, checkpointed } from "./checkpoint.ts";
import { bodyTypes, byRole, cut, loopOf, type Scanned } from "./loop.ts";

/** Returns the steps of a segment, for about as many segments. */
export function rootOf(length: number): number {
  return Math.max(1, Math.ceil(Math.sqrt(length)));
}

/**
 * Applies a loop in segments of `size` steps, and one of the remaining steps. The bits are those of the whole loop,
 * gradients included: captures are carried along, so that the sums of their gradients continue from segment to segment.
 */
export function applySegments(
  op: Op<Scanned>,
  inputs: readonly Tensor[],
  attributes: Scanned,
  size: number,
): readonly Tensor[] {
  const { length, reverse, carries } = attributes;
  const { carry, xs, captured } = byRole(inputs, attributes);
  const body = carrying(inputs, attributes);
  const scanned = { ...attributes, body, carries: carries + captured.length };
  const count = Math.floor(length / size);
  const whole = count * size;
  const rowsOf = (from: number, to: number) => xs.map((x) => slice(x, [from], [to]));
  const segments = (now: readonly Tensor[]): readonly Tensor[] => {
    const stacks = rowsOf(0, whole).map((x) => reshape(x, [count, size, ...x.shape.slice(1)]));
    const loop = loopOf(now, stacks, []);
    const segment = makeBody(bodyTypes(loop), (inputs) =>
      applyAll(op, inputs, { ...scanned, length: size }),
    );
    const outer = { ...scanned, body: checkpointed(segment), length: count };
    return applyAll(op, loop.inputs, outer).map((result, i) =>
      i < scanned.carries ? result : reshape(result, [whole, ...result.shape.slice(2)]),
    );
  };
  const rest = (now: readonly Tensor[]): readonly Tensor[] =>
    applyAll(op, [...now, ...rowsOf(whole, length)], { ...scanned, length: length - whole });
  const start = [...carry, ...captured];
  const all = () => {
    if (whole === length) return segments(start);
    if (whole === 0) return rest(start);
    // In reverse, the segment of the remaining steps is the first.
    const [first, second] = reverse ? [rest, segments] : [segments, rest];
    const before = first(start);
    const after = second(before.slice(0, scanned.carries));
    return after.map((result, i) => {
      if (i < scanned.carries) return result;
      const other = at(before, i);
      return concat(reverse ? [result, other] : [other, result]);
    });
  };
  return all().filter((_, i) => i < carries || i >= scanned.carries);
}

/**
 * Returns the same for a loop that stops and has no rows, with segments of at most `size` steps: each is a loop that
 * stops, too, and segments run until one has stopped by itself. Only the first carry of a segment is kept, so memory
 * grows with the root of the most steps, however few are made.
 */
export function applyStoppingSegments(
  op: Op<Scanned>,
  inputs: readonly Tensor[],
  attributes: Scanned,
  size: number,
): readonly Tensor[] {
  const { length, carries } = attributes;
  const body = carrying(inputs, attributes);
  const zero = scalar(0, "int32");
  /** A loop over these carries; two carries precede them: whether it goes on, and the count of its steps. */
  const counted = (
    inputs: readonly Tensor[],
    goes: Tensor,
    step: (inputs: readonly Tensor[]) => readonly Tensor[],
    goesOn: (next: readonly Tensor[], count: Tensor) => Tensor,
    times: number,
  ): readonly Tensor[] => {
    const initial = [goes, zero, ...inputs];
    const loop = makeBody(initial, ([_goes, before = zero, ...now]) => {
      const next = step(now);
      const count = before.add(1);
      return [goesOn(next, count), count, ...next];
    });
    const carried = { body: loop, carries: initial.length, rows: 0 };
    return applyAll(op, initial, { ...attributes, ...carried, length: times, most: length }).slice(
      2,
    );
  };
  const isWithin = (steps: Tensor) => steps.less(length);
  const segment = (inputs: readonly Tensor[]) =>
    counted(
      inputs,
      at(inputs, 0).logicalAnd(isWithin(at(inputs, 1))),
      (now) => replayBody(body, now),
      (next, count) =>
        at(next, 0)
          .logicalAnd(count.less(size))
          .logicalAnd(isWithin(at(next, 1))),
      size,
    );
  const start = [...inputs];
  const whole = checkpointed(makeBody(start, segment));
  const ends = counted(
    start,
    at(start, 0),
    (now) => replayBody(whole, now),
    (next) => at(next, 0),
    Math.ceil(length / size),
  );
  return ends.slice(0, carries);
}

/** Returns the body of a loop whose captured inputs are carries that stay as they are. */
function carrying(inputs: readonly Tensor[], attributes: Scanned): Trace {
  const { body, carries, rows } = attributes;
  const { carry, xs, captured } = byRole(inputs, attributes);
  const loop = loopOf([...carry, ...captured], xs, []);
  return makeBody(bodyTypes(loop), (inputs) => {
    const [now = [], kept = [], row = []] = cut(inputs, [carries, captured.length, rows]);
    // The gradients of one step are summed before they are added to those of other steps.
    const constants = kept.map((value) => apply(barrierOp, [value], NO_ATTRIBUTES));
    const results = replayBody(body, [...now, ...row, ...constants]);
    return [...results.slice(0, carries), ...kept, ...results.slice(carries)];
  });
}
