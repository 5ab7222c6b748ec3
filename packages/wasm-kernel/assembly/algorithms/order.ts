// Kernels that sort rows, or find their first k elements in order, with their indices: all results follow from one
// permutation. Equal elements stay in their order, 0 and -0 are equal, and all NaN are equal and the greatest: the last
// in ascending order, the first in descending order.
//
// Elements become keys, one int32 for 32 bits and two for 64; the keys have as integers the order of the elements.
//
// The first line that is true gives the method:
//
//   wanted of a row     | elements of 32 bits                       | elements of 64 bits
//   ------------------- | ----------------------------------------- | -----------------------------
//   the first FEW_FIRST | inserted into a list while keys are made  | inserted into a list of keys
//   some of at most FEW | inserted into a list of keys              | the same
//   all of more         | keys are sorted by digits, see words.ts   | keys are sorted by digits
//   a quarter or less   | keys are selected by the first digit of the k-th; few are inserted, many sorted
//   more than that      | keys are sorted by digits                 | the same
//
// Digits are sorted from the last to the first (radix sort; Knuth, "The Art of Computer Programming" 3, 5.2.5).

import { Elements, from, get, Int, set } from "./elements";
import {
  BITS,
  countDigits,
  DIGIT,
  DIGITS,
  INFINITE,
  increment,
  isOneDigit,
  PASSES,
  QUIET,
  REST,
  SIGN,
  sortWords,
  startDigits,
  wordKey,
} from "./words";

/** The kinds of elements. */
const INT32: Int = 0;
const FLOAT32: Int = 1;
const FLOAT64: Int = 2;

/** The most elements that are inserted into a list one by one. */
const FEW: Int = 64;
const FEW_FIRST: Int = 16;

/** The number of values of an 11-bit digit, by which the first elements of long rows are selected. */
const SELECTED: Int = 2048;

/** Returns the length of the scratch memory for rows of a length, in int32. */
export function orderScratchLength(length: Int, kind: Int): Int {
  // Keys and indices before and after a pass, and the counts of digits.
  const counts: Int = length <= FEW ? 0 : SELECTED;
  return 2 * (wordsOf(kind) + 1) * length + counts;
}

/** Returns the length of an element in int32. */
function wordsOf(kind: Int): Int {
  return kind === FLOAT64 ? 2 : 1;
}

/**
 * Computes the first k elements of each row in order, and their indices in it.
 *
 * @param x rows × length elements, as int32 (two for one of 64 bits).
 * @param values rows × k elements, as those of x.
 * @param indices rows × k indices, row by row.
 * @param scratch orderScratchLength(length, kind) int32.
 * @param kind INT32, FLOAT32 or FLOAT64.
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
    if (words === 1 && k === length && length > FEW) {
      const own = from(indices, start);
      const flip: Int = kind === FLOAT32 ? REST : 0;
      sortWords(from(x, start), from(values, start), own, scratch, length, flip, descending, 2);
      continue;
    }
    let order: Int = 0;
    if (words === 1 && k <= FEW_FIRST) {
      insertRow(from(x, start), scratch, length, k, kind === FLOAT32, -descending);
    } else {
      makeKeys(x, start, scratch, length, kind, descending);
      for (let i: Int = 0; i < length; i++) set<Int>(scratch, words * length + i, i);
      order = orderOfKeys(scratch, length, k, words);
    }
    for (let i: Int = 0; i < k; i++) {
      const index = get<Int>(scratch, order + i);
      const target = row * k + i;
      set<Int>(indices, target, index);
      for (let word: Int = 0; word < words; word++) {
        set<Int>(values, target * words + word, get<Int>(x, start + index * words + word));
      }
    }
  }
}

/**
 * Inserts the elements of a row, of 32 bits, one by one into a list of the k first. Nearly all elements come after the
 * last of the list, so keys are not stored.
 *
 * @param list receives the indices of the k first elements in order, and then their keys.
 */
function insertRow(
  x: Elements,
  list: Elements,
  length: Int,
  k: Int,
  isFloat: boolean,
  turn: Int,
): void {
  if (k === 0) return;
  const flip = isFloat ? REST : 0;
  let count: Int = 0;
  let last: Int = 0;
  for (let i: Int = 0; i < length; i++) {
    const bits = get<Int>(x, i);
    let key = wordKey(bits, flip, turn);
    if (isFloat) {
      const size = bits & REST;
      if (size === 0) key = turn;
      // NaN come last, or first in descending order.
      if (size > INFINITE) key = REST ^ turn;
    }
    if (count === k && key >= last) continue;
    if (count < k) count++;
    let position = count - 1;
    for (; position > 0; position--) {
      const before = get<Int>(list, k + position - 1);
      if (before <= key) break;
      set<Int>(list, k + position, before);
      set<Int>(list, position, get<Int>(list, position - 1));
    }
    set<Int>(list, k + position, key);
    set<Int>(list, position, i);
    last = get<Int>(list, k + count - 1);
  }
}

/** Sorts the elements of each row; see orderOfRows. */
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
    if (words === 1 && length > FEW) {
      const own = from(values, start);
      const flip: Int = kind === FLOAT32 ? REST : 0;
      sortWords(from(x, start), own, own, scratch, length, flip, descending, 1);
      continue;
    }
    const zeros = makeKeys(x, start, scratch, length, kind, descending);
    let order: Int = 0;
    if (length <= FEW) insertInPlace(scratch, length, words);
    else order = sortKeys(scratch, length, length, words, words);
    const first = writeKeys(scratch, order, values, start, length, kind, descending);
    // Zeros of both signs have the same key.
    if (zeros > 0) writeZeros(x, values, start, first, length, words);
  }
}

/** Sorts keys by insertion. */
function insertInPlace(keys: Elements, length: Int, words: Int): void {
  for (let i: Int = 1; i < length; i++) {
    const key = get<Int>(keys, i);
    const low: Int = words > 1 ? get<Int>(keys, length + i) : 0;
    let position = i;
    for (; position > 0; position--) {
      const before = get<Int>(keys, position - 1);
      if (before < key) break;
      if (before === key && (words === 1 || get<Int>(keys, length + position - 1) <= low)) break;
      set<Int>(keys, position, before);
      if (words > 1) set<Int>(keys, length + position, get<Int>(keys, length + position - 1));
    }
    set<Int>(keys, position, key);
    if (words > 1) set<Int>(keys, length + position, low);
  }
}

/**
 * Writes the keys of a row: first the upper words, then the lower ones.
 *
 * @returns the number of elements that are -0.
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
    set<Int>(keys, i, high ^ turn);
    if (words > 1) set<Int>(keys, length + i, low ^ turn);
    if (kind === INT32 || high !== 0) continue;
    const isNegative = get<Int>(x, start + i * words + words - 1) === SIGN;
    if (isNegative && (words === 1 || low === SIGN)) zeros++;
  }
  return zeros;
}

/** Writes the elements of sorted keys. @returns the index of the first zero. */
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
      if (bits === REST && (low ^ turn) === REST) {
        set<Int>(values, start + 2 * i, 0);
        set<Int>(values, start + 2 * i + 1, 0x7ff80000);
      } else {
        low = low ^ SIGN ^ turn ^ (bits >> 31);
        set<Int>(values, start + 2 * i, low);
        set<Int>(values, start + 2 * i + 1, wordKey(bits, REST, 0));
        if (isZero && low === 0 && i < first) first = i;
      }
    } else if (kind === FLOAT32) {
      const isNumber = bits !== REST;
      set<Int>(values, start + i, isNumber ? wordKey(bits, REST, 0) : QUIET);
      if (isZero && i < first) first = i;
    } else set<Int>(values, start + i, bits);
  }
  return first;
}

/** Writes the zeros of both signs in their order in the row. */
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

/** Returns the indices of the k elements with the least keys, in order. */
function orderOfKeys(keys: Elements, length: Int, k: Int, words: Int): Int {
  if (length <= FEW || k <= FEW_FIRST) return insertKeys(keys, length, length, k, words);
  const count = 4 * k <= length ? selectKeys(keys, length, k, words) : length;
  if (count <= FEW) return insertKeys(keys, length, count, k, words);
  const order = sortKeys(keys, length, count, words, words + 1);
  return order + words * length;
}

/** Moves the keys that may be among the k least to the front, in their order. @returns the number of these keys. */
function selectKeys(keys: Elements, length: Int, k: Int, words: Int): Int {
  const counts = 2 * (words + 1) * length;
  for (let digit: Int = 0; digit < SELECTED; digit++) set<Int>(keys, counts + digit, 0);
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

/** Inserts the first `elements` elements one by one into a list of the k least keys. */
function insertKeys(keys: Elements, length: Int, elements: Int, k: Int, words: Int): Int {
  const list = (words + 1) * length;
  let count: Int = 0;
  for (let i: Int = 0; i < elements; i++) {
    let position = count;
    if (count < k) count++;
    else {
      if (k === 0 || !isLess(keys, i, get<Int>(keys, list + k - 1), length, words)) continue;
      position = k - 1;
    }
    while (position > 0) {
      const before = get<Int>(keys, list + position - 1);
      if (!isLess(keys, i, before, length, words)) break;
      set<Int>(keys, list + position, before);
      position--;
    }
    set<Int>(keys, list + position, i);
  }
  // `selectKeys` has moved elements, so their original indices are read from the last column.
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
 * Sorts the first elements by their digits, the last ones first.
 *
 * @param columns the number of adjacent words: those of a key, and the index if it is needed.
 * @returns the address of the first column of the result.
 */
function sortKeys(keys: Elements, length: Int, elements: Int, words: Int, columns: Int): Int {
  const counts = from(keys, 2 * (words + 1) * length);
  let before: Int = 0;
  let after = (words + 1) * length;
  for (let word = words - 1; word >= 0; word--) {
    countDigits(from(keys, before + word * length), counts, elements, 0, SIGN);
    for (let pass: Int = 0; pass < PASSES; pass++) {
      const shift = pass * BITS;
      const column = from(keys, before + word * length);
      const own = from(counts, pass * DIGITS);
      if (isOneDigit(own, get<Int>(column, 0) ^ SIGN, shift, elements)) continue;
      startDigits(own);
      const x = from(keys, before);
      const to = from(keys, after);
      for (let i: Int = 0; i < elements; i++) {
        const digit = ((get<Int>(column, i) ^ SIGN) >>> shift) & DIGIT;
        const target = increment(own, digit);
        set<Int>(to, target, get<Int>(x, i));
        if (columns === 1) continue;
        set<Int>(to, length + target, get<Int>(x, length + i));
        if (columns > 2) set<Int>(to, 2 * length + target, get<Int>(x, 2 * length + i));
      }
      const last = before;
      before = after;
      after = last;
    }
  }
  return before;
}

/**
 * Counts, for each value, the lesser elements of a sorted row.
 *
 * @param right 1 to count equal elements, too; else 0.
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
    let least: Int = 0;
    let most = length;
    while (least < most) {
      const middle = (least + most) >>> 1;
      let order = highKey(sorted, middle, kind);
      let than = high;
      if (order === than) {
        order = lowKey(sorted, middle, kind);
        than = low;
      }
      if (order < than || (right > 0 && order === than)) least = middle + 1;
      else most = middle;
    }
    set<Int>(indices, i, least);
  }
}

/** Returns the upper word of a key, for the ascending order. */
function highKey(x: Elements, i: Int, kind: Int): Int {
  const words = wordsOf(kind);
  const bits = get<Int>(x, i * words + words - 1);
  const size = bits & REST;
  if (kind === FLOAT32) {
    if (size > INFINITE) return REST;
    return size === 0 ? 0 : wordKey(bits, REST, 0);
  }
  if (kind === FLOAT64) {
    const low = get<Int>(x, 2 * i);
    if (size > 0x7ff00000 || (size === 0x7ff00000 && low !== 0)) return REST;
    return size === 0 && low === 0 ? 0 : wordKey(bits, REST, 0);
  }
  return bits;
}

/** Returns the lower word of a key of 64 bits; 0 for a key of 32 bits. */
function lowKey(x: Elements, i: Int, kind: Int): Int {
  if (kind !== FLOAT64) return 0;
  const low = get<Int>(x, 2 * i);
  const bits = get<Int>(x, 2 * i + 1);
  const size = bits & REST;
  if (size > 0x7ff00000 || (size === 0x7ff00000 && low !== 0)) return REST;
  const turned = size === 0 && low === 0 ? 0 : low ^ (bits >> 31);
  return turned ^ SIGN;
}
