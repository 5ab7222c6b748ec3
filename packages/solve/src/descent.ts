/**
 * The loop of {@link minimize}: along a direction that leads down, by as much as makes the function less, within bounds by
 * projection (D. P. Bertsekas, "Projected Newton Methods for Optimization Problems with Simple Constraints", 1982).
 */

import { cond, grad, type Tensor, where, whileLoop, zeros } from "@graddiff/core";
import { atBounds, type Bounds, within } from "./bounds.ts";
import type { Way } from "./directions.ts";
import { areFinite, changes, epsilonOf, squared, whole } from "./numbers.ts";
import { CONVERGED, type Found, NOT_FINITE, STALLED, UNFINISHED } from "./outcome.ts";

export interface DescentSettings extends Bounds {
  readonly tolerance: number;
  readonly maxIterations: number;
}

interface State {
  readonly x: Tensor;
  readonly value: Tensor;
  readonly gradient: Tensor;
  readonly memory: readonly Tensor[];
  readonly direction: Tensor;
  /** The part of the direction that is tried. */
  readonly part: Tensor;
  /** The shortest of the last steps that values could not tell, 0 for none; and how many have not been shorter since. */
  readonly shortest: Tensor;
  readonly stale: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/**
 * The units in the last place of a value that may be rounding: steps that change it by less are made without a test.
 */
const ROUNDING = 100;

/** The number of steps no shorter than the ones before after which the search ends. */
const STALE = 5;

/** The least decrease of a step, as a part of the one that the slope promises. */
const DECREASE = 1e-4;

export function descend(
  fn: (x: Tensor) => Tensor,
  way: Way,
  start: Tensor,
  { tolerance, maxIterations, ...bounds }: DescentSettings,
): Found {
  const epsilon = epsilonOf(start.dtype);
  const zero = zeros([], { dtype: start.dtype });
  const slopes = grad(fn);
  const init: State = {
    ...{ x: start, value: zero.add(Number.POSITIVE_INFINITY), gradient: start.mul(0) },
    ...{ memory: way.begin(start), direction: start.mul(0), part: zero, shortest: zero },
    ...{ status: whole(UNFINISHED), iterations: whole(-1), evaluations: whole(0), stale: whole(0) },
  };
  const found = whileLoop(
    ({ status, iterations }: State) =>
      status.equal(UNFINISHED).logicalAnd(iterations.less(maxIterations)),
    (now: State) => {
      const { x, value, gradient, memory, direction, part } = now;
      // The first round tries a step of nothing, so that all is computed inside of the loop.
      const isFirst = now.evaluations.equal(0);
      const trial = within(bounds, x.add(direction.mul(part)));
      const move = trial.sub(x);
      const slope = gradient.mul(move).sum();
      const after = fn(trial);
      const isGood = after.isFinite();
      const rise = after.sub(value);
      const rounding = value.abs().mul(ROUNDING * epsilon);
      const isBelow = slope.neg().lessEqual(rounding).logicalAnd(rise.abs().lessEqual(rounding));
      const isDown = slope.less(0).logicalAnd(rise.lessEqual(slope.mul(DECREASE)));
      const isMade = isGood.logicalAnd(isFirst.logicalOr(isDown).logicalOr(isBelow));
      const next = cond(
        isMade,
        () => {
          const own = slopes(trial);
          const isFixed = atBounds(trial, own, bounds);
          const free =
            isFixed === undefined ? own.mul(0).add(1) : where(isFixed, zero, zero.add(1));
          const seen = way.seen(memory, move, own.sub(gradient));
          const kept = memory.map((before, i) => where(isFirst, before, seen[i] as Tensor));
          const safe = where(areFinite(own), own, 0);
          return {
            ...{ x: trial, value: after, gradient: own, memory: kept },
            direction: way.direction(kept, trial, safe, free),
            isDefined: areFinite(own),
          };
        },
        () => ({
          x,
          value,
          gradient,
          memory,
          direction,
          isDefined: isGood.logicalOr(isFirst.logicalNot()),
        }),
      );
      const parabola = slope
        .mul(part)
        .div(rise.sub(slope).mul(-2))
        .maximum(part.mul(0.1))
        .minimum(part.mul(0.5));
      const shorter = where(isGood.logicalAnd(parabola.isFinite()), parabola, part.mul(0.1));
      const length = squared(move).sqrt();
      const isShort = changes(move, x, tolerance).logicalNot();
      const { shortest } = now;
      const isShorter = shortest.equal(0).logicalOr(length.less(shortest.mul(0.9)));
      const isStale = isBelow.logicalAnd(isShorter.logicalNot());
      const stale = where(isStale, now.stale.add(1), 0).cast("int32");
      const isSteady = stale.greaterEqual(STALE);
      const isEnd = isMade.logicalAnd(isFirst.logicalNot()).logicalAnd(isShort.logicalOr(isSteady));
      const isLost = isMade.logicalNot().logicalAnd(changes(move, x, epsilon).logicalNot());
      const ofLost = where(slope.abs().lessEqual(rounding), CONVERGED, STALLED);
      const ended = where(isEnd, CONVERGED, where(isLost, ofLost, UNFINISHED));
      const { isDefined, ...kept } = next;
      return {
        ...kept,
        part: where(isMade, zero.add(1), shorter),
        shortest: where(
          isBelow.logicalAnd(isFirst.logicalNot()),
          where(isShorter, length, shortest),
          0,
        ),
        stale,
        status: where(isDefined, ended, NOT_FINITE).cast("int32"),
        iterations: now.iterations.add(isMade.cast("int32")),
        evaluations: now.evaluations.add(1),
      };
    },
    init,
  );
  const { x, status, iterations, evaluations } = found;
  return { x, progress: { status, iterations: iterations.maximum(0), evaluations } };
}
