/**
 * Leave-one-out cross-validation by Pareto-smoothed importance sampling, computed on the host: A. Vehtari, D. Simpson,
 * A. Gelman, Y. Yao and J. Gabry (2024).
 */

import type { Tensor } from "@graddiff/core";
import { argumentError, isTensor, refuseSurplus } from "@graddiff/core/extend";
import { meanEss } from "./diagnostics.ts";
import { double } from "./numbers.ts";
import { Posterior } from "./posterior.ts";

/** The result of {@link loo}: the accuracy with which a model predicts each observation from all others. */
export interface Loo {
  /**
   * The expected log predictive density: the sum of the log-densities of the observations, each given all others.
   * Greater is better.
   */
  readonly elpd: number;
  /** The standard error of `elpd`. */
  readonly standardError: number;
  /** The effective number of parameters. */
  readonly parameters: number;
  /** The terms of `elpd`, float64, one for each observation. */
  readonly pointwise: Tensor;
  /**
   * The Pareto shape of the importance weights of each observation, float64. Above 0.7 its term is not reliable: the
   * draws do not cover the posterior without this observation.
   */
  readonly paretoK: Tensor;
}

/** The Pareto shape above which a term is not reliable. */
const MOST_K = 0.7;

function logSumExp(values: Float64Array): number {
  const greatest = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return greatest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - greatest), 0));
}

/**
 * Returns the shape k and the scale of a generalised Pareto distribution, fitted to sorted excesses (J. Zhang and
 * M. Stephens, 2009). Both are NaN if the lowest quarter of the excesses are equal.
 */
function paretoOf(excesses: Float64Array): { k: number; sigma: number } {
  const n = excesses.length;
  const quartile = excesses[Math.floor(n / 4 + 0.5) - 1] ?? 0;
  if (quartile <= (excesses[0] ?? 0)) return { k: Number.NaN, sigma: Number.NaN };
  const count = 30 + Math.floor(Math.sqrt(n));
  const greatest = excesses[n - 1] ?? 1;
  const points = Float64Array.from(
    { length: count },
    (_, i) => (1 - Math.sqrt(count / (i + 0.5))) / (3 * quartile) + 1 / greatest,
  );
  const meanLog = (b: number) => excesses.reduce((sum, x) => sum + Math.log1p(-b * x), 0) / n;
  const profile = points.map((b) => {
    const k = meanLog(b);
    return n * (Math.log(-b / k) - k - 1);
  });
  const total = logSumExp(profile);
  let [sum, weight] = [0, 0];
  for (const [i, value] of profile.entries()) {
    const share = Math.exp(value - total);
    if (share < 10 * 2 ** -52) continue;
    sum += share * (points[i] ?? 0);
    weight += share;
  }
  const b = sum / weight;
  const k = meanLog(b);
  // A prior with the weight of ten observations shrinks the shape towards ½.
  return { k: (n * k + 5) / (n + 10), sigma: -k / b };
}

/**
 * Returns the logarithms of smoothed importance weights, whose sum is 1, and the Pareto shape of their tail.
 * `relativeEss` is the effective sample size divided by the number of draws.
 */
export function smoothedWeights(logRatios: Float64Array, relativeEss: number) {
  const n = logRatios.length;
  const greatest = logRatios.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = logRatios.map((x) => x - greatest);
  const isLarge = n * relativeEss > 225;
  const size = Math.floor(isLarge ? 3 * Math.sqrt(n / relativeEss) : n / 5);
  const order = Array.from(weights.keys()).sort((a, b) => (weights[a] ?? 0) - (weights[b] ?? 0));
  const tail = order.slice(n - size);
  const cutoff = Math.exp(weights[order[n - size - 1] ?? 0] ?? 0);
  const excesses = Float64Array.from(tail, (i) => Math.exp(weights[i] ?? 0) - cutoff);
  // A tail of fewer than 5 draws cannot be fitted. The weights of an observation that depends on no unknown are equal.
  if (size < 5 || excesses[size - 1] === excesses[0]) {
    return { weights: weights.map(() => -Math.log(n)), k: Number.NEGATIVE_INFINITY };
  }
  const { k, sigma } = paretoOf(excesses);
  if (Number.isFinite(k)) {
    for (const [i, index] of tail.entries()) {
      const log = Math.log1p(-(i + 0.5) / size);
      const excess = k === 0 ? -sigma * log : (sigma * Math.expm1(-k * log)) / k;
      weights[index] = Math.min(Math.log(cutoff + excess), 0);
    }
  }
  const total = logSumExp(weights);
  return { weights: weights.map((x) => x - total), k };
}

/**
 * Estimates how well a model predicts each of its observations from all others, by leave-one-out cross-validation. The
 * model is not sampled again: the draws of the posterior get importance weights instead.
 *
 * @param posterior the posterior of a {@link model}. Each value that the model passes to `observe` is an observation.
 * @returns the {@link Loo}: sums over all observations, and the term of each.
 * @throws ArgumentError for any value but the posterior of a model with observations.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { loo, model, Normal, sample } from "@graddiff/stats";
 *
 * const y = tensor([1.2, 0.4, 2.1, 1.7], { dtype: "float64" });
 * const level = model(({ draw, observe }) => {
 *   const mean = draw(Normal(0, 5));
 *   observe(Normal(mean, 1), y);
 *   return { mean };
 * });
 * const { elpd, paretoK } = loo(await sample(level, { seed: 1 }));
 * console.log(elpd.toFixed(1), paretoK.shape); // -5.3 [ 4 ]
 * ```
 */
export function loo<Result>(posterior: Posterior<Result>): Loo {
  refuseSurplus("loo", 1, arguments);
  if (!(posterior instanceof Posterior)) {
    throw argumentError("loo", "posterior", "a posterior of sample", posterior);
  }
  const logs = posterior.logLikelihood();
  const [chains = 0, count = 0, size = 0] = logs.shape;
  const relative = chains === 1 ? 1 : meanEss(posterior.draws) / (chains * count);
  const columns = logs
    .reshape([chains * count, size])
    .transpose()
    .data();
  const [terms, shapes] = [new Float64Array(size), new Float64Array(size)];
  let parameters = 0;
  const draws = chains * count;
  for (let i = 0; i < size; i++) {
    const own = Float64Array.from(columns.subarray(i * draws, (i + 1) * draws));
    const { weights, k } = smoothedWeights(
      own.map((x) => -x),
      relative,
    );
    const term = logSumExp(weights.map((weight, j) => weight + (own[j] ?? 0)));
    terms[i] = term;
    shapes[i] = k;
    parameters += logSumExp(own) - Math.log(draws) - term;
  }
  const elpd = terms.reduce((a, b) => a + b, 0);
  const variance = terms.reduce((sum, term) => sum + (term - elpd / size) ** 2, 0) / size;
  return {
    elpd,
    standardError: Math.sqrt(size * variance),
    parameters,
    pointwise: double(terms),
    paretoK: double(shapes),
  };
}

/** Returns an entry of the record of models if it is a result of `loo`, else throws an ArgumentError. */
function readLoo([name, value]: [string, unknown]): [string, Loo] {
  if (isLoo(value)) return [name, value];
  throw argumentError("compare", `models.${name}`, "a result of loo", value);
}

const isLoo = (value: unknown): value is Loo => {
  const { elpd, pointwise, paretoK } = Object(value);
  return typeof elpd === "number" && isTensor(pointwise) && isTensor(paretoK);
};

/** The row of one model in the result of {@link compare}. */
export interface Comparison {
  /** The name that the model has in the record. */
  readonly name: string;
  /** The expected log predictive density of the model. */
  readonly elpd: number;
  /** The `elpd` of the best model minus the `elpd` of this model. */
  readonly difference: number;
  /** The standard error of the difference, computed from the differences of the observations' terms. */
  readonly standardError: number;
  /** The number of observations whose term is not reliable: their Pareto shape is above 0.7. */
  readonly unreliable: number;
}

/**
 * Compares how well models predict the same observations, and returns them from the best to the worst.
 *
 * @param models results of {@link loo} by name.
 * @returns one {@link Comparison} for each model, by descending `elpd`, with its difference from the first.
 * @throws ArgumentError for any value but results of loo by name, and for models with different numbers of observations.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { compare, loo, model, Normal, sample } from "@graddiff/stats";
 *
 * const y = tensor([9.2, 10.4, 12.1, 10.7], { dtype: "float64" });
 * const around = (scale: number) =>
 *   model(({ draw, observe }) => {
 *     const mean = draw(Normal(0, scale));
 *     observe(Normal(mean, 1), y);
 *     return { mean };
 *   });
 * const wide = loo(await sample(around(20), { seed: 1 }));
 * const narrow = loo(await sample(around(1), { seed: 1 }));
 * console.log(compare({ narrow, wide }).map(({ name }) => name)); // [ 'wide', 'narrow' ]
 * ```
 */
export function compare(models: Readonly<Record<string, Loo>>): Comparison[] {
  refuseSurplus("compare", 1, arguments);
  const isRecord = !Array.isArray(models) && !isTensor(models);
  const results = isRecord ? Object.entries(Object(models)).map(readLoo) : [];
  const entries = results.toSorted(([, a], [, b]) => b.elpd - a.elpd);
  const [best] = entries;
  if (best === undefined) {
    throw argumentError("compare", "models", "results of loo by name", models);
  }
  const first = best[1].pointwise.data();
  return entries.map(([name, { elpd, pointwise, paretoK }]) => {
    const size = first.length;
    if (pointwise.size !== size) {
      const expected = `a result of ${size} observations, as of ${best[0]}`;
      throw argumentError("compare", `models.${name}`, expected, pointwise);
    }
    const own = pointwise.data();
    const differences = Float64Array.from(first, (term, i) => term - (own[i] ?? 0));
    const mean = differences.reduce((a, b) => a + b, 0) / size;
    const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / size;
    return {
      name,
      elpd,
      difference: mean * size,
      standardError: Math.sqrt(size * variance),
      unreliable: paretoK.greater(MOST_K).cast("int32").sum().item(),
    };
  });
}
