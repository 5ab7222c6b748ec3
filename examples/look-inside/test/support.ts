/** The example model and its images, for tests. */

import { readFileSync } from "node:fs";
import { brightnessOfHex } from "../src/inputs.ts";
import type { Samples } from "../src/inputView.ts";

export const read = (name: string): string =>
  readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

/** Returns a copy of the model, which may be transferred. */
export const model = (): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(readFileSync(new URL("../public/digits.onnx", import.meta.url)));

interface Digits extends Samples {
  /** The number of held-out images, and the number that PyTorch classified correctly. */
  readonly held: number;
  readonly right: number;
}

export const digits: Digits = JSON.parse(read("public/digits.json"));

/** Returns a sample, from 0 to 1. */
export function sample(digit: number): number[] {
  return brightnessOfHex(digits.samples[digit]?.pixels ?? "");
}

/** Returns a generator of numbers from 0 to 1, determined by a seed: the generator "mulberry32". */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
