/** Mixtures and truncations of other distributions, and constant densities. */

import { categorical, logSumExp, stack, type Tensor, type TensorLike, where } from "@graddiff/core";
import { argumentError, describe, refuseSurplus } from "@graddiff/core/extend";
import {
  type Distribution,
  definitionOf,
  distribution,
  readDistribution,
} from "../distribution.ts";
import { commonShape, double, elementsOf, FRACTION, float64, parameter } from "../numbers.ts";
import { interval, positive, type Support } from "../supports.ts";
import { openUniform } from "./locationScale.ts";
import { seedsOf } from "./positive.ts";

/**
 * Returns the mixture of distributions: each draw is from one of them, chosen with the probabilities `weights`. The
 * density sums over the choice. So a model can have an unknown class, which as an unknown of its own would have no
 * gradient.
 *
 * @param weights a vector of numbers from 0 to 1 that are proportional to the probabilities, such as an unknown of
 *   {@link Dirichlet}.
 * @param parts as many distributions as weights, all with the same support and event rank.
 * @returns a {@link Distribution} whose shape is the one to which the shapes of the parts broadcast.
 * @throws ArgumentError if the numbers of weights and parts differ, or if parts differ in their support or event rank.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Mixture, Normal } from "@graddiff/stats";
 *
 * const weights = tensor([0.9, 0.1], { dtype: "float64" });
 * const outliers = Mixture(weights, [Normal(0, 1), Normal(0, 10)]);
 * console.log(outliers.variance.item().toFixed(1)); // 10.9
 * ```
 */
export function Mixture(weights: TensorLike, parts: readonly Distribution[]): Distribution {
  refuseSurplus("Mixture", 2, arguments);
  if (!Array.isArray(parts) || parts.length === 0) {
    throw argumentError("Mixture", "parts", "a list of distributions", parts);
  }
  const all = parts.map((part, i) =>
    readDistribution("Mixture", `parts[${i}]`, part, describe(part)),
  );
  const w = parameter("Mixture", "weights", weights, FRACTION);
  if (w.shape.length !== 1 || w.shape[0] !== all.length) {
    throw argumentError("Mixture", "weights", `a vector of ${all.length} numbers`, weights);
  }
  const [{ support, eventRank } = { support: undefined, eventRank: 0 }] = all;
  for (const [i, part] of all.entries()) {
    if (part.support === support && part.eventRank === eventRank) continue;
    const expected = "a distribution with the support of the first one";
    throw argumentError("Mixture", `parts[${i}]`, expected, part.name);
  }
  const shares = w.div(w.sum());
  const shape = commonShape(...all.map(({ mean }) => mean));
  const each = (of: (part: Distribution) => Tensor) => all.map(of);
  const sum = (values: readonly Tensor[]) =>
    values.reduce((total, value, i) => total.add(value.mul(shares.at(i))), double(0));
  const cdfs = all.flatMap(({ cdf }) => (cdf ? [cdf] : []));
  const mean = () => sum(each((part) => part.mean));
  return distribution("Mixture", {
    shape,
    eventRank,
    support,
    logProb: (x) => {
      const terms = each((part) => part.logProb(x));
      const common = commonShape(...terms);
      const rows = terms.map((term, i) => term.broadcastTo(common).add(shares.at(i).log()));
      return logSumExp(stack(rows), 0);
    },
    sample: (seed, wanted) => {
      const [first, ...seeds] = seedsOf(seed, all.length + 1);
      const batch = wanted.slice(0, wanted.length - eventRank);
      const index = categorical(shares.log(), { seed: first ?? seed, shape: batch });
      const at = index.reshape([...batch, ...Array.from({ length: eventRank }, () => 1)]);
      return all.reduce<Tensor>((drawn, part, i) => {
        const own = part.sample({ seed: seeds[i] ?? seed, shape: wanted });
        return i === 0 ? own : where(at.equal(i), own, drawn);
      }, double(0));
    },
    mean,
    variance: () => {
      const squares = each((part) => part.variance.add(part.mean.square()));
      return sum(squares).sub(mean().square());
    },
    ...(cdfs.length === all.length && { cdf: (x: Tensor) => sum(cdfs.map((cdf) => cdf(x))) }),
  });
}

/**
 * Returns a distribution restricted to the values between two bounds. The density is 0 outside of them, and is divided by
 * the probability of the interval.
 *
 * @param part a distribution of numbers that has a `cdf`, such as Normal.
 * @param low the least value; −∞ for none.
 * @param high the greatest value; ∞ for none.
 * @returns a {@link Distribution}. Its `sample` throws unless the part has a `quantile`. Its mean and variance are not
 *   computed: both are NaN.
 * @throws ArgumentError for a part without a `cdf`, and for bounds that are not in order or have no probability between
 *   them.
 * @example
 * ```ts
 * import { Normal, Truncated } from "@graddiff/stats";
 *
 * const far = Truncated(Normal(0, 1), 10, Number.POSITIVE_INFINITY);
 * console.log(far.sample({ seed: 1 }).item() > 10, far.logProb(11).item().toFixed(2)); // true -8.19
 * ```
 */
export function Truncated(part: Distribution, low: TensorLike, high: TensorLike): Distribution {
  refuseSurplus("Truncated", 3, arguments);
  const own = readDistribution("Truncated", "part", part, describe(part));
  const { cdf, quantile, support } = own;
  if (cdf === undefined || support === undefined) {
    throw argumentError("Truncated", "part", "a distribution of numbers with a cdf", own.name);
  }
  const from = float64("Truncated", "low", low);
  const to = float64("Truncated", "high", high);
  const { ends, reflected } = definitionOf(own);
  // The bounds are within those of the distribution.
  const least = support === positive ? 0 : ends?.[0];
  const bounds = interval(
    least === undefined ? low : from.maximum(least),
    ends === undefined ? high : to.minimum(ends[1]),
  );
  // In its upper tail, where the cdf is near 1 and loses digits, a symmetric distribution is reflected to the lower tail.
  const isUpper = reflected
    ? reflected(from).less(to).logicalAnd(cdf(from).greater(0.5))
    : undefined;
  const [first, last] =
    isUpper && reflected
      ? [where(isUpper, reflected(to), from), where(isUpper, reflected(from), to)]
      : [from, to];
  const below = cdf(first);
  const mass = cdf(last).sub(below);
  if (elementsOf(mass)?.some((share) => !(share > 0))) {
    throw argumentError(
      "Truncated",
      "low",
      "bounds between which the distribution has values",
      low,
    );
  }
  const shape = commonShape(own.mean, from, to);
  const nothing = () => double(Number.NaN).broadcastTo(shape);
  return distribution("Truncated", {
    shape,
    support: bounds,
    outside: (x) => x.less(from).logicalOr(x.greater(to)),
    inside: where(from.greater(-Number.MAX_VALUE), from, to),
    logProb: (x) => own.logProb(x).sub(mass.log()),
    sample: (seed, wanted) => {
      if (quantile === undefined) {
        throw argumentError("Truncated.sample", "part", "a distribution with a quantile", own.name);
      }
      const drawn = quantile(openUniform(seed, wanted).mul(mass).add(below));
      return isUpper && reflected ? where(isUpper, reflected(drawn), drawn) : drawn;
    },
    mean: nothing,
    variance: nothing,
    cdf: (x) => {
      const at = x.maximum(from).minimum(to);
      const down = cdf(at).sub(cdf(from)).div(mass);
      if (!isUpper || !reflected) return down;
      return where(
        isUpper,
        cdf(reflected(from))
          .sub(cdf(reflected(at)))
          .div(mass),
        down,
      );
    },
  });
}

/**
 * Returns an improper prior, whose density is 1 on a support. Data must make the posterior proper.
 *
 * @param support such as {@link real}, {@link positive} or {@link interval}.
 * @returns a {@link Distribution} with the density 1. Its `sample` throws an ArgumentError; its mean and variance are
 *   NaN.
 * @throws ArgumentError if it is no support.
 * @example
 * ```ts
 * import { Flat, positive } from "@graddiff/stats";
 *
 * console.log(Flat(positive).logProb(3).item()); // 0
 * ```
 */
export function Flat(support: Support): Distribution {
  refuseSurplus("Flat", 1, arguments);
  if (typeof Object(support).constrain !== "function") {
    throw argumentError("Flat", "support", "a support, such as real or positive", support);
  }
  const nothing = () => double(Number.NaN);
  return distribution("Flat", {
    shape: [],
    support,
    logProb: (x) => x.mul(0),
    sample: () => {
      const hint = "Give it a prior that can be drawn from";
      throw argumentError("Flat.sample", "support", `a proper distribution. ${hint}`, "none");
    },
    mean: nothing,
    variance: nothing,
  });
}
