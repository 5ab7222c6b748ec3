/** Two networks that read digits, and their training. */

import { relu } from "@graddiff/core";
import {
  Adam,
  accuracy,
  batches,
  Conv2d,
  cosineDecay,
  crossEntropy,
  Dense,
  Dropout,
  Flatten,
  fit,
  type History,
  logProgress,
  MaxPool2d,
  Sequential,
} from "@graddiff/nn";
import type { Digits } from "./data.ts";

export type ModelName = "mlp" | "cnn";

/** Makes networks of images [batch, 1, 8, 8] that score each digit. */
export const models: Readonly<Record<ModelName, (seed: number) => Sequential>> = {
  mlp: (seed) =>
    new Sequential(
      new Flatten(),
      new Dense(64, 256, { seed: 10 * seed }),
      relu,
      new Dropout(0.4, { seed: 10 * seed + 1 }),
      new Dense(256, 10, { seed: 10 * seed + 2 }),
    ),
  cnn: (seed) =>
    new Sequential(
      new Conv2d(1, 16, 3, { seed: 10 * seed }),
      relu,
      new Conv2d(16, 32, 3, { seed: 10 * seed + 1 }),
      relu,
      new MaxPool2d(2),
      new Flatten(),
      new Dropout(0.4, { seed: 10 * seed + 2 }),
      new Dense(128, 10, { seed: 10 * seed + 3 }),
    ),
};

const BATCH = 32;

/** Trains a network, with a new order of the batches in each epoch, and switches it to evaluation mode. */
export function train(
  network: Sequential,
  digits: Digits,
  { seed, epochs }: { readonly seed: number; readonly epochs: number },
): Promise<History> {
  const data = batches(digits, { size: BATCH, shuffle: true, seed });
  const steps = epochs * data.length;
  return fit(network, {
    data,
    loss: (net, { images, labels }) => {
      const predicted = net.forward(images);
      return { loss: crossEntropy(predicted, labels), predicted, expected: labels };
    },
    metrics: { accuracy },
    optimizer: new Adam(network, { learningRate: cosineDecay(0.005, { steps }) }),
    epochs,
    onProgress: logProgress(),
  }).run();
}
