/** The log of a training: aligned lines, and a progress bar in a terminal. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type FitProgress, logProgress } from "../../src/index.ts";

const progress = (step: number, more: Partial<FitProgress> = {}): FitProgress => ({
  epoch: 1,
  epochs: 12,
  step,
  steps: 4,
  training: { loss: 0.25, accuracy: 0.5 },
  row: undefined,
  ended: undefined,
  ...more,
});
const row = {
  epoch: 1,
  steps: 4,
  learningRate: 0.1,
  training: { loss: 0.125, accuracy: 1 },
  validation: { loss: 1e-7, accuracy: Number.NaN },
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);

test("a line for each epoch", () => {
  const texts: string[] = [];
  const log = logProgress({ write: (text) => texts.push(text) });
  log(progress(1));
  pass(1230);
  log(progress(4, { row }));
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(
    /^epoch {2}2\/12 {2}loss 0\.1250 {2}accuracy 1\.0000 {2}validation loss 1\.000e-7 {2}accuracy NaN {2}1\.2 s\n$/,
  );
});

test("a bar, which the line of the epoch replaces", () => {
  const texts: string[] = [];
  const log = logProgress({ write: (text) => texts.push(text), bar: true });
  log(progress(1));
  pass(99);
  // The next progress would come too soon after the last printed one.
  log(progress(2));
  pass(101);
  log(progress(4, { row: { ...row, training: { loss: 1234.5 } } }));
  expect(texts).toHaveLength(2);
  expect(texts[0]).toBe(
    `\r\x1b[Kepoch  2/12  ${"█".repeat(6)}${"░".repeat(18)} 1/4  loss 0.2500  accuracy 0.5000`,
  );
  expect(texts[1]).toContain("\r\x1b[Kepoch  2/12  loss 1234.5  ");
});

test("short epochs share a line each second, and the last one has its own", () => {
  const texts: string[] = [];
  const log = logProgress({ write: (text) => texts.push(text) });
  const epochs = 90;
  for (let epoch = 0; epoch < epochs; epoch++) {
    pass(20);
    const training = { loss: epoch };
    const own = { epoch, steps: 4, learningRate: 0.1, training };
    log(
      progress(4, {
        epoch,
        epochs,
        training,
        row: own,
        ended: epoch === 89 ? "epochs" : undefined,
      }),
    );
  }
  expect(texts).toEqual([
    "epoch 50/90  loss 49.0000  1.0 s, 20 ms an epoch\n",
    "epoch 90/90  loss 89.0000  0.8 s, 20 ms an epoch\n",
  ]);
});

test("a run of one short epoch tells its time, and a bar shows the last of several", () => {
  const texts: string[] = [];
  const log = logProgress({ write: (text) => texts.push(text), bar: true });
  pass(7);
  log(progress(4, { row, ended: "patience" }));
  expect(texts).toHaveLength(1);
  expect(texts[0]).toMatch(/ {2}7\.0 ms\n$/);
  texts.length = 0;
  for (let epoch = 2; epoch < 8; epoch++) {
    log(progress(1, { epoch }));
    pass(60);
    log(progress(4, { epoch, row: { ...row, epoch, training: { loss: epoch } } }));
  }
  expect(texts.map((text) => text.slice(4, 30).trim())).toEqual([
    `epoch  3/12  ${"█".repeat(6)}${"░".repeat(7)}`,
    "epoch  4/12  loss 3.0000",
    "epoch  6/12  loss 5.0000",
    "epoch  8/12  loss 7.0000",
  ]);
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
