/**
 * Newton's method for systems of equations, with a line search (J. Nocedal and S. J. Wright, "Numerical Optimization",
 * 2nd edition, 2006, algorithm 11.4; a step that is too long is shortened to the minimum of a parabola). A step is the
 * shortest least-squares solution of the linear system, which also exists for a singular Jacobian.
 */

import {
  cond,
  diagonal,
  jacobian,
  type Tensor,
  take,
  where,
  whileLoop,
  zeros,
} from "@graddiff/core";
import { lstsq, lu, triangularSolve } from "@graddiff/core/linalg";
import { areFinite, changes, divided, epsilonOf, leastChange, normOf, whole } from "./numbers.ts";
import { CONVERGED, type Found, NOT_FINITE, SINGULAR, STALLED, UNFINISHED } from "./outcome.ts";

/** The least decrease of a step, as a fraction of the decrease that the slope predicts. */
const DECREASE = 1e-4;

/**
 * The slope below which a step removes the linearized residual. A step that leaves a part of it shows a singular system.
 */
const WHOLE = -0.9;

export interface NewtonSettings {
  readonly tolerance: number;
  /** The absolute tolerance: the change of an unknown, in its units, that counts as no change. */
  readonly absolute: number;
  readonly maxIterations: number;
}

/** The number of unknowns below which a least-squares solution takes less time than compiling a faster method. */
const FEW = 16;

/** Returns the solution of a square system: by elimination or, if a pivot may be rounding error, by least squares. */
function solved(matrix: Tensor, right: Tensor, epsilon: number): Tensor {
  const n = right.size;
  if (n < FEW) return shortest(matrix, right);
  const { l, u, permutation } = lu(matrix);
  const pivots = diagonal(u).abs();
  return cond(
    pivots.min().greater(pivots.max().mul(epsilon * n)),
    () => triangularSolve(u, triangularSolve(l, take(right, permutation)), { lower: false }),
    () => shortest(matrix, right),
  );
}

/**
 * Returns the shortest least-squares solution. Rows are divided by their greatest elements, so that their units do not
 * matter.
 */
function shortest(matrix: Tensor, right: Tensor): Tensor {
  const heights = matrix.abs().max(1);
  const rows = where(heights.greater(0), heights, 1);
  return lstsq(matrix.div(rows.reshape([right.size, 1])), right.div(rows));
}

interface State {
  readonly x: Tensor;
  /** The norm of the function at x. */
  readonly size: Tensor;
  readonly step: Tensor;
  /** The derivative of ½ |f|² along the step, in units of |f|²: −1 for a step that solves the linearized equations. */
  readonly slope: Tensor;
  /** The fraction of the step that is tried next. */
  readonly part: Tensor;
  /** For each unknown its greatest magnitude so far, and the greatest element of its column of the Jacobian. */
  readonly reach: Tensor;
  readonly steepest: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/** Finds x with fn(x) = 0, for vectors of one length. All comparisons are of ratios, so that no scale of fn matters. */
export function newton(fn: (x: Tensor) => Tensor, start: Tensor, settings: NewtonSettings): Found {
  const { tolerance, maxIterations } = settings;
  const epsilon = epsilonOf(start.dtype);
  const stepAt = (x: Tensor, f: Tensor, size: Tensor) => {
    const slopes = jacobian(fn, { mode: "forward" })(x);
    // Columns are divided by their greatest elements, so that the units of unknowns do not matter.
    const lengths = slopes.abs().max(0);
    const isGood = areFinite(lengths);
    const columns = where(lengths.greater(0).logicalAnd(isGood), lengths, 1);
    const scaled = where(isGood, slopes.div(columns), 0);
    const unit = divided(where(areFinite(f), f, 0), size);
    const turned = solved(scaled, unit.neg(), epsilon);
    const slope = scaled.matmul(turned).mul(unit).sum();
    return { step: turned.div(columns).mul(size), slope, lengths, isFinite: isGood };
  };
  // The first iteration tries a step of length 0, so that all evaluations are inside of the loop.
  const zero = zeros([], { dtype: start.dtype });
  const init: State = {
    ...{ x: start, size: zero.add(Number.POSITIVE_INFINITY), step: start.mul(0), slope: zero },
    ...{ part: zero, reach: start.abs(), steepest: start.mul(0), status: whole(UNFINISHED) },
    ...{ iterations: whole(-1), evaluations: whole(0) },
  };
  const last = whileLoop(
    ({ status, iterations }: State) =>
      status.equal(UNFINISHED).logicalAnd(iterations.less(maxIterations)),
    (state: State) => {
      const { x, size, step, slope, part, steepest } = state;
      const trial = x.add(step.mul(part));
      const ofTrial = fn(trial);
      const after = normOf(ofTrial);
      const isGood = areFinite(ofTrial);
      // Returns half of |f|² relative to its value before, and the decrease.
      const rise = after
        .div(where(size.greater(0), size, 1))
        .square()
        .sub(1)
        .div(2);
      const isEnough = rise.lessEqual(slope.mul(part).mul(DECREASE));
      const isFirst = state.evaluations.equal(0);
      const isAccepted = isGood.logicalAnd(isEnough).logicalOr(isFirst);
      const parabola = slope
        .mul(part.square())
        .div(rise.sub(slope.mul(part)).mul(-2))
        .maximum(part.mul(0.1))
        .minimum(part.mul(0.5));
      const shorter = where(isGood.logicalAnd(parabola.isFinite()), parabola, part.mul(0.25));
      const reach = state.reach.maximum(where(isAccepted, trial, x).abs());
      const never = reach.less(0);
      const isLost = changes(step.mul(shorter), x, epsilon).logicalNot();
      // If rounding stops the search of a short step, the root is found.
      const isNear = changes(
        ...([step, x, Math.sqrt(epsilon), leastChange(reach, never, settings.absolute)] as const),
      ).logicalNot();
      const next = cond(
        isAccepted,
        () => {
          const own = stepAt(trial, ofTrial, after);
          const { step, slope } = own;
          const greatest = steepest.maximum(own.lengths);
          // An unknown whose derivatives vanish with it is at a multiple root.
          const isFlat = own.lengths.lessEqual(greatest.mul(Math.sqrt(epsilon)));
          const absolute = leastChange(reach, isFlat, settings.absolute);
          const isShort = changes(step, trial, tolerance, absolute).logicalNot();
          const leads = slope.lessEqual(WHOLE);
          const found = after.equal(0).logicalOr(isShort.logicalAnd(leads));
          const ended = where(found, CONVERGED, where(isShort, SINGULAR, UNFINISHED));
          const status = where(own.isFinite.logicalAnd(isGood), ended, NOT_FINITE).cast("int32");
          const unit = zero.add(1);
          return { x: trial, size: after, step, slope, part: unit, steepest: greatest, status };
        },
        () => {
          const lost = where(isNear.logicalAnd(slope.lessEqual(WHOLE)), CONVERGED, STALLED);
          const status = where(isLost, lost, UNFINISHED).cast("int32");
          return { x, size, step, slope, part: shorter, steepest, status };
        },
      );
      return {
        ...{ x: next.x, size: next.size, step: next.step, slope: next.slope, part: next.part },
        ...{ reach, steepest: next.steepest, status: next.status },
        iterations: state.iterations.add(isAccepted.cast("int32")),
        evaluations: state.evaluations.add(1),
      };
    },
    init,
  );
  const { status, iterations, evaluations } = last;
  const isLast = status.equal(CONVERGED).logicalAnd(last.step.isFinite().all());
  const isLong = changes(last.step, last.x, tolerance);
  const x = where(isLast.logicalAnd(isLong.logicalNot()), last.x.add(last.step), last.x);
  return { x, progress: { status, iterations, evaluations } };
}
