/**
 * The time of an event in the last step: a root of its function along the dense output. It is differentiated by the
 * implicit function theorem, not through the search.
 */

import { implicit, type Tensor, where } from "@graddiff/core";
import { brent } from "../brent.ts";
import { epsilonOf } from "../numbers.ts";
import { type EventFunction, hasChanged, type Integrated, type LastStep } from "./adaptive.ts";
import type { Method } from "./method.ts";

/** The first event of a run, or its end if there was no event. */
export interface Found {
  /** The index of the event, −1 for none. */
  readonly index: Tensor;
  readonly time: Tensor;
  readonly state: Tensor;
}

/** Returns the fraction of the last step at which an event is zero. */
function partOf(event: EventFunction, method: Method, last: LastStep): Tensor {
  const at = (part: Tensor, { from, length, dense }: LastStep) =>
    event(
      from.add(length.mul(part)).reshape([]),
      method.inside(dense, part.reshape([1, 1])).reshape([dense.size / method.coefficients]),
    ).reshape([1]);
  const epsilon = epsilonOf(last.dense.dtype);
  const settings = { absolute: 0, tolerance: epsilon, maxIterations: 100 };
  return implicit(
    (own: LastStep) => {
      const fn = (part: Tensor) => at(part, own);
      const zero = own.length.mul(0).reshape([1]);
      // For an event that is zero at the begin of the step, the search for the next root begins a little later.
      const low = where(fn(zero).equal(0), Math.sqrt(epsilon), zero);
      return brent(fn, [low, zero.add(1)], settings).x;
    },
    (part, own) => at(part, own),
  )(last).reshape([]);
}

/** Returns the earliest of the events whose sign has changed in the last step. */
export function firstEvent(
  events: readonly EventFunction[],
  method: Method,
  { last, signs, after, time, state }: Integrated,
): Found {
  const crossed = hasChanged(signs, after);
  const none = { index: signs.sum().mul(0).sub(1).cast("int32"), part: time.mul(0).add(2) };
  const found = events.reduce(({ index, part }, event, i) => {
    const own = partOf(event, method, last);
    const isFirst = crossed.at(i).logicalAnd(own.less(part));
    return { index: where(isFirst, i, index).cast("int32"), part: where(isFirst, own, part) };
  }, none);
  const isThere = found.index.greaterEqual(0);
  const part = where(isThere, found.part, 1);
  const n = state.size;
  const inside = method.inside(last.dense, part.reshape([1, 1])).reshape([n]);
  return {
    index: found.index,
    time: where(isThere, last.from.add(last.length.mul(part)), time),
    state: where(isThere, inside, state),
  };
}
