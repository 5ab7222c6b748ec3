/**
 * Distributions agree with mpmath and SciPy: densities far out, distribution functions, quantiles, moments, draws,
 * supports.
 */

import {
  arange,
  compile,
  cumulativeSum,
  grad,
  jacobian,
  normal,
  sort,
  stack,
  type Tensor,
  uniform,
} from "@graddiff/core";
import { slogdet } from "@graddiff/core/linalg";
import type { Distribution } from "@graddiff/stats";
import * as stats from "@graddiff/stats";
import { expect, test } from "vitest";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { complaint, double, golden } from "./support.ts";

sampleTests(4);

interface Case {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly xs: readonly never[];
  readonly logProb: readonly (number | string)[];
  readonly cdf?: readonly (number | string)[];
  readonly moments?: readonly [number | string, number | string];
}

/** Cases that were chosen, and cases whose parameters were drawn from 0.01 to 10⁶. */
const { cases, drawn }: { readonly cases: readonly Case[]; readonly drawn: readonly Case[] } =
  golden("distributions");
const INFINITE: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  "-inf": Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};
const numberOf = (x: number | string) => (typeof x === "string" ? (INFINITE[x] ?? 0) : x);

/** Returns the distribution of a case, with lists of arguments as tensors. */
function distributionOf({ name, args }: Case): Distribution {
  const read = (value: unknown): unknown => {
    if (typeof value === "string") return numberOf(value);
    if (Array.isArray(value)) return double(value as number[]);
    if (typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(Object(value)).map(([key, own]) => [key, read(own)]));
  };
  if (name === "Mixture") {
    const [weights, parts] = args as [number[], [number, number][]];
    return stats.Mixture(
      double(weights),
      parts.map(([m, s]) => stats.Normal(m, s)),
    );
  }
  if (name === "Truncated") {
    const [m, s, low, high] = args.map(read) as [number, number, number, number];
    return stats.Truncated(stats.Normal(m, s), low, high);
  }
  const make = stats[name as "Normal"] as (...args: unknown[]) => Distribution;
  return make(...args.map(read));
}

/** Returns the normal distribution that a case truncates. */
const wholeOf = ({ args }: Case) => stats.Normal(args[0] as number, args[1] as number);

/**
 * The largest error of a log-density, in units of 2⁻⁵² times the greater of 1 and its magnitude, plus its changes for
 * relative changes of x or, for counts, of the parameters: products of these are rounded.
 */
const ULPS = 6;

const OF_COUNTS = ["Poisson", "Binomial", "NegativeBinomial"];

/** Returns the change of a log-density for a relative change of x or, for counts, of all parameters but a total. */
function changeOf({ name, args }: Case, x: number): number {
  if (name === "Binomial" || !OF_COUNTS.includes(name)) {
    const changed = name === "Binomial" ? (args[1] as number) : x;
    const slope = grad((at: Tensor) => {
      if (name === "Binomial") return stats.Binomial(args[0] as number, at).logProb(x);
      return (stats[name as "Normal"] as (...inputs: unknown[]) => Distribution)(...args).logProb(
        at,
      );
    })(double(changed));
    return Math.abs(slope.item() * changed);
  }
  const parameters = args.map((each) => double(each as number));
  const make = stats[name as "Poisson"] as (...inputs: Tensor[]) => Distribution;
  const argnums = parameters.map((_, i) => i);
  const slopes = grad((...inputs: Tensor[]) => make(...inputs).logProb(x), { argnums })(
    ...parameters,
  );
  return slopes.reduce((sum, slope, i) => sum + Math.abs(slope.item() * (args[i] as number)), 0);
}

/** The families whose log-densities have products of parameters and x, which cancel for large parameters. */
const FAMILIES = [...new Set(drawn.map(({ name }) => name))];

test.each([...cases, ...drawn])("$name($args) has the density of mpmath", (each) => {
  const of = distributionOf(each);
  for (const [i, x] of each.xs.entries()) {
    const got = of.logProb(double(x)).item();
    const expected = numberOf(each.logProb[i] ?? 0);
    // The log-density of a truncated distribution is a difference, so its error is measured by the untruncated
    // log-density.
    const whole = each.name === "Truncated" ? wholeOf(each).logProb(double(x)).item() : expected;
    const change = FAMILIES.includes(each.name) ? changeOf(each, x) : 0;
    const scale = Math.max(1, Math.abs(whole)) + (Number.isFinite(change) ? change : 0);
    const ulps = Math.abs(got - expected) / (2 ** -52 * scale);
    expect(
      ulps,
      `${each.name}(${JSON.stringify(each.args)}) at ${x}: ${got} for ${expected}`,
    ).toBeLessThanOrEqual(ULPS);
  }
});

/** Returns the relative change of a distribution function for a relative change of its argument. */
function slopeOf(of: Distribution, x: number): number {
  const slope = grad((at: Tensor) => (of.cdf?.(at) ?? at).log())(double(x));
  return slope.mul(x).abs().item();
}

/**
 * Returns the relative change of a distribution function of counts for changes of its parameters, which are relative for
 * those above 1: the rounding of 1 − p is one of 1.
 */
function slopeInParameters({ name, args }: Case, x: number): number {
  const parameters = args.map((each) => double(each as number));
  const argnums = parameters.map((_, i) => i);
  const make = stats[name as "Binomial"] as (...args: Tensor[]) => Distribution;
  const slopes = grad((...inputs: Tensor[]) => (make(...inputs).cdf?.(x) ?? double(0)).log(), {
    argnums,
  })(...parameters);
  return slopes.reduce(
    (sum, slope, i) => sum + Math.abs(slope.item()) * Math.max(1, parameters[i]?.item() ?? 0),
    0,
  );
}

test.each(cases.filter(({ cdf }) => cdf))("$name($args) has the distribution function", (own) => {
  const of = distributionOf(own);
  for (const [i, x] of own.xs.entries()) {
    const expected = numberOf(own.cdf?.[i] ?? 0);
    // The slope of the logarithm magnifies the rounding of z or, for counts, of the parameters.
    const isOfCounts = OF_COUNTS.includes(own.name);
    const slope = isOfCounts ? slopeInParameters(own, x) : slopeOf(of, x);
    const scale = Number.isFinite(slope) ? 1 + slope : 1;
    const got = of.cdf?.(double(x)).item() ?? Number.NaN;
    const off = Math.abs(got - expected) / Math.max(expected, 1e-300);
    expect(off, `at ${x}: ${got} for ${expected}`).toBeLessThanOrEqual(1e-14 * scale);
  }
});

test.each(cases.filter(({ moments }) => moments))("$name($args) has the moments", (own) => {
  const { mean, variance } = distributionOf(own);
  const off = (got: number, expected: number) =>
    Object.is(got, expected) ? 0 : Math.abs(got - expected) / Math.max(1e-300, Math.abs(expected));
  const [m, v] = own.moments ?? [0, 0];
  // Moments that are not finite are not compared: SciPy has infinity for some that are NaN here.
  if (Number.isFinite(numberOf(m))) expect(off(mean.item(), numberOf(m))).toBeLessThan(1e-12);
  if (Number.isFinite(numberOf(v))) expect(off(variance.item(), numberOf(v))).toBeLessThan(1e-12);
});

const PROBABILITIES = [1e-300, 1e-40, 1e-10, 0.003, 0.049, 0.05, 0.3, 0.5, 0.75, 0.95, 0.9999];
const WITH_QUANTILES: Readonly<Record<string, Distribution>> = {
  Normal: stats.Normal(0, 2),
  HalfNormal: stats.HalfNormal(3),
  Cauchy: stats.Cauchy(0, 2),
  HalfCauchy: stats.HalfCauchy(5),
  LogNormal: stats.LogNormal(0, 1),
  Exponential: stats.Exponential(0.5),
  Gamma: stats.Gamma(3, 0.25),
  "Gamma of a shape near 1": stats.Gamma(1.25, 2),
  InverseGamma: stats.InverseGamma(3, 4),
  Beta: stats.Beta(2, 3.5),
  "Beta of a parameter below 1": stats.Beta(0.99, 7),
  StudentT: stats.StudentT(3, 0, 2),
  "StudentT of many degrees": stats.StudentT(1e6, 0, 1),
  "StudentT of one degree": stats.StudentT(1, 0, 1),
  Uniform: stats.Uniform(0, 7),
  Laplace: stats.Laplace(0, 3),
  Logistic: stats.Logistic(0, 3),
};

test.each(Object.entries(WITH_QUANTILES))(
  "the quantiles of %s are where it has the probabilities",
  (_, of) => {
    for (const p of PROBABILITIES) {
      const x = of.quantile?.(p) ?? double(0);
      const slope = slopeOf(of, x.item());
      const got = of.cdf?.(x).item() ?? Number.NaN;
      const scale = 1 + (Number.isFinite(slope) ? slope : 0);
      expect(Math.abs(got - p) / p, `at ${p}: ${got}`).toBeLessThanOrEqual(1e-14 * scale);
    }
  },
);

test("the quantiles of counts are the least ones that have the probabilities", () => {
  for (const of of [
    stats.Poisson(7.5),
    stats.Poisson(400),
    stats.Binomial(30, 0.2),
    stats.Binomial(1000, 0.97),
    stats.NegativeBinomial(4, 2),
    stats.NegativeBinomial(10, 0.03),
    stats.NegativeBinomial(1e6, 0.25),
    stats.NegativeBinomial(1e6, 1e6),
  ]) {
    const found = of.quantile?.(double(PROBABILITIES)).data() ?? [];
    for (const [i, p] of PROBABILITIES.entries()) {
      const k = of.quantile?.(p) ?? double(0);
      expect(found[i]).toBe(k.item());
      const sums = of.cdf?.(double([k.item() - 1, k.item()])).data() ?? [];
      expect(sums[0]).toBeLessThan(p);
      expect(sums[1]).toBeGreaterThanOrEqual(p);
    }
  }
});

test("the quantiles of the negative binomial distribution are SciPy's far up and at the ends", () => {
  const of = stats.NegativeBinomial(double([[4], [1e6]]), double([2, 0.25]));
  // stats.nbinom(c, c / (c + m)).isf(2.0 ** -50), whose probability 1 − 2⁻⁵⁰ is exact.
  expect(of.quantile?.(1 - 2 ** -50).toArray()).toEqual([
    [94, 508],
    [19164683, 123103701],
  ]);
  const ends = stats.NegativeBinomial(4, 2).quantile?.(double([0, 1, -0.5, 1.5, Number.NaN]));
  expect(ends?.toArray()).toEqual([0, Infinity, Number.NaN, Number.NaN, Number.NaN]);
  expect(stats.NegativeBinomial(1e16, 2).quantile?.(0.99).item()).toBe(Infinity);
  const compiled = compile((p: Tensor) => stats.NegativeBinomial(4, 2).quantile?.(p) ?? p);
  expect(compiled(double(PROBABILITIES)).toArray()).toEqual(
    stats.NegativeBinomial(4, 2).quantile?.(double(PROBABILITIES)).toArray(),
  );
});

test("the unbounded numbers of a truncated distribution are all within those of its part", () => {
  for (const part of [stats.Beta(2, 3), stats.Uniform(0, 1), stats.HalfNormal(1)]) {
    const of = stats.Truncated(part, -1, 0.75);
    const { x } = of.support?.constrain(double([-30, -1, 0, 2, 30])) ?? { x: double(Number.NaN) };
    expect(x.min().item()).toBeGreaterThanOrEqual(0);
    expect(x.max().item()).toBeLessThanOrEqual(0.75);
    expect(
      of
        .logProb(x.at([1, 4]))
        .data()
        .every(Number.isFinite),
    ).toBe(true);
  }
});

/**
 * Returns the Kolmogorov–Smirnov distance times √n. For draws of the distribution it is above 2.2 with probability 1e-4.
 */
function kolmogorov(draws: Tensor, cdf: (x: Tensor) => Tensor): number {
  const n = draws.size;
  const ranks = cdf(sort(draws.reshape([-1]))).data();
  let distance = 0;
  for (const [i, share] of ranks.entries()) {
    distance = Math.max(distance, Math.abs(share - i / n), Math.abs(share - (i + 1) / n));
  }
  return distance * Math.sqrt(n);
}

const N = 20_000;

test.each([
  ...Object.entries(WITH_QUANTILES),
  ["an upper tail", stats.Truncated(stats.Normal(0, 1), 9, 11)] as const,
  ["a middle", stats.Truncated(stats.Laplace(0, 1), -1, 2)] as const,
  [
    "a mixture",
    stats.Mixture(double([0.25, 0.75]), [stats.Normal(0, 1), stats.Normal(4, 0.5)]),
  ] as const,
])("draws of %s have its distribution", (_, of) => {
  const draws = of.sample({ seed: 11, shape: [N] });
  expect(kolmogorov(draws, (x) => of.cdf?.(x) ?? x)).toBeLessThan(2.2);
});

/** Distributions whose draws are compared with the integral of their density, and the range of the integral. */
const WITHOUT: readonly (readonly [string, Distribution, number, number])[] = [
  ["Gamma", stats.Gamma(2.5, 2), 0, 12],
  ["Gamma of a small shape", stats.Gamma(0.75, 1), 0, 40],
  ["InverseGamma", stats.InverseGamma(4, 3), 0, 40],
  ["StudentT", stats.StudentT(5, 1, 2), -150, 150],
  ["Beta", stats.Beta(2, 3.5), 0, 1],
  ["VonMises, nearly even", stats.VonMises(0, 1e-6), -Math.PI, Math.PI],
  ["VonMises", stats.VonMises(1, 0.75), 1 - Math.PI, 1 + Math.PI],
  ["VonMises of a great concentration", stats.VonMises(-2, 1e6), -2.01, -1.99],
];

test.each(WITHOUT)("draws of %s have its density", (_, of, low, high) => {
  const draws = of.sample({ seed: 5, shape: [N] });
  const cells = 400_000;
  const width = (high - low) / cells;
  const at = arange(cells, undefined, { dtype: "float64" }).add(0.5).mul(width).add(low);
  const sums = cumulativeSum(of.logProb(at).exp().mul(width)).data();
  expect(sums.at(-1)).toBeCloseTo(1, 3);
  const cdf = (x: Tensor) => {
    const share = Array.from(x.data(), (each) => sums[Math.floor((each - low) / width)] ?? 1);
    return double(share);
  };
  expect(kolmogorov(draws, cdf)).toBeLessThan(2.2);
});

/** Returns the χ² statistic minus its degrees of freedom, divided by its standard deviation. */
function chiSquare(counts: readonly number[], expected: readonly number[]): number {
  const sum = counts.reduce(
    (all, count, i) => all + (count - (expected[i] ?? 0)) ** 2 / (expected[i] ?? 1),
    0,
  );
  const degrees = counts.length - 1;
  return (sum - degrees) / Math.sqrt(2 * degrees);
}

const COUNTS: readonly (readonly [string, Distribution])[] = [
  ["Poisson", stats.Poisson(0.25)],
  ["Poisson of a large mean", stats.Poisson(400)],
  ["Binomial", stats.Binomial(30, 0.2)],
  ["Binomial of many trials", stats.Binomial(1e6, 0.3)],
  ["NegativeBinomial", stats.NegativeBinomial(3, 0.75)],
  ["Bernoulli", stats.Bernoulli(0.3)],
  ["Bernoulli by logits", stats.Bernoulli({ logits: 1 })],
  ["Categorical", stats.Categorical(double([0.2, 0.3, 0.5]))],
  ["OrderedLogistic", stats.OrderedLogistic(0.5, double([-1, 0.5, 2]))],
];

test.each(COUNTS)("draws of %s have its probabilities and moments", (_, of) => {
  const draws = of.sample({ seed: 3, shape: [N] });
  const [mean, variance] = [of.mean.item(), of.variance.item()];
  expect(Math.abs(draws.mean().item() - mean) / Math.sqrt(variance / N)).toBeLessThan(4);
  // Cells of neighbours with at least 20 expected draws, and one for all others.
  const from = Math.max(0, Math.floor(mean - 5 * Math.sqrt(variance)));
  const to = Math.ceil(mean + 8 * Math.sqrt(variance)) + 1;
  const values = double(Array.from({ length: to - from }, (_, i) => from + i));
  const shares = Array.from(of.logProb(values).exp().data());
  const total = shares.reduce((a, b) => a + b, 0);
  expect(total).toBeLessThan(1 + 1e-10);
  const counts = new Map<number, number>();
  for (const x of draws.data()) counts.set(x, (counts.get(x) ?? 0) + 1);
  const cells: [number, number][] = [];
  let [seenHere, here] = [0, 0];
  for (const [i, share] of shares.entries()) {
    seenHere += counts.get(from + i) ?? 0;
    here += share * N;
    if (here < 20) continue;
    cells.push([seenHere, here]);
    [seenHere, here] = [0, 0];
  }
  const [seen, expected] = [cells.map(([count]) => count), cells.map(([, count]) => count)];
  const rest = (list: readonly number[]) => N - list.reduce((a, b) => a + b, 0);
  const all = rest(expected) > 5;
  expect(
    chiSquare(all ? [...seen, rest(seen)] : seen, all ? [...expected, rest(expected)] : expected),
  ).toBeLessThan(4);
});

test.each([
  ["Dirichlet", stats.Dirichlet(double([0.5, 2, 4]))],
  ["Multinomial", stats.Multinomial(20, double([0.2, 0.3, 0.5]))],
  [
    "MultivariateNormal",
    stats.MultivariateNormal(double([1, 2]), {
      covariance: double([
        [2, 0.5],
        [0.5, 1],
      ]),
    }),
  ],
  [
    "MultivariateNormal by its precision",
    stats.MultivariateNormal(double([1, 2]), {
      precision: double([
        [2, 0.5],
        [0.5, 1],
      ]),
    }),
  ],
  ["LKJ", stats.LKJ(3, 1.5)],
])("draws of %s have its means and variances", (_, of) => {
  const draws = of.sample({ seed: 2, shape: [N, ...of.shape] });
  const spread = of.variance.sqrt().div(Math.sqrt(N));
  const z = draws.mean(0).sub(of.mean).abs().div(spread.maximum(1e-300)).mul(spread.greater(1e-12));
  expect(z.max().item()).toBeLessThan(4.5);
  const ratio = draws.sub(of.mean).square().mean(0).div(of.variance.maximum(1e-300));
  const off = ratio.sub(1).abs().mul(of.variance.greater(1e-12)).max().item();
  expect(off).toBeLessThan(0.12);
});

test("LKJ has the integral 1 over factors", () => {
  for (const eta of [0.75, 1, 3]) {
    const z = double(Array.from({ length: 4000 }, (_, i) => (2 * (i + 0.5)) / 4000 - 1));
    const rows = stack(
      [stack([z.mul(0).add(1), z.mul(0)], 1), stack([z, z.square().neg().add(1).sqrt()], 1)],
      1,
    );
    const total = stats.LKJ(2, eta).logProb(rows).exp().mean().mul(2).item();
    expect(total).toBeCloseTo(1, 1);
  }
});

const SUPPORTS: readonly (readonly [
  string,
  stats.Support,
  number[],
  (x: Tensor) => Tensor,
  boolean?,
])[] = [
  ["real", stats.real, [3], (x) => x],
  ["positive", stats.positive, [3], (x) => x],
  ["interval", stats.interval(-1, 3), [3], (x) => x],
  ["ray upwards", stats.interval(2, Number.POSITIVE_INFINITY), [3], (x) => x],
  ["ray downwards", stats.interval(Number.NEGATIVE_INFINITY, 2), [3], (x) => x],
  ["ordered", stats.ordered, [4], (x) => x],
  ["simplex", stats.simplex, [4], (x) => x.slice([0], [3])],
  [
    "correlation",
    stats.correlation,
    [4, 4],
    (x) =>
      stack(
        [
          [1, 0],
          [2, 0],
          [2, 1],
          [3, 0],
          [3, 1],
          [3, 2],
        ].map(([i = 0, j = 0]) => x.at(i, j)),
      ),
  ],
];

const NAMED = SUPPORTS.map(([name, support, shape, independent]) => ({
  ...{ name, support, shape, independent },
}));

test.each(NAMED)(
  "$name is a bijection with the volume of its derivative",
  ({ support, shape, independent }) => {
    const [size = 0] = support.free(shape);
    for (let seed = 0; seed < 20; seed++) {
      const u = uniform([size], { seed, low: -3, high: 3, dtype: "float64" });
      const { x, logVolume } = support.constrain(u);
      expect(x.shape).toEqual(shape);
      const matrix = jacobian((own: Tensor) => independent(support.constrain(own).x))(u);
      expect(slogdet(matrix).logAbsDet.item()).toBeCloseTo(logVolume.item(), 9);
    }
  },
);

test("supports hold what they say", () => {
  const u = normal([5, 3], { seed: 1, dtype: "float64" });
  expect(String(stats.simplex.constrain(u).x.sum(-1).sub(1).abs().max().item() < 1e-15)).toBe(
    "true",
  );
  expect(stats.simplex.constrain(u).x.shape).toEqual([5, 4]);
  const { x } = stats.ordered.constrain(u);
  expect(
    x
      .slice([0, 1])
      .sub(x.slice([0, 0], [5, 2]))
      .min()
      .item(),
  ).toBeGreaterThan(0);
  const factor = stats.correlation.constrain(u).x;
  expect(factor.shape).toEqual([5, 3, 3]);
  expect(factor.square().sum(-1).sub(1).abs().max().item()).toBeLessThan(1e-15);
  expect(factor.at("...", 0, 2).abs().max().item()).toBe(0);
});

test("values out of a support have no density, and no NaN in gradients", () => {
  for (const [of, x] of [
    [stats.Gamma(2, 1), -1],
    [stats.LogNormal(0, 1), 0],
    [stats.Beta(2, 2), 1.5],
    [stats.Uniform(0, 1), 2],
    [stats.Poisson(2), 1.5],
    [stats.Poisson(2), -1],
    [stats.Binomial(3, 0.5), 4],
    [stats.Bernoulli(0.5), 2],
    [stats.Categorical(double([0.5, 0.5])), 2],
    [stats.HalfNormal(1), -1],
    [stats.Truncated(stats.Normal(0, 1), 1, 2), 0],
  ] as const) {
    expect(of.logProb(x).item(), of.name).toBe(Number.NEGATIVE_INFINITY);
  }
  const slope = grad((rate: Tensor) =>
    stats
      .Exponential(rate)
      .logProb(double([1, -1]))
      .at(0),
  );
  expect(slope(double(2)).item()).toBe(-0.5);
});

test("distributions refuse parameters out of range, and draws of a wrong shape", async () => {
  const messages = [
    () => stats.Gamma(0, 1),
    () => stats.Uniform(2, 2),
    () => stats.Binomial(2.5, 0.5),
    () => stats.Bernoulli(1.5),
    () => stats.Dirichlet(1),
    () => stats.Mixture(double([1]), [stats.Normal(0, 1), stats.Normal(0, 2)]),
    () => stats.Mixture(double([0.5, 0.5]), [stats.Normal(0, 1), stats.HalfNormal(2)]),
    () => stats.Truncated(stats.Poisson(1), 0, 1),
    () => stats.Truncated(stats.Normal(0, 1), 2, 1),
    () => stats.MultivariateNormal(double([0, 0]), { covariance: double([[1]]) }),
    () => stats.MultivariateNormal(double([0]), { scale: 1 } as never),
    () => stats.Normal(double([0, 1]), 1).sample({ seed: 1, shape: [3] }),
    () => stats.Normal(0, 1).sample({} as never),
    () => stats.Flat(stats.real).sample({ seed: 1 }),
  ];
  const found = await Promise.all(messages.map(complaint));
  expect(found).toMatchSnapshot();
});
