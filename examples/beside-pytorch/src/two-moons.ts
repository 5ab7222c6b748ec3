/** A small network classifies two moons, and stops early: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";

const angle = gd.linspace(0, Math.PI, 500);
const upper = gd.stack([angle.cos(), angle.sin()], 1);
const lower = gd.stack([gd.sub(1, angle.cos()), gd.sub(0.5, angle.sin())], 1);
const noise = gd.normal([1000, 2], { seed: 1, deviation: 0.2 });
const x = gd.concat([upper, lower]).add(noise);
const y = gd.repeat(gd.tensor([0, 1], { dtype: "int32" }), 500);
export const [training, held, testing] = nn.splitData({ x, y }, [0.6, 0.2, 0.2], { seed: 1 });

export const model = new nn.Sequential(
  new nn.Dense(2, 32, { seed: 2 }),
  gd.relu,
  new nn.Dense(32, 32, { seed: 3 }),
  gd.relu,
  new nn.Dense(32, 2, { seed: 4 }),
);
const data = nn.batches(training, { size: 32, shuffle: true, seed: 1 });
const steps = 100 * data.length;
const run = nn.fit(model, {
  data,
  validation: [held],
  loss: (net, batch) => nn.crossEntropy(net.forward(batch.x), batch.y),
  optimizer: new nn.AdamW(model, { learningRate: nn.cosineDecay(0.01, { steps }) }),
  epochs: 100,
  earlyStopping: { patience: 20 },
});
export const history = await run.run();

const accuracy = (part: typeof held) => nn.accuracy(model.forward(part.x), part.y).item();
const best = (history.best?.epoch ?? 0) + 1;
console.log(`${history.length} epochs, the best was number ${best}`);
console.log(`validation accuracy ${accuracy(held).toFixed(3)}`);
console.log(`test accuracy ${accuracy(testing).toFixed(3)}`);
