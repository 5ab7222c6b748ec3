import { loadState, state, type Tensor } from "@graddiff/core";
import { readSafetensors, writeSafetensors } from "@graddiff/files";
import { exportOnnx } from "@graddiff/onnx";
import { expect, test } from "vitest";
import { answersOf, makeClassifier, scoresOf, train } from "../src/classifier.ts";
import { accuracyOf, confusionOf, confusionSvg, confusionText } from "../src/confusion.ts";
import { readDigits, splitDigits } from "../src/data.ts";
import { runWithOnnxruntime } from "../src/onnxruntime.ts";

const { training, testing } = splitDigits(readDigits());
const labels = Array.from(testing.labels.data());

test("a fifth of the images is for testing", () => {
  expect([training.images.shape, testing.images.shape]).toEqual([
    [1438, 64],
    [359, 64],
  ]);
  // Every digit is in both.
  for (const { labels: own } of [training, testing]) expect(new Set(own.data()).size).toBe(10);
});

test.each([1, 2, 3])("97 of 100 new images are right, with seed %i", (seed) => {
  const network = makeClassifier(seed);
  const losses: number[] = [];
  train(network, training, { seed, epochs: 30, onEpoch: (_, loss) => losses.push(loss) });
  const confusion = confusionOf(labels, answersOf(scoresOf(network, testing.images)));
  expect(accuracyOf(confusion)).toBeGreaterThanOrEqual(0.97);
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 10);
});

test("a classifier is the same saved, loaded, exported and in onnxruntime", async () => {
  const network = makeClassifier(4);
  train(network, training, { seed: 4, epochs: 3 });
  const loaded = makeClassifier(0);
  loadState(loaded, readSafetensors(writeSafetensors(state(network))).tensors);
  const predict = (images: Tensor) => scoresOf(loaded, images);
  const model = exportOnnx(predict, [testing.images.slice([0], [2])], {
    dynamic: { images: 0 },
    variables: loaded,
    inputs: ["images"],
  });
  const answers = answersOf(await runWithOnnxruntime(model, testing.images));
  expect(answers).toEqual(answersOf(scoresOf(network, testing.images)));
});

test("the confusion matrix counts, prints and is drawn", () => {
  const confusion = confusionOf([1, 1, 7], [1, 7, 7]);
  expect(accuracyOf(confusion)).toBeCloseTo(2 / 3, 12);
  const lines = confusionText(confusion).split("\n");
  expect(lines[0]).toBe("answer     0   1   2   3   4   5   6   7   8   9");
  expect(lines[2]).toBe("      1    ·   1   ·   ·   ·   ·   ·   1   ·   ·");
  const svg = confusionSvg(confusion);
  expect(svg.match(/<text[^>]*>1<\/text>/g)?.length).toBe(5);
  expect(svg.match(/#c2410c" fill-opacity="1\.000"/g)?.length).toBe(1);
});
