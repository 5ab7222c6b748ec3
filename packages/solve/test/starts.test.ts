/**
 * Counts the starts of order 1 from which `leastSquares` finds the best minimum, at five scales of the data: at least
 * as many as with the better method of SciPy. `golden/starts.py` writes the data, the starts and SciPy's numbers.
 */

import { readFileSync } from "node:fs";
import { compile, type Tensor, unstack } from "@graddiff/core";
import { leastSquares } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { double } from "./support.ts";

interface Row {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly starts: readonly (readonly number[])[];
  /** By scale: the least cost, and the numbers of starts from which SciPy's methods find it. */
  readonly best: readonly number[];
  readonly lm: readonly number[];
  readonly trf: readonly number[];
}

const golden: { readonly scales: readonly number[]; readonly models: Record<string, Row> } =
  JSON.parse(readFileSync(new URL("./golden/starts.json", import.meta.url), "utf8"));

type Four = readonly [Tensor, Tensor, Tensor, Tensor];

const decay = (a: Tensor, b: Tensor, t: Tensor) => a.mul(b.mul(t).neg().exp());
const logistic = (z: Tensor) => z.neg().exp().add(1).reciprocal();
const MODELS: Readonly<Record<string, (p: Four, x: Tensor) => Tensor>> = {
  "decay with an offset": ([a, b, c], t) => decay(a, b, t).add(c),
  decay: ([a, b], t) => decay(a, b, t),
  "two decays": ([a, b, c, d], t) => decay(a, b, t).add(decay(c, d, t)),
  "growth to a limit": ([a, b], t) => a.sub(decay(a, b, t)),
  "logistic growth": ([a, b, c], t) => a.mul(logistic(b.mul(t.sub(c)))),
  Gompertz: ([a, b, c], t) => decay(a, b, c.mul(t).neg().exp()),
  "Gaussian peak": ([a, b, c], x) => a.mul(x.sub(b).div(c).square().div(-2).exp()),
  "Lorentzian peak with an offset": ([a, b, c, d], x) =>
    a.div(x.sub(b).div(c).square().add(1)).add(d),
  "Michaelis and Menten": ([a, b], x) => a.mul(x).div(x.add(b)),
  Hill: ([a, b, c], x) => a.mul(logistic(c.mul(x.log().sub(b.abs().log())))),
  "power with an offset": ([a, b, c], x) => a.mul(b.mul(x.log()).exp()).add(c),
  "damped oscillation": ([a, b, c], t) => decay(a, b, t).mul(c.mul(t).cos()),
};

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

describe("starts of order 1 lead to the best minimum at every scale of the data", () => {
  const totals: Record<"ours" | "scipy", number> = { ours: 0, scipy: 0 };
  test.each(Object.entries(golden.models))("%s", (name, { x, y, starts, best, lm, trf }) => {
    const model = MODELS[name] as (p: Four, x: Tensor) => Tensor;
    const fit = compile((start: Tensor, ys: Tensor) => {
      const found = leastSquares(
        (p: Tensor, data: Tensor) => model(unstack(p) as never, double([...x])).sub(data),
        start,
        { data: ys },
      );
      return [found.cost, found.status] as const;
    });
    const counts = golden.scales.map(
      (scale, k) =>
        starts.filter((start) => {
          const ys = double([...y]).mul(scale);
          const [cost, status] = fit(double([...start]), ys) as readonly [Tensor, Tensor];
          const isBest = cost.item() <= (best[k] ?? 0) * (1 + 1e-6);
          expect(isBest && status.item() !== 1 && "no minimum").toBe(false);
          return isBest;
        }).length,
    );
    if (process.env["GRADDIFF_TABLE"]) console.log(name, counts, lm, trf);
    const better = sum(lm) > sum(trf) ? lm : trf;
    totals.ours += sum(counts);
    totals.scipy += sum(better);
    expect(sum(counts)).toBeGreaterThanOrEqual(sum(better));
    counts.forEach((count, k) => {
      expect(count).toBeGreaterThanOrEqual(Math.max(lm[k] ?? 0, trf[k] ?? 0) - 1);
    });
  });

  test("in all, as the README says", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const said = /in (\d+) of (\d+)\s+runs, SciPy's better method in (\d+)/.exec(readme);
    const runs =
      sum(Object.values(golden.models).map(({ starts }) => starts.length)) * golden.scales.length;
    expect(said?.slice(1).map(Number)).toEqual([totals.ours, runs, totals.scipy]);
    expect(totals.ours).toBeGreaterThanOrEqual(totals.scipy);
  });
});
