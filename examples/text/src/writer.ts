/** A transformer that learns which token follows, and writes: all of its model and its training. */

import type { Tensor } from "@graddiff/core";
import {
  AdamW,
  batches,
  cosineDecay,
  crossEntropy,
  Dense,
  Embedding,
  type Fit,
  type FitOptions,
  fit,
  generate,
  LayerNorm,
  linearWarmup,
  perplexity,
  Sequential,
  TransformerBlock,
} from "@graddiff/nn";
import { CONTEXT, held, numbersOf, seen, size, textsOf } from "./text.ts";

const WIDTH = 96;

export const makeWriter = () =>
  new Sequential(
    new Embedding(size, WIDTH),
    new TransformerBlock(WIDTH, 4, { causal: true, positions: "rotary", dropout: 0.2 }),
    new TransformerBlock(WIDTH, 4, { causal: true, positions: "rotary", dropout: 0.2 }),
    new LayerNorm(WIDTH),
    new Dense(WIDTH, size),
    { seed: 1 },
  );

/** Returns a run of `epochs` epochs, with further options of `fit`. */
export function training(writer: Sequential, epochs: number, others?: Partial<Options>): Fit {
  const data = batches(seen, { size: 8, shuffle: true, seed: 6, last: "drop" });
  const rate = linearWarmup(cosineDecay(0.003, { steps: epochs * data.length }), { steps: 40 });
  return fit(writer, {
    data,
    validation: batches(held, { size: 8, last: "drop" }),
    loss: (model, { pieces }: { pieces: Tensor }) => {
      const predicted = model.forward(pieces.at("...", [0, CONTEXT]));
      const expected = pieces.at("...", [1, CONTEXT + 1]);
      return { loss: crossEntropy(predicted, expected), predicted, expected };
    },
    metrics: { perplexity },
    optimizer: new AdamW(writer, { learningRate: rate }),
    epochs,
    ...others,
  });
}

type Options = Pick<FitOptions<Sequential, unknown>, "saveTo" | "onProgress">;

/** Returns the text after a beginning, as it comes: by `count`, `temperature`, `topK` and `seed`. */
export const write = (writer: Sequential, start: string, options: Parameters<typeof generate>[2]) =>
  textsOf(generate(writer, numbersOf(start), { ...options, context: CONTEXT }));
