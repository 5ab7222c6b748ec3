/** A network learns to read digits from 100 images, either unchanged or changed again in each step. */

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { Draws, relu, type Tensor, tensor } from "@graddiff/core";
import {
  Adam,
  accuracy,
  addNoise,
  batches,
  Conv2d,
  cosineDecay,
  crossEntropy,
  Dense,
  Flatten,
  fit,
  MaxPool2d,
  rotateImages,
  Sequential,
  splitData,
} from "@graddiff/nn";

const lines = gunzipSync(readFileSync(new URL("../data/digits.csv.gz", import.meta.url)));
const table = tensor(
  lines
    .toString("ascii")
    .trim()
    .split("\n")
    .map((line) => line.split(",").map(Number)),
);
const digits = {
  x: table
    .slice([0, 0], [table.shape[0] ?? 0, 64])
    .reshape([-1, 1, 8, 8])
    .div(16),
  y: table.at("...", 64).cast("int32"),
};
const [few, others] = splitData(digits, [100, 1697], { seed: 1 });

/** The digits for testing, and the same digits rotated. */
const askew = rotateImages(others.x, { seed: 7, degrees: 30 });

/** Changes images of digits at random, like different photographs. */
function seen(images: Tensor, seed: Tensor): Tensor {
  return addNoise(rotateImages(images, { seed, degrees: 30 }), { seed, deviation: 0.1 });
}

/** Trains a network, and returns its accuracy on 1,697 other digits, and on the same digits turned by up to 30°. */
export async function learn(seed: number, isChanged: boolean): Promise<number[]> {
  const model = new Sequential(
    new Conv2d(1, 16, 3, { padding: 1 }),
    relu,
    new MaxPool2d(2),
    new Conv2d(16, 32, 3, { padding: 1 }),
    relu,
    new MaxPool2d(2),
    new Flatten(),
    new Dense(128, 10),
    { seed },
  );
  const draws = new Draws(seed);
  await fit(model, {
    data: batches(few, { size: 20, shuffle: true, seed }),
    loss: (net, { x, y }) => crossEntropy(net.forward(isChanged ? seen(x, draws.next()) : x), y),
    optimizer: new Adam(model, { learningRate: cosineDecay(0.005, { steps: 1000 }) }),
    epochs: 200,
  }).run();
  return [others.x, askew].map((x) => accuracy(model.forward(x), others.y).item());
}
