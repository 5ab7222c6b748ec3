/**
 * The counter-based generator of random tensors: element `i` of seed `s` is a pure function of
 * (s, i), so the same seed gives the same bits everywhere, in any order and on any runner.
 *
 * The generator is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011), which needs only additions, rotations and xors.
 */

import { numberThat, type Reader } from "../arguments.ts";
import { cos_f64, log_f64, sin_f64 } from "../generated/elementary/elementary.ts";

/** The rotations of the rounds, and the word that makes the third key of two. */
export const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
export const PARITY = 0x1bd11bda;

/** Threefry-2x32-20: two 32-bit words for a two-word key and a two-word counter. */
export function threefry(
  key0: number,
  key1: number,
  counter0: number,
  counter1: number,
): readonly [number, number] {
  const keys = [key0, key1, PARITY ^ key0 ^ key1] as const;
  let x0 = (counter0 + key0) | 0;
  let x1 = (counter1 + key1) | 0;
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const rotation = ROTATIONS[(group % 2) * 4 + round] ?? 0;
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    }
    x0 = (x0 + (keys[(group + 1) % 3] ?? 0)) | 0;
    x1 = (x1 + (keys[(group + 2) % 3] ?? 0) + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/**
 * The reader of a seed: an integer from 0 to 2⁵³ − 1.
 *
 * @example
 * ```ts
 * import { seedNumber } from "@graddiff/core/extend";
 *
 * console.log(seedNumber("Dense", "seed", 7)); // 7
 * ```
 */
export const seedNumber: Reader<number> = numberThat(
  (seed) => Number.isSafeInteger(seed) && seed >= 0,
  "an integer from 0 to 2^53 - 1",
);

/** Returns the two words of a seed. @throws ArgumentError for what is no integer from 0 to 2⁵³ − 1. */
export function keysOf(op: string, seed: unknown): readonly [number, number] {
  const number = seedNumber(op, "seed", seed);
  return [number | 0, (number / 2 ** 32) | 0];
}

/** 24 bits in [0, 1): every float32 step of 2⁻²⁴. */
export function unit32(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/** 53 bits in [0, 1). */
export function unit64(high: number, low: number): number {
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;
}

/**
 * Computes element `index` of `size` standard normal numbers as radius · direction: the Box–Muller transform makes it
 * and the element half of all elements away from one pair of uniforms.
 */
export function boxMuller(
  [key0, key1]: readonly [number, number],
  index: number,
  size: number,
): { readonly radius: number; readonly direction: number } {
  const pairs = Math.ceil(size / 2);
  const pair = index % pairs;
  const radius = Math.sqrt(-2 * log_f64(1 - unit64(...threefry(key0, key1, 2 * pair, 0))));
  const angle = 2 * Math.PI * unit64(...threefry(key0, key1, 2 * pair + 1, 0));
  return { radius, direction: index < pairs ? cos_f64(angle) : sin_f64(angle) };
}
