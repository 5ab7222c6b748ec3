/**
 * Least squares by the method of Levenberg and Marquardt: a trust region whose units are the lengths of the columns of the
 * Jacobian (J. J. Moré, 1977, as in MINPACK), with bounds by projection: an unknown that stands at a bound and would leave
 * it is fixed for the step, and what a step would carry beyond a bound ends there (D. P. Bertsekas, "Projected Newton
 * Methods for Optimization Problems with Simple Constraints", 1982).
 */

import { cond, jacobian, type Tensor, where, whileLoop, zeros } from "@graddiff/core";
import { qr, svd } from "@graddiff/core/linalg";
import { atBounds, type Bounds, within } from "./bounds.ts";
import { costOf, type Loss, weighed } from "./losses.ts";
import { areFinite, changes, epsilonOf, squared, whole } from "./numbers.ts";
import { CONVERGED, type Found, NOT_FINITE, STALLED, UNFINISHED } from "./outcome.ts";
import { type Model, stepWithin } from "./trustRegion.ts";

/** A problem of least squares, in vectors. */
export interface LeastSquaresProblem extends Bounds {
  readonly residuals: (x: Tensor) => Tensor;
  readonly start: Tensor;
  readonly loss: Loss;
  readonly tolerance: number;
  readonly maxIterations: number;
}

interface State {
  readonly x: Tensor;
  readonly cost: Tensor;
  readonly model: Model;
  /** The lengths of the columns of the Jacobian, the greatest so far: one of an unknown is its unit. */
  readonly units: Tensor;
  /** The greatest cosine between the residuals and a column. */
  readonly cosine: Tensor;
  readonly radius: Tensor;
  /** The length of the last step that was too short for costs to tell. */
  readonly last: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/**
 * The power of ε that is the part of the cost below which differences of costs may be rounding: residuals are differences
 * of larger numbers. Such a step is made without a test, since it is one of Gauss and Newton near the minimum.
 */
const ROUNDING = 2 / 3;

/** The cosine at which residuals are taken for orthogonal to what steps can change, where steps lead nowhere. */
const ORTHOGONAL = 1e-4;

export function levenbergMarquardt(problem: LeastSquaresProblem): Found {
  const { residuals, start, loss, tolerance, maxIterations } = problem;
  const epsilon = epsilonOf(start.dtype);
  const [n] = start.shape as [number];
  const first = residuals(start);
  const [m] = first.shape as [number];
  const size = Math.min(m, n);
  const linearize = linearizer(problem, m, n, epsilon);
  const dtype = { dtype: start.dtype };
  const init: State = {
    x: start,
    cost: costOf(loss, first.square()),
    model: { s: zeros([size], dtype), v: zeros([n, size], dtype), residuals: zeros([size], dtype) },
    units: start.mul(0),
    ...{ cosine: zeros([], dtype), radius: zeros([], dtype), last: zeros([], dtype) },
    status: where(areFinite(first), UNFINISHED, NOT_FINITE).cast("int32"),
    ...{ iterations: whole(-1), evaluations: whole(0) },
  };
  const { x, ...last } = whileLoop(
    ({ status, evaluations }: State) =>
      status.equal(UNFINISHED).logicalAnd(evaluations.lessEqual(maxIterations)),
    (state: State) => {
      const { x, cost, model, units, radius } = state;
      // The first round tries a step of nothing, so that all is computed inside of the loop.
      const isFirst = state.evaluations.equal(0);
      const inverse = where(units.greater(0), units, 1).reciprocal();
      const { step, isBounded } = stepWithin(model, radius, epsilon * Math.max(m, n));
      const trial = within(problem, x.add(step.mul(inverse)));
      const move = trial.sub(x);
      const scaled = move.mul(units);
      const parts = model.v.transpose().matmul(scaled).mul(model.s);
      const predicted = parts.mul(model.residuals).sum().add(squared(parts).div(2)).neg();
      const ofTrial = residuals(trial);
      const after = costOf(loss, ofTrial.square());
      const isGood = areFinite(ofTrial);
      const actual = cost.sub(after);
      const rounding = cost.mul(epsilon ** ROUNDING);
      const isBelow = predicted
        .lessEqual(rounding)
        .logicalAnd(actual.abs().lessEqual(rounding.mul(2)))
        .logicalAnd(predicted.greaterEqual(0));
      // A step that bounds have cut may lead down where the model goes up: it is made, and the next one is shorter.
      const isDown = predicted.greater(0);
      const own = where(isDown, actual.div(where(isDown, predicted, 1)), 0);
      const ratio = where(isBelow, 1, own);
      const leads = actual
        .greater(0)
        .logicalAnd(ratio.greater(1e-4).logicalOr(isDown.logicalNot()));
      const isAccepted = isGood.logicalAnd(isFirst.logicalOr(leads).logicalOr(isBelow));
      const length = squared(scaled).sqrt();
      const isShort = changes(move, x, tolerance).logicalNot();
      const isSteady = isBelow.logicalAnd(length.greaterEqual(state.last));
      const reached = isShort
        .logicalAnd(isBounded.logicalNot())
        .logicalOr(isSteady.logicalAnd(state.last.greater(0)));
      const isFound = isAccepted.logicalAnd(reached).logicalOr(after.equal(0));
      const isLost = isAccepted.logicalNot().logicalAnd(isShort);
      const ofLost = where(state.cosine.less(ORTHOGONAL), CONVERGED, STALLED);
      const ended = where(
        isLost,
        ofLost,
        where(isFound.logicalAnd(isFirst.logicalNot()), CONVERGED, UNFINISHED),
      );
      const shrunk = length.mul(0.25);
      const grown = where(
        ratio.greater(0.75).logicalAnd(isBounded),
        length.mul(2).maximum(radius),
        radius,
      );
      const next = where(isGood.logicalAnd(ratio.greaterEqual(0.25)), grown, shrunk);
      const nextModel = cond(
        isAccepted,
        () => linearize(trial, ofTrial, units),
        () => ({ model, units, cosine: state.cosine, isGood: isFirst.logicalNot() }),
      );
      const begin = squared(trial.mul(nextModel.units)).sqrt();
      const whereBegun = where(begin.greater(0), begin, 1);
      return {
        x: where(isAccepted, trial, x),
        cost: where(isAccepted, after, cost),
        model: nextModel.model,
        units: nextModel.units,
        cosine: nextModel.cosine,
        radius: where(isFirst, whereBegun, next),
        last: where(isBelow.logicalAnd(isFirst.logicalNot()), length, 0),
        status: where(nextModel.isGood, ended, NOT_FINITE).cast("int32"),
        iterations: state.iterations.add(isAccepted.cast("int32")),
        evaluations: state.evaluations.add(1),
      };
    },
    init,
  );
  const { status, iterations, evaluations } = last;
  return { x, progress: { status, iterations: iterations.maximum(0), evaluations } };
}

/** Returns what makes the model at a point. */
function linearizer(
  { residuals, loss, ...bounds }: LeastSquaresProblem,
  m: number,
  n: number,
  epsilon: number,
) {
  const slopes = jacobian(residuals, { mode: n <= m ? "forward" : "reverse" });
  return (x: Tensor, values: Tensor, units: Tensor) => {
    const found = slopes(x);
    const isGood = areFinite(found);
    const [factors, rows] = weighed(loss, values, epsilon);
    const matrix = where(isGood, found, 0).mul(rows.reshape([m, 1]));
    const own = values.mul(factors);
    const lengths = matrix.square().sum(0).sqrt();
    const next = units.maximum(where(lengths.greater(0), lengths, where(units.greater(0), 0, 1)));
    const gradient = matrix.transpose().matmul(own);
    const isFixed = atBounds(x, gradient, bounds);
    const free = isFixed === undefined ? next.reciprocal() : where(isFixed, 0, next.reciprocal());
    const scaled = matrix.mul(free);
    const size = squared(own).sqrt();
    const cosines = gradient
      .mul(free)
      .abs()
      .max()
      .div(where(size.greater(0), size, 1));
    return { model: modelOf(scaled, own, m >= n), units: next, cosine: cosines, isGood };
  };
}

/** Returns a Jacobian by its singular values: those of R, where it has more rows than columns. */
function modelOf(matrix: Tensor, residuals: Tensor, isTall: boolean): Model {
  if (isTall) {
    const { q, r } = qr(matrix);
    const { u, s, vt } = svd(r);
    const own = u.transpose().matmul(q.transpose().matmul(residuals));
    return { s, v: vt.transpose(), residuals: own };
  }
  const { u, s, vt } = svd(matrix);
  return { s, v: vt.transpose(), residuals: u.transpose().matmul(residuals) };
}
