import { grad } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { type InputValues, initialInputs } from "../src/course/lesson.ts";
import { networkValues, trainedNames } from "../src/course/lessons/network.ts";
import {
  PRESET_STEPS,
  presetInputs,
  published,
  RATES,
  training,
} from "../src/course/lessons/training.ts";
import { E } from "../src/course/programs/network.ts";
import { leastError, remarksOn } from "../src/instrument/descent.ts";
import { Training, trainedFor } from "../src/instrument/training.ts";

const start: InputValues = initialInputs(training);

function trained(changed: Record<string, number>, steps: number): Training {
  return trainedFor({ ...start, ...changed }, steps);
}

/** What is said of some training. */
function remarks(inputs: InputValues, run: Training) {
  return remarksOn(training.explain({ ...inputs, ...run.parameters }), inputs, run.errors);
}

const kinds = (inputs: InputValues, steps: number) =>
  remarks(inputs, trainedFor(inputs, steps)).map(({ kind }) => kind);

describe("training", () => {
  test("gives the published weights after one step, and the error that was misprinted", () => {
    const { parameters, errors } = trainedFor(published, 1);
    // Matt Mazur, "A Step by Step Backpropagation Example" (2015).
    const weights = {
      w1: 0.149780716,
      w2: 0.19956143,
      w3: 0.24975114,
      w4: 0.29950229,
      w5: 0.35891648,
      w6: 0.408666186,
      w7: 0.51130127,
      w8: 0.561370121,
    };
    expect(Object.keys(parameters)).toEqual(Object.keys(weights));
    for (const [name, weight] of Object.entries(weights)) {
      expect(parameters[name]).toBeCloseTo(weight, 7);
    }
    expect(errors[0]).toBeCloseTo(0.298371109, 9);
    expect(errors[1]).toBeCloseTo(0.291027774, 9);
    expect(errors[1]).not.toBeCloseTo(0.291027924, 7);
  });

  test("trains the biases by the same rule unless they are frozen", () => {
    const [free, frozen] = [trained({}, 1), trained({ frozen: 1 }, 1)];
    const gradient = grad(E)(networkValues(start));
    for (const name of ["b1", "b2"] as const) {
      expect(free.parameters[name]).toBeCloseTo(
        (start[name] ?? 0) - 0.5 * gradient[name].item(),
        14,
      );
      expect(frozen.parameters).not.toHaveProperty(name);
    }
    expect(free.parameters).toMatchObject(frozen.parameters);
  });

  test("makes the steps of the eager gradient", () => {
    for (const frozen of [0, 1]) {
      const run = trained({ frozen }, 0);
      let values = networkValues(start);
      for (let i = 0; i < 5; i++) {
        const gradient = grad(E)(values);
        const next = trainedNames({ frozen }).map((name) => [
          name,
          values[name] - 0.5 * gradient[name].item(),
        ]);
        values = { ...values, ...Object.fromEntries(next) };
        run.step();
        for (const name of trainedNames({ frozen })) {
          expect(run.parameters[name]).toBeCloseTo(values[name], 14);
        }
      }
    }
  });

  test.each([0, 1])(
    "is too slow, converges and gets stuck at the rates of the lesson (frozen: %i)",
    (frozen) => {
      const of = (rate: keyof typeof RATES) => presetInputs(RATES[rate], frozen);
      const slow = trainedFor(of("slow"), PRESET_STEPS);
      expect(slow.error).toBeGreaterThan(0.8 * (slow.errors[0] ?? 0));
      expect(kinds(of("slow"), PRESET_STEPS)).toEqual(["steepest", "lowered"]);
      const good = trainedFor(of("learn"), PRESET_STEPS);
      expect(good.error).toBeLessThan(1e-15);
      expect(kinds(of("learn"), PRESET_STEPS)).toContain("isNear");
      const bad = trainedFor(of("stuck"), PRESET_STEPS);
      expect(bad.error).toBeCloseTo(0.26, 3);
      expect(kinds(of("stuck"), PRESET_STEPS)).toContain("isStuck");
      // It stays there, and it is the outputs that are saturated, not every node.
      const there = { ...of("stuck"), ...bad.parameters };
      expect(trainedFor(there, 1000).error).toBeCloseTo(bad.error, 6);
      const graph = training.explain(there);
      for (const name of ["o1", "o2"]) {
        const value = graph.node(name)?.value?.item() ?? Number.NaN;
        expect(value * (1 - value)).toBeLessThan(1e-6);
      }
      for (const name of trainedNames({ frozen: 1 })) {
        expect(Math.abs(graph.node(name)?.gradient?.item() ?? 1)).toBeLessThan(1e-5);
      }
    },
  );

  test("states in its lesson what it computes", async () => {
    const error = (rate: keyof typeof RATES, frozen: number) =>
      trainedFor(presetInputs(RATES[rate], frozen), PRESET_STEPS).error;
    const of = (frozen: number) =>
      `{ slow: ${error("slow", frozen)}, learn: ${error("learn", frozen)}, stuck: ${error("stuck", frozen)} }`;
    const text = `/**
 * The errors that lesson 7 tells of, written by its test, so that the page need not train for them.
 */

export const outcomes = {
  /** With targets in the middle: at the start, and after the steps of each rate. */
  before: ${trainedFor(presetInputs(RATES.slow), 0).error},
  trained: ${of(0)},
  frozen: ${of(1)},
  /** One step from the published start on. */
  afterOne: ${trainedFor(published, 1).error},
} as const;
`;
    await expect(text).toMatchFileSnapshot("../src/course/lessons/outcomes.ts");
  });

  test("goes on from where it was stopped", () => {
    const all = trained({}, 12);
    const half = trained({}, 6);
    const rest = new Training({ ...start, ...half.parameters });
    for (let i = 0; i < 6; i++) rest.step();
    expect(rest.parameters).toEqual(all.parameters);
  });
});

describe("what is said of training", () => {
  test("names the steepest slope of all that is trained, which may be a bias's", () => {
    const [first] = remarks(start, trained({}, 3));
    const slopes = trainedNames(start).map((name) => {
      const gradient = grad(E)({ ...networkValues(start), ...trained({}, 3).parameters });
      return [name, gradient[name].item()] as const;
    });
    const [name, slope] = slopes.reduce((a, b) => (Math.abs(a[1]) < Math.abs(b[1]) ? b : a));
    expect(first).toEqual({ kind: "steepest", name, number: expect.closeTo(slope, 14) });
    expect(name).toMatch(/^b/);
  });

  test("knows the least error, which is not 0 for targets that no sigmoid reaches", () => {
    expect(leastError({ t1: 0.01, t2: 0.99 })).toBe(0);
    expect(leastError({ t1: 2, t2: 0.99 })).toBe(0.5);
    expect(leastError({ t1: 2, t2: -1 })).toBe(1);
    const inputs = { ...start, t1: 2, rate: 10 };
    const run = new Training(inputs);
    while (!run.isFlat) run.step();
    const said = remarks(inputs, run);
    expect(said).toContainEqual({ kind: "least", number: 0.5 });
    expect(said).toContainEqual({ kind: "isNear", number: run.error - 0.5 });
    expect(said.map(({ kind }) => kind)).not.toContain("isStuck");
  });

  test("does not take a small rate or none for an end", () => {
    expect(kinds({ ...start, rate: 0 }, 3)).toEqual(["steepest", "still", "noRate"]);
    expect(kinds({ ...start, rate: 1e-9 }, 3)).toEqual(["steepest", "lowered", "isSlow"]);
  });
});
