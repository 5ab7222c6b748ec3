import { readdirSync, readFileSync, statSync } from "node:fs";
import { type Tensor, tensor, zeros } from "@graddiff/core";
import { exportOnnx, importOnnx } from "@graddiff/onnx";
import { beforeAll, expect, test } from "vitest";
import { LENGTH, loudness } from "../src/audio/clip.ts";
import { draws, noise } from "../src/audio/random.ts";
import { augmented, otherSpeech, silence, spoilt } from "../src/model/augment.ts";
import { Detector } from "../src/model/detector.ts";
import { exported, listenerOf } from "../src/model/files.ts";
import { logMel, melFilterBank } from "../src/model/frontEnd.ts";
import { EPOCHS, THRESHOLD } from "../src/model/settings.ts";
import { type Examples, examplesOf, recorded, training } from "../src/model/training.ts";
import { probabilitiesOf } from "./onnxruntime.ts";
import { heldOut, takes } from "./takes.ts";

const network = readFileSync(new URL("../model/words.onnx", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const heldClips = [...heldOut.word, ...heldOut.other];

/** Returns the probabilities of the held-out takes. */
const probabilities = (detector: Detector) =>
  Array.from(detector.forward(recorded(heldOut).spectrograms).sigmoid().data());

/** Returns the number of held-out takes that are classified correctly. */
const right = (all: readonly number[]) =>
  all.filter((probability, i) => probability >= THRESHOLD === i < heldOut.word.length).length;

test("the spectrogram is that of PyTorch's stft and NumPy's filters", () => {
  const golden: number[][] = JSON.parse(
    readFileSync(new URL("golden/spectrogram.json", import.meta.url), "utf8"),
  );
  const audio = Float32Array.from(
    { length: LENGTH },
    (_, n) => ((Math.floor((n * n) / 64) % 2048) - 1024) / 2048,
  );
  const own = logMel(tensor(audio, { shape: [1, LENGTH] }));
  expect(own.shape).toEqual([1, 1, 64, 40]);
  const difference = own.reshape([64, 40]).sub(tensor(golden)).abs();
  expect(difference.max().item()).toBeLessThan(2e-5);
});

test("silence is −1.5, and the filters cover what they should", () => {
  const quiet = logMel(zeros([1, LENGTH]));
  expect(quiet.min().item()).toBeCloseTo(-1.5, 6);
  expect(quiet.max().item()).toBeCloseTo(-1.5, 6);
  expect(melFilterBank.shape).toEqual([321, 40]);
  // Each band has weights, and none of them is below 60 Hz or above 7600 Hz.
  expect(melFilterBank.sum(0).min().item()).toBeGreaterThan(0.5);
  const byBin = melFilterBank.sum(1).data();
  expect(byBin[2]).toBe(0);
  expect(byBin[304]).toBeCloseTo(0, 6);
  expect(byBin[100]).toBeCloseTo(1, 5);
});

test("augmented takes have the levels that are named, and silence stays silent", () => {
  const draw = draws(1);
  const [take] = takes.word;
  if (take === undefined) throw new Error("there is no take");
  const made = [0, 1, 2, 3, 4, 5].flatMap(() => [augmented(take, draw), spoilt(take, draw)]);
  for (const clip of [...made, otherSpeech(draw)]) {
    expect(clip.length).toBe(LENGTH);
    expect(clip.every(Number.isFinite)).toBe(true);
    expect(loudness(clip)).toBeLessThan(-5);
    expect(loudness(clip)).toBeGreaterThan(-45);
  }
  expect(loudness(silence(draw))).toBeLessThan(-38);
  expect(loudness(augmented(new Float32Array(LENGTH), draw))).toBeLessThan(-38);
});

test("the network to start from is small, and what README.md says", () => {
  const model = importOnnx(network);
  const weights = Object.values(model.weights).reduce((sum, { value }) => sum + value.size, 0);
  expect(readme).toContain(`${weights.toLocaleString("en")} weights`);
  expect(statSync(new URL("../model/words.onnx", import.meta.url)).size).toBeLessThan(200_000);
  expect(model.inputs[0]?.shape).toEqual(["batch", 1, 64, 40]);
});

test("a network without a Linear layer at its end is refused in words", () => {
  const { bytes } = exportOnnx((x: Tensor) => x.relu(), [zeros([2, 1, 64, 40])]);
  expect(() => new Detector(bytes, 1)).toThrow(
    "a model whose last node is a Linear layer (Gemm) was expected, not Relu",
  );
});

test("a file that is no detector is refused in words", () => {
  expect(() => listenerOf(Uint8Array.of(1, 2, 3))).toThrow(
    /^the file is no ONNX model that can be read: /,
  );
  expect(() => listenerOf(network)).toThrow(
    "a detector of this page was expected, which takes audio [batch, 20800]; this model takes spectrogram [batch, 1, 64, 40]",
  );
});

test("README.md names every file of the sources, and has small pictures", () => {
  const files = readdirSync(new URL("../src", import.meta.url), { recursive: true });
  for (const file of files.map(String).filter((name) => /\.(ts|css)$/.test(name))) {
    expect(readme).toContain(`\`src/${file}\``);
  }
  for (const theme of ["light", "dark"]) {
    expect(readme).toContain(`"pictures/page-${theme}.jpg"`);
    const picture = new URL(`../pictures/page-${theme}.jpg`, import.meta.url);
    expect(statSync(picture).size).toBeLessThan(150_000);
  }
});

let examples: Examples;
let detector: Detector;
let before: number;
beforeAll(async () => {
  examples = examplesOf(takes, 1);
  detector = new Detector(network, 1);
  before = right(probabilities(detector));
  const run = training(detector, { examples, takes: recorded(takes) }, { seed: 1 });
  const { rows } = await run.run();
  expect(rows.length).toBe(EPOCHS);
  expect(rows.at(-1)?.validation?.["accuracy"]).toBe(1);
});

test("the same seed makes the same clips, as many as README.md says", () => {
  const { spectrograms, labels } = examplesOf(takes, 1);
  expect(spectrograms.sub(examples.spectrograms).abs().max().item()).toBe(0);
  expect(readme).toContain(`${labels.size} clips, ${labels.sum().item()} of the word`);
});

test("five takes of a word and five others classify takes that nobody has trained on", () => {
  const after = right(probabilities(detector));
  expect(before).toBeLessThan(9);
  expect(after).toBeGreaterThanOrEqual(11);
  expect(readme).toContain(`| ${before} of 12 | ${after} of 12 |`);
});

test("silence, noise, a tone and a click are not the word", () => {
  const draw = draws(9);
  const sounds = [
    () => 0,
    () => 0.001 * noise(draw),
    () => 0.1 * noise(draw),
    (i: number) => 0.2 * Math.sin(0.39 * i),
    (i: number) => (i === LENGTH / 2 ? 0.9 : 0),
    (i: number) => (i % 5000 < 1500 ? 0.3 * Math.sin(0.05 * i) : 0),
  ];
  const clips = sounds.map((sound) => Float32Array.from({ length: LENGTH }, (_, i) => sound(i)));
  const { spectrograms } = recorded({ word: clips, other: [] });
  expect(detector.forward(spectrograms).sigmoid().max().item()).toBeLessThan(0.5);
});

test("the file is the same audio in, probability out: imported, in onnxruntime and as trained", async () => {
  const { bytes, inputs, outputs } = exported(detector);
  expect(inputs).toEqual([{ name: "audio", dtype: "float32", shape: ["batch", LENGTH] }]);
  expect(outputs).toEqual([{ name: "probability", dtype: "float32", shape: ["batch"] }]);
  expect(bytes.length).toBeLessThan(200_000);
  const own = probabilities(detector);
  const listener = listenerOf(bytes);
  const imported = heldClips.map(listener);
  const others = await probabilitiesOf(bytes, heldClips);
  own.forEach((probability, i) => {
    expect(Math.abs((imported[i] ?? Number.NaN) - probability)).toBeLessThan(1e-4);
    expect(Math.abs((others[i] ?? Number.NaN) - probability)).toBeLessThan(1e-4);
  });
});
