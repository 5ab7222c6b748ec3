/** The JSON of a posterior, and what ArviZ has read in it. */

import type { Tensor } from "@graddiff/core";
import { HalfCauchy, model, Normal, sample } from "@graddiff/stats";
import { expect, test } from "vitest";
import { double, golden } from "./support.ts";

/** A variable as ArviZ has read it. */
interface Variable {
  readonly dims: readonly string[];
  readonly dtype: string;
  readonly values: readonly (number | boolean)[];
}

// The same model as that of arviz.mjs.
const schools = model(({ draw, observe }, { y, sigma }: { y: Tensor; sigma: Tensor }) => {
  const mu = draw(Normal(0, 5));
  const tau = draw(HalfCauchy(5));
  const theta = mu.add(tau.mul(draw(Normal(0, 1), [8])));
  observe(Normal(theta, sigma), y);
  return { mu, tau, theta, nested: { high: [theta.greater(mu).reshape([4, 2])] as const } };
});
const data = {
  y: double([28, 8, -3, 7, -1, 1, 18, 12]),
  sigma: double([15, 10, 16, 11, 9, 11, 10, 18]),
};

test("ArviZ has read the draws, their statistics and their axes", async () => {
  const { written, read } = golden("arviz");
  const posterior = await sample(schools, { data, chains: 3, warmup: 20, draws: 5, seed: 6 });
  const { draws, stats, state } = posterior;
  const likelihood = posterior.logLikelihood();
  const json = { ...posterior.toJSON(), log_likelihood: { y: likelihood.toArray() } };
  expect(JSON.parse(JSON.stringify(json))).toEqual(written);

  const steps = state.chains.flatMap(({ stepSize }) => Array(5).fill(stepSize.item()));
  const expected: Readonly<Record<string, Readonly<Record<string, Tensor>>>> = {
    posterior: {
      mu: draws.mu,
      tau: draws.tau,
      theta: draws.theta,
      "nested.high[0]": draws.nested.high[0],
    },
    sample_stats: {
      lp: stats.lp,
      acceptance_rate: stats.accept,
      tree_depth: stats.depth,
      n_steps: stats.leapfrogs,
      energy: stats.energy,
      step_size: double(steps).reshape([3, 5]),
      diverging: stats.divergent,
    },
    log_likelihood: { y: likelihood },
  };
  expect(Object.keys(read)).toEqual(Object.keys(expected));
  for (const [group, variables] of Object.entries(expected)) {
    expect(Object.keys(read[group])).toEqual(Object.keys(variables));
    for (const [name, variable] of Object.entries(variables)) {
      const { dims, values } = read[group][name] as Variable;
      const own = variable.shape.slice(2).map((_, axis) => `${name}_dim_${axis}`);
      expect(dims).toEqual(["chain", "draw", ...own]);
      expect(values.map(Number), name).toEqual(Array.from(variable.data(), Number));
    }
  }
  expect(read.posterior["nested.high[0]"].dtype).toBe("bool");
  expect(read.sample_stats.diverging.dtype).toBe("bool");
});

test("numbers that are not finite are null in JSON", async () => {
  const odd = model(({ draw }) => ({ none: draw(Normal(0, 1)).abs().neg().log() }));
  const posterior = await sample(odd, { chains: 1, warmup: 20, draws: 2 });
  expect(JSON.parse(JSON.stringify(posterior)).posterior.none).toEqual([[null, null]]);
});
