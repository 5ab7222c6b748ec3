/** The training: a model learns what follows each character of a piece. */

import type { Tensor } from "@graddiff/core";
import {
  AdamW,
  batches,
  cosineDecay,
  crossEntropy,
  type Fit,
  type FitProgress,
  type FitStore,
  fit,
  linearWarmup,
  perplexity,
} from "@graddiff/core/nn";
import { held, seen } from "./text.ts";
import { CONTEXT, type Writer } from "./writer.ts";

const SIZE = 8;
/** The steps of an epoch. */
const STEPS = Math.floor(seen.pieces.size / (CONTEXT + 1) / SIZE);

/** A run of so many epochs, with further options of `fit`. */
export function training(
  model: Writer,
  epochs: number,
  others?: { readonly saveTo: FitStore; readonly onProgress: (progress: FitProgress) => void },
): Fit {
  const steps = epochs * STEPS;
  const learningRate = linearWarmup(cosineDecay(0.005, { steps }), { steps: 40 });
  return fit(model, {
    data: batches(seen, { size: SIZE, shuffle: true, seed: 6, last: "drop" }),
    validation: batches(held, { size: SIZE, last: "drop" }),
    loss: (writer, { pieces }: { pieces: Tensor }) => {
      const predicted = writer.forward(pieces.at("...", [0, CONTEXT]));
      const expected = pieces.at("...", [1, CONTEXT + 1]);
      return { loss: crossEntropy(predicted, expected), predicted, expected };
    },
    metrics: { perplexity },
    optimizer: new AdamW(model, { learningRate }),
    epochs,
    ...others,
  });
}
