/** The distributions of random numbers, and the gradients of gamma numbers, all at fixed seeds. */

import { describe, expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import {
  allClose,
  bernoulli,
  binCount,
  binomial,
  categorical,
  checkpoint,
  compile,
  dropout,
  exponential,
  gamma,
  grad,
  gumbel,
  jvp,
  laplace,
  log,
  logOfGamma,
  normal,
  normalCdf,
  ones,
  permutation,
  poisson,
  polygamma,
  randomInt,
  scan,
  splitSeed,
  type Tensor,
  tensor,
  truncatedNormal,
  uniform,
  variance,
  vectorize,
} from "../../src/index.ts";
import { opNamed } from "../../src/ops/registry.ts";
import { sampled, sampleTests, WHOLE } from "../support/sampling.ts";
import {
  counted,
  gammaDistribution,
  gammaQuantile,
  kolmogorov,
  logGammaDistribution,
  pearson,
  RARE,
} from "../support/statistics.ts";

sampleTests(4);

const double = { dtype: "float64" } as const;
const COUNT = 40_000;

/** Expects mean and variance to be near those of the distribution: within four standard errors. */
function expectMoments(x: Tensor, mean: number, spread: number, kurtosis: number): void {
  const error = (x.cast("float64").mean().item() - mean) / Math.sqrt(spread / x.size);
  expect(Math.abs(error)).toBeLessThan(4);
  const ratio = variance(x.cast("float64")).item() / spread - 1;
  expect(Math.abs(ratio)).toBeLessThan(4 * Math.sqrt((kurtosis - 1) / x.size));
}

describe.each(["float32", "float64"] as const)("in %s", (dtype) => {
  const turn = dtype === "float32" ? 0 : 1;
  test("exponential, gumbel and laplace have their distribution functions and moments", () => {
    const exponentials = exponential([COUNT], { seed: 1, scale: 2, dtype });
    expect(exponentials.dtype).toBe(dtype);
    expect(kolmogorov(exponentials.data(), (x) => -Math.expm1(-x / 2))).toBeLessThan(RARE);
    expectMoments(exponentials, 2, 4, 9);
    expect(exponentials.min().item()).toBeGreaterThanOrEqual(0);

    const gumbels = gumbel([COUNT], { seed: 2, location: 1, scale: 3, dtype });
    const ofGumbel = (x: number) => Math.exp(-Math.exp(-(x - 1) / 3));
    expect(kolmogorov(gumbels.data(), ofGumbel)).toBeLessThan(RARE);
    expectMoments(gumbels, 1 + 3 * 0.5772156649, (9 * Math.PI ** 2) / 6, 5.4);

    const laplaces = laplace([COUNT], { seed: 3, location: -1, scale: 0.5, dtype });
    const ofLaplace = (x: number) => {
      const z = (x + 1) / 0.5;
      return z < 0 ? Math.exp(z) / 2 : 1 - Math.exp(-z) / 2;
    };
    expect(kolmogorov(laplaces.data(), ofLaplace)).toBeLessThan(RARE);
    expectMoments(laplaces, -1, 0.5, 6);
  });

  test("truncatedNormal has its distribution function, and stays within its bounds", () => {
    const bounds = [
      [-2, 2],
      [-1, 3],
      [0.5, Number.POSITIVE_INFINITY],
      [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      [3.9, 6],
      [4, 4.5],
      [-9, -5],
      [7, Number.POSITIVE_INFINITY],
    ] as const;
    const tailOf = (x: number) => normalCdf(tensor(x, double)).item();
    sampled([...bounds.entries()], 3, turn).forEach(([i, [low, high]]) => {
      const [mean, deviation] = [0.25, 0.5];
      const x = truncatedNormal([8000], { seed: i, mean, deviation, low, high, dtype });
      expect(x.dtype).toBe(dtype);
      // The distribution function is computed from the tail in which the probabilities have all their digits.
      const isUpper = low > 0;
      const [from, to] = isUpper ? [tailOf(-high), tailOf(-low)] : [tailOf(low), tailOf(high)];
      const distribution = (value: number) => {
        const z = (value - mean) / deviation;
        const below = (tailOf(isUpper ? -z : z) - from) / (to - from);
        return isUpper ? 1 - below : below;
      };
      expect(kolmogorov(x.data(), distribution), `${low} to ${high}`).toBeLessThan(RARE);
      const round = dtype === "float32" ? Math.fround : Number;
      expect(x.min().item()).toBeGreaterThanOrEqual(round(mean + deviation * low));
      expect(x.max().item()).toBeLessThanOrEqual(round(mean + deviation * high));
    });
    // The bounds are so far out that their squares overflow.
    const far = truncatedNormal([100], { seed: 1, low: 1e200, high: 2e200, dtype: "float64" });
    expect(far.sub(1e200).abs().max().item()).toBe(0);
    const narrow = truncatedNormal([100], { seed: 1, low: 1, high: 1 + 2 ** -40, ...double });
    expect(narrow.min().item()).toBeGreaterThanOrEqual(1);
    expect(narrow.max().item()).toBeLessThanOrEqual(1 + 2 ** -40);
  });

  test("logOfGamma has its distribution function, also where numbers underflow", () => {
    const count = WHOLE ? 100_000 : 5000;
    [1e-6, 1e-3, 0.1, 0.5, 0.999, 1, 2.5, 40].forEach((alpha, i) => {
      const draws = logOfGamma(tensor(alpha, double), { shape: [count], seed: i });
      const narrow = logOfGamma(tensor(alpha), { shape: [count], seed: i });
      expect(kolmogorov(draws.data(), (x) => logGammaDistribution(alpha, x))).toBeLessThan(RARE);
      expect(allClose(narrow.cast("float64"), draws, { relative: 1e-6, absolute: 1e-6 })).toBe(
        true,
      );
      expect([...draws.data()].every(Number.isFinite)).toBe(true);
    });
  });

  test("logOfGamma draws another sequence than gamma", () => {
    const options = { shape: [10_000], seed: 3 };
    const x = logOfGamma(tensor(2, double), options);
    const y = gamma(tensor(2, double), options).log();
    const [first, second] = [x.sub(x.mean()), y.sub(y.mean())];
    const correlation =
      first.mul(second).mean().item() / Math.sqrt(variance(x).mul(variance(y)).item());
    expect(Math.abs(correlation)).toBeLessThan(0.04);
  });

  test("the gradient of logOfGamma is that of its quantiles", () => {
    for (const alpha of [0.01, 0.1, 0.7, 3]) {
      const input = tensor(alpha, double);
      const draw = (a: Tensor) => logOfGamma(a, { shape: [20], seed: 4 });
      const [logs, slopes] = [draw(input).data(), grad((a: Tensor) => draw(a).sum())(input).item()];
      let expected = 0;
      const step = 1e-5 * alpha;
      for (const x of logs) {
        const by = (f: (h: number) => number) => (f(step) - f(-step)) / (2 * step);
        const byAlpha = by((h) => logGammaDistribution(alpha + h, x));
        const byLog = by((h) => logGammaDistribution(alpha, x + h));
        expected -= byAlpha / byLog;
      }
      expect(Math.abs(slopes / expected - 1)).toBeLessThan(1e-6);
    }
  });

  test("gamma has its distribution function and moments, from small to great parameters", () => {
    const alphas = [0.05, 0.4, 0.9, 1, 1.5, 4, 30, 400];
    sampled([...alphas.entries()], 3, turn).forEach(([i, alpha]) => {
      const given = tensor(alpha, { dtype });
      const z = gamma(given, { shape: [10_000], seed: i });
      expect(z.dtype).toBe(dtype);
      const exact = given.item();
      const distance = kolmogorov(z.data(), (x) => gammaDistribution(exact, x));
      expect(distance, `α = ${alpha}`).toBeLessThan(RARE);
      expectMoments(z, exact, exact, 3 + 6 / exact);
    });
    // A gamma distribution with such a large parameter is nearly normal.
    const great = gamma(tensor(1e12, double), { shape: [10_000], seed: 1 });
    const ofNormal = (x: number) => normalCdf(tensor((x - 1e12) / 1e6, double)).item();
    expect(kolmogorov(great.data(), ofNormal)).toBeLessThan(RARE);
    const tiny = gamma(tensor(1e-4, { dtype }), { shape: [1000], seed: 1 });
    expect(tiny.log().abs().max().item()).toBeLessThan(1000);
  });
});

test("randomInt is as even as counts are, in every range", () => {
  const dice = randomInt([60_000], { low: 1, high: 7, seed: 5 });
  expect(dice.dtype).toBe("int32");
  const counts = counted(dice.sub(1).data(), 6);
  expect(pearson(counts, new Array<number>(6).fill(10_000))).toBeLessThan(3.1);
  for (const [low, high] of [
    [-(2 ** 31), 2 ** 31],
    [-(2 ** 31), 1_000_000_000],
    [3, 3_000_000 + 3],
  ] as const) {
    const whole = randomInt([64_000], { low, high, seed: 6 }).data();
    const bins = Array.from(whole, (value) => Math.floor(((value - low) / (high - low)) * 64));
    expect(pearson(counted(bins, 64), new Array<number>(64).fill(1000))).toBeLessThan(3.1);
    expect(whole.every((value) => value >= low && value < high)).toBe(true);
    // The lowest bits are evenly distributed, too.
    const odd = Array.from(whole, (value) => value & 1);
    expect(pearson(counted(odd, 2), [32_000, 32_000])).toBeLessThan(3.1);
  }
  expect(randomInt([3], { low: 2 ** 31 - 1, high: 2 ** 31, seed: 1 }).toArray()).toEqual(
    new Array(3).fill(2 ** 31 - 1),
  );
});

test("bernoulli is true as often as p says, and 0 and 1 are certain", () => {
  const p = tensor([0, 0.001, 0.3, 0.5, 1]);
  const drawn = bernoulli(p, { shape: [COUNT, 5], seed: 2 });
  expect(drawn.dtype).toBe("bool");
  const [never, rare, some, half, always] = drawn.cast("int32").sum(0).data();
  expect([never, always]).toEqual([0, COUNT]);
  for (const [count = 0, chance] of [
    [rare, 0.001],
    [some, 0.3],
    [half, 0.5],
  ] as const) {
    const deviation = Math.sqrt(COUNT * chance * (1 - chance));
    expect(Math.abs(count - COUNT * chance)).toBeLessThan(4 * deviation);
  }
});

test("categorical draws classes as softmax says, and never one of −Infinity", () => {
  const weights = [1, 2, 0, 5, 0.01];
  const logits = log(tensor(weights)).add(100);
  const drawn = categorical(logits, { shape: [COUNT], seed: 3 });
  expect(drawn.dtype).toBe("int32");
  const counts = counted(drawn.data(), 5);
  expect(counts[2]).toBe(0);
  const seen = [0, 1, 3, 4];
  const expected = seen.map((k) => ((weights[k] ?? 0) / 8.01) * COUNT);
  expect(
    pearson(
      seen.map((k) => counts[k] ?? 0),
      expected,
    ),
  ).toBeLessThan(3.1);
  // Each row has a separate distribution; then rows are broadcast to a shape.
  const rows = tensor([
    [0, -Infinity],
    [-Infinity, 0],
  ]);
  expect(categorical(rows, { seed: 1 }).toArray()).toEqual([0, 1]);
  expect(categorical(rows, { shape: [2, 2], seed: 1 }).toArray()).toEqual([
    [0, 1],
    [0, 1],
  ]);
});

test("permutation gives each order as often as the others, and moves rows", () => {
  const seeds = splitSeed(4, 12_000);
  const orders = vectorize((seed: Tensor) => permutation(3, { seed }))(seeds);
  const codes = orders.mul(tensor([9, 3, 1], { dtype: "int32" })).sum(1);
  const counts = [5, 7, 11, 15, 19, 21].map((code) => codes.equal(code).cast("int32").sum().item());
  expect(counts.reduce((sum, count) => sum + count)).toBe(12_000);
  expect(pearson(counts, new Array<number>(6).fill(2000))).toBeLessThan(3.1);

  const order = permutation(1000, { seed: 1 });
  expect(order.dtype).toBe("int32");
  expect(binCount(order, 1000).toArray()).toEqual(new Array(1000).fill(1));
  const x = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);
  const own = permutation(3, { seed: 9 });
  expect(permutation(x, { seed: 9 }).toArray()).toEqual(x.take(own).toArray());
  expect(permutation(x.greater(2), { seed: 9 }).toArray()).toEqual(
    x.take(own).greater(2).toArray(),
  );
  expect(permutation(0, { seed: 1 }).shape).toEqual([0]);
  const weights = tensor([[1], [10], [100]]);
  const gradient = grad((y: Tensor) => permutation(y, { seed: 9 }).mul(weights).sum())(x);
  own.toArray();
  Array.from(own.data()).forEach((row, place) => {
    expect(gradient.at(row).toArray()).toEqual([10 ** place, 10 ** place]);
  });
});

test("dropout keeps the mean, and hands gradients on where it keeps", () => {
  const x = ones([COUNT]);
  for (const rate of [0.1, 0.5, 0.9]) {
    const kept = dropout(x, { rate, seed: 3 });
    const values = new Set(kept.data());
    expect([...values].sort()).toEqual([0, Math.fround(1 / (1 - rate))]);
    const deviation = Math.sqrt(rate / (1 - rate) / COUNT);
    expect(Math.abs(kept.mean().item() - 1)).toBeLessThan(4 * deviation);
    const gradient = grad((y: Tensor) => dropout(y, { rate, seed: 3 }).sum())(x);
    expect(gradient.data()).toEqual(kept.data());
  }
  const y = tensor([1, -2, Number.POSITIVE_INFINITY]);
  for (const [rate, expected] of [
    [0, 1],
    [1, 0],
  ] as const) {
    expect(dropout(y, { rate, seed: 1 }).toArray()).toEqual(rate === 0 ? y.toArray() : [0, 0, 0]);
    const gradient = grad((z: Tensor) => dropout(z, { rate, seed: 1 }).sum())(y);
    expect(gradient.toArray()).toEqual(new Array(3).fill(expected));
  }
  expect(dropout(tensor([1, 2], { dtype: "int32" }), { seed: 1 }).dtype).toBe("float32");
  expect(dropout(tensor([1, 2], double), { seed: 1 }).dtype).toBe("float64");
});

test("splitSeed gives seeds that differ, of which the first are the same for every count", () => {
  const seeds = splitSeed(1, 10_000).data();
  expect(new Set(seeds).size).toBe(10_000);
  expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true);
  expect(seeds.some((seed) => seed > 2 ** 52)).toBe(true);
  expect(kolmogorov(seeds, (seed) => seed / 2 ** 53)).toBeLessThan(RARE);
  expect(splitSeed(1, 3).data()).toEqual(seeds.slice(0, 3));
  expect(splitSeed(2, 3).data()).not.toEqual(seeds.slice(0, 3));
  // The sequences of different seeds are independent.
  const rows = vectorize((seed: Tensor) => uniform([100], { seed, ...double }))(splitSeed(1, 200));
  expect(kolmogorov(rows.data(), (u) => u)).toBeLessThan(RARE);
  expectMoments(rows.mean(1), 0.5, 1 / 1200, 3);
});

test("functions of one seed draw independently of each other", () => {
  const seed = 7;
  const shape = [COUNT];
  const draws: Readonly<Record<string, Tensor>> = {
    uniform: uniform(shape, { seed, ...double }),
    normal: normal(shape, { seed, ...double }),
    exponential: exponential(shape, { seed, ...double }),
    gumbel: gumbel(shape, { seed, ...double }),
    laplace: laplace(shape, { seed, ...double }),
    truncatedNormal: truncatedNormal(shape, { seed, ...double }),
    gamma: gamma(tensor(2, double), { shape, seed }),
    randomInt: randomInt(shape, { seed, high: 1000 }).cast("float64"),
    bernoulli: bernoulli(0.5, { shape, seed }).cast("float64"),
    poisson: poisson(tensor(30, double), { shape, seed }),
    binomial: binomial(100, tensor(0.3, double), { shape, seed }),
    categorical: categorical(tensor([0, 0]), { shape, seed }).cast("float64"),
    permutation: permutation(COUNT, { seed }).cast("float64"),
    dropout: dropout(ones(shape, double), { seed }),
    splitSeed: splitSeed(seed, COUNT),
  };
  const standard = Object.entries(draws).map(([name, x]) => {
    const centred = x.sub(x.mean());
    return { name, x: centred.div(variance(x).sqrt()) };
  });
  standard.forEach(({ name, x }, i) => {
    for (const other of standard.slice(i + 1)) {
      // The functions uniform and normal use the same sequence of bits.
      if (name === "uniform" && other.name === "normal") continue;
      const correlation = x.mul(other.x).mean().item();
      expect(Math.abs(correlation), `${name}, ${other.name}`).toBeLessThan(4 / Math.sqrt(COUNT));
    }
  });
});

describe("the gradient of gamma", () => {
  const slope = (alpha: Tensor, z: Tensor) =>
    apply(opNamed("gammaSlope"), [alpha, z], NO_ATTRIBUTES);

  test("is the derivative of the quantile", () => {
    let worst = 0;
    for (const alpha of [0.02, 0.3, 0.99, 1, 1.7, 6, 50, 300]) {
      const spread = Math.sqrt(alpha);
      const center = alpha < 1 ? alpha ** 2 : alpha;
      const nearby = [0.1, 0.5, 1, 1.5].map((part) => center * part);
      for (const z of [...nearby, alpha + spread, alpha + 4 * spread]) {
        const probability = gammaDistribution(alpha, z);
        if (!(probability > 1e-3 && probability < 0.9999)) continue;
        const step = alpha * 2 ** -7;
        const at = (n: number) => gammaQuantile(alpha + n * step, probability, z);
        const difference =
          (45 * (at(1) - at(-1)) - 9 * (at(2) - at(-2)) + (at(3) - at(-3))) / (60 * step);
        const got = slope(tensor(alpha, double), tensor(z, double)).item();
        worst = Math.max(worst, Math.abs(got / difference - 1));
      }
    }
    expect(worst).toBeLessThan(1e-8);
  });

  test("is what gamma has, in both modes, float32 and float64", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const alpha = tensor([0.3, 1, 2.5, 40], { dtype });
      const draw = (a: Tensor) => gamma(a, { shape: [50, 4], seed: 3 });
      const z = draw(alpha);
      const expected = slope(alpha.broadcastTo([50, 4]), z);
      expect(grad((a: Tensor) => draw(a).sum())(alpha).data()).toEqual(expected.sum(0).data());
      const tangent = jvp(draw)([alpha], [alpha.mul(0).add(1)]).tangent;
      expect(tangent.data()).toEqual(expected.data());
      expect(expected.dtype).toBe(dtype);
    }
  });

  test("estimates those of expected values", () => {
    const count = 20_000;
    const moments: readonly (readonly [(z: Tensor) => Tensor, (alpha: number) => number])[] = [
      [(z) => z, () => 1],
      [(z) => z.square(), (alpha) => 2 * alpha + 1],
      [(z) => z.log(), (alpha) => polygamma(1, tensor(alpha, double)).item()],
      [(z) => z.neg().exp(), (alpha) => -Math.LN2 * 2 ** -alpha],
    ];
    for (const alpha of sampled([0.5, 1.3, 8], 3)) {
      for (const [f, expected] of moments) {
        const each = grad((a: Tensor) => f(gamma(a, { seed: 5 })).sum())(
          tensor(alpha, double).broadcastTo([count]),
        );
        const error = each.mean().item() - expected(alpha);
        expect(Math.abs(error)).toBeLessThan(4 * Math.sqrt(variance(each).item() / count));
      }
    }
  });

  test("has a second derivative: that of the quantile, along which the number moves", () => {
    const seed = 11;
    for (const alpha of [0.6, 2, 20]) {
      const at = tensor(alpha, double);
      const z = gamma(at, { seed }).item();
      const probability = gammaDistribution(alpha, z);
      const second = grad(grad((a: Tensor) => gamma(a, { seed })))(at).item();
      const step = alpha * 2 ** -7;
      const slopeAt = (n: number) => {
        const own = alpha + n * step;
        const moved = gammaQuantile(own, probability, z);
        return slope(tensor(own, double), tensor(moved, double)).item();
      };
      const difference =
        (45 * (slopeAt(1) - slopeAt(-1)) -
          9 * (slopeAt(2) - slopeAt(-2)) +
          (slopeAt(3) - slopeAt(-3))) /
        (60 * step);
      expect(Math.abs(second / difference - 1)).toBeLessThan(1e-6);
    }
  });

  test("goes through loops whose seeds are numbers beside it, and is refused for a seed", () => {
    const seeds = splitSeed(3, 4);
    const alpha = tensor([0.5, 2], double);
    const one = (a: Tensor, seed: Tensor) => gamma(a, { seed }).sum();
    const summed = (a: Tensor) =>
      scan((sum: Tensor, seed: Tensor) => [sum.add(one(a, seed)), []], tensor(0, double), seeds)[0];
    const counting = (a: Tensor) =>
      scan(
        ({ sum, seed }: { sum: Tensor; seed: Tensor }) => [
          { sum: sum.add(one(a, seed)), seed: seed.add(1) },
          [],
        ],
        { sum: tensor(0, double), seed: tensor(5, double) },
        undefined,
        { length: 4 },
      )[0].sum;
    const expectedOf = (all: readonly Tensor[]) =>
      all.map((seed) => grad((a: Tensor) => one(a, seed))(alpha)).reduce((a, b) => a.add(b));
    for (const [fn, all] of [
      [summed, [0, 1, 2, 3].map((i) => seeds.at(i))],
      [counting, [5, 6, 7, 8].map((seed) => tensor(seed, double))],
    ] as const) {
      const expected = expectedOf(all);
      for (const by of [fn, checkpoint(fn)]) {
        expect(allClose(grad(by)(alpha), expected, { relative: 1e-12 })).toBe(true);
        expect(allClose(compile(grad(by))(alpha), expected, { relative: 1e-12 })).toBe(true);
      }
    }
    const refused = "gamma: seed: expected a constant, got one that is differentiated. Use stop";
    expect(() => grad((seed: Tensor) => one(alpha, seed))(3)).toThrow(refused);
    expect(() => jvp((seed: Tensor) => one(alpha, seed))([tensor(3, double)], [1])).toThrow(
      refused,
    );
  });

  test("is that of a loop for a batch, whichever of alpha and seed is one", () => {
    const alphas = tensor([0.4, 1.5, 9], double);
    const seeds = tensor([3, 1, 4], { dtype: "int32" });
    const sum = (alpha: Tensor, seed: Tensor) => gamma(alpha, { shape: [5], seed }).sum();
    const one = grad(sum, { argnums: 0 });
    const expected = [0, 1, 2].map((i) => one(alphas.at(i), seeds.at(i)).item());
    expect([...vectorize(one)(alphas, seeds).data()]).toEqual(expected);
    const whole = grad((a: Tensor) => vectorize(sum)(a, seeds).sum())(alphas);
    expect([...whole.data()]).toEqual(expected);
    const shared = grad((a: Tensor) => vectorize((seed: Tensor) => sum(a, seed))(seeds).sum());
    const each = [0, 1, 2].map((i) => one(alphas.at(1), seeds.at(i)).item());
    expect(shared(alphas.at(1)).item()).toBeCloseTo(
      each.reduce((a, b) => a + b),
      12,
    );
  });
});
