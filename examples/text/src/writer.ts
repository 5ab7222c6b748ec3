/** A transformer that reads characters and says which one may follow. */

import { arange, type Indices, Layer, type Tensor } from "@graddiff/core";
import {
  type AttentionCache,
  Dense,
  Embedding,
  LayerNorm,
  TransformerBlock,
} from "@graddiff/core/nn";

/** How many characters it sees at once. */
export const CONTEXT = 64;
const WIDTH = 64;

export class Writer extends Layer {
  readonly letters: Embedding;
  readonly places = new Embedding(CONTEXT, WIDTH, { seed: 1 });
  readonly blocks = [2, 3].map((seed) => new TransformerBlock(WIDTH, 4, { causal: true, seed }));
  readonly norm = new LayerNorm(WIDTH);
  readonly output: Dense;

  /** @param size the number of characters that there are. */
  constructor(size: number) {
    super();
    this.letters = new Embedding(size, WIDTH, { seed: 4 });
    this.output = new Dense(WIDTH, size, { seed: 5 });
  }

  /** The logits of the next character, [batch, length, size], from characters [batch, length]. */
  override compute(letters: Indices): Tensor {
    const { shape } = letters;
    const places = this.places.forward(arange(0, shape[1] ?? 0, { dtype: "int32" }));
    const x = this.letters.forward(letters).add(places);
    return this.output.forward(
      this.norm.forward(this.blocks.reduce((rows, block) => block.forward(rows), x)),
    );
  }

  /** What has been read of a text: nothing. */
  start(): AttentionCache[] {
    return this.blocks.map((block) => block.start(1, CONTEXT));
  }

  /** The logits of the next character, [size], after one more [1, 1] of a text of which the rest has been read. */
  next(
    letter: Tensor,
    read: readonly AttentionCache[],
  ): { logits: Tensor; read: AttentionCache[] } {
    const place = this.places.forward(read[0]?.length.reshape([1, 1]) ?? letter);
    let x = this.letters.forward(letter).add(place);
    const caches = this.blocks.map((block, i) => {
      const { output, cache } = block.next(x, read[i] ?? block.start(1, CONTEXT));
      x = output;
      return cache;
    });
    return { logits: this.output.forward(this.norm.forward(x)).flatten(), read: caches };
  }
}
