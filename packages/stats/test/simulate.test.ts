/** Simulations from priors and posteriors, and a calibration of the sampler by simulated data. */

import { type Tensor, zeros } from "@graddiff/core";
import {
  Bernoulli,
  Beta,
  Binomial,
  Exponential,
  Flat,
  Gamma,
  HalfNormal,
  type Model,
  model,
  Normal,
  Poisson,
  real,
  sample,
  simulate,
} from "@graddiff/stats";
import { expect, test } from "vitest";
import { WHOLE } from "../../core/test/support/sampling.ts";
import { bitsOf, complaint, double } from "./support.ts";

const line = model(({ draw, observe }, { x, y }: { x: Tensor; y: Tensor }) => {
  const [offset, slope] = [draw(Normal(1, 2)), draw(Normal(0, 1))];
  const scale = draw(HalfNormal(1));
  const seen = observe(Normal(x.mul(slope).add(offset), scale), y);
  return { offset, slope, scale, greatest: seen.max() };
});
const x = double([-1, 0, 1, 2]);
const y = double([0.2, 1.1, 1.8, 3.1]);

test("unknowns and data are drawn from their distributions", () => {
  const { draws, observed } = simulate(line, { data: { x, y }, seed: 1, draws: 4000 });
  expect(Math.abs(draws.offset.mean().item() - 1)).toBeLessThan((4 * 2) / Math.sqrt(4000));
  const [data = x] = observed;
  expect(data.shape).toEqual([4000, 4]);
  expect(bitsOf(data.max(1))).toBe(bitsOf(draws.greatest));
  // The variance at x = 2: 2² + 2² · 1 + 1.
  const spread = data.at("...", 3).sub(1).square().mean().item();
  expect(Math.abs(spread / 9 - 1)).toBeLessThan(0.1);
  const again = simulate(line, { data: { x, y }, seed: 1, draws: 10 });
  expect(bitsOf(again.draws.slope)).toBe(bitsOf(draws.slope.slice([0], [10])));
});

test("predictions follow the draws, at other inputs, too", async () => {
  const posterior = await sample(line, { data: { x, y }, seed: 1, chains: 2 });
  const { draws, observed } = posterior.predict({ seed: 3 });
  expect(bitsOf(draws.slope)).toBe(bitsOf(posterior.draws.slope));
  expect(observed[0]?.shape).toEqual([2, 1000, 4]);
  const far = { x: double([100]), y: zeros([1], { dtype: "float64" }) };
  const [there = x] = posterior.predict({ data: far }).observed;
  const expected = posterior.draws.offset.add(posterior.draws.slope.mul(100)).mean().item();
  expect(Math.abs(there.mean().item() - expected)).toBeLessThan(0.3);
});

test("what is no model and what cannot be drawn are refused", async () => {
  const flat = model(({ draw }) => ({ a: draw(Flat(real)) }));
  expect(await complaint(() => simulate(flat))).toMatch(/^ArgumentError: Flat\.sample: support: /);
  const density = { logDensity: ({ u }: { u: Tensor }) => u.square().neg(), start: { u: 0 } };
  expect(await complaint(() => simulate(density as never))).toBe(
    "ArgumentError: simulate: of: expected a model(…), got an object.",
  );
  const posterior = await sample(density, { chains: 1, warmup: 0, draws: 4 });
  expect(await complaint(() => posterior.predict())).toMatch(/^ArgumentError: predict: of: /);
});

/** Three models, each with the unknowns whose ranks are counted. */
const MODELS: Readonly<Record<string, Model<Record<string, Tensor>, { y: Tensor }>>> = {
  line: model(({ draw, observe }, { y: own }) => {
    const [offset, slope] = [draw(Normal(0, 1)), draw(Normal(0, 2))];
    const scale = draw(Gamma(3, 2));
    observe(Normal(double([-1, -0.5, 0, 0.5, 1, 2]).mul(slope).add(offset), scale), own);
    return { offset, slope, scale };
  }),
  hierarchy: model(({ draw, observe }, { y: own }) => {
    const [mean, spread] = [draw(Normal(0, 1)), draw(Exponential(1))];
    const levels = draw(Normal(0, 1), [6]).mul(spread).add(mean);
    observe(Poisson(levels.clip(-10, 10).exp()), own);
    return { mean, spread, first: levels.at(0) };
  }),
  shares: model(({ draw, observe }, { y: own }) => {
    const [share, odds] = [draw(Beta(2, 3)), draw(Normal(0, 1.5))];
    observe(Binomial(20, share), own.slice([0], [3]));
    observe(Bernoulli({ logits: odds }), own.slice([3]));
    return { share, odds };
  }),
};

/** The distance of draws that count as independent, the number of these draws, and the bins of the histogram of ranks. */
const THIN = 6;
const RANKS = 63;
const BINS = 8;

/** Talts, Betancourt, Simpson, Vehtari and Gelman, "Validating Bayesian inference algorithms" (2018). */
test.each(Object.entries(MODELS))("the truth has any rank among draws of %s", async (name, of) => {
  const replications = WHOLE ? 800 : 48;
  const shape = { y: zeros([6], { dtype: "float64" }) };
  const { draws, observed } = simulate(of, { data: shape, seed: 17, draws: replications });
  const counts = new Map<string, number[]>();
  for (let i = 0; i < replications; i++) {
    const parts = observed.map((data) => Array.from(data.at(i).data()));
    const posterior = await sample(of, {
      data: { y: double(parts.flat()) },
      ...{ seed: i, chains: 1, warmup: 300, draws: THIN * RANKS, chunk: 400 },
    });
    for (const [unknown, truth] of Object.entries(draws)) {
      const all = posterior.draws[unknown]?.data() ?? [];
      let rank = 0;
      for (let j = THIN - 1; j < THIN * RANKS; j += THIN) {
        if ((all[j] ?? 0) < truth.at(i).item()) rank++;
      }
      const bins = counts.get(unknown) ?? new Array<number>(BINS).fill(0);
      counts.set(unknown, bins);
      const bin = Math.floor((rank * BINS) / (RANKS + 1));
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
  }
  for (const [unknown, bins] of counts) {
    const expected = replications / BINS;
    const chi = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // χ² of 7 degrees is above 29.9 with a probability of 1e-4.
    expect(chi, `${name} ${unknown}: ${bins}`).toBeLessThan(29.9);
  }
});
