/**
 * Newton's method for systems of equations, with a line search (J. Nocedal and S. J. Wright, "Numerical Optimization",
 * 2nd edition, 2006, algorithm 11.4; the length of a step that is too long is the minimum of a parabola). Steps are the
 * shortest solutions of least squares, so that a singular Jacobian has one, too.
 */

import { cond, diagonal, jacobian, type Tensor, take, where, whileLoop } from "@graddiff/core";
import { lstsq, lu, triangularSolve } from "@graddiff/core/linalg";
import { areFinite, changes, epsilonOf, squared, whole } from "./numbers.ts";
import { CONVERGED, type Found, NOT_FINITE, SINGULAR, STALLED, UNFINISHED } from "./outcome.ts";

/** The least decrease of a step, as a part of the one that the slope promises. */
const DECREASE = 1e-4;

export interface NewtonSettings {
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** The unknowns below which least squares take no longer than the compilation of what would be faster. */
const FEW = 16;

/** Returns the solution of a square system: by elimination or, where that divides by rounding errors, by least squares. */
function solved(matrix: Tensor, right: Tensor, epsilon: number): Tensor {
  const n = right.size;
  if (n < FEW) return lstsq(matrix, right);
  const { l, u, permutation } = lu(matrix);
  const pivots = diagonal(u).abs();
  return cond(
    pivots.min().greater(pivots.max().mul(epsilon * n)),
    () => triangularSolve(u, triangularSolve(l, take(right, permutation)), { lower: false }),
    () => lstsq(matrix, right),
  );
}

interface State {
  readonly x: Tensor;
  /** The function there, and half of its sum of squares. */
  readonly f: Tensor;
  readonly half: Tensor;
  readonly step: Tensor;
  /** The derivative of `half` along the step. */
  readonly slope: Tensor;
  /** The part of the step that is tried. */
  readonly part: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/** Finds x with fn(x) = 0, for vectors of one length. */
export function newton(fn: (x: Tensor) => Tensor, start: Tensor, settings: NewtonSettings): Found {
  const { tolerance, maxIterations } = settings;
  const epsilon = epsilonOf(start.dtype);
  const stepAt = (x: Tensor, f: Tensor) => {
    const slopes = jacobian(fn, { mode: "forward" })(x);
    const matrix = where(areFinite(slopes), slopes, 0);
    const lengths = matrix.square().sum(0).sqrt();
    const scale = where(lengths.greater(0), lengths.reciprocal(), 1);
    const step = solved(matrix.mul(scale), where(areFinite(f), f, 0).neg(), epsilon).mul(scale);
    return { step, slope: matrix.matmul(step).mul(f).sum(), isFinite: areFinite(slopes) };
  };
  /** The status at a point where a step begins. */
  const statusOf = (x: Tensor, f: Tensor, step: Tensor, slope: Tensor, isGood: Tensor) => {
    // A step that leaves most of the residual is one of a singular system.
    const isShort = changes(step, x, tolerance).logicalNot();
    const leads = slope.neg().greaterEqual(squared(f).mul(1e-3));
    const found = squared(f).equal(0).logicalOr(isShort.logicalAnd(leads));
    const stuck = where(isShort, SINGULAR, UNFINISHED);
    return where(isGood, where(found, CONVERGED, stuck), NOT_FINITE).cast("int32");
  };
  // The first round tries a step of nothing, so that all is computed inside of the loop.
  const init: State = {
    ...{
      x: start,
      f: start.mul(0),
      half: whole(0).cast(start.dtype).add(Number.POSITIVE_INFINITY),
    },
    ...{ step: start.mul(0), slope: start.sum().mul(0), part: start.sum().mul(0) },
    ...{ status: whole(UNFINISHED), iterations: whole(-1), evaluations: whole(0) },
  };
  const last = whileLoop(
    ({ status, iterations }: State) =>
      status.equal(UNFINISHED).logicalAnd(iterations.less(maxIterations)),
    (state: State) => {
      const { x, f, half, step, slope, part } = state;
      const trial = x.add(step.mul(part));
      const ofTrial = fn(trial);
      const after = squared(ofTrial).div(2);
      const isGood = areFinite(ofTrial);
      const isEnough = after.lessEqual(half.add(slope.mul(part).mul(DECREASE)));
      const isFirst = state.evaluations.equal(0);
      const isAccepted = isGood.logicalAnd(isEnough).logicalOr(isFirst);
      const parabola = slope
        .mul(part.square())
        .div(after.sub(half).sub(slope.mul(part)).mul(-2))
        .maximum(part.mul(0.1))
        .minimum(part.mul(0.5));
      const shorter = where(isGood.logicalAnd(parabola.isFinite()), parabola, part.mul(0.25));
      const isLost = changes(step.mul(shorter), x, epsilon).logicalNot();
      // A search that rounding stops after a short step has found the root.
      const isNear = changes(step, x, Math.sqrt(epsilon)).logicalNot();
      const next = cond(
        isAccepted,
        () => {
          const own = stepAt(trial, ofTrial);
          const status = statusOf(
            trial,
            ofTrial,
            own.step,
            own.slope,
            own.isFinite.logicalAnd(isGood),
          );
          const unit = part.mul(0).add(1);
          const { step, slope } = own;
          return { x: trial, f: ofTrial, half: after, step, slope, part: unit, status };
        },
        () => {
          const lost = where(isNear, CONVERGED, STALLED);
          const status = where(isLost, lost, UNFINISHED).cast("int32");
          return { x, f, half, step, slope, part: shorter, status };
        },
      );
      return {
        ...next,
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
