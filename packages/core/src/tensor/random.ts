/**
 * Random tensors from a counter-based generator: element `i` of seed `s` is a pure function of
 * (s, i), so the same seed gives the same bits everywhere, in any order and on any runner.
 *
 * The generator is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011), which needs only additions, rotations and xors.
 */

import { cos_f64, log_f64, sin_f64 } from "../elementary/elementary.ts";
import { ArgumentError, DTypeError, describe } from "../errors.ts";
import { generate } from "./create.ts";
import { checkDType, type DType, isFloat } from "./dtype.ts";
import { checkShape, type Shape, sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** What every random tensor needs. */
export interface RandomOptions {
  /** Names the sequence: an integer from 0 to 2⁵³ − 1. */
  readonly seed: number;
  /** float32 (the default) or float64. */
  readonly dtype?: DType;
}

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
const PARITY = 0x1bd11bda;

/** Threefry-2x32-20: two 32-bit words for a two-word key and a two-word counter. @internal */
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

const WORD = 2 ** 32;

/** The 64 random bits of element `index`. */
function bits(seed: number, index: number): readonly [number, number] {
  return threefry(seed | 0, (seed / WORD) | 0, index | 0, (index / WORD) | 0);
}

/** 24 bits in [0, 1): every float32 step of 2⁻²⁴. */
const unit32 = (word: number) => (word >>> 8) * 2 ** -24;
/** 53 bits in [0, 1). */
const unit64 = (high: number, low: number) => ((high >>> 5) * 2 ** 26 + (low >>> 6)) * 2 ** -53;

function check(op: string, seed: unknown, dtype: unknown): void {
  checkDType(op, dtype);
  if (!isFloat(dtype)) {
    throw new DTypeError({ op, argument: "dtype", expected: "float32 or float64", got: dtype });
  }
  if (!Number.isSafeInteger(seed) || (seed as number) < 0) {
    throw new ArgumentError({
      op,
      argument: "seed",
      expected: "an integer from 0 to 2^53 - 1",
      got: describe(seed),
    });
  }
}

/**
 * Numbers uniform in [low, high).
 *
 * @param options `seed`; `low` (default 0), `high` (default 1), `dtype` (default float32).
 * @example
 * ```ts
 * import { allClose, uniform } from "@graddiff/core";
 *
 * const x = uniform([3], { seed: 7 });
 * console.log(x.shape, allClose(x, uniform([3], { seed: 7 }))); // [ 3 ] true
 * ```
 */
export function uniform(
  shape: Shape,
  {
    seed,
    low = 0,
    high = 1,
    dtype = "float32",
  }: RandomOptions & { readonly low?: number; readonly high?: number },
): Tensor {
  check("uniform", seed, dtype);
  if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high)) {
    throw new ArgumentError({
      op: "uniform",
      argument: "low and high",
      expected: "finite numbers with low <= high",
      got: `${low} and ${high}`,
    });
  }
  const scale = high - low;
  return generate(shape, dtype, (index) => {
    const [first, second] = bits(seed, index);
    const value =
      dtype === "float64"
        ? low + scale * unit64(first, second)
        : Math.fround(low + Math.fround(Math.fround(scale) * unit32(first)));
    // Rounding may reach `high`, which is excluded.
    return value < high ? value : low;
  });
}

/**
 * Numbers of a normal distribution.
 *
 * Two uniforms make two normals by the Box–Muller transform (Ann. Math. Stat. 29, 1958),
 * computed in float64 with the library's own log, sin and cos.
 *
 * @param options `seed`; `mean` (default 0), `deviation` (the standard deviation, default 1),
 *   `dtype` (default float32).
 */
export function normal(
  shape: Shape,
  {
    seed,
    mean = 0,
    deviation = 1,
    dtype = "float32",
  }: RandomOptions & { readonly mean?: number; readonly deviation?: number },
): Tensor {
  check("normal", seed, dtype);
  if (!(Number.isFinite(mean) && Number.isFinite(deviation) && deviation >= 0)) {
    throw new ArgumentError({
      op: "normal",
      argument: "mean and deviation",
      expected: "finite numbers with deviation >= 0",
      got: `${mean} and ${deviation}`,
    });
  }
  const pairs = Math.ceil(sizeOf(checkShape("normal", shape)) / 2);
  // Element i and element i + pairs come from one pair of uniforms.
  return generate(shape, dtype, (index) => {
    const pair = index < pairs ? index : index - pairs;
    const [a0, a1] = bits(seed, 2 * pair);
    const [b0, b1] = bits(seed, 2 * pair + 1);
    const radius = Math.sqrt(-2 * log_f64(1 - unit64(a0, a1)));
    const angle = 2 * Math.PI * unit64(b0, b1);
    return mean + deviation * radius * (index < pairs ? cos_f64(angle) : sin_f64(angle));
  });
}
