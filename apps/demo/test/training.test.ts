import { grad } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { initialInputs } from "../src/course/lesson.ts";
import { networkValues, WEIGHTS } from "../src/course/lessons/network.ts";
import { PRESET_STEPS, presetInputs, RATES, training } from "../src/course/lessons/training.ts";
import { E } from "../src/course/programs/network.ts";
import { Training, trainedFor } from "../src/instrument/training.ts";

const start = initialInputs(training);

function trained(changed: Record<string, number>, steps: number): Training {
  return trainedFor({ ...start, ...changed }, steps);
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

  test("is too slow, converges and gets stuck at the rates of the lesson", () => {
    const slow = trainedFor(presetInputs(RATES.slow), PRESET_STEPS);
    const first = slow.errors[0] ?? 0;
    expect([slow.isFlat, slow.isStuck, slow.error]).toEqual([
      false,
      false,
      expect.closeTo(first, 2),
    ]);
    const good = trainedFor(presetInputs(RATES.learn), PRESET_STEPS);
    expect([good.isFlat, good.isStuck]).toEqual([true, false]);
    expect(good.error).toBeLessThan(1e-15);
    const bad = trainedFor(presetInputs(RATES.stuck), PRESET_STEPS);
    expect([bad.isFlat, bad.isStuck, bad.error]).toEqual([true, true, expect.closeTo(0.26, 3)]);
    // It stays there, and it is the outputs that are saturated, not every node.
    expect(trainedFor(bad.values(), 1000).error).toBeCloseTo(bad.error, 6);
    const graph = training.explain(bad.values());
    const value = (name: string) => graph.node(name)?.value?.item() ?? Number.NaN;
    for (const name of ["o1", "o2"]) {
      expect(value(name) * (1 - value(name))).toBeLessThan(1e-6);
    }
    for (const name of ["h1", "h2"]) expect(value(name)).toBeCloseTo(0.563, 2);
  });

  test("states in its lesson what it computes", () => {
    const { facts = {} } = training;
    const given = { inputs: start, graph: training.explain(start), digits: 4 };
    const text = Object.fromEntries(
      Object.entries(facts).map(([name, fact]) => [name, fact(given)]),
    );
    expect(text).toEqual({
      afterOne: "0.291027774",
      before: "0.077",
      slow: "0.073",
      learn: expect.stringMatching(/e−2\d$/),
      stuck: "0.26",
      flat: "0.0001",
    });
  });

  test("knows the weights after the next step", () => {
    const run = trained({}, 3);
    const { next } = run;
    run.step();
    expect(run.weights).toEqual(next);
  });

  test("goes on from where it was stopped", () => {
    const all = trained({}, 12);
    const half = trained({}, 6);
    const rest = new Training(half.values());
    for (let i = 0; i < 6; i++) rest.step();
    expect(rest.weights).toEqual(all.weights);
  });
});
