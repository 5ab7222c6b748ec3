/** The package as bundlers see it: programs that bundle it together with core, both as they are published. */

import { expect, test } from "vitest";
import { installBefore, TRIED, testBudgets } from "../../core/test/support/bundles.ts";

installBefore("core", "stats");

const SCHOOLS = `import { tensor } from "@graddiff/core";
import { HalfCauchy, model, Normal, sample } from "@graddiff/stats";
const schools = model(({ draw, observe }, { y, sigma }) => {
  const mu = draw(Normal(0, 5));
  const tau = draw(HalfCauchy(5));
  const theta = mu.add(tau.mul(draw(Normal(0, 1), [8])));
  observe(Normal(theta, sigma), y);
  return { mu, tau, theta };
});
const y = tensor([28, 8, -3, 7, -1, 1, 18, 12], { dtype: "float64" });
const sigma = tensor([15, 10, 16, 11, 9, 11, 10, 18], { dtype: "float64" });
const posterior = await sample(schools, { data: { y, sigma }, seed: 1, warmup: 100, draws: 100 });
export const result = String(posterior.summary());`;

const README = new URL("../README.md", import.meta.url);

testBudgets(
  [
    { name: "eight schools", program: SCHOOLS, most: { Vite: 165_200, esbuild: 171_700 } },
    {
      name: "everything of core and stats",
      program: `import * as all from "@graddiff/core"; import * as stats from "@graddiff/stats";
export const result = Object.keys(all).length + Object.keys(stats).length;`,
      most: { Vite: 296_400, esbuild: 306_800 },
    },
  ],
  [[README, /Eight schools takes (\d+) kB/, "eight schools"]],
);

test.each(TRIED)(
  "a distribution that is not imported takes nothing, by %s",
  async (_name, bundle) => {
    const { code } = await bundle(SCHOOLS);
    const hasName = (name: string) => new RegExp(`["'\`]${name}["'\`]`).test(code);
    expect(hasName("HalfCauchy")).toBe(true);
    for (const other of [
      "VonMises",
      "Dirichlet",
      "LKJ",
      "NegativeBinomial",
      "laplace",
      "compare",
    ]) {
      expect([other, hasName(other)]).toEqual([other, false]);
    }
  },
);
