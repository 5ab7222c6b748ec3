/** Quantiles of counts beside exact sums (`golden/counts.py`), and draws of Poisson and binomial counts. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  betaI,
  betaIComplement,
  binomial,
  binomialQuantile,
  compile,
  gammaP,
  gammaQ,
  poisson,
  poissonQuantile,
  splitSeed,
  type Tensor,
  tensor,
  uniform,
  variance,
  vectorize,
  where,
} from "../../src/index.ts";
import { sampled, sampleTests, WHOLE } from "../support/sampling.ts";
import { pearson } from "../support/statistics.ts";

sampleTests(4);

const double = { dtype: "float64" } as const;
const functions = { poissonQuantile, binomialQuantile } as const;
const golden = JSON.parse(
  readFileSync(new URL("../golden/counts.json", import.meta.url), "utf8"),
) as Readonly<Record<keyof typeof functions, readonly (readonly number[])[]>>;

describe.each(["poissonQuantile", "binomialQuantile"] as const)("%s", (name) => {
  const rows = golden[name];
  const columns = Array.from({ length: name === "poissonQuantile" ? 3 : 4 }, (_, i) =>
    tensor(
      rows.map((row) => row[i] ?? 0),
      double,
    ),
  );
  const counts = columns.pop()?.toArray();
  const fn = functions[name] as (...inputs: Tensor[]) => Tensor;

  test("is the least count whose exact sum of probabilities is at least p", () => {
    expect(rows.length).toBe(200);
    expect(fn(...columns).toArray()).toEqual(counts);
    expect(compile(fn)(...columns).toArray()).toEqual(counts);
  });

  test("is at most 1 beside what betaI and gammaP say at the sums of its counts", () => {
    // p is the sum of the count and all below, as core computes it: rounding may decide for the next count.
    const isPoisson = name === "poissonQuantile";
    const [first, second] = columns as [Tensor, Tensor];
    const k = tensor(counts as number[], double);
    const below = isPoisson
      ? gammaQ(k.add(1), first)
      : betaI(first.sub(k).maximum(0.5), k.add(1), second.neg().add(1));
    const isSure = isPoisson ? below.less(1) : k.less(first).logicalAnd(below.less(1));
    const got = isPoisson ? fn(first, below) : fn(first, second, below);
    const distance = got.sub(k).abs().mul(isSure.cast("float64"));
    expect(distance.max().item()).toBeLessThanOrEqual(1);
  });
});

describe("the tails of a distribution on both sides of a quantile are those of its definition", () => {
  const size = WHOLE ? 50_000 : 4000;
  const between = (seed: number, low: number, high: number) =>
    uniform([size], { seed, ...double })
      .mul(high - low)
      .add(low);
  const powers = (seed: number, low: number, high: number) =>
    between(seed, low * Math.LN10, high * Math.LN10).exp();
  // The smaller of p and 1 − p, from 1/2 down to 10⁻²⁵⁰ or to the spacing of numbers near 1.
  const isUpper = between(1, 0, 1).less(0.3);
  const p = where(isUpper, powers(2, -15, -0.31).neg().add(1), powers(3, -250, -0.31));

  /** Expects the tail at k, and at k − 1, to be on either side of p, but for rounding. */
  function expectLeast(k: Tensor, below: (k: Tensor) => Tensor, above: (k: Tensor) => Tensor) {
    const slack = 1e-11;
    const reaches = where(
      isUpper,
      above(k).lessEqual(
        p
          .neg()
          .add(1)
          .mul(1 + slack),
      ),
      below(k).greaterEqual(p.mul(1 - slack)),
    );
    const before = k.sub(1).maximum(0);
    const doesNot = where(
      isUpper,
      above(before).greater(
        p
          .neg()
          .add(1)
          .mul(1 - slack),
      ),
      below(before).less(p.mul(1 + slack)),
    );
    expect(reaches.all().item()).toBe(1);
    expect(doesNot.logicalOr(k.equal(0)).all().item()).toBe(1);
  }

  test("of Poisson distributions", () => {
    const rate = powers(4, -2, 5);
    const k = poissonQuantile(rate, p);
    expectLeast(
      k,
      (count) => gammaQ(count.add(1), rate),
      (count) => gammaP(count.add(1), rate),
    );
  });

  test("of binomial distributions", () => {
    const trials = powers(5, 0, 5).floor();
    const rare = powers(6, -4, -0.301);
    const share = where(between(7, 0, 1).less(0.5), rare, rare.neg().add(1));
    const k = binomialQuantile(trials, share, p);
    const isAll = (count: Tensor) => count.greaterEqual(trials);
    const rest = (count: Tensor) => trials.sub(count).maximum(1);
    expectLeast(
      k,
      (count) => where(isAll(count), 1, betaIComplement(count.add(1), rest(count), share)),
      (count) => where(isAll(count), 0, betaI(count.add(1), rest(count), share)),
    );
  });
});

test("quantiles far out are found, where a guess is poor", () => {
  const rate = tensor([800, 800, 13, 13, 1e15, 1e15], double);
  const p = tensor([1e-300, 1e-12, 1e-300, 1 - 1e-15, 1e-300, 0.5], double);
  const k = poissonQuantile(rate, p);
  const isLower = p.less(0.5);
  const at = isLower.mul(gammaQ(k.add(1), rate)).add(1);
  expect(at.data().every(Number.isFinite)).toBe(true);
  const values = k.toArray() as number[];
  values.forEach((count, i) => {
    const [mean, chance] = [rate.at(i), p.at(i).item()];
    if (chance < 0.5) {
      expect(gammaQ(mean.mul(0).add(count + 1), mean).item()).toBeGreaterThanOrEqual(chance);
      if (count > 0) expect(gammaQ(mean.mul(0).add(count), mean).item()).toBeLessThan(chance);
    } else {
      expect(gammaP(mean.mul(0).add(count + 1), mean).item()).toBeLessThanOrEqual(1 - chance);
      expect(gammaP(mean.mul(0).add(count), mean).item()).toBeGreaterThan(1 - chance);
    }
  });
});

/** Returns Pearson's deviate of counts, in classes of at least 20 expected draws. */
function deviate(draws: Tensor, cumulative: (k: Tensor) => Tensor): number {
  const counts = new Map<number, number>();
  for (const draw of Array.from(draws.data())) counts.set(draw, (counts.get(draw) ?? 0) + 1);
  const low = draws.min().item();
  const high = draws.max().item();
  const seen: number[] = [0];
  const expected: number[] = [0];
  let [above, isLast] = [0, false];
  const at = tensor(
    Array.from({ length: high - low + 1 }, (_, i) => low + i),
    double,
  );
  const sums = cumulative(at).data();
  for (let k = low; k <= high; k++) {
    const sum = Number(sums[k - low]);
    const last = seen.length - 1;
    seen[last] = (seen[last] ?? 0) + (counts.get(k) ?? 0);
    expected[last] = (sum - above) * draws.size;
    isLast = (1 - sum) * draws.size < 20;
    if (isLast) break;
    if ((expected[last] ?? 0) >= 20) {
      above = sum;
      seen.push(0);
      expected.push(0);
    }
  }
  // The last class has all that are greater.
  const last = seen.length - 1;
  seen[last] = draws.size - seen.slice(0, last).reduce((sum, count) => sum + count, 0);
  expected[last] = (1 - above) * draws.size;
  return pearson(seen, expected);
}

describe.each(["float32", "float64"] as const)("in %s", (dtype) => {
  const turn = dtype === "float32" ? 0 : 1;
  const size = WHOLE ? 100_000 : 5000;

  test("poisson has its probabilities, from small to great rates", () => {
    const rates = [0.3, 1, 4, 11.5, 12.5, 30, 1000, 1e6];
    sampled([...rates.entries()], 3, turn).forEach(([i, rate]) => {
      const given = tensor(rate, { dtype });
      const draws = poisson(given, { shape: [size], seed: i });
      expect(draws.dtype).toBe(dtype);
      const exact = tensor(given.item(), double);
      expect(
        deviate(draws, (k) => gammaQ(k.add(1), exact)),
        `rate ${rate}`,
      ).toBeLessThan(3.1);
    });
  });

  test("binomial has its probabilities, from few to many trials", () => {
    const parameters = [
      [1, 0.3],
      [5, 0.9],
      [40, 0.25],
      [100, 0.5],
      [1000, 0.002],
      [1000, 0.999],
      [1e6, 0.3],
    ] as const;
    sampled([...parameters.entries()], 3, turn).forEach(([i, [total, p]]) => {
      const given = tensor(p, { dtype });
      const draws = binomial(total, given, { shape: [size], seed: i });
      expect(draws.dtype).toBe(dtype);
      const exact = tensor(given.item(), double);
      const sums = (k: Tensor) => {
        const isAll = k.equal(total);
        const rest = k.neg().add(total).maximum(1);
        return betaI(rest, k.add(1), exact.neg().add(1)).maximum(isAll.cast("float64"));
      };
      expect(deviate(draws, sums), `${total} trials, ${p}`).toBeLessThan(3.1);
    });
  });
});

test("counts have the shape of their parameters, and are drawn separately", () => {
  const rates = tensor([[1], [100]], double);
  const draws = poisson(rates.broadcastTo([2, 1000]), { seed: 1 });
  expect(draws.shape).toEqual([2, 1000]);
  const [low = 0, high = 0] = draws.mean(1).data();
  expect(Math.abs(low - 1)).toBeLessThan(0.15);
  expect(Math.abs(high - 100)).toBeLessThan(1.5);
  const trials = tensor([10, 1000], double);
  expect(binomial(trials, tensor([[0.5], [0.1]], double), { seed: 1 }).shape).toEqual([2, 2]);
  expect(binomial(tensor([3], { dtype: "int32" }), 0.5, { seed: 1 }).dtype).toBe("float32");
});

test("draws of different seeds are independent, and so are those of both functions", () => {
  const rows = vectorize((seed: Tensor) => poisson(50, { seed, shape: [200] }))(splitSeed(3, 200));
  const means = rows.cast("float64").mean(1);
  expect(Math.abs(variance(means).item() / (50 / 200) - 1)).toBeLessThan(0.4);
  const count = 20_000;
  const first = poisson(tensor(40, double), { shape: [count], seed: 7 }).sub(40);
  const second = binomial(100, tensor(0.4, double), { shape: [count], seed: 7 }).sub(40);
  const correlation = first.mul(second).mean().item() / Math.sqrt(40 * 24);
  expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(count));
});

test("compiled draws take seeds as tensors, and have the same numbers", () => {
  const drawn = compile((rate: Tensor, seed: Tensor) => [
    poisson(rate, { seed, shape: [500] }),
    binomial(50, rate.div(100), { seed, shape: [500] }),
  ]);
  const rate = tensor(20, double);
  for (const seed of [1, 2 ** 40]) {
    const [counts, successes] = drawn(rate, tensor(seed, double)) as Tensor[];
    expect(counts?.data()).toEqual(poisson(rate, { seed, shape: [500] }).data());
    expect(successes?.data()).toEqual(binomial(50, 0.2, { seed, shape: [500] }).data());
  }
});

test("parameters outside of their range are refused", () => {
  expect(() => poisson(-1, { seed: 1 })).toThrow(/poisson: .*rate.*finite numbers from 0.*-1/);
  expect(() => poisson(Infinity, { seed: 1 })).toThrow(/rate/);
  expect(() => poisson(Number.NaN, { seed: 1 })).toThrow(/rate/);
  expect(() => binomial(2.5, 0.5, { seed: 1 })).toThrow(/binomial: .*total.*integers/);
  expect(() => binomial(-1, 0.5, { seed: 1 })).toThrow(/total/);
  expect(() => binomial(3, 1.5, { seed: 1 })).toThrow(/p.*from 0 to 1/);
  expect(() => poisson(tensor([1, 2]), { seed: 1, shape: [3] })).toThrow(/broadcasts/);
  const compiled = compile((rate: Tensor) => poisson(rate, { seed: 1 }));
  expect(() => compiled(tensor(-2))).toThrow(/rate/);
});
