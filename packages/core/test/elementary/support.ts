// What the tests of the elementary functions share: all functions in one table, seeded random
// bit patterns, and errors in units in the last place.

import * as elementary from "../../src/elementary/elementary.ts";
import { OF_ONE_NUMBER } from "../../src/elementary/names.ts";

export const unaryNames = OF_ONE_NUMBER;
export type UnaryName = (typeof unaryNames)[number];

type Unary = (x: number) => number;

/** The functions of one number, in both precisions, beside those of JavaScript. */
export const unary = Object.fromEntries(
  unaryNames.map((name) => [
    name,
    { f32: elementary[`${name}_f32`], f64: elementary[`${name}_f64`], math: Math[name] },
  ]),
) as Record<UnaryName, { f32: Unary; f64: Unary; math: Unary }>;

/** A seeded generator of 32 random bits (Tommy Ettinger's mulberry32). */
export function randomBits(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  };
}

const view = new DataView(new ArrayBuffer(8));

export function float32FromBits(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

export function float64FromBits(upper: number, lower: number): number {
  view.setUint32(0, upper);
  view.setUint32(4, lower);
  return view.getFloat64(0);
}

/** The exponent e of a finite x with 2^e ≤ |x| < 2^(e+1); −1023 for denormals and 0. */
function exponentOf(x: number): number {
  view.setFloat64(0, x);
  return ((view.getUint16(0) >> 4) % 2048) - 1023;
}

/** One unit in the last place of a float64 result. */
export function ulpOfFloat64(x: number): number {
  return float64Power(Math.max(exponentOf(x) - 52, -1074));
}

/** One unit in the last place of a float32 result. */
export function ulpOfFloat32(x: number): number {
  return float64Power(Math.max(exponentOf(x) - 23, -149));
}

function float64Power(exponent: number): number {
  if (exponent < -1022) return 2 ** -1074 * float64Power(exponent + 1074);
  return float64FromBits((exponent + 1023) << 20, 0);
}
