/** `sample`: known posteriors are found, and the bits of the draws depend only on the seed. */

import { setRunner, type Tensor } from "@graddiff/core";
import { triangularSolve } from "@graddiff/core/linalg";
import { HalfCauchy, mcse, model, Normal, type Posterior, sample } from "@graddiff/stats";
import { afterEach, expect, test, vi } from "vitest";
import { windowsOf } from "../src/warmup.ts";
import { bitsOf, complaint, double } from "./support.ts";

afterEach(() => {
  setRunner("wasm");
});

const schools = model(({ draw, observe }, { y, sigma }: { y: Tensor; sigma: Tensor }) => {
  const mu = draw(Normal(0, 5));
  const tau = draw(HalfCauchy(5));
  const theta = mu.add(tau.mul(draw(Normal(0, 1), [8])));
  observe(Normal(theta, sigma), y);
  return { mu, tau, theta };
});
const data = {
  y: double([28, 8, -3, 7, -1, 1, 18, 12]),
  sigma: double([15, 10, 16, 11, 9, 11, 10, 18]),
};

type Schools = Posterior<{ mu: Tensor; tau: Tensor; theta: Tensor }>;
const bits = ({ draws, stats }: Schools) => bitsOf(draws.theta) + bitsOf(stats.energy);

/** The distance of a mean from its true value, in standard errors. */
const z = (draws: Tensor, truth: number) =>
  Math.abs(draws.mean().item() - truth) / mcse(draws).item();

test("the draws of a seed are the same for every chunk, runner and call", async () => {
  const options = { data, seed: 7, chains: 2, warmup: 60, draws: 40 };
  const expected = bits(await sample(schools, options));
  for (const chunk of [1, 7, 500]) {
    expect(bits(await sample(schools, { ...options, chunk })), `chunk ${chunk}`).toBe(expected);
  }
  setRunner("js");
  const short = { ...options, chains: 1, warmup: 20, draws: 5, chunk: 10 };
  const inJs = bits(await sample(schools, short));
  setRunner("wasm");
  expect(bits(await sample(schools, short))).toBe(inJs);
  expect(bits(await sample(schools, { ...options, seed: 8 }))).not.toBe(expected);
});

test("a run that is stopped has as many draws of each chain, and goes on with the same bits", async () => {
  const options = { data, seed: 3, chains: 3, warmup: 90, draws: 60, chunk: 10 };
  const whole = await sample(schools, options);
  for (const stop of [20, 45, 90, 120]) {
    const controller = new AbortController();
    const first = await sample(schools, {
      ...options,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done >= 3 * stop) controller.abort();
      },
    });
    const made = first.draws.mu.shape[1] ?? 0;
    expect(first.draws.theta.shape).toEqual([3, made, 8]);
    expect(made).toBe(Math.max(0, stop - 90));
    const rest = await sample(schools, { data, from: first.state, draws: 60 - made, chunk: 7 });
    const tail = whole.draws.theta.slice([0, made, 0], [3, 60, 8]);
    expect(bitsOf(rest.draws.theta), `stopped at ${stop}`).toBe(bitsOf(tail));
    // From the posterior itself the earlier draws come first.
    const all = await sample(schools, { data, from: first, draws: 60 - made, chunk: 7 });
    expect(bits(all), `stopped at ${stop}`).toBe(bits(whole));
    expect(JSON.stringify(all)).toBe(JSON.stringify(whole));
    expect(all.warnings).toEqual(whole.warnings);
    expect(first.draws.theta.shape).toEqual([3, made, 8]);
  }
});

test("a state goes on with a model and data that are equal, and is refused with others", async () => {
  const around = (centre: number, size = 3) =>
    model(({ draw, observe }, { y }: { y: Tensor }) => {
      const x = draw(Normal(centre, 1), [size]);
      observe(Normal(x.sum(), 1), y);
      return { x };
    });
  const [y, z] = [double([1, 2]), double([1, 3])];
  const options = { seed: 2, chains: 2, warmup: 30 };
  const whole = await sample(around(0), { ...options, data: { y }, draws: 20 });
  const { state } = await sample(around(0), { ...options, data: { y }, draws: 8 });
  const rest = { from: state, draws: 12, chunk: 5 };
  const tail = bitsOf(whole.draws.x.slice([0, 8, 0], [2, 20, 3]));
  const continued = await sample(around(0), { ...rest, data: { y: double([1, 2]) } });
  expect(bitsOf(continued.draws.x)).toBe(tail);
  const refused = (of: ReturnType<typeof around>, data: { y: Tensor }) =>
    complaint(() => sample(of, { ...rest, data }));
  const expected =
    "ArgumentError: sample: from: expected the state of a posterior of the same model and data, got one ";
  for (const size of [2, 4]) {
    expect(await refused(around(0, size), { y })).toBe(
      `${expected}of 3 unbounded unknowns, not ${size}.`,
    );
  }
  expect(await complaint(() => sample(around(0), { data: { y }, from: JSON.parse("{}") }))).toBe(
    "ArgumentError: sample: from: expected a posterior of sample, or its state, got an object.",
  );
  expect(await refused(around(1), { y })).toContain(`${expected}whose log-density is -`);
  expect(await refused(around(0), { y: z })).toContain(`${expected}whose log-density is -`);
});

test("progress counts all transitions, and has the posterior so far", async () => {
  const seen: [number, number, string][] = [];
  let middle = "";
  const posterior = await sample(schools, {
    ...{ data, seed: 1, chains: 2, warmup: 30, draws: 20, chunk: 10 },
    onProgress: (progress) => {
      seen.push([progress.done, progress.total, progress.phase]);
      if (progress.done === 80) middle = bitsOf(progress.posterior.draws.mu);
    },
  });
  expect(seen.at(0)).toEqual([8, 100, "warmup"]);
  expect(seen.at(-1)).toEqual([100, 100, "draws"]);
  expect(middle).toBe(bitsOf(posterior.draws.mu.slice([0, 0], [2, 10])));
});

test("posteriors of a run in progress have few programs", async () => {
  // Core warns of a function that is compiled for each of many shapes.
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  let elements = 0;
  const { draws } = await sample(schools, {
    ...{ data, seed: 1, chains: 1, warmup: 20, draws: 200, chunk: 5 },
    onProgress: ({ posterior }) => {
      elements += posterior.draws.theta.size;
    },
  });
  expect(draws.theta.shape).toEqual([1, 200, 8]);
  expect(elements).toBe((8 * 5 * (40 * 41)) / 2);
  expect(warned.mock.calls).toEqual([]);
  warned.mockRestore();
});

/** A normal of correlated unknowns whose scales differ by 10⁴, by its Cholesky factor. */
const factor = double([
  [1, 0, 0],
  [90, 30, 0],
  [-0.005, 0.002, 0.01],
]);
const centre = double([3, -50, 0.2]);
const gauss = {
  logDensity: ({ x }: { x: Tensor }) =>
    triangularSolve(factor, x.sub(centre).reshape([3, 1]))
      .square()
      .sum()
      .mul(-0.5),
  start: { x: double([0, 0, 0]) },
};

test.each(["diagonal", "dense"] as const)(
  "%s masses find an exact normal posterior",
  async (mass) => {
    const { draws, stats } = await sample(gauss, { mass, seed: 2 });
    const covariance = factor.matmul(factor.transpose());
    for (let i = 0; i < 3; i++) {
      const own = draws.x.at("...", i);
      expect(z(own, centre.at(i).item())).toBeLessThan(4);
      for (let j = 0; j <= i; j++) {
        const other = draws.x.at("...", j).sub(centre.at(j));
        const product = own.sub(centre.at(i)).mul(other);
        expect(z(product, covariance.at(i, j).item()), `${i}, ${j}`).toBeLessThan(4);
      }
    }
    // Dense masses take the correlation away.
    const leapfrogs = stats.leapfrogs.mean().item();
    expect(mass === "dense" ? leapfrogs < 6 : leapfrogs > 6).toBe(true);
  },
);

/** Returns the mean of a function of two unknowns under a density on a grid, by the rectangle rule. */
function quadrature(
  [fromA, toA]: readonly [number, number],
  [fromB, toB]: readonly [number, number],
  logDensity: (a: number, b: number) => number,
  of: (a: number, b: number) => number,
): number {
  const n = 400;
  let [total, sum] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const a = fromA + ((i + 0.5) / n) * (toA - fromA);
      const b = fromB + ((j + 0.5) / n) * (toB - fromB);
      const weight = Math.exp(logDensity(a, b));
      total += weight;
      sum += weight * of(a, b);
    }
  }
  return sum / total;
}

test("a mean and a scale have the posterior of a quadrature", async () => {
  const y = [1.2, -0.4, 2.9, 0.8, 1.7];
  const measured = model(({ draw, observe, factor: add }) => {
    const mean = draw(Normal(0, 2));
    const scale = draw(HalfCauchy(1));
    observe(Normal(mean, scale), double(y));
    add(mean.sin());
    return { mean, scale, ratio: mean.div(scale) };
  });
  const { draws, warnings } = await sample(measured, { seed: 5, draws: 2000 });
  const logDensity = (mean: number, scale: number) =>
    -(mean ** 2) / 8 -
    Math.log(1 + scale ** 2) +
    Math.sin(mean) +
    y.reduce((sum, each) => sum - ((each - mean) / scale) ** 2 / 2 - Math.log(scale), 0);
  const expected = (of: (mean: number, scale: number) => number) =>
    quadrature([-5, 7], [0.2, 25], logDensity, of);
  expect(
    z(
      draws.mean,
      expected((mean) => mean),
    ),
  ).toBeLessThan(4);
  expect(
    z(
      draws.mean.square(),
      expected((mean) => mean ** 2),
    ),
  ).toBeLessThan(4);
  expect(
    z(
      draws.scale,
      expected((_, scale) => scale),
    ),
  ).toBeLessThan(4);
  expect(
    z(
      draws.ratio,
      expected((mean, scale) => mean / scale),
    ),
  ).toBeLessThan(4);
  expect(warnings).toEqual([]);
});

test("the funnel has its variances where it is not centred", async () => {
  const funnel = model(({ draw }) => {
    const v = draw(Normal(0, 3));
    const x = v
      .mul(0.5)
      .exp()
      .mul(draw(Normal(0, 1), [9]));
    return { v, x };
  });
  const { draws, stats } = await sample(funnel, { seed: 1 });
  expect(z(draws.v, 0)).toBeLessThan(4);
  expect(z(draws.v.square(), 9)).toBeLessThan(4);
  expect(stats.divergent.sum().item()).toBeLessThan(5);
});

test("the warm-up has Stan's windows", () => {
  const ends = (warmup: number) => windowsOf(warmup).map(({ end }) => end);
  expect(ends(1000)).toEqual([75, 100, 150, 250, 450, 950, 1000]);
  expect(ends(150)).toEqual([75, 100, 150]);
  expect(ends(100)).toEqual([15, 90, 100]);
  expect(ends(19)).toEqual([19]);
  expect(ends(0)).toEqual([]);
  expect(windowsOf(1000).filter(({ estimates }) => estimates).length).toBe(5);
});

test("one model serves data of other shapes, and counts and booleans are kept as numbers", async () => {
  const any = model(({ draw, observe }, { y }: { y: Tensor }) => {
    const levels = draw(Normal(0, 1), y.shape);
    observe(Normal(levels, 1), y);
    return { levels, high: levels.greater(0), nested: [levels.sum(), { two: 2 }] as const };
  });
  for (const size of [1, 3]) {
    const y = double(Array.from({ length: size }, (_, i) => i));
    const { draws } = await sample(any, { data: { y }, chains: 2, warmup: 50, draws: 20 });
    expect(draws.levels.shape).toEqual([2, 20, size]);
    expect(draws.high.dtype).toBe("bool");
    expect(draws.nested[1].two.at(1, 3).item()).toBe(2);
    expect(draws.nested[0].shape).toEqual([2, 20]);
  }
});

test("many draws of a density that is known have its moments", async () => {
  // u is the logarithm of a gamma number, which has a skewed distribution; v is normal.
  const density = {
    logDensity: ({ u, v }: { u: Tensor; v: Tensor }) =>
      u.mul(2).sub(u.exp()).add(v.square().mul(-0.5).sum()),
    start: { u: 0, v: double([0, 0, 0]) },
  };
  const { draws } = await sample(density, { seed: 4, draws: 30_000, chunk: 1000 });
  // E u = ψ(2), and the variance is ψ′(2).
  const [mean, variance] = [1 - 0.5772156649015329, Math.PI ** 2 / 6 - 1];
  expect(z(draws.u, mean)).toBeLessThan(3.5);
  expect(z(draws.u.sub(mean).square(), variance)).toBeLessThan(3.5);
  expect(z(draws.u.exp(), 2)).toBeLessThan(3.5);
  expect(z(draws.v.square().sum(-1), 3)).toBeLessThan(3.5);
  expect(z(draws.v.square().sum(-1).square(), 15)).toBeLessThan(3.5);
});

test("masses are estimated from the draws of a window alone", async () => {
  for (const [stop, count] of [
    [100, 0],
    [140, 40],
    [150, 0],
    [440, 190],
  ] as const) {
    const controller = new AbortController();
    const { state } = await sample(gauss, {
      ...{ chains: 1, chunk: 10, signal: controller.signal },
      onProgress: ({ done }) => {
        if (done >= stop) controller.abort();
      },
    });
    expect(state.warmed).toBe(stop);
    expect(state.chains[0]?.moments.n.item()).toBe(count);
  }
});
