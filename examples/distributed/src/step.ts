/** The training step, in graddiff and as files for other engines. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compile, type Tensor, valueAndGrad, zeros } from "@graddiff/core";
import { Adam, crossEntropy, Dense, type Optimizer } from "@graddiff/nn";
import { exportTrainingStep } from "@graddiff/onnx";
import { type Float, joinRows, type Rows, sliceRows } from "./data.ts";

/** A classifier of images of 64 pixels, and its optimizer. */
export interface Training {
  readonly parameters: { readonly hidden: Dense; readonly output: Dense };
  readonly optimizer: Optimizer;
}

/** Returns a training by Adam, with a given learning rate. */
export function makeTraining(dtype: Float, units: number, learningRate = 0.003): Training {
  const hidden = new Dense(64, units, { seed: 1, dtype });
  const output = new Dense(units, 10, { seed: 2, dtype });
  const variables = [...hidden.variables, ...output.variables];
  return {
    parameters: { hidden, output },
    optimizer: new Adam(variables, { learningRate }),
  };
}

/** Returns the scores of each digit for each image. */
export function scoresOf({ parameters: { hidden, output } }: Training, images: Tensor): Tensor {
  return output.forward(hidden.forward(images).relu());
}

function lossOf(training: Training) {
  return (images: Tensor, labels: Tensor) => crossEntropy(scoresOf(training, images), labels);
}

export function writeStep(folder: string, training: Training, dtype: Float): void {
  const files = exportTrainingStep(lossOf(training), {
    ...training,
    inputs: ["images", "labels"],
    batch: [zeros([1, 64], { dtype }), zeros([1], { dtype: "int32" })],
  });
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
}

/**
 * Trains in this process, with the rows of all processes in one batch.
 *
 * @returns the loss of each step.
 */
export function trainHere(
  training: Training,
  shards: readonly Rows[],
  { steps, batch }: { readonly steps: number; readonly batch: number },
): number[] {
  const { optimizer } = training;
  const { variables } = optimizer;
  const step = compile((images: Tensor, labels: Tensor) => {
    const { value, gradient } = valueAndGrad(lossOf(training), { variables })(images, labels);
    optimizer.step(gradient);
    return value;
  });
  const epoch = Math.max(...shards.map(({ labels }) => Math.ceil(labels.size / batch)));
  return Array.from({ length: steps }, (_, done) => {
    const start = (done % epoch) * batch;
    const rows = joinRows(shards.map((shard) => sliceRows(shard, start, start + batch)));
    return step(rows.images, rows.labels).item();
  });
}
