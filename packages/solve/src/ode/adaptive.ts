/**
 * The loop over steps whose lengths are controlled by their errors. The states at times within a step are computed from
 * its dense output.
 *
 * Derivatives are those of the accepted steps, with their lengths as constants. Rejected steps contribute none.
 */

import { concat, cond, jvp, type Tensor, where, whileLoop, zeros } from "@graddiff/core";
import { areFinite, epsilonOf, whole } from "../numbers.ts";
import { NOT_FINITE, STALLED, UNFINISHED } from "../outcome.ts";
import type { Derivative, Method } from "./method.ts";

/** The status of a run that reached the last time. */
export const ARRIVED = 1;
/** The status of a run that an event ended. */
export const EVENT = 2;

/** A function whose first change of sign ends a run. */
export type EventFunction = (time: Tensor, state: Tensor) => Tensor;

export interface AdaptiveSettings {
  readonly relative: number;
  readonly absolute: number;
  readonly maxSteps: number;
  readonly events: readonly EventFunction[];
}

/** The last step: the time at which it began, its length, and its dense output. */
export interface LastStep {
  readonly from: Tensor;
  readonly length: Tensor;
  readonly dense: Tensor;
}

export interface Integrated {
  /** The states at the times, and the last state, for a run that has not reached the last time, [times, unknowns]. */
  readonly values: Tensor;
  readonly status: Tensor;
  readonly steps: Tensor;
  readonly evaluations: Tensor;
  readonly last: LastStep;
  /** The time at which the run has ended. */
  readonly time: Tensor;
  readonly state: Tensor;
  /** For each event its sign before the last step, and after it. */
  readonly signs: Tensor;
  readonly after: Tensor;
}

interface State {
  readonly time: Tensor;
  readonly state: Tensor;
  readonly slope: Tensor;
  readonly last: LastStep;
  /** The length of the next step, and the error of the last accepted one. */
  readonly length: Tensor;
  readonly error: Tensor;
  readonly isAfterRefusal: Tensor;
  readonly values: Tensor;
  readonly signs: Tensor;
  readonly after: Tensor;
  readonly status: Tensor;
  readonly steps: Tensor;
  readonly tries: Tensor;
}

/** The constants of step size control, as in E. Hairer's DOPRI5: the safety factor, the bounds of a change, and β. */
const SAFETY = 0.9;
const LEAST = 0.2;
const GREATEST = 10;
const BETA = 0.04;

/** Returns the norm of an error estimate: the root mean square of the errors divided by their tolerances. */
type Norm = (error: Tensor, before: Tensor, after: Tensor) => Tensor;

export function integrate(
  method: Method,
  fn: Derivative,
  start: Tensor,
  times: Tensor,
  settings: AdaptiveSettings,
): Integrated {
  const { relative, absolute, maxSteps, events } = settings;
  const [count] = times.shape as [number];
  const [n] = start.shape as [number];
  const dtype = { dtype: start.dtype };
  const epsilon = epsilonOf(start.dtype);
  const wanted = times.reshape([count, 1]);
  const fixed = times.stopGradient();
  const [begin, end] = [fixed.at(0), fixed.at(count - 1)];
  const sign = where(end.less(begin), -1, 1).cast(start.dtype);
  const near = begin
    .abs()
    .maximum(end.abs())
    .mul(4 * epsilon);
  const norm: Norm = (error, before, after) => {
    const scale = before.abs().maximum(after.abs()).stopGradient().mul(relative).add(absolute);
    return error.div(scale).square().mean().sqrt();
  };
  /** Returns a mask of the requested times that are reached at a time, [times, 1]. */
  const isPassed = (time: Tensor) =>
    fixed.sub(time.stopGradient()).mul(sign).lessEqual(near).reshape([count, 1]);
  const power = 1 / (method.order + 1);
  const zero = zeros([], dtype);
  const first = fn(times.at(0), start);
  const fixedStart = [begin, start.stopGradient(), first.stopGradient()] as const;
  const guess = firstLength(fn, ...fixedStart, sign, power, norm);
  const isGood = areFinite(start).logicalAnd(areFinite(first)).logicalAnd(guess.isFinite());
  const beginning = firstSigns(events, ...fixedStart, sign);
  const init: State = {
    ...{ time: times.at(0), state: start, slope: first },
    last: {
      from: times.at(0),
      length: zero.add(1),
      dense: concat([start.reshape([1, n]), zeros([method.coefficients - 1, n], dtype)]),
    },
    ...{ length: guess, error: zero.add(1e-4), isAfterRefusal: zero.greater(0) },
    values: start.reshape([1, n]).broadcastTo([count, n]),
    ...{ signs: beginning, after: beginning },
    status: where(isGood, UNFINISHED, NOT_FINITE).cast("int32"),
    ...{ steps: whole(0), tries: whole(0) },
  };
  const found = whileLoop(
    ({ status, tries }: State) => status.equal(UNFINISHED).logicalAnd(tries.less(maxSteps)),
    (now: State) => {
      const { time, state, slope, last } = now;
      const rest = end.sub(time.stopGradient()).abs();
      const isLast = now.length.mul(1 + 1e-10).greaterEqual(rest);
      const size = where(isLast, rest, now.length);
      const length = size.mul(sign);
      const trial = method.step(fn, time, state, slope, length);
      // The error is computed from all slopes of the step: if one is not finite, neither is the ratio, and the step is
      // rejected.
      const ratio = norm(trial.error, state, trial.state);
      const isMade = ratio.lessEqual(1);
      // A `cond` is used and not a `where`, so that a rejected step contributes no NaN to the gradient.
      const next = cond(
        isMade,
        () => ({
          time: time.add(length),
          state: trial.state,
          slope: trial.slope,
          last: { from: time, length, dense: trial.dense },
        }),
        () => ({ time, state, slope, last }),
      );
      const isNew = isPassed(next.time).logicalAnd(isPassed(time).logicalNot());
      const parts = where(isNew, wanted.sub(next.last.from).div(next.last.length), 0);
      const values = where(isNew, method.inside(next.last.dense, parts), now.values);
      const kept = nextLength(ratio, size, now, isMade, power);
      const least = time
        .stopGradient()
        .abs()
        .mul(4 * epsilon)
        .maximum(TINY);
      const isLost = isMade.logicalNot().logicalAnd(kept.less(least));
      const signs = signsAt(events, next.time, next.state);
      const isCrossed = isMade.logicalAnd(hasChanged(now.after, signs).any());
      const ended = where(isMade.logicalAnd(isLast), ARRIVED, UNFINISHED);
      return {
        ...next,
        length: kept,
        error: where(isMade, ratio.maximum(1e-4), now.error),
        isAfterRefusal: isMade.logicalNot(),
        values,
        signs: where(isMade, now.after, now.signs),
        after: where(isMade, signs, now.after),
        status: where(isCrossed, EVENT, where(isLost, STALLED, ended)).cast("int32"),
        steps: now.steps.add(isMade.cast("int32")),
        tries: now.tries.add(1),
      };
    },
    init,
    { maxSteps },
  );
  const { last, time, state, status, signs, after } = found;
  return {
    values: where(isPassed(time), found.values, state),
    ...{ status, steps: found.steps, last, time, state, signs, after },
    evaluations: found.tries.mul(method.evaluations).add(2),
  };
}

/** Returns the length of the next step from the error ratio of a step, by a PI controller. */
function nextLength(
  ratio: Tensor,
  size: Tensor,
  { error, isAfterRefusal }: State,
  isMade: Tensor,
  power: number,
): Tensor {
  const growth = ratio.pow(power - 0.75 * BETA).div(error.pow(BETA));
  const change = growth
    .div(SAFETY)
    .maximum(1 / GREATEST)
    .minimum(1 / LEAST);
  const shrink = ratio
    .pow(power)
    .div(SAFETY)
    .minimum(1 / LEAST);
  const longer = size.div(change);
  const made = where(isAfterRefusal, longer.minimum(size), longer);
  return where(isMade, made, where(ratio.isFinite(), size.div(shrink), size.mul(LEAST)));
}

/** Returns a bool for each event: true if its sign has changed, and it was not zero before. */
export function hasChanged(before: Tensor, after: Tensor): Tensor {
  const isZero = after.equal(0).logicalAnd(before.notEqual(0));
  return before.mul(after).less(0).logicalOr(isZero);
}

function signsAt(events: readonly EventFunction[], time: Tensor, state: Tensor): Tensor {
  const [own, fixed] = [time.stopGradient(), state.stopGradient()];
  return signsOf(
    events.map((event) => event(own, fixed)),
    own,
  );
}

/** Returns the signs of events at the start. An event that is zero there has the sign of its change. */
function firstSigns(
  events: readonly EventFunction[],
  time: Tensor,
  state: Tensor,
  slope: Tensor,
  sign: Tensor,
): Tensor {
  const values = events.map((event) => {
    const along = (own: Tensor) => event(own, state.add(slope.mul(own.sub(time))));
    const { value, tangent } = jvp(along)([time], [time.mul(0).add(1)]);
    return where(value.equal(0), tangent.mul(sign), value).stopGradient();
  });
  return signsOf(values, time);
}

function signsOf(values: readonly Tensor[], like: Tensor): Tensor {
  if (values.length === 0) return zeros([0], { dtype: like.dtype });
  return concat(values.map((value) => value.sign().reshape([1])));
}

/** The length below which a step at time 0 counts as 0. */
const TINY = 1e-280;

/** Returns the length of the first step (Hairer, Nørsett and Wanner, section II.4). */
function firstLength(
  fn: Derivative,
  time: Tensor,
  state: Tensor,
  slope: Tensor,
  sign: Tensor,
  power: number,
  norm: Norm,
): Tensor {
  const [size, speed] = [norm(state, state, state), norm(slope, state, state)];
  const isSlow = size.less(1e-5).logicalOr(speed.less(1e-5));
  const guess = where(isSlow, 1e-6, size.div(where(isSlow, 1, speed)).mul(0.01));
  const other = fn(time.add(guess.mul(sign)), state.add(slope.mul(guess.mul(sign)))).stopGradient();
  const bend = norm(other.sub(slope), state, state).div(guess);
  const most = speed.maximum(bend);
  const isFlat = most.lessEqual(1e-15);
  const second = where(
    isFlat,
    guess.mul(1e-3).maximum(1e-6),
    where(isFlat, 1, most).reciprocal().mul(0.01).pow(power),
  );
  return guess.mul(100).minimum(second);
}
