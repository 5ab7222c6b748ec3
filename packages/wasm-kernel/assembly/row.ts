// Sums down the columns of a matrix, for the gradient of a row that was repeated over a batch.
//
// Every column is a sequence in the order of summation.ts, so lane j of a column takes the rows
// j, j + L, j + 2L, … of a block of 512 rows. The columns are cut in tiles, so that the lanes of
// a tile stay in the first-level cache while the rows stream past:
//
//   scratch   | lanes: L rows of one tile | factors: L rows | level 0 | level 1 | … | level 23 |
//   bytes     |  8 192                    |  8 192          |  one tile (512 or 1 024) each    |
//
// A matrix of at most one tile of columns needs no inner loop at all: a group of L rows is one
// contiguous array that adds onto the lanes, element by element, so two columns run as fast as
// two hundred. Levels hold the partial sums of the tree, one row each.
//
// The caller passes the scratch memory, so kernels on several threads do not meet in it.

import { BLOCK, leftPart, scalarTerm, vectorTerm } from "./summation";
import { SUM_AND_COPY, SUM_PRODUCT_AND_SCALE } from "./summation";
import { GROUP_BYTES, groupLength, VECTOR_BYTES, vectorLength } from "./vector";

/** Columns in one tile, a multiple of every vector length. */
export const ROW_TILE: usize = 128;

/** Bytes of the lanes of one tile. */
export const LANES_BYTES: usize = 64 * ROW_TILE;

/** 2^23 blocks of 512 rows are more than a memory of 4 GB can hold. */
const LEVELS: usize = 24;

/** Bytes of scratch memory that a kernel with a row operand needs, whatever the shape. */
export function rowScratchByteLength(): usize {
  return 2 * LANES_BYTES + LEVELS * ROW_TILE * sizeof<f64>();
}

/** Writes `row` once for every lane, so that it lines up with a group of rows. */
@inline
export function repeatRow<T>(row: usize, out: usize, columns: usize): void {
  const bytes = columns * sizeof<T>();
  for (let lane: usize = 0; lane < groupLength<T>(); lane++) {
    memory.copy(out + lane * bytes, row, bytes);
  }
}

/** lanes[i] += term(i), for `count` contiguous elements. */
@inline
function addOntoLanes<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factors: usize,
  lanes: usize,
  count: usize,
): void {
  for (; count >= groupLength<T>(); count -= groupLength<T>()) {
    addVectorOntoLanes<T>(kind, left, right, out, factors, lanes, 0);
    addVectorOntoLanes<T>(kind, left, right, out, factors, lanes, 16);
    addVectorOntoLanes<T>(kind, left, right, out, factors, lanes, 32);
    addVectorOntoLanes<T>(kind, left, right, out, factors, lanes, 48);
    left += GROUP_BYTES;
    right += GROUP_BYTES;
    out += GROUP_BYTES;
    factors += GROUP_BYTES;
    lanes += GROUP_BYTES;
  }
  let offset: usize = 0;
  for (; count >= vectorLength<T>(); count -= vectorLength<T>()) {
    addVectorOntoLanes<T>(kind, left, right, out, factors, lanes, offset);
    offset += VECTOR_BYTES;
  }
  for (; count > 0; count--) {
    const factor = load<T>(factors + offset);
    const term = scalarTerm<T>(kind, left, right, out, factor, offset);
    store<T>(lanes + offset, <T>(load<T>(lanes + offset) + term));
    offset += sizeof<T>();
  }
}

@inline
function addVectorOntoLanes<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factors: usize,
  lanes: usize,
  offset: usize,
): void {
  // SUM_AND_COPY never uses the factor, and the compiler drops its load.
  const factor = v128.load(factors + offset);
  const term = vectorTerm<T>(kind, left, right, out, factor, offset);
  v128.store(lanes + offset, v128.add<T>(v128.load(lanes + offset), term));
}

/**
 * One block of at most 512 rows of a tile, `width` columns wide, added into `level`.
 *
 * `pitch` is the distance between rows in elements: equal to `width` for a narrow matrix, where
 * a whole group of rows is taken at once.
 */
@inline
function blockRows<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factors: usize,
  lanes: usize,
  level: usize,
  rows: usize,
  width: usize,
  pitch: usize,
): void {
  const laneBytes = width * sizeof<T>();
  memory.fill(lanes, 0, groupLength<T>() * laneBytes);
  const rowsAtOnce: usize = width == pitch ? groupLength<T>() : 1;
  let lane: usize = 0;
  while (rows > 0) {
    const taken = rowsAtOnce < rows ? rowsAtOnce : rows;
    const onto = lanes + lane * laneBytes;
    addOntoLanes<T>(kind, left, right, out, factors, onto, taken * width);
    const bytes = taken * pitch * sizeof<T>();
    left += bytes;
    right += bytes;
    out += bytes;
    rows -= taken;
    lane = (lane + taken) & (groupLength<T>() - 1);
  }
  combineLanes<T>(lanes, level, width);
}

/**
 * level[c] = the lanes of column c combined. It works in whole vectors and so reads and writes up
 * to three elements beyond the tile, which are padding in scratch memory and are never used.
 */
function combineLanes<T>(lanes: usize, level: usize, width: usize): void {
  const bytes = width * sizeof<T>();
  for (let offset: usize = 0; offset < bytes; offset += VECTOR_BYTES) {
    const at = lanes + offset;
    let sum: v128;
    if (sizeof<T>() == 4) {
      const lane0 = fourVectors<T>(at, 4 * bytes);
      const lane1 = fourVectors<T>(at + bytes, 4 * bytes);
      const lane2 = fourVectors<T>(at + 2 * bytes, 4 * bytes);
      const lane3 = fourVectors<T>(at + 3 * bytes, 4 * bytes);
      sum = v128.add<T>(v128.add<T>(lane0, lane1), v128.add<T>(lane2, lane3));
    } else {
      const lane0 = fourVectors<T>(at, 2 * bytes);
      const lane1 = fourVectors<T>(at + bytes, 2 * bytes);
      sum = v128.add<T>(lane0, lane1);
    }
    v128.store(level + offset, sum);
  }
}

/** The same lane of the four vectors of a group, as (s0 + s1) + (s2 + s3). */
@inline
function fourVectors<T>(at: usize, step: usize): v128 {
  const low = v128.add<T>(v128.load(at), v128.load(at + step));
  const high = v128.add<T>(v128.load(at + 2 * step), v128.load(at + 3 * step));
  return v128.add<T>(low, high);
}

/** The tree of block sums, as in summation.ts: the sum of all `rows` rows goes to `level`. */
function sumTile<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factors: usize,
  lanes: usize,
  level: usize,
  rows: usize,
  width: usize,
  pitch: usize,
): void {
  if (rows <= BLOCK) {
    // The kind is written out, so that each gets a loop without a test in it.
    if (kind == SUM_AND_COPY) {
      blockRows<T>(SUM_AND_COPY, left, left, out, factors, lanes, level, rows, width, pitch);
    } else {
      blockRows<T>(
        SUM_PRODUCT_AND_SCALE, left, right, out, factors, lanes, level, rows, width, pitch,
      );
    }
    return;
  }
  const half = leftPart(rows);
  const bytes = half * pitch * sizeof<T>();
  const next = level + ROW_TILE * sizeof<T>();
  sumTile<T>(kind, left, right, out, factors, lanes, level, half, width, pitch);
  sumTile<T>(
    kind, left + bytes, right + bytes, out + bytes, factors, lanes, next, rows - half, width, pitch,
  );
  for (let offset: usize = 0; offset < width * sizeof<T>(); offset += VECTOR_BYTES) {
    const before = v128.load(level + offset);
    v128.store(level + offset, v128.add<T>(before, v128.load(next + offset)));
  }
}

/**
 * sums[c] = Σ over rows of the term of `kind`, with its side result in `out`; `factors` is the
 * row of factors, and is not read by SUM_AND_COPY.
 */
export function sumRows<T>(
  kind: i32,
  left: usize,
  right: usize,
  out: usize,
  factors: usize,
  sums: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
): void {
  const repeated = scratch + LANES_BYTES;
  const level = repeated + LANES_BYTES;
  if (columns <= ROW_TILE) {
    if (kind == SUM_PRODUCT_AND_SCALE) repeatRow<T>(factors, repeated, columns);
    sumTile<T>(kind, left, right, out, repeated, scratch, level, rows, columns, columns);
    memory.copy(sums, level, columns * sizeof<T>());
    return;
  }
  for (let start: usize = 0; start < columns; start += ROW_TILE) {
    const rest = columns - start;
    const width = rest < ROW_TILE ? rest : ROW_TILE;
    const bytes = start * sizeof<T>();
    sumTile<T>(
      kind, left + bytes, right + bytes, out + bytes, factors + bytes, scratch, level,
      rows, width, columns,
    );
    memory.copy(sums + bytes, level, width * sizeof<T>());
  }
}
