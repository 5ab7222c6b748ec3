// The order of elements of 32 bits, by the digits of keys (see order.ts). Every pass reads the keys once, and appends
// each one to the keys with the same digit.

import { Elements, from, get, Int, set } from "./elements";

/**
 * Keys have digits of 8 bits: the 256 addresses to which a pass writes stay in the first-level cache, where 2048 would
 * not.
 */
export const BITS: Int = 8;
export const DIGITS: Int = 256;
export const DIGIT: Int = 255;

/** The number of digits in a word. */
export const PASSES: Int = 4;

/** The number of words from which on the halves of keys are counted instead of digits: a half has 65,536 values. */
const MANY: Int = 1 << 17;
const HALVES: Int = 1 << 16;

/** The sign of an int32. */
export const SIGN: Int = 1 << 31;

/** All bits but the sign. */
export const REST: Int = 0x7fffffff;

/** Infinity as a float32: a float32 whose bits without the sign are greater is NaN. */
export const INFINITE: Int = 0x7f800000;

/** The NaN of results. */
export const QUIET: Int = 0x7fc00000;

/**
 * Returns the key of an element of 32 bits. Both zeros, and different NaN, have different keys.
 *
 * @param flip REST for floats, since the order of negative floats is the reverse of the order of their bits as
 *   integers; else 0.
 * @param turn the bits that are flipped in all keys: -1 for the descending order, SIGN for unsigned keys, or 0.
 */
export function wordKey(bits: Int, flip: Int, turn: Int): Int {
  return bits ^ ((bits >> 31) & flip) ^ turn;
}

/** Returns the element of a key. */
function wordOf(key: Int, flip: Int, turn: Int): Int {
  return wordKey(key ^ turn, flip, 0);
}

/**
 * Sorts two or more elements of 32 bits. The first pass makes keys from elements, and the last one elements from keys.
 *
 * @param scratch 4 · length int32, and after them PASSES · DIGITS.
 * @param columns 2 if the indices of elements are needed: each index then follows its key; else 1.
 */
export function sortWords(
  x: Elements,
  values: Elements,
  indices: Elements,
  scratch: Elements,
  length: Int,
  flip: Int,
  descending: Int,
  columns: Int,
): void {
  const turn = -descending ^ SIGN;
  const counts = from(scratch, 4 * length);
  if (length < MANY) countDigits(x, counts, length, flip, turn);
  else countHalves(x, scratch, counts, length, flip, turn);
  const some = wordKey(get<Int>(x, 0), flip, turn);
  const second = from(counts, DIGITS);
  const third = from(counts, 2 * DIGITS);
  const skipsSecond = isOneDigit(second, some, BITS, length);
  const skipsThird = isOneDigit(third, some, 2 * BITS, length);
  // The last pass reads from `scratch`.
  let keys = scratch;
  let others = columns > 1 ? from(scratch, 2 * length) : values;
  if (skipsSecond !== skipsThird) {
    keys = others;
    others = scratch;
  }
  scatterKeys(x, keys, counts, length, flip, turn, columns);
  if (!skipsSecond) {
    moveKeys(keys, others, second, length, BITS, columns);
    const last = keys;
    keys = others;
    others = last;
  }
  if (!skipsThird) moveKeys(keys, others, third, length, 2 * BITS, columns);
  scatterWords(scratch, values, indices, from(counts, 3 * DIGITS), length, flip, turn, columns);
  if (flip !== 0) mendOrder(x, values, indices, length, -descending, columns);
}

/** Moves each key to the next index for its digit. */
function moveKeys(
  keys: Elements,
  to: Elements,
  counts: Elements,
  length: Int,
  shift: Int,
  columns: Int,
): void {
  startDigits(counts);
  if (columns === 1) {
    for (let i: Int = 0; i < length; i++) {
      const key = get<Int>(keys, i);
      set<Int>(to, increment(counts, (key >>> shift) & DIGIT), key);
    }
    return;
  }
  for (let i: Int = 0; i < length; i++) {
    const key = get<Int>(keys, 2 * i);
    const target = 2 * increment(counts, (key >>> shift) & DIGIT);
    set<Int>(to, target, key);
    set<Int>(to, target + 1, get<Int>(keys, 2 * i + 1));
  }
}

/** Distributes elements, as keys, by the lowest digit. */
function scatterKeys(
  x: Elements,
  to: Elements,
  counts: Elements,
  length: Int,
  flip: Int,
  turn: Int,
  columns: Int,
): void {
  startDigits(counts);
  if (columns === 1) {
    for (let i: Int = 0; i < length; i++) {
      const key = wordKey(get<Int>(x, i), flip, turn);
      set<Int>(to, increment(counts, key & DIGIT), key);
    }
    return;
  }
  for (let i: Int = 0; i < length; i++) {
    const key = wordKey(get<Int>(x, i), flip, turn);
    const target = 2 * increment(counts, key & DIGIT);
    set<Int>(to, target, key);
    set<Int>(to, target + 1, i);
  }
}

/** Distributes keys by the highest digit, as elements with their indices. */
function scatterWords(
  keys: Elements,
  values: Elements,
  indices: Elements,
  counts: Elements,
  length: Int,
  flip: Int,
  turn: Int,
  columns: Int,
): void {
  startDigits(counts);
  if (columns === 1) {
    for (let i: Int = 0; i < length; i++) {
      const key = get<Int>(keys, i);
      set<Int>(values, increment(counts, key >>> 24), wordOf(key, flip, turn));
    }
    return;
  }
  for (let i: Int = 0; i < length; i++) {
    const key = get<Int>(keys, 2 * i);
    const target = increment(counts, key >>> 24);
    set<Int>(values, target, wordOf(key, flip, turn));
    set<Int>(indices, target, get<Int>(keys, 2 * i + 1));
  }
}

/**
 * Moves all NaN, which are at both ends by their keys, to the end of the greatest, and puts zeros of both signs in
 * their order in x.
 *
 * @param turn 0, or -1 for the descending order.
 */
function mendOrder(
  x: Elements,
  values: Elements,
  indices: Elements,
  length: Int,
  turn: Int,
  columns: Int,
): void {
  // The keys of NaN are beyond the keys of both infinities, and the keys of zeros are -1 and 0.
  const before = countLess(values, length, -INFINITE - 1, turn);
  const numbers = countLess(values, length, INFINITE + 1, turn) - before;
  let zero = countLess(values, length, -1, turn);
  const other = countLess(values, length, 0, turn);
  const isMixed = zero < other && other < countLess(values, length, 1, turn);
  if (numbers === length && !isMixed) return;
  // NaN come after the numbers, or before them in descending order.
  const start: Int = turn === 0 ? 0 : length - numbers;
  for (let n: Int = 0; n < numbers; n++) {
    const i = turn === 0 ? n : numbers - 1 - n;
    set<Int>(values, start + i, get<Int>(values, before + i));
    if (columns > 1) set<Int>(indices, start + i, get<Int>(indices, before + i));
  }
  zero += start - before;
  let last: Int = turn === 0 ? numbers : 0;
  for (let i: Int = 0; i < length; i++) {
    const bits = get<Int>(x, i);
    const size = bits & REST;
    if (size !== 0 && size <= INFINITE) continue;
    const target = size === 0 ? zero : last;
    if (size === 0) zero++;
    else last++;
    set<Int>(values, target, columns === 1 && size > 0 ? QUIET : bits);
    if (columns > 1) set<Int>(indices, target, i);
  }
}

/** Returns the number of elements with a lesser key, among sorted float32. */
function countLess(values: Elements, length: Int, key: Int, turn: Int): Int {
  let least: Int = 0;
  let most = length;
  while (least < most) {
    const middle = (least + most) >>> 1;
    if (wordKey(get<Int>(values, middle), REST, turn) < key) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** Counts the occurrences of each digit in the keys of many words. */
export function countDigits(
  x: Elements,
  counts: Elements,
  length: Int,
  flip: Int,
  turn: Int,
): void {
  for (let i: Int = 0; i < PASSES * DIGITS; i++) set<Int>(counts, i, 0);
  const second = from(counts, DIGITS);
  const third = from(counts, 2 * DIGITS);
  const fourth = from(counts, 3 * DIGITS);
  for (let i: Int = 0; i < length; i++) {
    const key = wordKey(get<Int>(x, i), flip, turn);
    increment(counts, key & DIGIT);
    increment(second, (key >>> 8) & DIGIT);
    increment(third, (key >>> 16) & DIGIT);
    increment(fourth, key >>> 24);
  }
}

/**
 * Counts the digits of many keys faster: it counts each half of a key, and computes the counts of digits from these.
 *
 * @param halves scratch memory of 2 · HALVES.
 */
function countHalves(
  x: Elements,
  halves: Elements,
  counts: Elements,
  length: Int,
  flip: Int,
  turn: Int,
): void {
  const upper = from(halves, HALVES);
  for (let i: Int = 0; i < 2 * HALVES; i++) set<Int>(halves, i, 0);
  for (let i: Int = 0; i < length; i++) {
    const key = wordKey(get<Int>(x, i), flip, turn);
    increment(halves, key & (HALVES - 1));
    increment(upper, key >>> 16);
  }
  for (let i: Int = 0; i < PASSES * DIGITS; i++) set<Int>(counts, i, 0);
  for (let half: Int = 0; half < 2 * HALVES; half += DIGITS) {
    // A lower half has the first two digits, an upper half the last two.
    const first = half < HALVES ? 0 : 2 * DIGITS;
    let total: Int = 0;
    for (let digit: Int = 0; digit < DIGITS; digit++) {
      const many = get<Int>(halves, half + digit);
      set<Int>(counts, first + digit, get<Int>(counts, first + digit) + many);
      total += many;
    }
    set<Int>(counts, first + DIGITS + ((half >>> BITS) & DIGIT), total);
  }
}

/** True if all keys have the same digit as `key`, so that no key moves. */
export function isOneDigit(counts: Elements, key: Int, shift: Int, length: Int): boolean {
  return get<Int>(counts, (key >>> shift) & DIGIT) === length;
}

/** Adds 1 to a count. @returns the count before. */
export function increment(keys: Elements, index: Int): Int {
  const before = get<Int>(keys, index);
  set<Int>(keys, index, before + 1);
  return before;
}

/** Replaces the counts of digits by the index of the first element of each digit. */
export function startDigits(counts: Elements): void {
  let start: Int = 0;
  for (let digit: Int = 0; digit < DIGITS; digit++) {
    const many = get<Int>(counts, digit);
    set<Int>(counts, digit, start);
    start += many;
  }
}
