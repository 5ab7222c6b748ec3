/** The model of PyTorch with a new last layer, and its training: the same code runs in Node and in a page's worker. */

import { freeze, Layer, type Tensor, treeMap } from "@graddiff/core";
import {
  Adam,
  accuracy,
  batches,
  cosineDecay,
  crossEntropy,
  Dense,
  type Fit,
  type FitOptions,
  fit,
} from "@graddiff/nn";
import { type ImportedModel, importOnnx } from "@graddiff/onnx";
import type { Digits } from "./data.ts";

/**
 * The weights that training changes: only those of the new last layer, or all. All others begin with PyTorch's values.
 */
export type Part = "head" | "all";
export const PARTS: readonly Part[] = ["head", "all"];

/** The first of the five digits that the new layer distinguishes. */
export const FIRST = 5;
const CLASSES = 5;

export interface TunedOptions {
  readonly train: Part;
  /** The seed of the new layer's first weights. */
  readonly seed: number;
}

/** A network that scores the digits 5 to 9: an imported model with a new layer in place of its last one. */
export class Tuned extends Layer {
  readonly body: ImportedModel["weights"];
  readonly head: Dense;
  readonly #features: ImportedModel["fn"];

  /**
   * @param file a model whose last node is a Linear layer of PyTorch, or a dense one of graddiff.
   * @throws Error for another one.
   */
  constructor(file: Uint8Array, { train, seed }: TunedOptions) {
    super();
    const { features, width } = lastLayer(importOnnx(file));
    // With an inner value as its result, the imported model has neither the later layers nor their weights.
    const { fn, weights } = importOnnx(file, { outputs: [features] });
    this.#features = fn;
    this.body = weights;
    this.head = new Dense(width, CLASSES, { seed });
    if (train !== "all") freeze(weights);
  }

  override compute(images: Tensor): Tensor {
    const [features] = this.#features(images);
    return this.head.forward(features);
  }
}

/** Returns the input of a model's last layer: the name of the value, and the number of its elements for an example. */
function lastLayer({ nodes, weights }: ImportedModel): { features: string; width: number } {
  const last = nodes.at(-1);
  const [features, weight = "", bias = ""] = last?.inputs ?? [];
  // PyTorch has the weight of a layer as [results, features], and graddiff as [features, results].
  const width = (weights[weight]?.value.size ?? 0) / (weights[bias]?.value.size ?? 0);
  if (last?.operator !== "Gemm" || features === undefined || !Number.isInteger(width)) {
    throw new Error(
      `a model whose last node is a Linear layer (Gemm) was expected, not ${last?.operator}`,
    );
  }
  return { features, width };
}

/** The options of `fit` that the caller chooses, and the seed of the order of images. */
export type RunOptions = Pick<
  FitOptions<Tuned, Digits>,
  "epochs" | "signal" | "onProgress" | "backend"
> & {
  readonly seed: number;
};

/** Returns a run. The held-out images are only for the curves: no choice depends on them. */
export function training(
  tuned: Tuned,
  digits: { readonly training: Digits; readonly held: Digits },
  { epochs, seed, ...options }: RunOptions,
): Fit {
  const fromZero = treeMap((labels: Tensor) => labels.sub(FIRST), {
    training: digits.training.labels,
    held: digits.held.labels,
  });
  const data = batches(
    { images: digits.training.images, labels: fromZero.training },
    { size: 32, shuffle: true, seed },
  );
  const held = { images: digits.held.images, labels: fromZero.held };
  return fit(tuned, {
    data,
    validation: batches(held, { size: held.labels.size }),
    loss: (own, { images, labels }) => {
      const predicted = own.forward(images);
      return { loss: crossEntropy(predicted, labels), predicted, expected: labels };
    },
    metrics: { accuracy },
    optimizer: new Adam(tuned, {
      learningRate: cosineDecay(0.02, { steps: epochs * data.length }),
    }),
    epochs,
    ...options,
  });
}
