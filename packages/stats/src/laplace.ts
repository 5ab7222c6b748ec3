/** `laplace`: the normal approximation of a posterior at its mode (L. Tierney and J. Kadane, 1986). */

import {
  ArgumentError,
  compile,
  diagonal,
  eye,
  hessian,
  type Mapped,
  normal,
  scan,
  splitSeed,
  type Tensor,
  type TensorLike,
  treeMap,
} from "@graddiff/core";
import {
  anything,
  optional,
  optionsReader,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { cholesky, triangularSolve } from "@graddiff/core/linalg";
import { smoothedWeights } from "./loo.ts";
import type { Kept, Model } from "./model.ts";
import { type Data, double, LOG_ROOT_2PI, readSeed } from "./numbers.ts";
import { kernel } from "./nuts.ts";
import { resultsOf } from "./posterior.ts";
import type { DataOption } from "./sample.ts";
import {
  dataOf,
  isFinitePoint,
  madeOnce,
  type Point,
  startOf,
  type Target,
  targetOf,
  type Unknowns,
} from "./target.ts";

/** The normal approximation of a posterior: the result of {@link laplace}. */
export interface LaplaceApproximation<Result> {
  /** The result of the model at the mode: a tree of tensors. */
  readonly mode: Kept<Result>;
  /** The result of the model for each draw of the approximation: a tree of tensors, [draws, …]. */
  readonly draws: Kept<Result>;
  /** The covariance matrix of the unbounded unknowns, in the order of the calls of `draw`: float64, [n, n]. */
  readonly covariance: Tensor;
  /** The approximate logarithm of the evidence: of the density of the data, integrated over all unknowns. */
  readonly logEvidence: number;
  /**
   * The Pareto shape of the ratios of the posterior's density to that of the approximation, as in {@link loo}. Above 0.7 the
   * posterior is not close to normal, so mean and spread of the draws are not reliable: use {@link sample}. With fewer than 25
   * draws there is no shape, and it is −∞.
   */
  readonly paretoK: number;
}

/** The settings of {@link laplace}. */
export interface LaplaceOptions {
  /** The number that determines the start of the search and all draws. Default 0. */
  readonly seed?: TensorLike;
  /** The number of draws. Default 1000. */
  readonly draws?: number;
}

const readOptions = optionsReader({
  data: optional(anything, {}),
  seed: optional(readSeed, double(0)),
  draws: optional(positiveInteger, 1000),
});

/** A position with its log-density, the gradient, and the negative Hessian. */
interface Curved extends Point {
  readonly precision: Tensor;
}

/** The compiled programs of a density. */
interface Programs {
  readonly at: (q: Tensor, data: Data) => Curved;
  /** Returns the log-density of each row. */
  readonly densities: (rows: Tensor, data: Data) => Tensor;
}

const F64 = { dtype: "float64" } as const;

const programsOf = madeOnce((target: Pick<Target<unknown>, "of" | "logDensity">): Programs => {
  const density = (q: Tensor, data: Data) => target.logDensity(q, data);
  const rows = compile((all: Tensor, data: Data) =>
    scan((i: Tensor, q: Tensor): [Tensor, Tensor] => [i, density(q, data)], double(0), all),
  );
  return {
    at: compile((q: Tensor, data: Data) => ({
      ...kernel(density, data)(q),
      precision: hessian((point: Tensor) => density(point, data))(q).neg(),
    })),
    densities: (all, data) => rows(all, data)[1],
  };
});

/**
 * Approximates the posterior of a model by a normal distribution of the unbounded unknowns. Its mean is their mode. Its
 * covariance is the inverse of the negative Hessian of the log-density there.
 *
 * It takes milliseconds, and is good where data determine the unknowns well; `paretoK` says whether it is. The mode is found by
 * Newton's method from one random start, so of several modes it is one. The Hessian of n unknowns costs n gradients.
 *
 * @param of a {@link model}, or `{ logDensity, start, constrain }`, as for {@link sample}.
 * @param options `data`, the tree that the model is called with; `seed` and `draws` of {@link LaplaceOptions}.
 * @returns the {@link LaplaceApproximation}: the mode, draws, the covariance, the evidence and `paretoK`.
 * @throws ArgumentError for a density that is finite at none of 100 random starts, or whose maximum is not found in 200 steps;
 *   DTypeError for data of float32; any error of the model.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Bernoulli, Beta, laplace, model } from "@graddiff/stats";
 *
 * const tosses = tensor([1, 1, 0, 1, 1, 0, 1, 1, 1, 0], { dtype: "float64" });
 * const coin = model(({ draw, observe }) => {
 *   const p = draw(Beta(2, 2));
 *   observe(Bernoulli(p), tosses);
 *   return { p };
 * });
 * const { mode, draws, paretoK } = laplace(coin, { seed: 1 });
 * console.log(mode.p.item().toFixed(3), draws.p.shape, paretoK < 0.7); // 0.643 [ 1000 ] true
 * ```
 */
export function laplace<Result, Data>(
  of: Model<Result, Data>,
  options: LaplaceOptions & DataOption<Data>,
): LaplaceApproximation<Result>;
export function laplace<Result>(
  of: Model<Result, Record<never, Tensor>>,
  options?: LaplaceOptions,
): LaplaceApproximation<Result>;
export function laplace<Start, Data, Result = Mapped<Start, Tensor>>(
  of: Unknowns<Start, Result, Data>,
  options: LaplaceOptions & DataOption<Data>,
): LaplaceApproximation<Result>;
export function laplace<Start, Result = Mapped<Start, Tensor>>(
  of: Unknowns<Start, Result, Record<never, Tensor>>,
  options?: LaplaceOptions,
): LaplaceApproximation<Result>;
export function laplace<Result>(
  of: object,
  options: LaplaceOptions = {},
): LaplaceApproximation<Result> {
  refuseSurplus("laplace", 2, arguments);
  const read = readOptions("laplace", options);
  const data = dataOf("laplace", read.data);
  const target = targetOf<Result>("laplace", of);
  const { at, densities } = programsOf(target);
  const size = target.sizeOf(data);
  const [first = 0, second = 0] = splitSeed(read.seed, 2).data();
  const curved = (q: Tensor) => at(q, data);
  const start = startOf("laplace", target, data, target.starts(first, size), curved);
  const { q, logDensity, precision } = maximum(curved, start);
  const root = cholesky(precision);
  const spread = triangularSolve(root, eye(size, F64));
  const white = normal([read.draws, size], { seed: second, ...F64 });
  const rows = triangularSolve(root, white, { left: false }).add(q);
  const logVolume = size * LOG_ROOT_2PI - diagonal(root).log().sum().item();
  const logNormal = white.square().sum(1).mul(-0.5).sub(logVolume);
  const ratios = densities(rows, data).sub(logNormal).data();
  const results = resultsOf(target);
  return {
    mode: treeMap((leaf: Tensor) => leaf.at(0), results(q.expandDims(0), data)) as Kept<Result>,
    draws: results(rows, data) as Kept<Result>,
    covariance: spread.transpose().matmul(spread),
    logEvidence: logDensity.item() + logVolume,
    paretoK: smoothedWeights(
      Float64Array.from(ratios, (x) => (Number.isNaN(x) ? Number.NEGATIVE_INFINITY : x)),
      1,
    ).k,
  };
}

/** The number of steps after which the search for the maximum ends. */
const MOST_STEPS = 200;

/** The least multiple of the diagonal that is added. */
const LEAST_DAMPING = 1e-2;

/**
 * The squared length of a Newton step, in standard deviations of the approximation: after one of the first length the maximum
 * is found, and one of the second is taken even if rounding hides its gain.
 */
const FOUND = 1e-18;
const NEAR = 1e-8;

/**
 * Returns the maximum of a log-density by Newton's method. Where the Hessian is not negative definite, or a step does not
 * increase the density, multiples of the diagonal are added (D. Marquardt, 1963).
 */
function maximum(at: (q: Tensor) => Curved, start: Curved): Curved {
  let point = start;
  let damping = 0;
  for (let i = 0; i < MOST_STEPS; i++) {
    const { q, gradient, precision } = point;
    const scales = diagonal(precision).abs().maximum(gradient.square());
    const damped = precision.add(eye(q.size, F64).mul(scales.mul(damping)));
    const root = cholesky(damped, { failure: "nan" });
    let isBetter = false;
    if (root.isFinite().all().item()) {
      const white = triangularSolve(root, gradient);
      const step = triangularSolve(root, white.expandDims(0), { left: false }).at(0);
      const next = at(q.add(step));
      const length = damping === 0 ? white.square().sum().item() : Number.POSITIVE_INFINITY;
      isBetter =
        isFinitePoint(next) && (length <= NEAR || next.logDensity.item() > point.logDensity.item());
      if (isBetter) point = next;
      if (length <= FOUND) return point;
    }
    if (!isBetter) damping = Math.max(LEAST_DAMPING, damping * 10);
    else damping = damping > LEAST_DAMPING ? damping / 10 : 0;
  }
  throw new ArgumentError({
    op: "laplace",
    argument: "of",
    expected: "a maximum of the density where its Hessian is negative definite",
    got: `none after ${MOST_STEPS} steps, the greatest logarithm was ${point.logDensity.item()}`,
    hint: "A scale that may become 0 has none: draw standard units and multiply, or use sample",
  });
}
