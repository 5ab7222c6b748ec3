/** A recurrent network adds the marked numbers of sequences of different lengths: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";

const [count, longest] = [2000, 12];
const lengths = gd.randomInt([count, 1], { seed: 1, low: 4, high: longest + 1 });
const mask = gd.arange(longest).less(lengths);
const values = gd.uniform([count, longest], { seed: 2 }).mul(mask);
const marks = gd.bernoulli(0.3, { shape: [count, longest], seed: 3 }).cast("float32");
const data = { x: gd.stack([values, marks], 2), mask, y: values.mul(marks).sum(1) };
export const [training, testing] = nn.splitData(data, [0.8, 0.2], { seed: 1 });

const model = { gru: new nn.GRU(2, 24, { seed: 4 }), output: new nn.Dense(24, 1, { seed: 5 }) };
export const lossOf = ({ x, mask, y }: typeof data) => {
  const { state } = model.gru.forward(x, { mask });
  return nn.meanSquaredError(model.output.forward(state).squeeze(1), y);
};
const run = nn.fit(model, {
  data: nn.batches(training, { size: 50, shuffle: true, seed: 1 }),
  validation: [testing],
  loss: (_, batch) => lossOf(batch),
  optimizer: new nn.Adam(model, {
    learningRate: 0.01,
    transformGradients: (gradients) => nn.clipByGlobalNorm(gradients, 1),
  }),
  epochs: 20,
});
const report = (name: string, loss = Number.NaN) =>
  console.log(`${name}: error ${Math.sqrt(loss).toFixed(3)}`);
for await (const { epoch, validation } of run) {
  if (epoch % 5 === 4) report(`epoch ${epoch + 1}`, validation?.loss);
}
report("the mean as answer", testing.y.sub(training.y.mean()).square().mean().item());
