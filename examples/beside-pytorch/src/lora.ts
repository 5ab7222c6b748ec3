/** A network that reads digits learns to read them upside down, by few weights: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";
import { readDigits } from "./digits.ts";

const { images, labels } = readDigits();
const data = { upright: images.flatten(1), turned: images.flip([2, 3]).flatten(1), labels };
export const [training, testing] = nn.splitData(data, [0.8, 0.2], { seed: 1 });

export const model = new nn.Sequential(
  new nn.Dense(64, 256, { seed: 1 }),
  gd.relu,
  new nn.Dense(256, 256, { seed: 2 }),
  gd.relu,
  new nn.Dense(256, 10, { seed: 3 }),
);
const train = async (net: nn.Sequential, images: "upright" | "turned", epochs: number) => {
  const run = nn.fit(net, {
    data: nn.batches(training, { size: 64, shuffle: true, seed: 1 }),
    loss: (own, batch) => nn.crossEntropy(own.forward(batch[images]), batch.labels),
    optimizer: new nn.Adam(net, { learningRate: 0.003 }),
    epochs,
  });
  await run.run();
  report(net, images);
};
await train(model, "upright", 10);
report(model, "turned");
const adapt = (layer: gd.Layer, seed: number) =>
  layer instanceof nn.Dense ? new nn.LowRank(layer, { rank: 4, seed }) : layer;
export const adapted = new nn.Sequential(...model.layers.map(adapt));
await train(adapted, "turned", 20);

function report(net: nn.Sequential, images: "upright" | "turned") {
  const accuracy = nn.accuracy(net.forward(testing[images]), testing.labels).item().toFixed(3);
  const trained = gd.trained(net).reduce((sum, { value }) => sum + value.size, 0);
  console.log(`${images}: test accuracy ${accuracy}, ${trained} weights trained`);
}
