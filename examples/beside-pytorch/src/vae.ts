/** A variational autoencoder learns to draw digits: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";
import { readDigits } from "./digits.ts";

export const images = readDigits().images.flatten(1);
export const model = {
  inner: new nn.Dense(64, 256, { seed: 1 }),
  code: new nn.Dense(256, 16, { seed: 2 }),
  outer: new nn.Dense(8, 256, { seed: 3 }),
  image: new nn.Dense(256, 64, { seed: 4 }),
  draws: new gd.Draws(5),
};
const decode = (code: gd.Tensor) => model.image.forward(model.outer.forward(code).relu());
const lossOf = (x: gd.Tensor) => {
  const code = model.code.forward(model.inner.forward(x).relu());
  const [mean, logVariance] = gd.split(code, 2, 1);
  const noise = gd.normal(mean.shape, { seed: model.draws.next() });
  const logits = decode(logVariance.mul(0.5).exp().mul(noise).add(mean));
  const reconstruction = nn.binaryCrossEntropy(logits, x).mul(64);
  const excess = mean.square().add(logVariance.exp()).sub(logVariance).sub(1);
  const divergence = excess.sum(1).mean().mul(0.5);
  return { loss: reconstruction.add(divergence), reconstruction, divergence };
};

const run = nn.fit(model, {
  data: nn.batches(images, { size: 64, shuffle: true, seed: 1 }),
  loss: (_, x) => lossOf(x),
  optimizer: new nn.Adam(model, { learningRate: 0.005 }),
  epochs: 100,
});
for await (const { epoch, training } of run) {
  const parts = Object.entries(training).map(([name, value]) => `${name} ${value.toFixed(2)}`);
  if (epoch % 25 === 24) console.log(`epoch ${epoch + 1}: ${parts.join(", ")}`);
}

export const samples = decode(gd.normal([48, 8], { seed: 6 })).sigmoid();
const [drawn, given] = [samples, images].map((each) => each.mean().item().toFixed(3));
console.log(`brightness of samples ${drawn}, of digits ${given}`);
