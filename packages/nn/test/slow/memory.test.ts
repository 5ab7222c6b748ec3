import { relu, uniform } from "@graddiff/core";
import { expect, test } from "vitest";
import { grownSince, look } from "../../../core/test/support/memory.ts";
import {
  Adam,
  accuracy,
  BatchNorm,
  batches,
  crossEntropy,
  Dense,
  Dropout,
  fit,
  Sequential,
} from "../../src/index.ts";

test("10,000 steps of fit do not grow memory, with dropout, statistics, validation and saved states", async () => {
  const x = uniform([1000, 16], { seed: 1, low: -1, high: 1 });
  const y = x.square().sum(1).greater(5).cast("int32");
  const model = new Sequential(
    new Dense(16, 32, { seed: 1 }),
    new BatchNorm(32),
    relu,
    new Dropout(0.2, { seed: 2 }),
    new Dense(32, 2, { seed: 3 }),
  );
  let saved = 0;
  const run = fit(model, {
    // An epoch has 100 steps, of which the last has a smaller batch.
    data: batches(
      { x: x.slice([0], [996]), y: y.slice([0], [996]) },
      { size: 10, shuffle: true, seed: 4 },
    ),
    validation: batches({ x, y }, { size: 100 }),
    loss: (net, batch) => {
      const predicted = net.forward(batch.x);
      return { loss: crossEntropy(predicted, batch.y), predicted, expected: batch.y };
    },
    metrics: { accuracy },
    optimizer: new Adam(model, { learningRate: 0.001 }),
    epochs: 100,
    earlyStopping: { patience: 1000 },
    saveTo: {
      save: () => {
        saved++;
      },
      load: () => undefined,
    },
  });
  let middle: NodeJS.MemoryUsage | undefined;
  for await (const { epoch } of run) if (epoch === 49) middle = look();
  const steps = run.history.rows.reduce((sum, row) => sum + row.steps, 0);
  expect([steps, saved > 0]).toEqual([10_000, true]);
  const grown = grownSince(middle as NodeJS.MemoryUsage);
  expect(grown.heap).toBeLessThan(8);
  expect(grown.arrays).toBeLessThan(4);
  expect(grown.resident).toBeLessThan(64);
});
