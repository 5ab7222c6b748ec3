/**
 * Distributions of integers. Their support is undefined, so a sampler refuses them as priors: a Mixture sums them out.
 */

import {
  arange,
  bernoulli,
  betaI,
  betaIComplement,
  binomial,
  binomialQuantile,
  categorical,
  concat,
  type DrawOptions,
  exp,
  forLoop,
  full,
  gammaQ,
  log1p,
  logSigmoid,
  logSoftmax,
  ones,
  poisson,
  poissonQuantile,
  sigmoid,
  softplus,
  stack,
  type Tensor,
  type TensorLike,
  take,
  takeAlongAxis,
  uniform,
  where,
} from "@graddiff/core";
import { argumentError, isTensor, optionsReader, refuseSurplus } from "@graddiff/core/extend";
import { type Distribution, distribution } from "../distribution.ts";
import {
  type Bound,
  commonShape,
  elementsOf,
  FINITE,
  FRACTION,
  POSITIVE,
  parameter,
} from "../numbers.ts";
import { logBinomial, logPoisson } from "../stirling.ts";
import { logGammaDraws, seedsOf } from "./positive.ts";

const COUNT: Bound = { low: 0, high: Number.MAX_SAFE_INTEGER, expected: "integers from 0" };

/** Counts up to 2 to this power are whole numbers of float64 without gaps. */
const BITS = 53;

/** Probabilities, or `{ logits }`: unbounded numbers whose sigmoid (for classes: softmax) are the probabilities. */
export type Odds = TensorLike | { readonly logits: TensorLike };

const readLogits = optionsReader({
  logits: (op: string, argument: string, value: unknown) => parameter(op, argument, value, FINITE),
});

/** Reads an argument of type `Odds`: returns `logits`, or probabilities as `p`. */
function oddsOf(op: string, argument: string, odds: unknown): { p?: Tensor; logits?: Tensor } {
  if (typeof odds === "number" || isTensor(odds)) {
    return { p: parameter(op, argument, odds, FRACTION) };
  }
  return readLogits(op, odds);
}

/** Returns a parameter of integers from 0. Throws an ArgumentError for other numbers. */
function count(op: string, argument: string, value: unknown): Tensor {
  const x = parameter(op, argument, value, COUNT);
  const wrong = elementsOf(x)?.find((element) => !Number.isInteger(element));
  if (wrong === undefined) return x;
  throw argumentError(op, argument, COUNT.expected, wrong);
}

const isNoCount = (x: Tensor) => x.less(0).logicalOr(x.notEqual(x.floor()));

/**
 * Returns the Bernoulli distribution: 1 with the probability p, else 0.
 *
 * @param p the probability of 1, or `{ logits }`, log p − log(1 − p), which keeps all digits of probabilities near 1.
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a p outside of 0 to 1; DTypeError for float32.
 * @example
 * ```ts
 * import { Bernoulli } from "@graddiff/stats";
 *
 * console.log(Bernoulli({ logits: 0 }).mean.item()); // 0.5
 * ```
 */
export function Bernoulli(p: Odds): Distribution {
  refuseSurplus("Bernoulli", 1, arguments);
  const own = oddsOf("Bernoulli", "p", p);
  const { logits, p: share = sigmoid(logits ?? 0) } = own;
  return distribution("Bernoulli", {
    shape: share.shape,
    support: undefined,
    outside: (x) => x.notEqual(0).logicalAnd(x.notEqual(1)),
    logProb: (x) => {
      if (logits !== undefined) return softplus(logits.mul(x.mul(-2).add(1))).neg();
      const isOne = x.equal(1);
      return where(isOne, where(isOne, share, 1).log(), log1p(where(isOne, 0, share).neg()));
    },
    sample: (seed, shape) => bernoulli(share, { seed, shape }).cast("float64"),
    mean: () => share,
    variance: () => share.mul(share.neg().add(1)),
  });
}

/** Returns counts of the less likely of success and failure, whose probability has all its digits. */
function binomialDraws(n: Tensor, share: Tensor, rest: Tensor, options: DrawOptions): Tensor {
  const isLikely = share.greater(0.5);
  const rare = binomial(n, where(isLikely, rest, share), options);
  return where(isLikely, n.sub(rare), rare);
}

/**
 * Returns the binomial distribution: the number of successes in `total` trials.
 *
 * @param total the number of trials, integers from 0.
 * @param p the probability of a success, or `{ logits }`.
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { Binomial } from "@graddiff/stats";
 *
 * console.log(Binomial(2, 0.5).logProb(1).exp().item().toFixed(3)); // 0.500
 * ```
 */
export function Binomial(total: TensorLike, p: Odds): Distribution {
  refuseSurplus("Binomial", 2, arguments);
  const n = count("Binomial", "total", total);
  const { logits, p: given } = oddsOf("Binomial", "p", p);
  const share = given ?? sigmoid(logits ?? 0);
  const rest = logits === undefined ? share.neg().add(1) : sigmoid(logits.neg());
  return distribution("Binomial", {
    shape: commonShape(n, share),
    support: undefined,
    outside: (x) => isNoCount(x).logicalOr(x.greater(n)),
    inside: 0,
    logProb: (x) => logBinomial(x, n.sub(x), share, rest),
    sample: (seed, shape) => binomialDraws(n, share, rest, { seed, shape }),
    mean: () => n.mul(share),
    variance: () => n.mul(share).mul(rest),
    cdf: (x) => {
      const k = x.floor();
      const isInside = k.greaterEqual(0).logicalAnd(k.less(n));
      const inside = where(isInside, k, 0);
      const sum = betaIComplement(inside.add(1), where(isInside, n.sub(inside), 1), share);
      return where(isInside, sum, k.greaterEqual(n));
    },
    quantile: (p) => binomialQuantile(n, share, p),
  });
}

/**
 * Returns the Poisson distribution of counts, with the mean `rate`.
 *
 * @param rate the mean, above 0.
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a rate that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { Poisson } from "@graddiff/stats";
 *
 * console.log(Poisson(3).sample({ seed: 1, shape: [5] }).shape, Poisson(3).variance.item()); // [ 5 ] 3
 * ```
 */
export function Poisson(rate: TensorLike): Distribution {
  refuseSurplus("Poisson", 1, arguments);
  const r = parameter("Poisson", "rate", rate, POSITIVE);
  return distribution("Poisson", {
    shape: r.shape,
    support: undefined,
    outside: isNoCount,
    logProb: (x) => logPoisson(x, r),
    sample: (seed, shape) => poisson(r, { seed, shape }),
    mean: () => r,
    variance: () => r,
    cdf: (x) => where(x.less(0), 0, gammaQ(x.maximum(0).floor().add(1), r)),
    quantile: (p) => poissonQuantile(r, p),
  });
}

/**
 * Returns the negative binomial distribution of counts with a mean: a Poisson distribution whose rate has a gamma
 * distribution. The variance is mean + mean² / concentration. `quantile` bisects the counts from 0 to 2⁵³; a quantile
 * beyond them is ∞.
 *
 * @param mean the mean, above 0.
 * @param concentration the shape of the gamma distribution, above 0. Great ones give nearly a Poisson distribution.
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a parameter that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { NegativeBinomial } from "@graddiff/stats";
 *
 * console.log(NegativeBinomial(4, 2).variance.item()); // 12
 * ```
 */
export function NegativeBinomial(mean: TensorLike, concentration: TensorLike): Distribution {
  refuseSurplus("NegativeBinomial", 2, arguments);
  const m = parameter("NegativeBinomial", "mean", mean, POSITIVE);
  const c = parameter("NegativeBinomial", "concentration", concentration, POSITIVE);
  const share = c.div(c.add(m));
  const rest = m.div(c.add(m));
  return distribution("NegativeBinomial", {
    shape: commonShape(m, c),
    support: undefined,
    outside: isNoCount,
    // The last trial is a failure.
    logProb: (x) => logBinomial(x, c, rest, share).add(c.div(c.add(x)).log()),
    sample: (seed, shape) => {
      const [first, second] = seedsOf(seed, 2);
      const rates = exp(logGammaDraws(c, first, shape)).mul(m.div(c));
      return poisson(rates, { seed: second, shape });
    },
    mean: () => m.add(c.mul(0)),
    variance: () => m.add(m.square().div(c)),
    cdf: (x) => {
      const next = x.maximum(0).floor().add(1);
      // The smaller of both probabilities has all its digits.
      const isRare = rest.less(share);
      const upper = betaIComplement(next, c, where(isRare, rest, 0.5));
      const lower = betaI(c, next, where(isRare, 0.5, share));
      return where(x.less(0), 0, where(isRare, upper, lower));
    },
    quantile: (p) => {
      // The smaller tail has all its digits: the upper one is the lower one of exchanged arguments.
      const isUpper = p.greater(0.5);
      const tail = p.minimum(p.neg().add(1));
      const hasProbability = (k: Tensor) => {
        const next = k.add(1);
        const [a, b] = [where(isUpper, next, c), where(isUpper, c, next)];
        const found = betaI(a, b, where(isUpper, rest, share));
        return where(isUpper, found.lessEqual(tail), found.greaterEqual(tail));
      };
      const end = full(commonShape(p, m, c), 2 ** BITS, { dtype: "float64" });
      const [, least] = forLoop(
        0,
        BITS + 1,
        (_i, [low, high]: [Tensor, Tensor]): [Tensor, Tensor] => {
          const middle = low.add(high.sub(low).mul(0.5).floor());
          const isFound = hasProbability(middle);
          return [where(isFound, low, middle.add(1)), where(isFound, middle, high)];
        },
        [end.mul(0), end],
      );
      const inside = where(p.equal(1).logicalOr(least.equal(end)), Number.POSITIVE_INFINITY, least);
      return where(tail.greaterEqual(0), inside, Number.NaN);
    },
  });
}

/** Returns the probabilities of classes along the last axis, and their logarithms, from weights or logits. */
function classesOf(op: string, argument: string, odds: unknown) {
  const { p, logits } = oddsOf(op, argument, odds);
  const shares = p ?? exp(logSoftmax(logits ?? ones([1]), -1));
  if (shares.shape.length === 0) {
    throw argumentError(op, argument, "a vector, or vectors along the last axis", odds);
  }
  // Weights need not have the sum 1.
  const total = shares.sum(-1, { keepDims: true });
  const logs = logits === undefined ? shares.log().sub(total.log()) : logSoftmax(logits, -1);
  return { shares: shares.div(total), logs };
}

/**
 * Returns the categorical distribution: class 0, 1, … with probabilities along the last axis.
 *
 * @param weights numbers that are proportional to the probabilities, or `{ logits }`.
 * @returns a {@link Distribution} whose shape is the shape of the weights without the last axis.
 * @throws ArgumentError for weights outside of 0 to 1, or a scalar; DTypeError for float32.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Categorical } from "@graddiff/stats";
 *
 * const weights = tensor([0.2, 0.3, 0.5], { dtype: "float64" });
 * console.log(Categorical(weights).logProb(2).exp().item()); // 0.5
 * ```
 */
export function Categorical(weights: Odds): Distribution {
  refuseSurplus("Categorical", 1, arguments);
  const { shares, logs } = classesOf("Categorical", "weights", weights);
  const size = shares.shape.at(-1) ?? 0;
  const shape = shares.shape.slice(0, -1);
  const classes = arange(size, undefined, { dtype: "float64" });
  const mean = () => shares.mul(classes).sum(-1);
  return distribution("Categorical", {
    shape,
    support: undefined,
    outside: (x) => isNoCount(x).logicalOr(x.greaterEqual(size)),
    inside: 0,
    logProb: (x) => {
      const index = x.cast("int32");
      if (shape.length === 0) return take(logs, index);
      const common = commonShape(x, mean());
      const rows = logs.broadcastTo([...common, size]);
      const at = index.broadcastTo(common).reshape([...common, 1]);
      return takeAlongAxis(rows, at, -1).squeeze(-1);
    },
    sample: (seed, wanted) => categorical(logs, { seed, shape: wanted }).cast("float64"),
    mean,
    variance: () => shares.mul(classes.square()).sum(-1).sub(mean().square()),
  });
}

/**
 * Returns the multinomial distribution: how many of `total` trials end in each class, along the last axis.
 *
 * @param total the number of trials, a scalar integer from 0.
 * @param weights numbers that are proportional to the probabilities of the classes, or `{ logits }`.
 * @returns a {@link Distribution} of vectors.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Multinomial } from "@graddiff/stats";
 *
 * const weights = tensor([0.25, 0.75], { dtype: "float64" });
 * console.log(String(Multinomial(8, weights).mean)); // [2. 6.]
 * ```
 */
export function Multinomial(total: TensorLike, weights: Odds): Distribution {
  refuseSurplus("Multinomial", 2, arguments);
  const n = count("Multinomial", "total", total);
  if (n.shape.length > 0) throw argumentError("Multinomial", "total", "a scalar", total);
  const { shares } = classesOf("Multinomial", "weights", weights);
  const size = shares.shape.at(-1) ?? 0;
  return distribution("Multinomial", {
    shape: shares.shape,
    eventRank: 1,
    support: undefined,
    outside: (x) => isNoCount(x).logicalOr(x.sum(-1, { keepDims: true }).notEqual(n)),
    inside: 0,
    logProb: (x) => logPoisson(x, n.mul(shares)).sum(-1).sub(logPoisson(n, n)),
    sample: (seed, shape) => {
      const seeds = seedsOf(seed, size);
      let left = n.broadcastTo(shape.slice(0, -1));
      let rest = shares.sum(-1);
      const drawn = seeds.map((own, i) => {
        const share = shares.at("...", i);
        // The last class gets all remaining trials.
        const p = i === size - 1 ? rest.mul(0).add(1) : share.div(rest).minimum(1);
        const found = binomialDraws(left, p, p.neg().add(1), { seed: own, shape: left.shape });
        left = left.sub(found);
        rest = rest.sub(share).maximum(Number.MIN_VALUE);
        return found;
      });
      return stack(drawn, -1);
    },
    mean: () => n.mul(shares),
    variance: () => n.mul(shares).mul(shares.neg().add(1)),
  });
}

/** The magnitude of the outermost cut points, which are far from any location and so act as ±∞. */
const FAR = 1e300;

/**
 * Returns the ordered logistic distribution: class k, from 0, has the probability σ(c_k − location) − σ(c_(k−1) −
 * location), where the cut points c ascend. Before the first cut point c is −∞, after the last one ∞.
 *
 * @param location a number for each value.
 * @param cutpoints a vector of K − 1 numbers for K classes, such as an unknown with the support {@link ordered}.
 * @returns a {@link Distribution} of the shape of the location.
 * @throws ArgumentError for cut points that are no vector; DTypeError for float32.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { OrderedLogistic } from "@graddiff/stats";
 *
 * const cuts = tensor([-1, 1], { dtype: "float64" });
 * console.log(OrderedLogistic(0, cuts).mean.item().toFixed(3)); // 1.000
 * ```
 */
export function OrderedLogistic(location: TensorLike, cutpoints: TensorLike): Distribution {
  refuseSurplus("OrderedLogistic", 2, arguments);
  const eta = parameter("OrderedLogistic", "location", location, FINITE);
  const cuts = parameter("OrderedLogistic", "cutpoints", cutpoints, FINITE);
  const [size = 0, ...others] = cuts.shape;
  if (size === 0 || others.length > 0) {
    throw argumentError("OrderedLogistic", "cutpoints", "a vector", cutpoints);
  }
  const far = eta.sum().mul(0).reshape([1]);
  const ends = concat([far.sub(FAR), cuts, far.add(FAR)]);
  const above = sigmoid(eta.reshape([...eta.shape, 1]).sub(cuts));
  // Σ k² p_k = Σ (2k − 1) P(x ≥ k)
  const odd = arange(1, 2 * size, { dtype: "float64", step: 2 });
  return distribution("OrderedLogistic", {
    shape: eta.shape,
    support: undefined,
    outside: (x) => isNoCount(x).logicalOr(x.greater(size)),
    inside: 0,
    logProb: (x) => {
      const k = x.cast("int32");
      const [to, from] = [take(ends, k.add(1)).sub(eta), take(ends, k).sub(eta)];
      // σ(a) − σ(b) = σ(a) σ(−b) (1 − e^(b − a))
      return logSigmoid(to)
        .add(logSigmoid(from.neg()))
        .add(log1p(exp(from.sub(to)).neg()));
    },
    sample: (seed, shape) => {
      const u = uniform(shape, { seed, dtype: "float64" });
      return u
        .reshape([...shape, 1])
        .less(above)
        .cast("float64")
        .sum(-1);
    },
    mean: () => above.sum(-1),
    variance: () => above.mul(odd).sum(-1).sub(above.sum(-1).square()),
  });
}
