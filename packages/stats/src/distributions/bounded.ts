/** Distributions on intervals and simplices. */

import { betaI, betaIInverse, logSumExp, type TensorLike } from "@graddiff/core";
import { argumentError, refuseSurplus } from "@graddiff/core/extend";
import { type Distribution, distribution } from "../distribution.ts";
import { commonShape, double, elementsOf, FINITE, POSITIVE, parameter } from "../numbers.ts";
import { logGammaDensity, logPoisson } from "../stirling.ts";
import { interval, simplex } from "../supports.ts";
import { openUniform } from "./locationScale.ts";
import { logGammaDraws, seedsOf } from "./positive.ts";

/**
 * Returns the uniform distribution between two numbers.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { Uniform } from "@graddiff/stats";
 *
 * console.log(Uniform(2, 4).cdf?.(2.5).item()); // 0.25
 * ```
 */
export function Uniform(low: TensorLike, high: TensorLike): Distribution {
  refuseSurplus("Uniform", 2, arguments);
  const from = parameter("Uniform", "low", low, FINITE);
  const to = parameter("Uniform", "high", high, FINITE);
  const width = to.sub(from);
  if (elementsOf(width)?.some((size) => !(size > 0))) {
    throw argumentError("Uniform", "high", "numbers above low", high);
  }
  return distribution("Uniform", {
    shape: commonShape(from, to),
    support: interval(from, to),
    ends: [from, to],
    outside: (x) => x.less(from).logicalOr(x.greater(to)),
    inside: from,
    logProb: (x) => x.mul(0).sub(width.log()),
    sample: (seed, shape) => openUniform(seed, shape).mul(width).add(from),
    mean: () => from.add(to).mul(0.5),
    variance: () => width.square().div(12),
    cdf: (x) => x.sub(from).div(width).maximum(0).minimum(1),
    quantile: (p) => p.mul(width).add(from),
  });
}

/**
 * Returns the beta distribution, with the density proportional to x^(alpha − 1) (1 − x)^(beta − 1) between 0 and 1.
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { Beta } from "@graddiff/stats";
 *
 * console.log(Beta(2, 6).mean.item()); // 0.25
 * ```
 */
export function Beta(alpha: TensorLike, beta: TensorLike): Distribution {
  refuseSurplus("Beta", 2, arguments);
  const a = parameter("Beta", "alpha", alpha, POSITIVE);
  const b = parameter("Beta", "beta", beta, POSITIVE);
  const total = a.add(b);
  return distribution("Beta", {
    shape: commonShape(a, b),
    support: interval(0, 1),
    ends: [double(0), double(1)],
    outside: (x) => x.lessEqual(0).logicalOr(x.greaterEqual(1)),
    inside: 0.5,
    logProb: (x) =>
      logGammaDensity(a, total.mul(x))
        .add(logGammaDensity(b, total.mul(x.neg().add(1))))
        .add(total.log())
        .sub(logPoisson(total, total)),
    sample: (seed, shape) => {
      const [first, second] = seedsOf(seed, 2);
      const difference = logGammaDraws(b, second, shape).sub(logGammaDraws(a, first, shape));
      return difference.exp().add(1).reciprocal();
    },
    mean: () => a.div(total),
    variance: () => a.mul(b).div(total.square().mul(total.add(1))),
    cdf: (x) => betaI(a, b, x.maximum(0).minimum(1)),
    quantile: (p) => betaIInverse(a, b, p),
  });
}

/**
 * Returns the Dirichlet distribution of vectors along the last axis, with positive elements that have the sum 1. The
 * density is proportional to the product of xᵢ^(aᵢ − 1).
 *
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Dirichlet } from "@graddiff/stats";
 *
 * console.log(String(Dirichlet(tensor([1, 3], { dtype: "float64" })).mean)); // [0.25 0.75]
 * ```
 */
export function Dirichlet(concentration: TensorLike): Distribution {
  refuseSurplus("Dirichlet", 1, arguments);
  const a = parameter("Dirichlet", "concentration", concentration, POSITIVE);
  if (a.shape.length === 0) {
    throw argumentError(
      "Dirichlet",
      "concentration",
      "a vector, or vectors along the last axis",
      concentration,
    );
  }
  const total = a.sum(-1, { keepDims: true });
  const flat = total.squeeze(-1);
  return distribution("Dirichlet", {
    shape: a.shape,
    eventRank: 1,
    support: simplex,
    outside: (x) => x.lessEqual(0),
    inside: a.div(total),
    logProb: (x) =>
      logGammaDensity(a, total.mul(x))
        .sum(-1)
        .add(flat.log().mul((a.shape.at(-1) ?? 0) - 1))
        .sub(logPoisson(flat, flat)),
    sample: (seed, shape) => {
      const draws = logGammaDraws(a, seed, shape);
      return draws.sub(logSumExp(draws, -1, { keepDims: true })).exp();
    },
    mean: () => a.div(total),
    variance: () => {
      const share = a.div(total);
      return share.mul(share.neg().add(1)).div(total.add(1));
    },
  });
}
