/** A recurrent network tags the words of padded sentences by both neighbours: see README.md. */

import * as gd from "@graddiff/core";
import * as nn from "@graddiff/nn";

const [count, longest, kinds] = [2000, 12, 20];
const lengths = gd.randomInt([count], { seed: 1, low: 4, high: longest + 1 });
const mask = gd.arange(longest).less(lengths.expandDims(1));
const words = gd.where(mask, gd.randomInt([count, longest], { seed: 2, high: kinds }), kinds);
const [left, right] = [words.at("...", [0, longest - 1]), words.at("...", [1, longest])];
const repeats = gd.pad(left.equal(right).cast("int32"), 1).at([1, count + 1]);
// 0 if both neighbours are other words, 1 if the one before is the same, 2 the one after, 3 both.
const tags = repeats.at("...", [0, longest]).add(repeats.at("...", [1, longest + 1]).mul(2));
const data = { words, lengths, mask, tags };
export const [training, testing] = nn.splitData(data, [0.8, 0.2], { seed: 1 });

const model = {
  words: new nn.Embedding(kinds + 1, 16, { seed: 3 }),
  lstm: new nn.LSTM(16, 24, { bidirectional: true, output: "all", seed: 4 }),
  tags: new nn.Dense(48, 4, { seed: 5 }),
};
export const tag = ({ words, lengths }: typeof testing) =>
  model.tags.forward(model.lstm.forward(model.words.forward(words), { lengths }));
const run = nn.fit(model, {
  data: nn.batches(training, { size: 50, shuffle: true, seed: 1 }),
  validation: [testing],
  loss: (_, batch) => {
    const [predicted, { tags: expected, mask }] = [tag(batch), batch];
    return { loss: nn.crossEntropy(predicted, expected, { mask }), predicted, expected, mask };
  },
  metrics: { accuracy: nn.accuracy },
  optimizer: new nn.Adam(model, { learningRate: 0.01 }),
  epochs: 8,
});

for await (const { epoch, validation } of run) {
  const [loss, right] = ["loss", "accuracy"].map((name) => validation?.[name]?.toFixed(4));
  if (epoch % 2 === 1) console.log(`epoch ${epoch + 1}: loss ${loss}, ${right} right`);
}
