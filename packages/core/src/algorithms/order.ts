// Written from packages/wasm-kernel/assembly/algorithms/order.ts; do not edit.
//
// The order of elements: the one permutation from which sorted elements, the first k of them, and the places at
// which they stand, come. Equal elements stay in the order in which they stand, 0 and -0 are equal, and all NaN are
// equal and the last, in either direction.
//
// Elements become keys, one int32 for 32 bits and two for 64, whose order as integers is that of the elements.
// Few elements, and the first few of many, are inserted into a list; else keys are sorted by their digits,
// from the last to the first (radix sort; Knuth, "The Art of Computer Programming" 3, 5.2.5). Of the first quarter
// or less only those are sorted whose first digit is not behind that of the k-th.

import { type Elements, get, type Int, set } from "./elements.ts";

/** The kinds of elements. */
const INT32: Int = 0;
const FLOAT32: Int = 1;
const FLOAT64: Int = 2;

/** So many elements, or of more the first so many, are inserted into a list. */
const FEW: Int = 64;
const FEW_FIRST: Int = 16;

/** From so many elements on, digits of 11 bits and 3 passes are quicker than 4 of 8 bits. */
const MANY: Int = 8192;

/** The sign of an int32. */
const SIGN: Int = 1 << 31;

/** All bits but the sign. */
const REST: Int = 0x7fffffff;

/** How many int32 of scratch memory rows of a length need. */
export function orderScratchLength(length: Int, kind: Int): Int {
  // Keys and places before and after a pass, and the counts of digits.
  const counts: Int = length <= FEW ? 0 : 3 * 2048;
  return 2 * (wordsOf(kind) + 1) * length + counts;
}

/** How many int32 an element is. */
function wordsOf(kind: Int): Int {
  return kind === FLOAT64 ? 2 : 1;
}

/**
 * The first k elements of each row in order, and where they stand in it.
 *
 * @param x, values elements as int32.
 * @param descending 1 for the greatest first, else 0.
 */
export function orderOfRows(
  x: Elements,
  values: Elements,
  indices: Elements,
  scratch: Elements,
  rows: Int,
  length: Int,
  k: Int,
  kind: Int,
  descending: Int,
): void {
  const words = wordsOf(kind);
  for (let row: Int = 0; row < rows; row++) {
    const start = row * length * words;
    if (words === 1 && k === length && length >= MANY) {
      orderWords(x, values, indices, start, scratch, length, kind, descending);
      continue;
    }
    makeKeys(x, start, scratch, length, kind, descending);
    for (let i: Int = 0; i < length; i++) set<Int>(scratch, words * length + i, i);
    const order = orderOfKeys(scratch, length, k, words);
    for (let i: Int = 0; i < k; i++) {
      const index = get<Int>(scratch, order + i);
      const place = row * k + i;
      set<Int>(indices, place, index);
      for (let word: Int = 0; word < words; word++) {
        set<Int>(values, place * words + word, get<Int>(x, start + index * words + word));
      }
    }
  }
}

/** The elements of each row in order; see orderOfRows. */
export function sortRows(
  x: Elements,
  values: Elements,
  scratch: Elements,
  rows: Int,
  length: Int,
  kind: Int,
  descending: Int,
): void {
  const words = wordsOf(kind);
  for (let row: Int = 0; row < rows; row++) {
    const start = row * length * words;
    if (words === 1 && length >= MANY) {
      sortWords(x, values, start, scratch, length, kind, descending);
      continue;
    }
    const zeros = makeKeys(x, start, scratch, length, kind, descending);
    let order: Int = 0;
    if (length <= FEW) insertInPlace(scratch, length, words);
    else order = sortKeys(scratch, length, length, words, words, 8);
    const first = writeKeys(scratch, order, values, start, length, kind, descending);
    // A key tells no zero from the other.
    if (zeros > 0) writeZeros(x, values, start, first, length, words);
  }
}

/** Puts one key after the other in order. */
function insertInPlace(keys: Elements, length: Int, words: Int): void {
  for (let i: Int = 1; i < length; i++) {
    const key = get<Int>(keys, i);
    const low: Int = words > 1 ? get<Int>(keys, length + i) : 0;
    let place = i;
    for (; place > 0; place--) {
      const before = get<Int>(keys, place - 1);
      if (before < key) break;
      if (before === key && (words === 1 || get<Int>(keys, length + place - 1) <= low)) break;
      set<Int>(keys, place, before);
      if (words > 1) set<Int>(keys, length + place, get<Int>(keys, length + place - 1));
    }
    set<Int>(keys, place, key);
    if (words > 1) set<Int>(keys, length + place, low);
  }
}

/**
 * The keys of a row: first the words that decide, then the others.
 *
 * @returns how many elements are -0.
 */
function makeKeys(
  x: Elements,
  start: Int,
  keys: Elements,
  length: Int,
  kind: Int,
  descending: Int,
): Int {
  const turn = -descending;
  const words = wordsOf(kind);
  const first = start / words;
  let zeros: Int = 0;
  for (let i: Int = 0; i < length; i++) {
    const high = highKey(x, first + i, kind);
    const low = lowKey(x, first + i, kind);
    // All NaN are the last, in either direction.
    const isLast = kind !== INT32 && high === REST && (kind === FLOAT32 || low === REST);
    set<Int>(keys, i, isLast ? REST : high ^ turn);
    if (words > 1) set<Int>(keys, length + i, isLast ? REST : low ^ turn);
    if (kind === INT32 || high !== 0) continue;
    const isNegative = get<Int>(x, start + i * words + words - 1) === SIGN;
    if (isNegative && (words === 1 || low === SIGN)) zeros++;
  }
  return zeros;
}

/** The elements of keys in order. @returns the place of the first zero. */
function writeKeys(
  keys: Elements,
  order: Int,
  values: Elements,
  start: Int,
  length: Int,
  kind: Int,
  descending: Int,
): Int {
  const turn = -descending;
  let first = length;
  for (let i: Int = 0; i < length; i++) {
    const key = get<Int>(keys, order + i);
    const bits = key ^ turn;
    const isZero = bits === 0;
    if (kind === FLOAT64) {
      let low = get<Int>(keys, order + length + i);
      if (key === REST && low === REST) {
        set<Int>(values, start + 2 * i, 0);
        set<Int>(values, start + 2 * i + 1, 0x7ff80000);
      } else {
        low = low ^ SIGN ^ turn ^ (bits >> 31);
        set<Int>(values, start + 2 * i, low);
        set<Int>(values, start + 2 * i + 1, bits ^ ((bits >> 31) & REST));
        if (isZero && low === 0 && i < first) first = i;
      }
    } else if (kind === FLOAT32) {
      const isNumber = key !== REST;
      set<Int>(values, start + i, isNumber ? bits ^ ((bits >> 31) & REST) : 0x7fc00000);
      if (isZero && i < first) first = i;
    } else set<Int>(values, start + i, bits);
  }
  return first;
}

/** Zeros of both signs in the order in which they stand in a row. */
function writeZeros(
  x: Elements,
  values: Elements,
  start: Int,
  first: Int,
  length: Int,
  words: Int,
): void {
  let to = start + first * words;
  for (let i: Int = 0; i < length; i++) {
    const sign = get<Int>(x, start + i * words + words - 1);
    if ((sign & REST) !== 0 || (words > 1 && get<Int>(x, start + i * words) !== 0)) continue;
    set<Int>(values, to + words - 1, sign);
    to += words;
  }
}

/** Where the places of the k elements with the least keys stand, in order. */
function orderOfKeys(keys: Elements, length: Int, k: Int, words: Int): Int {
  if (length <= FEW || k <= FEW_FIRST) return insertKeys(keys, length, length, k, words);
  const count = 4 * k <= length ? selectKeys(keys, length, k, words) : length;
  if (count <= FEW) return insertKeys(keys, length, count, k, words);
  const order = sortKeys(keys, length, count, words, words + 1, count < MANY ? 8 : 11);
  return order + words * length;
}

/** Moves the keys that may be among the k least to the front, in their order. @returns how many these are. */
function selectKeys(keys: Elements, length: Int, k: Int, words: Int): Int {
  const counts = 2 * (words + 1) * length;
  const digits: Int = 2048;
  for (let digit: Int = 0; digit < digits; digit++) set<Int>(keys, counts + digit, 0);
  for (let i: Int = 0; i < length; i++) {
    const count = counts + ((get<Int>(keys, i) ^ SIGN) >>> 21);
    set<Int>(keys, count, get<Int>(keys, count) + 1);
  }
  let last: Int = 0;
  let total = get<Int>(keys, counts);
  while (total < k) {
    last++;
    total += get<Int>(keys, counts + last);
  }
  let to: Int = 0;
  for (let i: Int = 0; i < length; i++) {
    if ((get<Int>(keys, i) ^ SIGN) >>> 21 > last) continue;
    for (let column: Int = 0; column <= words; column++) {
      set<Int>(keys, column * length + to, get<Int>(keys, column * length + i));
    }
    to++;
  }
  return to;
}

/** Puts one of the first elements after the other into a list of the k least keys. */
function insertKeys(keys: Elements, length: Int, elements: Int, k: Int, words: Int): Int {
  const list = (words + 1) * length;
  let count: Int = 0;
  for (let i: Int = 0; i < elements; i++) {
    let place = count;
    if (count < k) count++;
    else {
      if (k === 0 || !isLess(keys, i, get<Int>(keys, list + k - 1), length, words)) continue;
      place = k - 1;
    }
    while (place > 0) {
      const before = get<Int>(keys, list + place - 1);
      if (!isLess(keys, i, before, length, words)) break;
      set<Int>(keys, list + place, before);
      place--;
    }
    set<Int>(keys, list + place, i);
  }
  // What has been selected has other places than before.
  for (let i: Int = 0; i < count; i++) {
    set<Int>(keys, list + i, get<Int>(keys, words * length + get<Int>(keys, list + i)));
  }
  return list;
}

function isLess(keys: Elements, i: Int, j: Int, length: Int, words: Int): boolean {
  const first = get<Int>(keys, i);
  const second = get<Int>(keys, j);
  if (words === 1 || first !== second) return first < second;
  return get<Int>(keys, length + i) < get<Int>(keys, length + j);
}

/**
 * Sorts the first elements by digits of so many bits, the last ones first.
 *
 * @param columns how many words stand side by side: those of a key, and the place if it is to be known.
 * @returns where the first column stands then.
 */
function sortKeys(
  keys: Elements,
  length: Int,
  elements: Int,
  words: Int,
  columns: Int,
  bits: Int,
): Int {
  const counts = 2 * (words + 1) * length;
  const digits: Int = 1 << bits;
  const mask = digits - 1;
  const passes: Int = bits === 8 ? 4 : 3;
  let from: Int = 0;
  let to = (words + 1) * length;
  for (let word = words - 1; word >= 0; word--) {
    countDigits(keys, from + word * length, elements, counts, bits);
    for (let pass: Int = 0; pass < passes; pass++) {
      const shift = pass * bits;
      const column = from + word * length;
      const own = counts + pass * digits;
      // Where all have one digit nothing moves.
      const first = ((get<Int>(keys, column) ^ SIGN) >>> shift) & mask;
      if (get<Int>(keys, own + first) === elements) continue;
      startDigits(keys, own, digits);
      for (let i: Int = 0; i < elements; i++) {
        const digit = ((get<Int>(keys, column + i) ^ SIGN) >>> shift) & mask;
        const place = increment(keys, own + digit);
        set<Int>(keys, to + place, get<Int>(keys, from + i));
        if (columns === 1) continue;
        set<Int>(keys, to + length + place, get<Int>(keys, from + length + i));
        if (columns > 2) {
          set<Int>(keys, to + 2 * length + place, get<Int>(keys, from + 2 * length + i));
        }
      }
      const before = from;
      from = to;
      to = before;
    }
  }
  return from;
}

/** The key of an element of 32 bits in the order of unsigned numbers. */
function wordKey(bits: Int, kind: Int, turn: Int): Int {
  if (kind !== FLOAT32) return bits ^ turn ^ SIGN;
  if ((bits & REST) > 0x7f800000) return -1;
  // Both zeros are 0.
  const own = bits === SIGN ? 0 : bits;
  return own ^ ((own >> 31) & REST) ^ turn ^ SIGN;
}

/** The element of a key: 0 of both zeros. */
function wordOf(key: Int, kind: Int, turn: Int): Int {
  const bits = key ^ SIGN ^ turn;
  if (kind !== FLOAT32) return bits;
  return key === -1 ? 0x7fc00000 : bits ^ ((bits >> 31) & REST);
}

/** The digits of many keys of 32 bits: 11 bits, 11 bits and 10. */
const DIGITS: Int = 2048;
const DIGIT: Int = 2047;

/** Makes the keys of many elements, every `stride` places, and tells where each digit starts. */
function countWords(
  x: Elements,
  start: Int,
  keys: Elements,
  stride: Int,
  length: Int,
  kind: Int,
  turn: Int,
): void {
  const counts = 2 * stride * length;
  for (let i = counts; i < counts + 3 * DIGITS; i++) set<Int>(keys, i, 0);
  for (let i: Int = 0; i < length; i++) {
    const key = wordKey(get<Int>(x, start + i), kind, turn);
    set<Int>(keys, stride * i, key);
    increment(keys, counts + (key & DIGIT));
    increment(keys, counts + DIGITS + ((key >>> 11) & DIGIT));
    increment(keys, counts + 2 * DIGITS + (key >>> 22));
  }
  startDigits(keys, counts, DIGITS);
  startDigits(keys, counts + DIGITS, DIGITS);
  startDigits(keys, counts + 2 * DIGITS, DIGITS);
}

/** Sorts many elements of 32 bits. The last pass writes elements. */
function sortWords(
  x: Elements,
  values: Elements,
  start: Int,
  keys: Elements,
  length: Int,
  kind: Int,
  descending: Int,
): void {
  const turn = -descending;
  const counts = 2 * length;
  countWords(x, start, keys, 1, length, kind, turn);
  for (let i: Int = 0; i < length; i++) {
    const key = get<Int>(keys, i);
    set<Int>(keys, length + increment(keys, counts + (key & DIGIT)), key);
  }
  for (let i = length; i < counts; i++) {
    const key = get<Int>(keys, i);
    set<Int>(keys, increment(keys, counts + DIGITS + ((key >>> 11) & DIGIT)), key);
  }
  for (let i: Int = 0; i < length; i++) {
    const key = get<Int>(keys, i);
    const place = increment(keys, counts + 2 * DIGITS + (key >>> 22));
    set<Int>(values, start + place, wordOf(key, kind, turn));
  }
  if (kind !== FLOAT32) return;
  // A key tells no zero from the other.
  let first: Int = 0;
  while (first < length && get<Int>(values, start + first) !== 0) first++;
  if (first < length) writeZeros(x, values, start, first, length, 1);
}

/** The same, and where elements stand: keys and places are pairs. */
function orderWords(
  x: Elements,
  values: Elements,
  indices: Elements,
  start: Int,
  keys: Elements,
  length: Int,
  kind: Int,
  descending: Int,
): void {
  const turn = -descending;
  const half = 2 * length;
  const counts = 2 * half;
  countWords(x, start, keys, 2, length, kind, turn);
  for (let i: Int = 0; i < length; i++) {
    const key = get<Int>(keys, 2 * i);
    const to = half + 2 * increment(keys, counts + (key & DIGIT));
    set<Int>(keys, to, key);
    set<Int>(keys, to + 1, i);
  }
  for (let i = half; i < counts; i += 2) {
    const key = get<Int>(keys, i);
    const to = 2 * increment(keys, counts + DIGITS + ((key >>> 11) & DIGIT));
    set<Int>(keys, to, key);
    set<Int>(keys, to + 1, get<Int>(keys, i + 1));
  }
  for (let i: Int = 0; i < half; i += 2) {
    const key = get<Int>(keys, i);
    const index = get<Int>(keys, i + 1);
    const place = start + increment(keys, counts + 2 * DIGITS + (key >>> 22));
    const value = wordOf(key, kind, turn);
    set<Int>(indices, place, index);
    // Zeros have their signs.
    set<Int>(values, place, value === 0 ? get<Int>(x, start + index) : value);
  }
}

/** How often each digit occurs at each place of a word, in one pass. */
function countDigits(keys: Elements, column: Int, elements: Int, counts: Int, bits: Int): void {
  const digits: Int = 1 << bits;
  const mask = digits - 1;
  for (let i: Int = 0; i < 3 * 2048; i++) set<Int>(keys, counts + i, 0);
  for (let i: Int = 0; i < elements; i++) {
    const key = get<Int>(keys, column + i) ^ SIGN;
    increment(keys, counts + (key & mask));
    increment(keys, counts + digits + ((key >>> bits) & mask));
    increment(keys, counts + 2 * digits + ((key >>> (2 * bits)) & mask));
    if (bits === 8) increment(keys, counts + 3 * digits + (key >>> 24));
  }
}

/** One more. @returns what was there before. */
function increment(keys: Elements, place: Int): Int {
  const before = get<Int>(keys, place);
  set<Int>(keys, place, before + 1);
  return before;
}

/** Where the elements of each digit start, from 0 on. */
function startDigits(keys: Elements, counts: Int, digits: Int): void {
  let start: Int = 0;
  for (let digit: Int = 0; digit < digits; digit++) {
    const many = get<Int>(keys, counts + digit);
    set<Int>(keys, counts + digit, start);
    start += many;
  }
}

/**
 * For each value how many elements of a sorted row are before it.
 *
 * @param right 1 to count those that are equal, too, else 0.
 */
export function searchRow(
  sorted: Elements,
  values: Elements,
  indices: Elements,
  count: Int,
  length: Int,
  kind: Int,
  right: Int,
): void {
  for (let i: Int = 0; i < count; i++) {
    const high = highKey(values, i, kind);
    const low = lowKey(values, i, kind);
    let from: Int = 0;
    let to = length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      let order = highKey(sorted, middle, kind);
      let than = high;
      if (order === than) {
        order = lowKey(sorted, middle, kind);
        than = low;
      }
      if (order < than || (right > 0 && order === than)) from = middle + 1;
      else to = middle;
    }
    set<Int>(indices, i, from);
  }
}

/** The word of a key that decides, in ascending order. */
function highKey(x: Elements, i: Int, kind: Int): Int {
  const words = wordsOf(kind);
  const bits = get<Int>(x, i * words + words - 1);
  const size = bits & REST;
  if (kind === FLOAT32) {
    if (size > 0x7f800000) return REST;
    return size === 0 ? 0 : bits ^ ((bits >> 31) & REST);
  }
  if (kind === FLOAT64) {
    const low = get<Int>(x, 2 * i);
    if (size > 0x7ff00000 || (size === 0x7ff00000 && low !== 0)) return REST;
    return size === 0 && low === 0 ? 0 : bits ^ ((bits >> 31) & REST);
  }
  return bits;
}

/** The other word of a key of 64 bits, and 0 for others. */
function lowKey(x: Elements, i: Int, kind: Int): Int {
  if (kind !== FLOAT64) return 0;
  const low = get<Int>(x, 2 * i);
  const bits = get<Int>(x, 2 * i + 1);
  const size = bits & REST;
  if (size > 0x7ff00000 || (size === 0x7ff00000 && low !== 0)) return REST;
  const turned = size === 0 && low === 0 ? 0 : low ^ (bits >> 31);
  return turned ^ SIGN;
}
