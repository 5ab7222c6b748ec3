/**
 * A small training by `fit` that resumes from a checkpoint with all its state. The state has weights, statistics,
 * Adam's state, the draws of dropout, shuffled data, a plateau, early stopping with the best weights, and the history.
 */

import { renameSync, writeFileSync } from "node:fs";
import { state, type Tensor, tanh, tensor, uniform } from "@graddiff/core";
import {
  Adam,
  BatchNorm,
  batches,
  Dense,
  Dropout,
  fit,
  meanSquaredError,
  reduceOnPlateau,
  Sequential,
} from "@graddiff/nn";
import { writeSafetensors } from "../../src/index.ts";
import { checkpoints, newestCheckpoint } from "../../src/node.ts";

/** The steps between two checkpoints. An epoch has six full batches and a smaller one. */
const EVERY = 2;

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

function dataOf(count: number, seed: number): Batch {
  const x = uniform([count, 4], { seed });
  return { x, y: x.square().sum(1, { keepDims: true }) };
}

/**
 * Trains to the end, and writes a checkpoint after every second step and every epoch. Standard output has a line for
 * each checkpoint.
 *
 * @param folder the folder of checkpoints.
 * @param result the file for the final state and history.
 */
export async function train(folder: string, result: string): Promise<void> {
  const model = new Sequential(
    new Dense(4, 16, { seed: 1 }),
    new BatchNorm(16),
    tanh,
    new Dropout(0.1, { seed: 2 }),
    new Dense(16, 1, { seed: 3 }),
  );
  const optimizer = new Adam(model, { learningRate: 0.05 });
  const store = checkpoints(folder, { every: EVERY });
  const run = fit(model, {
    data: batches(dataOf(52, 4), { size: 8, shuffle: true, seed: 5 }),
    validation: batches(dataOf(20, 6), { size: 8 }),
    loss: (net, { x, y }) => meanSquaredError(net.forward(x), y),
    optimizer,
    epochs: 18,
    schedule: reduceOnPlateau(optimizer, { patience: 1, factor: 0.5 }),
    earlyStopping: { patience: 8 },
    saveTo: {
      every: EVERY,
      async load() {
        const { checkpoint, damaged } = await newestCheckpoint(folder);
        for (const { path, reason } of damaged) console.log(`damaged ${path}: ${reason}`);
        console.log(`from ${checkpoint?.step ?? 0}`);
        return checkpoint?.tensors;
      },
      async save(tree, position) {
        await store.save(tree, position);
        console.log(`saved ${position.step}`);
      },
    },
  });
  const { rows } = await run.run();
  const losses = tensor(rows.map(({ validation }) => validation?.loss ?? Number.NaN));
  const end = { model: state(model), optimizer: state(optimizer), losses };
  writeFileSync(`${result}.temporary`, writeSafetensors(end));
  renameSync(`${result}.temporary`, result);
}
