/** The log of a training: lines that stand under each other, and a bar where there is a terminal. */

import { expect, test } from "vitest";
import { type FitProgress, logProgress } from "../../../src/nn.ts";

const progress = (step: number, more: Partial<FitProgress> = {}): FitProgress => ({
  epoch: 1,
  epochs: 12,
  step,
  steps: 4,
  training: { loss: 0.25, accuracy: 0.5 },
  row: undefined,
  ...more,
});
const row = {
  epoch: 1,
  steps: 4,
  learningRate: 0.1,
  training: { loss: 0.125, accuracy: 1 },
  validation: { loss: 1e-7, accuracy: Number.NaN },
};

test("a line for each epoch", () => {
  const texts: string[] = [];
  const log = logProgress({ write: (text) => texts.push(text) });
  log(progress(1));
  log(progress(4, { row }));
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(
    /^epoch {2}2\/12 {2}loss 0\.1250 {2}accuracy 1\.0000 {2}validation loss 1\.000e-7 {2}accuracy NaN {2}\d+\.\d s\n$/,
  );
});

test("a bar, which the line of the epoch replaces", () => {
  const texts: string[] = [];
  const log = logProgress({ write: (text) => texts.push(text), bar: true });
  log(progress(1));
  // The next one would be too early.
  log(progress(2));
  log(progress(4, { row: { ...row, training: { loss: 1234.5 } } }));
  expect(texts).toHaveLength(2);
  expect(texts[0]).toBe(
    `\r\x1b[Kepoch  2/12  ${"█".repeat(6)}${"░".repeat(18)} 1/4  loss 0.2500  accuracy 0.5000`,
  );
  expect(texts[1]).toContain("\r\x1b[Kepoch  2/12  loss 1234.5  ");
});

test("steps without an end are counted", () => {
  const texts: string[] = [];
  logProgress({ write: (text) => texts.push(text), bar: true })(progress(7, { steps: undefined }));
  expect(texts[0]).toContain("step 7  loss");
});

test("refuses what it cannot write to", () => {
  expect(() => Reflect.apply(logProgress, undefined, [{ write: 3 }])).toThrow(
    "logProgress: write: expected a function",
  );
});
