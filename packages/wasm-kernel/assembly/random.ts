// Random numbers uniform in [low, high), from the counter-based generator Threefry-2x32 with 20 rounds
// (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//
// Element i is a function of the key and of the counter first + i · step, which is below 2^32: four
// counters are one vector, and elements may be computed in any order. Everything is rounded where the
// JavaScript runner rounds; `low` stands for what rounding has brought to `high`.

import { VECTOR_BYTES } from "./vector";

const PARITY: i32 = 0x1bd11bda;

/** The distances of 24 and of 53 bits in [0, 1), and the place of the upper of the 53. */
const UNIT_24: f32 = 1.0 / 16777216.0;
const UNIT_53: f64 = 1.0 / 9007199254740992.0;
const TWO_26: f64 = 67108864.0;

/** The second words of the latest four counters: functions give one result. */
let secondWords: v128 = i32x4.splat(0);

@inline
function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shl(x, bits), i32x4.shr_u(x, 32 - bits));
}

/** The first words of four counters; the second ones go to `secondWords`. */
@inline
function threefry(counters: v128, k0: i32, k1: i32): v128 {
  const k2 = PARITY ^ k0 ^ k1;
  let x0 = i32x4.add(counters, i32x4.splat(k0));
  let x1 = i32x4.splat(k1);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 13), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 15), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 26), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 6), x0);
  x0 = i32x4.add(x0, i32x4.splat(k1));
  x1 = i32x4.add(x1, i32x4.splat(k2 + 1));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 17), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 29), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 16), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 24), x0);
  x0 = i32x4.add(x0, i32x4.splat(k2));
  x1 = i32x4.add(x1, i32x4.splat(k0 + 2));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 13), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 15), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 26), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 6), x0);
  x0 = i32x4.add(x0, i32x4.splat(k0));
  x1 = i32x4.add(x1, i32x4.splat(k1 + 3));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 17), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 29), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 16), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 24), x0);
  x0 = i32x4.add(x0, i32x4.splat(k1));
  x1 = i32x4.add(x1, i32x4.splat(k2 + 4));
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 13), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 15), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 26), x0);
  x0 = i32x4.add(x0, x1);
  x1 = v128.xor(rotate(x1, 6), x0);
  x0 = i32x4.add(x0, i32x4.splat(k2));
  x1 = i32x4.add(x1, i32x4.splat(k0 + 5));
  secondWords = x1;
  return x0;
}

/** first, first + step, … */
@inline
function countersFrom(first: i32, step: i32): v128 {
  return i32x4.add(i32x4.splat(first), i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3)));
}

/** x where it is below high, else low; x in [low, high]. */
@inline
function below_f64x2(x: v128, low: f64, high: f64): v128 {
  return v128.bitselect(x, f64x2.splat(low), f64x2.lt(x, f64x2.splat(high)));
}

/** low + x, in float64 and then in float32; low where that is not below high. */
@inline
function shift_f32x2(x: v128, low: f64, high: f64): v128 {
  const sum = f32x4.demote_f64x2_zero(f64x2.add(f64x2.promote_low_f32x4(x), f64x2.splat(low)));
  const fits = f64x2.lt(f64x2.promote_low_f32x4(sum), f64x2.splat(high));
  const narrow = v128.shuffle<i32>(fits, fits, 0, 2, 0, 2);
  return v128.bitselect(sum, f32x4.splat(<f32>low), narrow);
}

/** out[i] = 24 bits of element i as a number in [low, high). */
function fill_f32(
  out: usize,
  count: usize,
  first: i32,
  step: i32,
  key0: i32,
  key1: i32,
  low: f64,
  high: f64,
): void {
  const scale = f32x4.splat(<f32>(high - low));
  const next = i32x4.splat(4 * step);
  let counters = countersFrom(first, step);
  for (;;) {
    const words = i32x4.shr_u(threefry(counters, key0, key1), 8);
    const units = f32x4.mul(f32x4.convert_i32x4_s(words), f32x4.splat(UNIT_24));
    const scaled = f32x4.mul(scale, units);
    const left = shift_f32x2(scaled, low, high);
    const right = shift_f32x2(v128.shuffle<i64>(scaled, scaled, 1, 1), low, high);
    const values = v128.shuffle<i64>(left, right, 0, 2);
    if (count < 4) {
      if (count > 0) v128.store_lane<f32>(out, values, 0);
      if (count > 1) v128.store_lane<f32>(out, values, 1, 4);
      if (count > 2) v128.store_lane<f32>(out, values, 2, 8);
      return;
    }
    v128.store(out, values);
    counters = i32x4.add(counters, next);
    out += VECTOR_BYTES;
    count -= 4;
  }
}

/** Two of the 53 bits numbers in [0, 1), scaled; of the lanes 0 and 1 of the words. */
@inline
function scale_f64x2(high: v128, low: v128, from: f64, to: f64): v128 {
  const upper = f64x2.mul(f64x2.convert_low_i32x4_u(high), f64x2.splat(TWO_26));
  const bits = f64x2.add(upper, f64x2.convert_low_i32x4_u(low));
  const units = f64x2.mul(bits, f64x2.splat(UNIT_53));
  const values = f64x2.add(f64x2.splat(from), f64x2.mul(f64x2.splat(to - from), units));
  return below_f64x2(values, from, to);
}

/** out[i] = 53 bits of element i as a number in [low, high). */
function fill_f64(
  out: usize,
  count: usize,
  first: i32,
  step: i32,
  key0: i32,
  key1: i32,
  low: f64,
  high: f64,
): void {
  const next = i32x4.splat(4 * step);
  let counters = countersFrom(first, step);
  for (;;) {
    const upper = i32x4.shr_u(threefry(counters, key0, key1), 5);
    const lower = i32x4.shr_u(secondWords, 6);
    const left = scale_f64x2(upper, lower, low, high);
    const right = scale_f64x2(
      v128.shuffle<i64>(upper, upper, 1, 1), v128.shuffle<i64>(lower, lower, 1, 1), low, high,
    );
    if (count < 4) {
      if (count > 0) v128.store_lane<f64>(out, left, 0);
      if (count > 1) v128.store_lane<f64>(out, left, 1, 8);
      if (count > 2) v128.store_lane<f64>(out, right, 0, 16);
      return;
    }
    v128.store(out, left);
    v128.store(out, right, 16);
    counters = i32x4.add(counters, next);
    out += 2 * VECTOR_BYTES;
    count -= 4;
  }
}

/**
 * Sequences one after the other, each of `length` elements: out[s, i] = element i of the sequence of key s,
 * two int32 for each.
 */
export function uniform_f32(
  keys: usize,
  sequences: usize,
  out: usize,
  length: usize,
  first: i32,
  step: i32,
  low: f64,
  high: f64,
): void {
  for (; sequences > 0; sequences--) {
    fill_f32(out, length, first, step, load<i32>(keys), load<i32>(keys, 4), low, high);
    keys += 8;
    out += 4 * length;
  }
}

/**
 * Sequences one after the other, each of `length` elements: out[s, i] = element i of the sequence of key s,
 * two int32 for each.
 */
export function uniform_f64(
  keys: usize,
  sequences: usize,
  out: usize,
  length: usize,
  first: i32,
  step: i32,
  low: f64,
  high: f64,
): void {
  for (; sequences > 0; sequences--) {
    fill_f64(out, length, first, step, load<i32>(keys), load<i32>(keys, 4), low, high);
    keys += 8;
    out += 8 * length;
  }
}
