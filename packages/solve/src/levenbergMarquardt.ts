/**
 * Least squares by the Levenberg–Marquardt method: a trust region whose units are the lengths of the columns of the
 * Jacobian (J. J. Moré, 1977, as in MINPACK). Bounds are handled by projection: an unknown that is at a bound and would
 * leave it is fixed for the step, and a step beyond a bound is cut there (D. P. Bertsekas, "Projected Newton Methods
 * for Optimization Problems with Simple Constraints", 1982).
 *
 * All comparisons are of ratios: residuals relative to their norm, steps relative to the lengths of columns and to the
 * unknowns. So no scale of data or unknowns changes a decision, and no square overflows.
 */

import { arange, cond, jacobian, type Tensor, where, whileLoop, zeros } from "@graddiff/core";
import { qr, svd } from "@graddiff/core/linalg";
import { atBounds, type Bounds, within } from "./bounds.ts";
import { effective, type Loss, weighed } from "./losses.ts";
import {
  areFinite,
  changes,
  divided,
  epsilonOf,
  leastChange,
  normOf,
  squared,
  whole,
} from "./numbers.ts";
import { CONVERGED, type Found, NOT_FINITE, STALLED, STATIONARY, UNFINISHED } from "./outcome.ts";
import { type Model, stepWithin } from "./trustRegion.ts";

/** A least-squares problem as functions of vectors. */
export interface LeastSquaresProblem extends Bounds {
  readonly residuals: (x: Tensor) => Tensor;
  readonly start: Tensor;
  readonly loss: Loss;
  readonly tolerance: number;
  /** The absolute tolerance: the change of an unknown, in its units, that counts as no change. */
  readonly absolute: number;
  readonly maxIterations: number;
}

/** The Jacobian at a point, and numbers that the decisions about steps from this point need. */
interface Linearization {
  readonly model: Model;
  /** The greatest lengths of the columns of the Jacobian since the last reset: the units of the trust region. */
  readonly units: Tensor;
  /** The lengths of the columns at this point. */
  readonly lengths: Tensor;
  /** The greatest cosine of the angle between the residuals and a column. */
  readonly cosine: Tensor;
}

interface State extends Linearization {
  readonly x: Tensor;
  /** The norm of the effective residuals: the square root of twice the cost. */
  readonly size: Tensor;
  readonly radius: Tensor;
  /** The stage of the run: the index of the unknown that is probed, or a later stage (see {@link stagesOf}). */
  readonly stage: Tensor;
  /** For each unknown, 1 if the residuals are affine in it. */
  readonly isAffine: Tensor;
  /** For each unknown its greatest magnitude so far, and the greatest length of its column of the Jacobian. */
  readonly reach: Tensor;
  readonly steepest: Tensor;
  /** The last step in units of the trust region, and its length, if it was not cut and was below rounding; else 0. */
  readonly step: Tensor;
  readonly steady: Tensor;
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/**
 * The exponent of ε in the relative difference of costs that may be rounding, since residuals are differences of larger
 * numbers. A step with a smaller predicted difference is accepted without a test: it is a Gauss–Newton step near the
 * minimum.
 */
const ROUNDING = 2 / 3;

/**
 * The relative rounding of unknowns, in units of ε. Uncut steps that reduce residuals by less than its effect count as
 * zero.
 */
const UNSEEN = 16;

/**
 * The cosine below which residuals count as orthogonal to the columns, so that no step reduces the cost (MINPACK's gtol).
 */
const ORTHOGONAL = 1e-4;

/** The ratio of a unit to the length of its column above which units are reset before the run may end as converged. */
const STALE = 1e3;

/**
 * Limits of the step of the affine unknowns: the fraction of the predicted reduction that it must reach; the factor by
 * which the unknowns must grow, since the method itself shrinks large unknowns well; and the relative singular value
 * below which others count as zero, so that unknowns do not grow large and cancel each other.
 */
const AFFINE_DECREASE = 0.25;
const AFFINE_GROWTH = 2;
const AFFINE_RANK = 0.03;

export function levenbergMarquardt(problem: LeastSquaresProblem): Found {
  const { residuals, start, loss, tolerance, maxIterations } = problem;
  const epsilon = epsilonOf(start.dtype);
  const rounding = epsilon ** ROUNDING;
  const [n] = start.shape as [number];
  const { linearize, m } = linearizer(problem);
  const rank = Math.min(m, n);
  const isRobust = loss.rho !== undefined;
  const stages = stagesOf(n);
  const dtype = { dtype: start.dtype };
  const indices = arange(n, { dtype: "int32" });
  const none = zeros([n], dtype);
  const zero = zeros([], dtype);
  const init: State = {
    x: start,
    size: zero.add(Number.POSITIVE_INFINITY),
    model: { s: zeros([rank], dtype), v: zeros([n, rank], dtype), residuals: zeros([rank], dtype) },
    ...{ units: none, lengths: none, cosine: zero, radius: zero, stage: whole(0) },
    ...{ isAffine: none, reach: none, steepest: none, step: none, steady: zero },
    ...{ status: whole(UNFINISHED), iterations: whole(-1), evaluations: whole(0) },
  };
  const { x, ...last } = whileLoop(
    ({ status, evaluations }: State) =>
      status.equal(UNFINISHED).logicalAnd(evaluations.lessEqual(maxIterations)),
    (state: State) => {
      const { x, size, model, units, lengths, radius, stage } = state;
      const [isRestricted, isSeparated, isRefreshed] = [
        stage.equal(stages.restricted),
        stage.equal(stages.separated),
        stage.equal(stages.refreshed),
      ];
      // The first iteration tries a step of length 0, so that all evaluations are inside of the loop.
      const isFirst = state.evaluations.equal(0);
      const { step, isBounded, explained } = stepWithin(
        model,
        where(isFirst, 0, radius.div(size)),
        where(isSeparated, AFFINE_RANK, epsilon * Math.max(m, n)),
      );
      const begins = isFirst.logicalNot().logicalAnd(stage.less(n));
      const isProbe = begins.logicalAnd(isRobust ? begins : stage.greater(0).logicalOr(isBounded));
      const isStill = isFirst.logicalOr(isRestricted).logicalOr(isRefreshed);
      const isStep = isStill.logicalOr(isProbe).logicalNot();
      const downhill = model.v.matmul(model.s.mul(model.residuals)).sign().neg();
      const probe = indices
        .equal(stage)
        .cast(start.dtype)
        .mul(where(downhill.equal(0), 1, downhill));
      const scaledStep = where(isProbe, probe.mul(divided(units, lengths)), step);
      const proposal = where(isStill, 0, divided(scaledStep, units).mul(where(isFirst, 0, size)));
      const aim = x.add(proposal);
      const trial = within(problem, aim);
      const move = trial.sub(x);
      const scaled = move.mul(units);
      const parts = divided(model.v.transpose().matmul(scaled).mul(model.s), size);
      const predicted = parts.mul(model.residuals).sum().mul(2).add(squared(parts)).neg();
      const ofTrial = residuals(trial);
      const isGood = areFinite(ofTrial);
      const sizeAt = (isPlain: Tensor) =>
        normOf(isRobust ? where(isPlain, ofTrial, effective(loss, ofTrial)) : ofTrial);
      const after = sizeAt(stage.less(stages.steps));
      const actual = divided(after, size).square().neg().add(1);
      // For a step that bounds have cut, the model may predict an increase where the cost decreases: the step is
      // accepted, and the next one is shorter.
      const isDown = predicted.greater(0);
      const isBelow = predicted
        .lessEqual(rounding)
        .logicalAnd(actual.abs().lessEqual(2 * rounding))
        .logicalAnd(predicted.greaterEqual(0));
      const ratio = where(isBelow, 1, where(isDown, actual.div(where(isDown, predicted, 1)), 0));
      const isEnough = ratio
        .greater(where(isSeparated, AFFINE_DECREASE, 1e-4))
        .logicalOr(isDown.logicalNot());
      const leads = actual.greater(0).logicalAnd(isEnough);
      const weights = units.mul(state.isAffine);
      const before = x.abs().mul(weights).sum();
      const isGrown = trial.abs().mul(weights).sum().greaterEqual(before.mul(AFFINE_GROWTH));
      const isMade = isGood
        .logicalAnd(isStep)
        .logicalAnd(leads.logicalOr(isBelow))
        .logicalAnd(isGrown.logicalOr(isSeparated.logicalNot()));
      const isAccepted = isMade.logicalOr(isStill.logicalAnd(isGood));
      // If the residuals are affine in an unknown, a step along it of any length changes them as predicted.
      const asPredicted = isGood
        .logicalAnd(
          actual
            .sub(predicted)
            .abs()
            .lessEqual(4 * Math.sqrt(epsilon)),
        )
        .logicalAnd(predicted.notEqual(0));
      const isAffine = where(
        isProbe.logicalAnd(indices.equal(stage)),
        asPredicted.cast(start.dtype),
        state.isAffine,
      );
      const isReset = isStill.logicalOr(isSeparated);
      const next: Linearization & { readonly isGood: Tensor; readonly size: Tensor } = cond(
        isAccepted,
        () => {
          const isPlain = isFirst.logicalOr(isRestricted);
          const leastUnits = where(isReset, 0, units);
          const nextSize = isRobust ? sizeAt(isPlain) : after;
          const isFree = where(isRestricted, isAffine, 1).broadcastTo([n]);
          const found = linearize(trial, ofTrial, nextSize, leastUnits, isFree, isPlain);
          return { ...found, size: nextSize };
        },
        () => ({
          ...{ model, units, lengths, size, cosine: state.cosine },
          isGood: isFirst.logicalNot(),
        }),
      );
      const reach = state.reach.maximum(where(isAccepted, trial, x).abs());
      const steepest = state.steepest.maximum(next.lengths);
      const isFlat = next.lengths.lessEqual(steepest.mul(Math.sqrt(epsilon)));
      const absolute = leastChange(reach, isFlat, problem.absolute);
      const length = normOf(scaled);
      const isShort = changes(move, x, tolerance, absolute).logicalNot();
      const isFinal = isStep.logicalAnd(isSeparated.logicalNot());
      const isWhole = isFinal.logicalAnd(isBounded.logicalNot()).logicalAnd(aim.equal(trial).all());
      const isNoise = isMade.logicalAnd(isWhole).logicalAnd(isBelow);
      // Steps of rounding noise have random directions. A longer step in the direction of the last one is real progress.
      const repeats = scaled.mul(state.step).sum().greater(squared(state.step));
      const isSteady = isNoise
        .logicalAnd(state.steady.greater(0))
        .logicalAnd(length.greaterEqual(state.steady))
        .logicalAnd(repeats.logicalNot());
      // The weights of a robust loss do not change the rounding of residuals.
      const effect = lengths
        .mul(x.abs())
        .sum()
        .mul(isRobust ? 0 : UNSEEN * epsilon);
      const isRounding = isWhole.logicalAnd(explained.mul(size).lessEqual(effect));
      const isReached = isMade.logicalAnd(isWhole).logicalAnd(isShort).logicalOr(isSteady);
      const isTiny = length.lessEqual(size.mul(epsilon / 8));
      const isLost = isFinal.logicalAnd(isMade.logicalNot()).logicalAnd(isShort.logicalOr(isTiny));
      const isOrthogonal = isLost.logicalAnd(state.cosine.less(ORTHOGONAL));
      const isFound = isReached.logicalOr(isRounding).logicalOr(isOrthogonal);
      const isStale = divided(next.units, next.lengths).max().greater(STALE);
      const isZero = isAccepted.logicalAnd(next.size.equal(0));
      const isJudgedAnew = isFound.logicalAnd(isStale).logicalAnd(isZero.logicalNot());
      const found = isFound.logicalAnd(isStale.logicalNot()).logicalOr(isZero);
      const isLevel = state.iterations
        .equal(0)
        .logicalAnd(explained.equal(0))
        .logicalAnd(isZero.logicalNot());
      const status = where(
        found,
        where(isLevel, STATIONARY, CONVERGED),
        where(isLost.logicalAnd(isFound.logicalNot()), STALLED, UNFINISHED),
      );
      const isLonger = ratio.greater(0.75).logicalAnd(isBounded);
      const grown = where(isLonger, length.mul(2).maximum(radius), radius);
      const resized = where(isGood.logicalAnd(ratio.greaterEqual(0.25)), grown, length.mul(0.25));
      const distance = normOf(trial.mul(next.units));
      const initial = where(distance.greater(0), distance, next.size);
      const restarted = where(isRestricted, Number.POSITIVE_INFINITY, initial);
      const following = stages.after(stage, { isFirst, isBounded, isMade, isAffine, isRobust });
      return {
        x: where(isAccepted, trial, x),
        size: next.size,
        ...{ model: next.model, units: next.units, lengths: next.lengths, cosine: next.cosine },
        radius: where(isReset.logicalAnd(isAccepted), restarted, where(isStep, resized, radius)),
        stage: where(isJudgedAnew, stages.refreshed, following),
        ...{ isAffine, reach, steepest },
        step: where(isNoise, scaled, 0),
        steady: where(isNoise, length, 0),
        status: where(next.isGood, status, NOT_FINITE).cast("int32"),
        iterations: state.iterations.add(isMade.logicalOr(isFirst).cast("int32")),
        evaluations: state.evaluations.add(1),
      };
    },
    init,
  );
  const { status, iterations, evaluations } = last;
  return { x, progress: { status, iterations: iterations.maximum(0), evaluations } };
}

/** The results of an iteration on which the next stage depends. */
interface Round {
  readonly isFirst: Tensor;
  readonly isBounded: Tensor;
  readonly isMade: Tensor;
  readonly isAffine: Tensor;
  readonly isRobust: boolean;
}

/**
 * Returns the stages of a run with n unknowns. Stage i < n probes unknown i, from 0 on where the first step is cut; then come the
 * Jacobian of the affine unknowns alone, their step, the whole Jacobian, and all other steps. A robust loss counts as linear
 * before the whole Jacobian.
 */
function stagesOf(n: number) {
  const stageAt = (i: number) => whole(n + i);
  const [restricted, separated, refreshed, steps] = [
    stageAt(0),
    stageAt(1),
    stageAt(2),
    stageAt(3),
  ];
  const after = (
    stage: Tensor,
    { isFirst, isBounded, isMade, isAffine, isRobust }: Round,
  ): Tensor => {
    const withoutProbes = isRobust ? refreshed : steps;
    const isUseless = stage.equal(n - 1).logicalAnd(isAffine.equal(0).all());
    const isProbed = isBounded.logicalOr(stage.greater(0)).logicalAnd(isUseless.logicalNot());
    const ofProbe = where(isProbed, stage.add(1), withoutProbes);
    const isLost = stage.equal(separated).logicalAnd(isMade.logicalNot());
    const later = where(stage.equal(restricted), separated, where(isLost, refreshed, steps));
    return where(isFirst, whole(0), where(stage.less(n), ofProbe, later));
  };
  return { restricted, separated, refreshed, steps, after };
}

/** Returns the number of residuals, and a function that linearizes the problem at a point. */
function linearizer({ residuals, loss, start, ...bounds }: LeastSquaresProblem) {
  const [n] = start.shape as [number];
  const [m] = residuals(start).shape as [number];
  const jacobianAt = jacobian(residuals, { mode: n <= m ? "forward" : "reverse" });
  const linearize = (
    x: Tensor,
    values: Tensor,
    size: Tensor,
    leastUnits: Tensor,
    isFree: Tensor,
    isPlain: Tensor,
  ): Linearization & { readonly isGood: Tensor } => {
    const found = jacobianAt(x);
    const robust = weighed(loss, values);
    const weighted = robust === undefined ? values : where(isPlain, values, robust[0]);
    const rows = robust && where(isPlain, 1, robust[1]);
    const matrix = rows === undefined ? found : found.mul(rows.reshape([m, 1]));
    // Columns are divided by their greatest elements, so that no square overflows.
    const peaks = matrix.abs().max(0);
    const isGood = areFinite(peaks);
    const scale = where(peaks.greater(0).logicalAnd(isGood), peaks, 1);
    const columns = where(isGood, matrix.div(scale), 0);
    const unit = divided(weighted, size);
    const { triangle, turned } = m < n ? { triangle: columns, turned: unit } : turn(columns, unit);
    const norms = triangle.square().sum(0).sqrt();
    const lengths = norms.mul(scale);
    const greatest = lengths.maximum(leastUnits);
    const units = where(greatest.greater(0), greatest, 1);
    const gradient = triangle.transpose().matmul(turned);
    const isFixed = atBounds(x, gradient, bounds);
    const free = isFixed === undefined ? isFree : where(isFixed, 0, isFree);
    const cosine = divided(gradient.mul(free).abs(), norms).max();
    const { u, s, vt } = svd(triangle.mul(scale.div(units).mul(free)));
    const model = { s, v: vt.transpose(), residuals: u.transpose().matmul(turned) };
    return { model, units, lengths, cosine, isGood };
  };
  return { linearize, m };
}

/**
 * Returns R and Qᵀ times a vector for a matrix Q R: a step needs nothing else of a matrix with more rows than columns.
 */
function turn(matrix: Tensor, vector: Tensor) {
  const { q, r } = qr(matrix);
  return { triangle: r, turned: q.transpose().matmul(vector) };
}
