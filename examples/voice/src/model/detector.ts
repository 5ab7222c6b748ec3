/** The detector: the embedding of a network that was trained on many words, and a new last layer for one word. */

import { Layer, type Tensor } from "@graddiff/core";
import { Dense } from "@graddiff/nn";
import { type ImportedModel, importOnnx } from "@graddiff/onnx";

/** A network from log-mel spectrograms, [batch, 1, frames, bands], to logits of the word, [batch]. */
export class Detector extends Layer {
  readonly body: ImportedModel["weights"];
  readonly head: Dense;
  readonly #embed: ImportedModel["fn"];

  /**
   * @param file a network whose last node is a Linear layer of PyTorch, which is left out.
   * @param seed of the new layer's first weights.
   * @throws Error for another one.
   */
  constructor(file: Uint8Array, seed: number) {
    super();
    const { embedding, width } = lastLayer(importOnnx(file));
    const { fn, weights } = importOnnx(file, { outputs: [embedding] });
    this.#embed = fn;
    this.body = weights;
    this.head = new Dense(width, 1, { seed });
  }

  override compute(spectrograms: Tensor): Tensor {
    const [embedding] = this.#embed(spectrograms);
    return this.head.forward(embedding).squeeze(1);
  }
}

/**
 * Returns the input of a network's last layer: the name of the value, and the number of its elements for an example.
 */
function lastLayer({ nodes, weights }: ImportedModel): { embedding: string; width: number } {
  const last = nodes.at(-1);
  const [embedding, weight = "", bias = ""] = last?.inputs ?? [];
  const width = (weights[weight]?.value.size ?? 0) / (weights[bias]?.value.size ?? 0);
  if (last?.operator !== "Gemm" || embedding === undefined || !Number.isInteger(width)) {
    throw new Error(
      `a model whose last node is a Linear layer (Gemm) was expected, not ${last?.operator}`,
    );
  }
  return { embedding, width };
}
