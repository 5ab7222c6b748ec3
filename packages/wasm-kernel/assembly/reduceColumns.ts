// Sums, maxima and minima down the columns of a matrix, in the order of summation.ts: lane j of a column combines the
// rows j, j + L, j + 2L, … of a block of 512 rows.
//
// The columns are divided into tiles, so that the lanes of a tile stay in the first-level cache while its rows are
// read. Levels have the partial results of the tree, one row each:
//
//   scratch   | lanes: L rows of one tile | level 0 | level 1 | … | level 23 |
//   bytes     |  8 192                    |  one tile (512 or 1 024) each    |
//
// The caller passes the scratch memory, so kernels on several threads do not share it.
//
// One lane of eight vectors of columns stays in registers while its rows are read, so that a vector costs one load and
// one operation. In a matrix of at most one tile of columns, L adjacent rows are treated as one long row; so two
// columns are as fast as two hundred.

import { combineScalars, combineVectors, identityOf } from "./operations";
import { BLOCK, leftPart } from "./summation";
import { groupLength, VECTOR_BYTES, vectorLength } from "./vector";

/** The number of columns in one tile, a multiple of every vector length. */
const ROW_TILE: usize = 128;

/** The bytes of the lanes of one tile. */
const LANES_BYTES: usize = 64 * ROW_TILE;

/** The number of levels of the tree: 2^23 blocks of 512 rows exceed a memory of 4 GB. */
const LEVELS: usize = 24;

/** Returns the bytes of scratch memory that a reduction of any shape needs. */
export function reductionScratchByteLength(): usize {
  return LANES_BYTES + LEVELS * ROW_TILE * sizeof<f64>();
}

/** The bytes of the vectors that are kept in registers together. */
const STRIP_BYTES: usize = 8 * VECTOR_BYTES;

/** Computes lanes[i] by combining the `times` elements x[i], x[i + step], …, for `bytes` of whole vectors. */
@inline
function foldVectors<T, O>(
  x: usize,
  lanes: usize,
  bytes: usize,
  step: usize,
  times: usize,
): void {
  const none = v128.splat<T>(identityOf<T, O>());
  for (; bytes >= STRIP_BYTES; bytes -= STRIP_BYTES) {
    let s0 = none;
    let s1 = none;
    let s2 = none;
    let s3 = none;
    let s4 = none;
    let s5 = none;
    let s6 = none;
    let s7 = none;
    let from = x;
    for (let left = times; left > 0; left--) {
      s0 = combineVectors<T, O>(s0, v128.load(from));
      s1 = combineVectors<T, O>(s1, v128.load(from, 16));
      s2 = combineVectors<T, O>(s2, v128.load(from, 32));
      s3 = combineVectors<T, O>(s3, v128.load(from, 48));
      s4 = combineVectors<T, O>(s4, v128.load(from, 64));
      s5 = combineVectors<T, O>(s5, v128.load(from, 80));
      s6 = combineVectors<T, O>(s6, v128.load(from, 96));
      s7 = combineVectors<T, O>(s7, v128.load(from, 112));
      from += step;
    }
    v128.store(lanes, s0);
    v128.store(lanes, s1, 16);
    v128.store(lanes, s2, 32);
    v128.store(lanes, s3, 48);
    v128.store(lanes, s4, 64);
    v128.store(lanes, s5, 80);
    v128.store(lanes, s6, 96);
    v128.store(lanes, s7, 112);
    x += STRIP_BYTES;
    lanes += STRIP_BYTES;
  }
  for (; bytes > 0; bytes -= VECTOR_BYTES) {
    let sum = none;
    let from = x;
    for (let left = times; left > 0; left--) {
      sum = combineVectors<T, O>(sum, v128.load(from));
      from += step;
    }
    v128.store(lanes, sum);
    x += VECTOR_BYTES;
    lanes += VECTOR_BYTES;
  }
}

/** Does the same as foldVectors, for any number of elements. */
@inline
function foldElements<T, O>(
  x: usize,
  lanes: usize,
  count: usize,
  step: usize,
  times: usize,
): void {
  const whole = (count & ~(vectorLength<T>() - 1)) * sizeof<T>();
  foldVectors<T, O>(x, lanes, whole, step, times);
  for (let offset = whole; offset < count * sizeof<T>(); offset += sizeof<T>()) {
    let sum = identityOf<T, O>();
    let from = x + offset;
    for (let left = times; left > 0; left--) {
      sum = combineScalars<T, O>(sum, load<T>(from));
      from += step;
    }
    store<T>(lanes + offset, sum);
  }
}

/** Combines x[i] into lanes[i]. */
@inline
function fold<T, O>(x: usize, lanes: usize, count: usize): void {
  let offset: usize = 0;
  for (; count >= vectorLength<T>(); count -= vectorLength<T>()) {
    const before = v128.load(lanes + offset);
    v128.store(lanes + offset, combineVectors<T, O>(before, v128.load(x + offset)));
    offset += VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    const before = load<T>(lanes + offset);
    store<T>(lanes + offset, combineScalars<T, O>(before, load<T>(x + offset)));
    offset += sizeof<T>();
  }
}

/**
 * Reduces one block of at most 512 rows of a tile of `width` columns to one row in `level`. `pitch` is the distance
 * between rows in elements: it equals `width` for a narrow matrix.
 */
function reduceBlock<T, O>(
  x: usize,
  lanes: usize,
  level: usize,
  rows: usize,
  width: usize,
  pitch: usize,
): void {
  const laneBytes = width * sizeof<T>();
  const pitchBytes = pitch * sizeof<T>();
  const step = groupLength<T>() * pitchBytes;
  const groups = rows / groupLength<T>();
  const rest = rows - groups * groupLength<T>();
  const narrow = width == pitch;
  const atOnce: usize = narrow ? groupLength<T>() : 1;
  for (let lane: usize = 0; lane < groupLength<T>(); lane += atOnce) {
    const times = groups + usize(!narrow && lane < rest);
    const onto = lanes + lane * laneBytes;
    foldElements<T, O>(x + lane * pitchBytes, onto, width * atOnce, step, times);
  }
  if (narrow) fold<T, O>(x + groups * step, lanes, rest * width);
  combineLanes<T, O>(lanes, level, laneBytes);
}

/**
 * Combines the lanes of each column c to level[c]. It reads and writes whole vectors, so up to three elements beyond
 * the tile, which are unused padding in scratch memory.
 */
@inline
function combineLanes<T, O>(lanes: usize, level: usize, bytes: usize): void {
  const vector = vectorLength<T>() * bytes;
  for (let offset: usize = 0; offset < bytes; offset += VECTOR_BYTES) {
    const at = lanes + offset;
    let result = combineVectors<T, O>(fourVectors<T, O>(at, vector),
      fourVectors<T, O>(at + bytes, vector),
    );
    if (sizeof<T>() == 4) {
      const high = combineVectors<T, O>(fourVectors<T, O>(at + 2 * bytes, vector),
        fourVectors<T, O>(at + 3 * bytes, vector),
      );
      result = combineVectors<T, O>(result, high);
    }
    v128.store(level + offset, result);
  }
}

/** Combines the same lane of the four vectors of a group, as (s0 + s1) + (s2 + s3). */
@inline
function fourVectors<T, O>(at: usize, step: usize): v128 {
  const low = combineVectors<T, O>(v128.load(at), v128.load(at + step));
  const high = combineVectors<T, O>(v128.load(at + 2 * step), v128.load(at + 3 * step));
  return combineVectors<T, O>(low, high);
}

/** Computes the tree of blocks: reduces all `rows` rows of a tile to one row in `level`. */
function reduceTile<T, O>(
  x: usize,
  lanes: usize,
  level: usize,
  rows: usize,
  width: usize,
  pitch: usize,
): void {
  if (rows <= BLOCK) {
    reduceBlock<T, O>(x, lanes, level, rows, width, pitch);
    return;
  }
  const half = leftPart(rows);
  const next = level + ROW_TILE * sizeof<T>();
  reduceTile<T, O>(x, lanes, level, half, width, pitch);
  const after = x + half * pitch * sizeof<T>();
  reduceTile<T, O>(after, lanes, next, rows - half, width, pitch);
  fold<T, O>(next, level, width);
}

/** Reduces each column c of a matrix of rows × columns to out[c]; rows are `pitch` elements apart. */
@inline
export function reduceColumns<T, O>(
  x: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
  pitch: usize,
): void {
  const level = scratch + LANES_BYTES;
  if (columns <= ROW_TILE) {
    if (rows <= BLOCK) reduceBlock<T, O>(x, scratch, level, rows, columns, pitch);
    else reduceTile<T, O>(x, scratch, level, rows, columns, pitch);
    memory.copy(out, level, columns * sizeof<T>());
    return;
  }
  for (let start: usize = 0; start < columns; start += ROW_TILE) {
    const width = min(columns - start, ROW_TILE);
    const bytes = start * sizeof<T>();
    reduceTile<T, O>(x + bytes, scratch, level, rows, width, pitch);
    memory.copy(out + bytes, level, width * sizeof<T>());
  }
}
