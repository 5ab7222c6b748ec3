/** A generator learns to draw digits that a critic takes for real ones: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";
import { readDigits } from "./digits.ts";

export const images = readDigits().images.flatten(1);

const dense = (from: number, to: number, seed: number) => new nn.Dense(from, to, { seed });
const generator = new nn.Sequential(dense(16, 256, 1), gd.relu, dense(256, 64, 2), gd.sigmoid);
const critic = new nn.Sequential(dense(64, 256, 3), gd.leakyRelu, dense(256, 1, 4));
const model = { generator, critic, draws: new gd.Draws(5) };
const draw = () => generator.forward(gd.normal([64, 16], { seed: model.draws.next() }));
const judge = (x: gd.Tensor, answer: number) =>
  nn.binaryCrossEntropy(critic.forward(x), gd.full([64, 1], answer));
const adam = (part: gd.Layer) => new nn.Adam(part, { learningRate: 0.001, beta1: 0.5 });
const run = nn.fit(model, {
  data: nn.batches(images, { size: 64, shuffle: true, seed: 1, last: "drop" }),
  optimizers: {
    critic: { optimizer: adam(critic), loss: (_, x) => judge(x, 1).add(judge(draw(), 0)) },
    generator: { optimizer: adam(generator), loss: () => judge(draw(), 1) },
  },
  epochs: 200,
});

for await (const { epoch, training } of run) {
  const [left, right] = ["critic", "generator"].map((name) => training[name]?.toFixed(2));
  if (epoch % 50 === 49) console.log(`epoch ${epoch + 1}: critic ${left}, generator ${right}`);
}
export const samples = generator.forward(gd.normal([48, 16], { seed: 6 }));
const [drawn, given] = [samples, images].map((each) => each.mean().item().toFixed(3));
console.log(`brightness of samples ${drawn}, of digits ${given}`);
