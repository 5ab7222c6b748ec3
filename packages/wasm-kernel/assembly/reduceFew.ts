// Sums, maxima and minima down the columns of a few rows, at most one for each lane: a column is then only the tree
// over the lanes. Lanes without a row would be the identity, so they are skipped; a sum begins with +0, so that no lane
// is −0.
//
// The last columns, fewer than a vector, are copied to scratch memory first, where they are padded.

import { Add, combineVectors, isSame } from "./operations";
import { VECTOR_BYTES, vectorLength } from "./vector";

@inline
function rowVector<T, O>(at: usize): v128 {
  const values = v128.load(at);
  return isSame<O, Add>() ? v128.add<T>(v128.splat<T>(<T>0), values) : values;
}

/** Combines one lane of the four vectors of a group, of which at least the first has a row. */
@inline
function lane<T, O>(x: usize, pitch: usize, rows: usize): v128 {
  const step = vectorLength<T>();
  let result = rowVector<T, O>(x);
  if (rows > step) {
    const second = rowVector<T, O>(x + step * pitch);
    result = combineVectors<T, O>(result, second);
  }
  if (rows > 2 * step) {
    let third = rowVector<T, O>(x + 2 * step * pitch);
    if (rows > 3 * step) {
      const fourth = rowVector<T, O>(x + 3 * step * pitch);
      third = combineVectors<T, O>(third, fourth);
    }
    result = combineVectors<T, O>(result, third);
  }
  return result;
}

/** Reduces each column c to out[c], for `columns` that fill whole vectors. */
function reduceVectors<T, O>(
  x: usize,
  out: usize,
  pitch: usize,
  rows: usize,
  columns: usize,
): void {
  for (; columns > 0; columns -= vectorLength<T>()) {
    let result = lane<T, O>(x, pitch, rows);
    if (rows > 1) {
      const second = lane<T, O>(x + pitch, pitch, rows - 1);
      result = combineVectors<T, O>(result, second);
    }
    if (sizeof<T>() == 4 && rows > 2) {
      let third = lane<T, O>(x + 2 * pitch, pitch, rows - 2);
      if (rows > 3) {
        const fourth = lane<T, O>(x + 3 * pitch, pitch, rows - 3);
        third = combineVectors<T, O>(third, fourth);
      }
      result = combineVectors<T, O>(result, third);
    }
    v128.store(out, result);
    x += VECTOR_BYTES;
    out += VECTOR_BYTES;
  }
}

/** Reduces each column c of the matrix o, of 1 to 16 (f64: 8) rows, to out[o, c]. */
@inline
export function reduceFew<T, O>(
  x: usize,
  out: usize,
  scratch: usize,
  outer: usize,
  rows: usize,
  columns: usize,
  columnsApart: usize,
): void {
  const pitch = columnsApart * sizeof<T>();
  const rest = columns & (vectorLength<T>() - 1);
  const whole = (columns - rest) * sizeof<T>();
  const result = scratch + rows * VECTOR_BYTES;
  for (; outer > 0; outer--) {
    if (whole > 0) reduceVectors<T, O>(x, out, pitch, rows, columns - rest);
    if (rest > 0) {
      for (let row: usize = 0; row < rows; row++) {
        copyFew<T>(x + whole + row * pitch, scratch + row * VECTOR_BYTES, rest);
      }
      reduceVectors<T, O>(scratch, result, VECTOR_BYTES, rows, vectorLength<T>());
      copyFew<T>(result, out + whole, rest);
    }
    x += rows * pitch;
    out += columns * sizeof<T>();
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
