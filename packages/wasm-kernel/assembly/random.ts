// Random numbers uniform in [low, high), from the counter-based generator Threefry-2x32 with 20 rounds
// (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//
// Element i is a function of the key and of the counter first + i · step, which is below 2^32: four
// counters are one vector, and elements may be computed in any order. Everything is rounded where the
// JavaScript runner rounds; a number that rounding makes `high` is replaced by `low`.

const PARITY: i32 = 0x1bd11bda;

/** The distances between numbers of 24 and of 53 bits in [0, 1), and the factor of the upper bits of the 53. */
const UNIT_24: f32 = 1.0 / 16777216.0;
const UNIT_53: f64 = 1.0 / 9007199254740992.0;
const TWO_26: f64 = 67108864.0;

/** The second words of the latest four counters, as a global, since a function returns only one result. */
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

/** Returns the counters first, first + step, first + 2 · step and first + 3 · step. */
@inline
function countersFrom(first: i32, step: i32): v128 {
  return i32x4.add(i32x4.splat(first), i32x4.mul(i32x4.splat(step), i32x4(0, 1, 2, 3)));
}

/** Returns low + x, computed in float64 and rounded to float32; low if the result is not below high. */
@inline
function shift_f32x2(x: v128, low: f64, high: f64): v128 {
  const sum = f32x4.demote_f64x2_zero(f64x2.add(f64x2.promote_low_f32x4(x), f64x2.splat(low)));
  const fits = f64x2.lt(f64x2.promote_low_f32x4(sum), f64x2.splat(high));
  const narrow = v128.shuffle<i32>(fits, fits, 0, 2, 0, 2);
  return v128.bitselect(sum, f32x4.splat(<f32>low), narrow);
}

/** Returns four numbers of 24 random bits in [low, high), where `range` is high − low. */
@inline
function numbers_f32x4(words: v128, range: v128, low: f64, high: f64): v128 {
  const bits = f32x4.convert_i32x4_s(i32x4.shr_u(words, 8));
  const scaled = f32x4.mul(range, f32x4.mul(bits, f32x4.splat(UNIT_24)));
  const left = shift_f32x2(scaled, low, high);
  const right = shift_f32x2(v128.shuffle<i64>(scaled, scaled, 1, 1), low, high);
  return v128.shuffle<i64>(left, right, 0, 2);
}

/**
 * Returns two numbers of 53 random bits in [low, high), where `range` is high − low, from the lanes 0 and 1 of `upper`
 * (27 bits) and `lower` (26 bits).
 */
@inline
function numbers_f64x2(upper: v128, lower: v128, range: v128, low: f64, high: f64): v128 {
  const scaledUpper = f64x2.mul(f64x2.convert_low_i32x4_u(upper), f64x2.splat(TWO_26));
  const bits = f64x2.add(scaledUpper, f64x2.convert_low_i32x4_u(lower));
  const scaled = f64x2.mul(range, f64x2.mul(bits, f64x2.splat(UNIT_53)));
  const values = f64x2.add(f64x2.splat(low), scaled);
  return v128.bitselect(values, f64x2.splat(low), f64x2.lt(values, f64x2.splat(high)));
}

/** Writes element i of a sequence to out[i], as a number in [low, high). */
function fill<T>(
  out: usize,
  count: usize,
  first: i32,
  step: i32,
  key0: i32,
  key1: i32,
  low: f64,
  high: f64,
): void {
  const range = v128.splat<T>(<T>(high - low));
  const next = i32x4.splat(4 * step);
  let counters = countersFrom(first, step);
  for (;;) {
    const words = threefry(counters, key0, key1);
    let left: v128;
    let right: v128;
    if (sizeof<T>() == 4) {
      left = numbers_f32x4(words, range, low, high);
      right = v128.shuffle<i64>(left, left, 1, 0);
    } else {
      const upper = i32x4.shr_u(words, 5);
      const lower = i32x4.shr_u(secondWords, 6);
      left = numbers_f64x2(upper, lower, range, low, high);
      right = numbers_f64x2(
        v128.shuffle<i64>(upper, upper, 1, 1), v128.shuffle<i64>(lower, lower, 1, 1),
        range, low, high,
      );
    }
    if (count < 4) {
      if (count > 0) v128.store_lane<T>(out, left, 0);
      if (count > 1) v128.store_lane<T>(out, left, 1, sizeof<T>());
      if (count > 2) v128.store_lane<T>(out, right, 0, 2 * sizeof<T>());
      return;
    }
    v128.store(out, left);
    if (sizeof<T>() == 8) v128.store(out, right, 16);
    counters = i32x4.add(counters, next);
    out += 4 * sizeof<T>();
    count -= 4;
  }
}

/** The greatest seed. */
const MOST: f64 = 9007199254740991.0;

/** Loads a seed: an int32, or a float64. */
@inline
function seedAt(seeds: usize, place: usize, whole: i32): f64 {
  return whole ? <f64>load<i32>(seeds + 4 * place) : load<f64>(seeds + 8 * place);
}

/**
 * Writes sequences of `length` elements, one after the other: out[s, i] is element i of the sequence of seed s. Seeds
 * are int32 if `whole` is true, else float64. Returns −1 − the index of the first seed that is not an integer from 0 to
 * 2^53 − 1, in which case nothing is written; else 0.
 */
// exported for f32, f64
@inline
function uniform<T>(
  seeds: usize,
  sequences: usize,
  out: usize,
  length: usize,
  first: i32,
  step: i32,
  low: f64,
  high: f64,
  whole: i32,
): i32 {
  for (let s: usize = 0; s < sequences; s++) {
    const seed = seedAt(seeds, s, whole);
    if (!(seed >= 0 && seed <= MOST && floor<f64>(seed) == seed)) return -1 - <i32>s;
  }
  for (let s: usize = 0; s < sequences; s++) {
    const seed = <i64>seedAt(seeds, s, whole);
    fill<T>(out, length, first, step, <i32>seed, <i32>(seed >> 32), low, high);
    out += length * sizeof<T>();
  }
  return 0;
}
