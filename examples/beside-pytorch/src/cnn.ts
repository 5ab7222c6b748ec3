/** A convolutional network reads handwritten digits: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";
import { readDigits } from "./digits.ts";

export const [training, testing] = nn.splitData(readDigits(), [0.8, 0.2], { seed: 1 });
export const model = new nn.Sequential(
  new nn.Conv2d(1, 16, 3, { padding: "same", seed: 1 }),
  new nn.BatchNorm(16),
  gd.relu,
  new nn.MaxPool2d(2),
  new nn.Conv2d(16, 32, 3, { padding: "same", seed: 2 }),
  new nn.BatchNorm(32),
  gd.relu,
  new nn.MaxPool2d(2),
  new nn.Flatten(),
  new nn.Dropout(0.3, { seed: 3 }),
  new nn.Dense(128, 10, { seed: 4 }),
);

const data = nn.batches(training, { size: 64, shuffle: true, seed: 1 });
const steps = 12 * data.length;
const run = nn.fit(model, {
  data,
  validation: [testing],
  loss: (net, { images, labels }) => {
    const predicted = net.forward(images);
    return { loss: nn.crossEntropy(predicted, labels), predicted, expected: labels };
  },
  metrics: { accuracy: nn.accuracy },
  optimizer: new nn.Adam(model, { learningRate: nn.cosineDecay(0.01, { steps }) }),
  epochs: 12,
});
for await (const { epoch, ...row } of run) {
  const accuracies = [row.training, row.validation].map((values) => values?.["accuracy"]);
  const [seen, unseen] = accuracies.map((accuracy) => accuracy?.toFixed(4));
  if (epoch % 3 === 2) console.log(`epoch ${epoch + 1}: training ${seen}, test ${unseen}`);
}
