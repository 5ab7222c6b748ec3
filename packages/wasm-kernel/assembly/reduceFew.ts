// Sums, maxima and minima down the columns of a few rows, at most one for each lane: then a column is
// only the tree over the lanes. Lanes without a row hold the identity, which changes nothing and is
// left out; a sum begins with +0, so that no lane is −0.
//
// The last columns, fewer than a vector, are copied to scratch memory first, where they are padded.

import { ADD, combineVectors, MAXIMUM, MINIMUM } from "./reduceSequence";
import { VECTOR_BYTES, vectorLength } from "./vector";

@inline
function rowVector<T>(operation: i32, at: usize): v128 {
  const values = v128.load(at);
  return operation == ADD ? v128.add<T>(v128.splat<T>(<T>0), values) : values;
}

/** One lane of the four vectors of a group, of which at least the first has a row. */
@inline
function lane<T>(operation: i32, x: usize, pitch: usize, rows: usize): v128 {
  const step = vectorLength<T>();
  let result = rowVector<T>(operation, x);
  if (rows > step) {
    const second = rowVector<T>(operation, x + step * pitch);
    result = combineVectors<T>(operation, result, second);
  }
  if (rows > 2 * step) {
    let third = rowVector<T>(operation, x + 2 * step * pitch);
    if (rows > 3 * step) {
      const fourth = rowVector<T>(operation, x + 3 * step * pitch);
      third = combineVectors<T>(operation, third, fourth);
    }
    result = combineVectors<T>(operation, result, third);
  }
  return result;
}

/** out[c] = the column c as one element, for `columns` of whole vectors. */
@inline
function reduceVectors<T>(
  operation: i32,
  x: usize,
  out: usize,
  pitch: usize,
  rows: usize,
  columns: usize,
): void {
  for (; columns > 0; columns -= vectorLength<T>()) {
    let result = lane<T>(operation, x, pitch, rows);
    if (rows > 1) {
      const second = lane<T>(operation, x + pitch, pitch, rows - 1);
      result = combineVectors<T>(operation, result, second);
    }
    if (sizeof<T>() == 4 && rows > 2) {
      let third = lane<T>(operation, x + 2 * pitch, pitch, rows - 2);
      if (rows > 3) {
        const fourth = lane<T>(operation, x + 3 * pitch, pitch, rows - 3);
        third = combineVectors<T>(operation, third, fourth);
      }
      result = combineVectors<T>(operation, result, third);
    }
    v128.store(out, result);
    x += VECTOR_BYTES;
    out += VECTOR_BYTES;
  }
}

// As in reduceSequence.ts, each operation has a function of its own with more than one caller.

function sumVectors<T>(x: usize, out: usize, pitch: usize, rows: usize, columns: usize): void {
  reduceVectors<T>(ADD, x, out, pitch, rows, columns);
}

function maximumVectors<T>(x: usize, out: usize, pitch: usize, rows: usize, columns: usize): void {
  reduceVectors<T>(MAXIMUM, x, out, pitch, rows, columns);
}

function minimumVectors<T>(x: usize, out: usize, pitch: usize, rows: usize, columns: usize): void {
  reduceVectors<T>(MINIMUM, x, out, pitch, rows, columns);
}

@inline
function reduceWhole<T>(
  operation: i32,
  x: usize,
  out: usize,
  pitch: usize,
  rows: usize,
  columns: usize,
): void {
  if (operation == ADD) sumVectors<T>(x, out, pitch, rows, columns);
  else if (operation == MAXIMUM) maximumVectors<T>(x, out, pitch, rows, columns);
  else minimumVectors<T>(x, out, pitch, rows, columns);
}

/** out[o, c] = the column c of the matrix o, of 1 to 16 (f64: 8) rows, as one element. */
@inline
export function reduceFew<T>(
  operation: i32,
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  rows: usize,
  columns: usize,
): void {
  const pitch = columns * sizeof<T>();
  const rest = columns & (vectorLength<T>() - 1);
  const whole = (columns - rest) * sizeof<T>();
  const result = scratch + rows * VECTOR_BYTES;
  for (; outer > 0; outer--) {
    if (whole > 0) reduceWhole<T>(operation, x, out, pitch, rows, columns - rest);
    if (rest > 0) {
      for (let row: usize = 0; row < rows; row++) {
        copyFew<T>(x + whole + row * pitch, scratch + row * VECTOR_BYTES, rest);
      }
      reduceWhole<T>(operation, scratch, result, VECTOR_BYTES, rows, vectorLength<T>());
      copyFew<T>(result, out + whole, rest);
    }
    x += rows * pitch;
    out += pitch;
  }
}

/** Copies one to three elements. */
@inline
function copyFew<T>(from: usize, to: usize, count: usize): void {
  store<T>(to, load<T>(from));
  if (sizeof<T>() == 8) return;
  if (count > 1) store<T>(to + 4, load<T>(from + 4));
  if (count > 2) store<T>(to + 8, load<T>(from + 8));
}
