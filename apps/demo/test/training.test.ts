import { grad } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { initialInputs } from "../src/course/lesson.ts";
import { networkValues, WEIGHTS } from "../src/course/lessons/network.ts";
import { training } from "../src/course/lessons/training.ts";
import { E } from "../src/course/programs/network.ts";
import { errorAfter, Training } from "../src/instrument/training.ts";

const start = initialInputs(training);

function trained(changed: Record<string, number>, steps: number): Training {
  const run = new Training({ ...start, ...changed });
  for (let i = 0; i < steps; i++) run.step();
  return run;
}

describe("training", () => {
  test("gives the published weights after one step, and the error that was misprinted", () => {
    const { weights, errors } = trained({}, 1);
    // Matt Mazur, "A Step by Step Backpropagation Example" (2015).
    const published = {
      w1: 0.149780716,
      w2: 0.19956143,
      w3: 0.24975114,
      w4: 0.29950229,
      w5: 0.35891648,
      w6: 0.408666186,
      w7: 0.51130127,
      w8: 0.561370121,
    };
    for (const name of WEIGHTS) expect(weights[name]).toBeCloseTo(published[name], 7);
    expect(errors[0]).toBeCloseTo(0.298371109, 9);
    expect(errors[1]).toBeCloseTo(0.291027774, 9);
    expect(errorAfter(start, 1)).toBe("0.291027774");
    expect(errors[1]).not.toBeCloseTo(0.291027924, 7);
  });

  test("makes the steps of the eager gradient", () => {
    const run = trained({}, 0);
    let weights = run.weights;
    for (let i = 0; i < 5; i++) {
      const values = { ...networkValues(start), ...weights };
      const gradient = grad(E)(values);
      const next = WEIGHTS.map((name) => [name, weights[name] - 0.5 * gradient[name].item()]);
      weights = Object.fromEntries(next);
      run.step();
      for (const name of WEIGHTS) expect(run.weights[name]).toBeCloseTo(weights[name], 14);
    }
  });

  test("crawls, converges and diverges at the rates of the lesson", () => {
    const targets = { t1: 0.4, t2: 0.6 };
    const crawling = trained({ ...targets, rate: 0.01 }, 100);
    const first = crawling.errors[0] ?? 0;
    expect([crawling.isFlat, crawling.errors.at(-1)]).toEqual([false, expect.closeTo(first, 2)]);
    const good = trained({ ...targets, rate: 5 }, 100);
    expect([good.isFlat, good.hasDiverged]).toEqual([true, false]);
    expect(good.errors.at(-1)).toBeLessThan(1e-15);
    const bad = trained({ ...targets, rate: 1000 }, 100);
    expect([bad.isFlat, bad.hasDiverged, bad.errors.at(-1)]).toEqual([
      true,
      true,
      expect.closeTo(0.26, 3),
    ]);
  });

  test("goes on from where it was stopped", () => {
    const all = trained({}, 12);
    const half = trained({}, 6);
    const rest = new Training(half.values());
    for (let i = 0; i < 6; i++) rest.step();
    expect(rest.weights).toEqual(all.weights);
  });
});
