/** The fine-tuning: a few takes are augmented to many clips, and `fit` trains the detector on their spectrograms. */

import { compile, concat, type Tensor, tensor } from "@graddiff/core";
import {
  Adam,
  accuracy,
  batches,
  binaryCrossEntropy,
  cosineDecay,
  type Fit,
  type FitOptions,
  fit,
} from "@graddiff/nn";
import { LENGTH } from "../audio/clip.ts";
import { type Draw, draws } from "../audio/random.ts";
import { augmented, otherSpeech, silence, spoilt } from "./augment.ts";
import type { Detector } from "./detector.ts";
import { logMel } from "./frontEnd.ts";
import { EPOCHS, type Takes } from "./settings.ts";

/** The numbers of clips that are made: at least `takes` of the word and of other takes, and so many of the others. */
const CLIPS = { takes: 64, spoilt: 32, speech: 64, silence: 24 };
/** The number of clips in a step, and in a call of the front end. */
const BATCH = 32;

/** Spectrograms and labels: 1 for the word, 0 for anything else. */
export interface Examples {
  readonly spectrograms: Tensor;
  readonly labels: Tensor;
}

/** Returns the training data: augmented clips of all kinds. */
export function examplesOf({ word, other }: Takes, seed: number): Examples {
  const draw = draws(seed);
  const make = (count: number, clip: (i: number) => Float32Array) =>
    Array.from({ length: count }, (_, i) => clip(i));
  const of =
    (takes: readonly Float32Array[], change: (take: Float32Array, draw: Draw) => Float32Array) =>
    (i: number) =>
      change(takes[i % takes.length] ?? new Float32Array(LENGTH), draw);
  const positive = make(Math.max(CLIPS.takes, word.length), of(word, augmented));
  const negative = [
    ...make(Math.max(CLIPS.takes, other.length), of(other, augmented)),
    ...make(CLIPS.spoilt, of(word, spoilt)),
    ...make(CLIPS.speech, () => otherSpeech(draw)),
    ...make(CLIPS.silence, () => silence(draw)),
  ];
  return labelled(positive, negative);
}

/** Returns the takes as they were recorded. */
export const recorded = ({ word, other }: Takes): Examples => labelled(word, other);

function labelled(positive: readonly Float32Array[], negative: readonly Float32Array[]): Examples {
  const labels = [...positive.map(() => 1), ...negative.map(() => 0)];
  return {
    spectrograms: spectrogramsOf([...positive, ...negative]),
    labels: tensor(labels, { dtype: "int32" }),
  };
}

const frontEnd = compile(logMel);

/** Returns the log-mel spectrograms, [count, 1, frames, bands], of clips. */
export function spectrogramsOf(clips: readonly Float32Array[]): Tensor {
  const parts: Tensor[] = [];
  for (let at = 0; at < clips.length; at += BATCH) {
    const part = clips.slice(at, at + BATCH);
    const samples = new Float32Array(part.length * LENGTH);
    part.forEach((clip, i) => {
      samples.set(clip, i * LENGTH);
    });
    parts.push(frontEnd(tensor(samples, { shape: [part.length, LENGTH] })));
  }
  return concat(parts);
}

/** The options of `fit` that the caller chooses, and the seed of the order of clips. */
export type RunOptions = Pick<FitOptions<Detector, Examples>, "signal" | "onProgress"> & {
  readonly seed: number;
};

/** Returns a run. Its validation uses the original takes, of which the training uses augmented forms. */
export function training(
  detector: Detector,
  { examples, takes }: { readonly examples: Examples; readonly takes: Examples },
  { seed, ...options }: RunOptions,
): Fit {
  const data = batches({ ...examples }, { size: BATCH, shuffle: true, seed, last: "drop" });
  return fit(detector, {
    data,
    validation: batches({ ...takes }, { size: takes.labels.size }),
    loss: (own, { spectrograms, labels }) => {
      const predicted = own.forward(spectrograms);
      return { loss: binaryCrossEntropy(predicted, labels), predicted, expected: labels };
    },
    metrics: { accuracy: accuracy.streaming({ threshold: 0 }) },
    optimizer: new Adam(detector, {
      learningRate: cosineDecay(0.003, { steps: EPOCHS * data.length }),
    }),
    epochs: EPOCHS,
    ...options,
  });
}
