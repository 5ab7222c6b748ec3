/** A buffer that joins arriving blocks. */

/** Keeps the last samples of a source. */
export class Recent {
  readonly #samples: Float32Array<ArrayBuffer>;
  /** The number of samples that have arrived, including those that are no longer kept. */
  heard = 0;

  /** @param length the number of samples that are kept. */
  constructor(length: number) {
    this.#samples = new Float32Array(length);
  }

  get isFull(): boolean {
    return this.heard >= this.#samples.length;
  }

  add(block: Float32Array): void {
    const { length } = this.#samples;
    this.#samples.copyWithin(0, block.length);
    this.#samples.set(block.subarray(-length), Math.max(0, length - block.length));
    this.heard += block.length;
  }

  /** Returns a copy. */
  samples(): Float32Array<ArrayBuffer> {
    return this.#samples.slice();
  }
}
