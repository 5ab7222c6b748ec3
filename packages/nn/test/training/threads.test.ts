/** A training whose threads end in the middle of a step resumes from its saved state, with the same bits. */

import { relu, type State, setRunner, state, type Tensor, uniform } from "@graddiff/core";
import { afterAll, expect, test } from "vitest";
import { setThreads, startThreads } from "../../../core/src/run/threads/setThreads.ts";
import { endingInPiece, workerWith } from "../../../core/test/support/workers.ts";
import {
  Adam,
  batches,
  Dense,
  Dropout,
  fit,
  meanSquaredError,
  Sequential,
} from "../../src/index.ts";

setRunner("wasm");
afterAll(() => setThreads(1));

const x = uniform([90, 20], { seed: 1, low: -1 });
const y = x.square().sum(1, { keepDims: true });

/** Returns a run, and the store in which its state is saved. */
function make(kept: { state?: State }) {
  const model = new Sequential(
    new Dense(20, 30, { seed: 1 }),
    relu,
    new Dropout(0.2, { seed: 2 }),
    new Dense(30, 1, { seed: 3 }),
  );
  const run = fit(model, {
    data: batches({ x, y }, { size: 16, shuffle: true, seed: 4 }),
    loss: (own, batch: { x: Tensor; y: Tensor }) => meanSquaredError(own.forward(batch.x), batch.y),
    optimizer: new Adam(model, { learningRate: 0.01 }),
    epochs: 6,
    saveTo: {
      every: 2,
      save: (tree) => {
        kept.state = tree;
      },
      load: () => kept.state,
    },
  });
  return { model, run };
}

test("fit goes on from where it was saved when threads are given up", async () => {
  const whole = make({});
  await whole.run.run();
  const expected = JSON.stringify(state(whole.model));
  /**
   * Trains with a worker that exits in one of its pieces, until the run is complete; returns how often the training had
   * to resume.
   */
  const faultsOf = async (pieces: number): Promise<number> => {
    await startThreads(2, {
      thresholds: { program: 0, op: Number.POSITIVE_INFINITY, call: 0, partition: 0 },
      patience: 30,
      worker: () => workerWith(endingInPiece(pieces)),
    });
    const kept: { state?: State } = {};
    let current = make(kept);
    let faults = 0;
    for (let time = 0; time < 9; time++) {
      try {
        await current.run.run();
        break;
      } catch (error) {
        expect(String(error)).toMatch(/^ThreadFault: threads: a worker has not finished/);
        faults++;
        current = make(kept);
      }
    }
    expect(JSON.stringify(state(current.model))).toBe(expected);
    return faults;
  };
  let faults = 0;
  for (const pieces of [3, 40, 90, 160]) faults += await faultsOf(pieces);
  // On a busy machine a worker may get no piece, so the training is repeated.
  for (let time = 0; faults === 0 && time < 30; time++) faults += await faultsOf(1);
  expect(faults).toBeGreaterThan(0);
});
