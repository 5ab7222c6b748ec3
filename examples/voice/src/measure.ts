/**
 * The numbers of README.md: `npm run measure -w @graddiff/example-voice`, which first synthesises speech with
 * espeak-ng.
 */

import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { normal } from "@graddiff/core";
import { LENGTH } from "./audio/clip.ts";
import { Detector } from "./model/detector.ts";
import { exported, listenerOf } from "./model/files.ts";
import { EPOCHS, THRESHOLD } from "./model/settings.ts";
import { examplesOf, recorded, spectrogramsOf, training } from "./model/training.ts";

interface Row {
  readonly voice: string;
  readonly word: string;
  readonly use: "train" | "held";
  readonly text: string;
}

const folder = process.argv[2] ?? "output";
const rows: readonly Row[] = JSON.parse(readFileSync(`${folder}/voices.json`, "utf8"));
const samples = Uint8Array.from(readFileSync(`${folder}/voices.f32`));
const all = new Float32Array(samples.buffer);
const network = readFileSync("model/words.onnx");

interface Share {
  heard: number;
  of: number;
}

/** Trains a detector for each word, and counts the held-out takes that it recognises as the word. */
async function tried(prepare: (detector: Detector) => void) {
  const [words, others]: [Share, Share] = [
    { heard: 0, of: 0 },
    { heard: 0, of: 0 },
  ];
  const times: { examples: number; training: number; hearing: number }[] = [];
  for (const word of new Set(rows.map((row) => row.word))) {
    const clips = (use: Row["use"], isWord: boolean) =>
      rows.flatMap((row, i) =>
        row.word === word && row.use === use && (row.text === word) === isWord
          ? [all.slice(i * LENGTH, (i + 1) * LENGTH)]
          : [],
      );
    const takes = { word: clips("train", true), other: clips("train", false) };
    const detector = new Detector(network, 1);
    prepare(detector);
    const start = performance.now();
    const examples = examplesOf(takes, 1);
    const made = performance.now();
    await training(detector, { examples, takes: recorded(takes) }, { seed: 1 }).run();
    const trained = performance.now();
    const listener = listenerOf(exported(detector).bytes);
    for (const [isWord, share] of [
      [true, words],
      [false, others],
    ] as const) {
      const held = clips("held", isWord);
      const probabilities = detector.forward(spectrogramsOf(held)).sigmoid();
      share.heard += probabilities.greaterEqual(THRESHOLD).sum().item();
      share.of += held.length;
    }
    const [clip = new Float32Array(LENGTH)] = takes.word;
    listener(clip);
    const before = performance.now();
    for (let i = 0; i < 20; i += 1) listener(clip);
    const hearing = (performance.now() - before) / 20;
    times.push({ examples: made - start, training: trained - made, hearing });
  }
  return { words, others, times };
}

/** Replaces the weights of a detector's body by random ones of the same standard deviation. */
function forget({ body }: Detector): void {
  Object.values(body).forEach((weight, i) => {
    const { value } = weight;
    const deviation = value.sub(value.mean()).square().mean().sqrt();
    weight.assign(normal(value.shape, { seed: i + 1 }).mul(deviation));
  });
}

const percent = ({ heard, of }: Share) => `${((100 * heard) / of).toFixed(1)} % of ${of}`;
const median = (numbers: readonly number[]) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const trained = await tried(() => {});
const random = await tried(forget);
console.log(`body         words heard     others heard   (from ${100 * THRESHOLD} % on)`);
console.log(`PyTorch's    ${percent(trained.words)}  ${percent(trained.others)}`);
console.log(`random       ${percent(random.words)}  ${percent(random.others)}`);
const { times } = trained;
const steps = EPOCHS * 7;
const whole = median(times.map((time) => time.training));
console.log(`making clips ${median(times.map((time) => time.examples)).toFixed(0)} ms`);
console.log(
  `training     ${whole.toFixed(0)} ms, ${(whole / steps).toFixed(1)} ms a step of 32 clips`,
);
console.log(`a clip heard ${median(times.map((time) => time.hearing)).toFixed(1)} ms`);
console.log(`${cpus()[0]?.model}, Node ${process.version}`);
