// Written from packages/wasm-kernel/assembly/algorithms/order.ts; do not edit.
//
// The order of elements, greatest first: the one permutation from which the greatest k come, and where they
// stand. Equal elements stay in the order in which they stand, 0 and -0 are equal, and NaN is the greatest.
//
// Elements become keys, one int32 for 32 bits and two for 64, whose order as integers is that of the elements.
// Few elements, and the greatest few of many, are inserted into a list; else keys are sorted by their digits,
// from the last to the first (radix sort; Knuth, "The Art of Computer Programming" 3, 5.2.5). Of the greatest quarter
// or less only those are sorted whose first digit is not behind that of the k-th.

import { type Elements, get, type Int, set } from "./elements.ts";

/** The kinds of elements; 0 is int32. */
const FLOAT32: Int = 1;
const FLOAT64: Int = 2;

/** So many elements, or of more the greatest so many, are inserted into a list. */
const FEW: Int = 64;
const FEW_GREATEST: Int = 16;

/** From so many elements on, digits of 11 bits and 3 passes are quicker than 4 of 8 bits. */
const MANY: Int = 8192;

/** The sign of an int32. */
const SIGN: Int = 1 << 31;

/** All bits but the sign. */
const REST: Int = 0x7fffffff;

/** How many int32 of scratch memory rows of a length need. */
export function orderScratchLength(length: Int, kind: Int): Int {
  // Keys and places before and after a pass, and the counts of digits.
  return 2 * (wordsOf(kind) + 1) * length + 3 * 2048;
}

/** How many int32 an element is. */
function wordsOf(kind: Int): Int {
  return kind === FLOAT64 ? 2 : 1;
}

/**
 * The greatest k elements of each row, and where they stand in it.
 *
 * @param x, values elements as int32.
 */
export function greatestOfRows(
  x: Elements,
  values: Elements,
  indices: Elements,
  scratch: Elements,
  rows: Int,
  length: Int,
  k: Int,
  kind: Int,
): void {
  const words = wordsOf(kind);
  for (let row: Int = 0; row < rows; row++) {
    const start = row * length * words;
    makeKeys(x, start, scratch, length, kind);
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

/**
 * The keys of a row, the least for the greatest element: first the words that decide, then the others, and
 * behind them the places of the elements.
 */
function makeKeys(x: Elements, start: Int, keys: Elements, length: Int, kind: Int): void {
  const places = wordsOf(kind) * length;
  for (let i: Int = 0; i < length; i++) {
    if (kind === FLOAT64) {
      let low = get<Int>(x, start + 2 * i);
      let high = get<Int>(x, start + 2 * i + 1);
      const size = high & REST;
      if (size > 0x7ff00000 || (size === 0x7ff00000 && low !== 0)) {
        high = REST;
        low = -1;
      } else {
        if (size === 0 && low === 0) high = 0;
        // Of negative numbers greater bits are less.
        low = low ^ (high >> 31);
        high = high ^ ((high >> 31) & REST);
      }
      set<Int>(keys, i, ~high);
      set<Int>(keys, length + i, ~low ^ SIGN);
    } else {
      let bits = get<Int>(x, start + i);
      if (kind === FLOAT32) {
        if ((bits & REST) > 0x7f800000) bits = REST;
        else if (bits === SIGN) bits = 0;
        else bits = bits ^ ((bits >> 31) & REST);
      }
      set<Int>(keys, i, ~bits);
    }
    set<Int>(keys, places + i, i);
  }
}

/** Where the places of the k elements with the least keys stand, in order. */
function orderOfKeys(keys: Elements, length: Int, k: Int, words: Int): Int {
  if (length <= FEW || k <= FEW_GREATEST) return insertKeys(keys, length, length, k, words);
  const count = 4 * k <= length ? selectKeys(keys, length, k, words) : length;
  if (count <= FEW) return insertKeys(keys, length, count, k, words);
  return sortKeys(keys, length, count, words, count < MANY ? 8 : 11);
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

/** Sorts the first elements by digits of so many bits, the last ones first. */
function sortKeys(keys: Elements, length: Int, elements: Int, words: Int, bits: Int): Int {
  const columns = words + 1;
  const counts = 2 * columns * length;
  const mask: Int = (1 << bits) - 1;
  let from: Int = 0;
  let to = columns * length;
  for (let word = words - 1; word >= 0; word--) {
    for (let shift: Int = 0; shift < 32; shift += bits) {
      const column = from + word * length;
      if (!startDigits(keys, column, elements, counts, shift, mask)) continue;
      for (let i: Int = 0; i < elements; i++) {
        const key = get<Int>(keys, column + i);
        const count = counts + (((key ^ SIGN) >>> shift) & mask);
        const place = get<Int>(keys, count);
        set<Int>(keys, count, place + 1);
        set<Int>(keys, to + place, get<Int>(keys, from + i));
        set<Int>(keys, to + length + place, get<Int>(keys, from + length + i));
        if (words > 1) {
          set<Int>(keys, to + 2 * length + place, get<Int>(keys, from + 2 * length + i));
        }
      }
      const before = from;
      from = to;
      to = before;
    }
  }
  return from + words * length;
}

/** Where the elements of each digit start, from 0 on; false if all have one digit, so that nothing moves. */
function startDigits(
  keys: Elements,
  column: Int,
  length: Int,
  counts: Int,
  shift: Int,
  mask: Int,
): boolean {
  for (let digit: Int = 0; digit <= mask; digit++) set<Int>(keys, counts + digit, 0);
  for (let i: Int = 0; i < length; i++) {
    const count = counts + (((get<Int>(keys, column + i) ^ SIGN) >>> shift) & mask);
    set<Int>(keys, count, get<Int>(keys, count) + 1);
  }
  const first = counts + (((get<Int>(keys, column) ^ SIGN) >>> shift) & mask);
  if (get<Int>(keys, first) === length) return false;
  let start: Int = 0;
  for (let digit: Int = 0; digit <= mask; digit++) {
    const count = get<Int>(keys, counts + digit);
    set<Int>(keys, counts + digit, start);
    start += count;
  }
  return true;
}
