// What the tests of the elementary functions share: all functions in one table, seeded random
// bit patterns, and errors in units in the last place.

import * as elementary from "../../src/elementary/elementary.ts";

export const unaryNames = ["exp", "expm1", "log", "log1p", "sin", "cos", "tanh"] as const;
export type UnaryName = (typeof unaryNames)[number];

type Unary = (x: number) => number;

/** The functions of one number, in both precisions, beside those of JavaScript. */
export const unary: Record<UnaryName, { f32: Unary; f64: Unary; math: Unary }> = {
  exp: { f32: elementary.exp_f32, f64: elementary.exp_f64, math: Math.exp },
  expm1: { f32: elementary.expm1_f32, f64: elementary.expm1_f64, math: Math.expm1 },
  log: { f32: elementary.log_f32, f64: elementary.log_f64, math: Math.log },
  log1p: { f32: elementary.log1p_f32, f64: elementary.log1p_f64, math: Math.log1p },
  sin: { f32: elementary.sin_f32, f64: elementary.sin_f64, math: Math.sin },
  cos: { f32: elementary.cos_f32, f64: elementary.cos_f64, math: Math.cos },
  tanh: { f32: elementary.tanh_f32, f64: elementary.tanh_f64, math: Math.tanh },
};

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
