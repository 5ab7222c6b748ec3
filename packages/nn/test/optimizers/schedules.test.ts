/**
 * Schedules at their ends, and errors of schedules and of reduceOnPlateau.
 */

import { arange, compile, type Tensor, tensor, Variable } from "@graddiff/core";
import { expect, test } from "vitest";
import { messageOf, weight, wrong } from "../../../core/test/misuse/support.ts";
import * as nn from "../../src/index.ts";
import { SGD } from "../../src/index.ts";

const at = (schedule: nn.Schedule, ...steps: number[]) =>
  steps.map((step) => schedule(step).item());

test("schedules stay at their last rate", () => {
  expect(at(nn.cosineDecay(1, { steps: 4, final: 0.25 }), 0, 4, 5, 1000)).toEqual([
    1, 0.25, 0.25, 0.25,
  ]);
  expect(at(nn.linearWarmup(2, { steps: 4, start: 0 }), 0, 1, 4, 1000)).toEqual([0, 0.5, 2, 2]);
  const cycle = nn.oneCycle(1, { steps: 10, startDivisor: 4, finalDivisor: 2 });
  expect(at(cycle, 0, 2, 9, 10, 1000)).toEqual([0.25, 1, 0.125, 0.125, 0.125]);
  expect(at(nn.stepDecay(8, { every: 2, factor: 0 }), 0, 1, 2)).toEqual([8, 8, 0]);
});

test("a cycle without a warm-up begins near its peak, and is finite at any length", () => {
  for (const steps of [1, 2, 3, 10]) {
    for (const warmup of [0, 0.1, 0.5, 0.99]) {
      const cycle = nn.oneCycle(1, { steps, warmup });
      for (let step = 0; step <= steps; step++) {
        const rate = cycle(step).item();
        expect(rate, `${steps} ${warmup} ${step}`).toBeGreaterThan(0);
        expect(rate).toBeLessThanOrEqual(1);
      }
      expect(cycle(steps).item()).toBeCloseTo(1 / 25 / 1e4, 15);
    }
  }
});

test("a schedule of many steps is a tensor of rates, and it compiles", () => {
  const schedule = nn.linearWarmup(nn.exponentialDecay(1, { factor: 0.5, every: 2 }), {
    steps: 2,
    start: 0.5,
  });
  expect(schedule(arange(0, 5, { dtype: "float64" })).toArray()).toEqual(
    at(schedule, 0, 1, 2, 3, 4),
  );
  const compiled = compile((step: Tensor) => schedule(step));
  expect([0, 3, 9].map((step) => compiled(step).item())).toEqual(at(schedule, 0, 3, 9));
  expect(schedule(tensor(3, { dtype: "int32" })).item()).toBe(at(schedule, 3)[0]);
});

test("a warm-up takes a schedule of one's own", () => {
  const schedule = nn.linearWarmup((step: Tensor) => step.add(1).reciprocal(), {
    steps: 2,
    start: 0.5,
  });
  expect(at(schedule, 0, 1, 2, 3)).toEqual([0.5, 0.75, 1, 0.5]);
});

test("schedules say what is wrong with their arguments", () => {
  const wrongs: readonly (readonly [() => unknown, string])[] = [
    [
      () => nn.stepDecay(-1, { every: 1 }),
      "stepDecay: initial: expected a finite number from 0, got -1.",
    ],
    [
      () => nn.stepDecay(1, wrong(undefined)),
      "stepDecay: every: expected a finite number above 0, got undefined.",
    ],
    [
      () => nn.stepDecay(1, { every: 0 }),
      "stepDecay: every: expected a finite number above 0, got 0.",
    ],
    [
      () => nn.exponentialDecay(1, wrong({})),
      "exponentialDecay: factor: expected a finite number from 0, got undefined.",
    ],
    [
      () => nn.cosineDecay(1, { steps: Infinity }),
      "cosineDecay: steps: expected a finite number above 0, got Infinity.",
    ],
    [
      () => nn.cosineDecay(1, wrong({ step: 3 })),
      'cosineDecay: options: expected no others than steps, final, got "step".',
    ],
    [
      () => nn.linearWarmup(wrong("1"), { steps: 1 }),
      'linearWarmup: rate: expected a finite number from 0, got "1".',
    ],
    [
      () => nn.linearWarmup(1, { steps: 1, start: 2 }),
      "linearWarmup: start: expected a number from 0 to 1, got 2.",
    ],
    [
      () => nn.oneCycle(1, { steps: 4, warmup: 1 }),
      "oneCycle: warmup: expected a number from 0 to below 1, got 1.",
    ],
    [
      () => nn.cosineDecay(1, { steps: 3 })(wrong("2")),
      'cosineDecay: step: expected a Tensor or a number, got "2".',
    ],
  ];
  for (const [run, message] of wrongs) expect(messageOf(run)).toContain(message);
});

test("a plateau leaves the rate a plain number, which fits Variables of any dtype", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const w = new Variable(tensor([1, 2], { dtype }));
    const optimizer = new SGD(w, { learningRate: 1 });
    const plateau = nn.reduceOnPlateau(optimizer, { patience: 0, factor: 0.5 });
    const step = compile((loss: Tensor) => plateau.step(loss));
    for (const loss of [1, 1]) plateau.step(tensor(loss));
    step(tensor(1));
    optimizer.step(tensor([1, 1], { dtype }));
    expect(w.value.toArray()).toEqual([0.75, 1.75]);
  }
});

test("reduceOnPlateau says what is wrong with its arguments", () => {
  const scheduled = new SGD(weight(), { learningRate: nn.cosineDecay(1, { steps: 3 }) });
  const optimizer = new SGD(weight(), { learningRate: 1 });
  const expected =
    "reduceOnPlateau: optimizer: expected an optimizer whose learning rate is a number, got";
  expect(messageOf(() => nn.reduceOnPlateau(scheduled))).toBe(`${expected} one with a schedule.`);
  expect(messageOf(() => nn.reduceOnPlateau(wrong(3)))).toBe(`${expected} 3.`);
  expect(messageOf(() => nn.reduceOnPlateau(optimizer, { factor: 1 }))).toContain(
    "factor: expected",
  );
  expect(messageOf(() => nn.reduceOnPlateau(optimizer, wrong({ mode: "less" })))).toBe(
    'reduceOnPlateau: mode: expected "min" or "max", got "less".',
  );
  const plateau = nn.reduceOnPlateau(optimizer);
  expect(messageOf(() => plateau.step(tensor([1, 2])))).toBe(
    "reduceOnPlateau.step: metric: expected a scalar, got [2].",
  );
  expect(messageOf(() => plateau.step(wrong("1")))).toContain(
    'metric: expected a Tensor or a number, got "1"',
  );
});
