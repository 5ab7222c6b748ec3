/**
 * The loop of {@link minimize}: steps along descent directions, of lengths that decrease the function, with bounds by
 * projection (D. P. Bertsekas, "Projected Newton Methods for Optimization Problems with Simple Constraints", 1982).
 *
 * A short step is evidence of a near minimum only if its length was derived from curvature, and the step has seen this
 * curvature. The length of a step from the gradient alone says nothing, since the gradient has other units than the
 * unknowns.
 */

import { cond, grad, type Tensor, where, whileLoop, zeros } from "@graddiff/core";
import { atBounds, type Bounds, within } from "./bounds.ts";
import type { Way } from "./directions.ts";
import { changes, divided, epsilonOf, leastChange, whole } from "./numbers.ts";
import {
  CONVERGED,
  type Found,
  NOT_FINITE,
  SADDLE,
  STALLED,
  STATIONARY,
  UNFINISHED,
} from "./outcome.ts";

export interface DescentSettings extends Bounds {
  readonly tolerance: number;
  /** The absolute tolerance: the change of an unknown, in its units, that counts as no change. */
  readonly absolute: number;
  readonly maxIterations: number;
}

interface State {
  readonly x: Tensor;
  readonly value: Tensor;
  readonly gradient: Tensor;
  /** The sum of the magnitudes of the gradient of the unknowns that are not at a bound. */
  readonly size: Tensor;
  /** The derivative of the function along the direction. */
  readonly along: Tensor;
  readonly memory: readonly Tensor[];
  readonly direction: Tensor;
  readonly isScaled: Tensor;
  /** The fraction of the direction that is tried next. */
  readonly part: Tensor;
  /**
   * The length of the shortest of the last steps whose decrease rounding hides, 0 for none; and the number of further
   * such steps that were not shorter.
   */
  readonly shortest: Tensor;
  readonly stale: Tensor;
  /** For each unknown its greatest magnitude so far, and the greatest curvature seen so far. */
  readonly reach: Tensor;
  readonly sharpest: Tensor;
  /** A bool: true if the last accepted step has seen the curvature from which its length was derived. */
  readonly isProven: Tensor;
  /** A bool: true if `isProven`, and the step changed no unknown by more than the tolerance. */
  readonly isNear: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/**
 * The rounding error of function values, in units in the last place. Steps that change the value by less are accepted
 * without a test.
 */
const ROUNDING = 100;

/** The number of steps below rounding, none shorter than the shortest before, after which the search ends. */
const STALE = 5;

/** The least decrease of a step, as a fraction of the decrease that the slope predicts. */
const DECREASE = 1e-4;

/** The relative length of a step, in units of √ε, below which a search that rounding stops has found the minimum. */
const NEAR = 4;

/** The fraction of the expected curvature that a step must see for its length to count as evidence. */
const EVIDENCE = 0.5;

export function descend(
  fn: (x: Tensor) => Tensor,
  way: Way,
  start: Tensor,
  { tolerance, absolute, maxIterations, ...bounds }: DescentSettings,
): Found {
  const epsilon = epsilonOf(start.dtype);
  const zero = zeros([], { dtype: start.dtype });
  const isFalse = zero.greater(0);
  const slopes = grad(fn);
  const isBounded = bounds.low !== undefined || bounds.high !== undefined;
  const one = zero.add(1);
  const init: State = {
    ...{ x: start, value: zero.add(Number.POSITIVE_INFINITY), gradient: start.mul(0) },
    ...{ size: zero, along: zero, memory: way.begin(start), part: zero },
    ...{ direction: start.mul(0), isScaled: isFalse, shortest: zero, stale: whole(0) },
    ...{ reach: start.abs(), sharpest: zero, isProven: isFalse, isNear: isFalse },
    ...{ status: whole(UNFINISHED), iterations: whole(-1), evaluations: whole(0) },
  };
  const found = whileLoop(
    ({ status, iterations }: State) =>
      status.equal(UNFINISHED).logicalAnd(iterations.less(maxIterations)),
    (now: State) => {
      const { x, value, gradient, memory, direction, part } = now;
      // The first iteration tries a step of length 0, so that all evaluations are inside of the loop.
      const isFirst = now.evaluations.equal(0);
      const trial = within(bounds, x.add(direction.mul(part)));
      const move = trial.sub(x);
      const slope = isBounded ? gradient.mul(move).sum() : now.along.mul(part);
      const after = fn(trial);
      const isGood = after.isFinite();
      const rise = after.sub(value);
      const rounding = value.abs().mul(ROUNDING * epsilon);
      const isBelow = slope.neg().lessEqual(rounding).logicalAnd(rise.abs().lessEqual(rounding));
      const isDown = slope.less(0).logicalAnd(rise.lessEqual(slope.mul(DECREASE)));
      const isMade = isGood.logicalAnd(isFirst.logicalOr(isDown).logicalOr(isBelow));
      const isBetween = isFirst.logicalNot();
      const next = cond(
        isMade,
        () => {
          const nextGradient = slopes(trial);
          const isFixed = atBounds(trial, nextGradient, bounds);
          const free =
            isFixed === undefined ? one.broadcastTo(nextGradient.shape) : where(isFixed, 0, one);
          // The curvature is measured along the unknowns that are not fixed at a bound.
          const change =
            isFixed === undefined
              ? nextGradient.sub(gradient)
              : changeOf(nextGradient, gradient, move);
          const seen = way.seen(memory, { step: move, change });
          const kept = memory.map((before, i) => where(isFirst, before, seen[i] as Tensor));
          const size = nextGradient.mul(free).abs().sum();
          const isDefined = size.isFinite();
          const safe = where(isDefined, nextGradient, 0);
          const further = way.direction(kept, trial, safe, free);
          const { isSaddle, isConvex } = further;
          // The status at a point with gradient 0: if the run began there, only a Hessian distinguishes a minimum.
          const unknown = where(isConvex ?? isFalse, whole(CONVERGED), whole(STATIONARY));
          const known = where(isFirst, unknown, whole(CONVERGED));
          const atEnd = where(isSaddle ?? isFalse, whole(SADDLE), whole(CONVERGED));
          const level = where(isSaddle ?? isFalse, whole(SADDLE), known);
          const along = safe.mul(further.direction).sum();
          const length = move.abs().sum();
          const curvature = move.mul(change).sum();
          const isSeen = curvature
            .greater(0)
            .logicalAnd(curvature.greaterEqual(slope.mul(part).mul(-EVIDENCE)));
          const isEvidence = isBetween.logicalAnd(now.isScaled).logicalAnd(isSeen);
          const reach = now.reach.maximum(trial.abs());
          const bend = divided(divided(curvature, length), length);
          const sharpest = now.sharpest.maximum(bend);
          const isFlat = bend.lessEqual(sharpest.mul(Math.sqrt(epsilon)));
          const least = leastChange(reach, isFlat, absolute);
          const isShort = changes(
            move.abs().maximum(further.direction.abs()),
            x,
            tolerance,
            least,
          ).logicalNot();
          const { shortest } = now;
          const isShorter = shortest.equal(0).logicalOr(length.less(shortest.mul(0.9)));
          const isStale = isBelow.logicalAnd(isShorter.logicalNot());
          const stale = where(isStale, now.stale.add(1), 0).cast("int32");
          // True if both the gradient and the predicted decrease of the next step have become smaller, or if rounding
          // hides the differences of values.
          const isLess = size
            .lessEqual(now.size.mul(EVIDENCE))
            .logicalAnd(along.abs().lessEqual(now.along.abs().mul(EVIDENCE)))
            .logicalOr(isBelow.logicalAnd(now.isNear));
          const isSteady = stale.greaterEqual(STALE);
          const isEnd = isEvidence.logicalAnd(isShort.logicalAnd(isLess).logicalOr(isSteady));
          const ended = where(isEnd, atEnd, where(size.equal(0), level, whole(UNFINISHED)));
          return {
            ...{
              x: trial,
              value: after,
              gradient: nextGradient,
              size,
              along,
              memory: kept,
              part: one,
            },
            ...{ direction: further.direction, isScaled: further.isScaled },
            shortest: where(isBelow.logicalAnd(isBetween), where(isShorter, length, shortest), 0),
            ...{ stale, reach, sharpest, isProven: isEvidence },
            isNear: isEvidence.logicalAnd(isShort),
            status: where(isDefined, ended, whole(NOT_FINITE)),
          };
        },
        () => {
          const parabola = slope
            .mul(part)
            .div(rise.sub(slope).mul(-2))
            .maximum(part.mul(0.1))
            .minimum(part.mul(0.5));
          const shorter = where(isGood.logicalAnd(parabola.isFinite()), parabola, part.mul(0.1));
          const least = leastChange(now.reach, now.reach.less(0), absolute);
          const isLost = changes(move, x, epsilon, least).logicalNot();
          // If rounding stops a search whose step is short or predicts no decrease, the minimum is found.
          const isWithin = changes(direction, x, NEAR * Math.sqrt(epsilon), least).logicalNot();
          const hasNoGain = now.along.abs().lessEqual(rounding).logicalOr(isWithin);
          const isProven = now.isProven.logicalAnd(now.isScaled);
          const ofLost = where(isProven.logicalAnd(hasNoGain), whole(CONVERGED), whole(STALLED));
          const ended = where(isLost, ofLost, whole(UNFINISHED));
          return {
            ...{ x, value, gradient, size: now.size, along: now.along, memory, part: shorter },
            ...{ direction, isScaled: now.isScaled, shortest: zero, stale: whole(0) },
            ...{ reach: now.reach, sharpest: now.sharpest, isProven: now.isProven },
            ...{ isNear: isFalse, status: where(isBetween, ended, whole(NOT_FINITE)) },
          };
        },
      );
      return {
        ...next,
        iterations: now.iterations.add(isMade.cast("int32")),
        evaluations: now.evaluations.add(1),
      };
    },
    init,
  );
  const { x, status, iterations, evaluations } = found;
  return { x, progress: { status, iterations: iterations.maximum(0), evaluations } };
}

/** Returns the change of the gradient of the unknowns that have moved, and 0 for the others. */
function changeOf(gradient: Tensor, before: Tensor, move: Tensor): Tensor {
  return where(move.equal(0), 0, gradient.sub(before));
}
