// Blocks of a matrix product: b is packed, and all rows of a are packed and multiplied with it, tile by tile.

import { packPanels } from "./matmulPack";
import { TILE_ROWS, TILE_VECTORS, tileIndex_f32, tileIndex_f64 } from "./matmulTiles";
import { VECTOR_BYTES, vectorLength } from "./vector";

/** The most rows, columns and k that are packed together. BLOCK_ROWS is a multiple of the rows of a tile. */
export const BLOCK_ROWS: usize = 240;
export const BLOCK_COLUMNS: usize = 1024;
export const BLOCK_INNER: usize = 256;

/** The most rows for which b is read without packing. */
const IN_PLACE_ROWS: usize = 4 * TILE_ROWS;
/** The most bytes of b that are read without packing: a share of the third-level cache. */
const IN_PLACE_BYTES: usize = 4 << 20;
/** The bytes of a second-level cache. */
const SECOND_LEVEL_BYTES: usize = 1 << 20;

const PANEL_BYTES: usize = TILE_VECTORS * VECTOR_BYTES;
export const EDGE_BYTES: usize = 192;

/** Bytes of packed rows. */
export function packedRowsByteLength<T>(rows: usize, inner: usize): usize {
  return min(rows, BLOCK_ROWS) * min(inner, BLOCK_INNER) * sizeof<T>();
}

/** Bytes of packed columns. */
export function packedColumnsByteLength<T>(columns: usize, inner: usize): usize {
  const bytes = min(columns, BLOCK_COLUMNS) * sizeof<T>();
  return ((bytes + PANEL_BYTES - 1) / PANEL_BYTES) * PANEL_BYTES * min(inner, BLOCK_INNER);
}

/** Rounds up to a multiple of 64, so that the next part starts on a cache line. */
export function aligned(bytes: usize): usize {
  return (bytes + 63) & ~(<usize>63);
}

/** Returns the number of vectors for `columns` elements, at most those of a tile. */
function vectorsOf<T>(columns: usize): usize {
  return columns > vectorLength<T>() ? 2 : 1;
}

/** Packs a block of b. */
@inline
export function packColumns<T>(
  b: usize,
  columnStep: usize,
  rowStep: usize,
  packedB: usize,
  columns: usize,
  depth: usize,
): void {
  packPanels<T>(
    b, columnStep, rowStep, packedB, columns,
    TILE_VECTORS * vectorLength<T>(), vectorLength<T>(), depth,
  );
}

/**
 * True if b is read without packing, which costs more than it saves if a has few rows. Rows of b that are a multiple of
 * 1024 bytes apart share few sets of the first-level cache, so each tile fetches them again. That pays for two tiles at
 * most, and only if b fits in the second-level cache. A larger b is read faster from end to end. A b whose rows are all
 * the same row is packed, since a distance of 0 means a packed b.
 */
@inline
export function readsInPlace<T>(rows: usize, inner: usize, columnStep: usize, rowStep: usize): bool {
  const bytes = rowStep * inner;
  const isNear =
    (rowStep & 1023) == 0
      ? rows <= 2 * TILE_ROWS && bytes <= SECOND_LEVEL_BYTES
      : rows <= IN_PLACE_ROWS && bytes <= IN_PLACE_BYTES;
  return columnStep == sizeof<T>() && rowStep != 0 && isNear;
}

/**
 * Computes the product of a band of a, packed block by block, and a block of b, which is packed or (with `bStep` > 0)
 * read in place.
 */
// exported for f32, f64
export function multiplyBlock<T>(
  a: usize,
  aRowStep: usize,
  aColumnStep: usize,
  edge: usize,
  packedA: usize,
  packedB: usize,
  b: usize,
  bStep: usize,
  out: usize,
  outStep: usize,
  rows: usize,
  columns: usize,
  depth: usize,
  first: bool,
): void {
  for (; rows > 0; ) {
    const block = min(rows, BLOCK_ROWS);
    packPanels<T>(a, aRowStep, aColumnStep, packedA, block, TILE_ROWS, 1, depth);
    let panelB = bStep > 0 ? b : packedB;
    let target = out;
    for (let rest = columns; rest > 0; ) {
      const width = min(rest, TILE_VECTORS * vectorLength<T>());
      const vectors = vectorsOf<T>(width);
      let step = bStep > 0 ? bStep : vectors * VECTOR_BYTES;
      if (bStep > 0 && width < vectors * vectorLength<T>()) {
        // The last columns are packed, since a vector would end after the last column.
        packColumns<T>(panelB, sizeof<T>(), bStep, packedB, width, depth);
        panelB = packedB;
        step = vectors * VECTOR_BYTES;
      }
      multiplyPanel<T>(
        packedA, panelB, vectors, step, edge, target, outStep, block, width, depth, first,
      );
      panelB += bStep > 0 ? width * sizeof<T>() : step * depth;
      target += width * sizeof<T>();
      rest -= width;
    }
    a += block * aRowStep;
    out += block * outStep;
    rows -= block;
  }
}

/** Computes all panels of a block of a with one panel of b. */
function multiplyPanel<T>(
  a: usize,
  b: usize,
  vectors: usize,
  bStep: usize,
  edge: usize,
  out: usize,
  outStep: usize,
  rows: usize,
  width: usize,
  depth: usize,
  first: bool,
): void {
  const whole = width == vectors * vectorLength<T>();
  let tile = tileIndex<T>(TILE_ROWS, vectors);
  while (rows > 0) {
    const lines = min(rows, TILE_ROWS);
    if (lines < TILE_ROWS) tile = tileIndex<T>(lines, vectors);
    const aStep = lines * sizeof<T>();
    if (whole) {
      call_indirect<void>(tile, a, b, out, depth, aStep, bStep, outStep, first);
    } else {
      if (!first) copyTile<T>(out, outStep, edge, PANEL_BYTES, lines, width);
      call_indirect<void>(tile, a, b, edge, depth, aStep, bStep, PANEL_BYTES, first);
      copyTile<T>(edge, PANEL_BYTES, out, outStep, lines, width);
    }
    a += aStep * depth;
    out += lines * outStep;
    rows -= lines;
  }
}

@inline
function tileIndex<T>(rows: usize, vectors: usize): u32 {
  return sizeof<T>() == 4 ? tileIndex_f32(rows, vectors) : tileIndex_f64(rows, vectors);
}

/** Copies element by element, because a call of memory.copy costs more than a few elements. */
function copyTile<T>(
  source: usize,
  sourceStep: usize,
  target: usize,
  targetStep: usize,
  rows: usize,
  columns: usize,
): void {
  for (; rows > 0; rows--) {
    for (let offset: usize = 0; offset < columns * sizeof<T>(); offset += sizeof<T>()) {
      store<T>(target + offset, load<T>(source + offset));
    }
    source += sourceStep;
    target += targetStep;
  }
}

/** Computes out[row][column] += sums[row][column], where `sums` is contiguous. */
export function addSums<T>(
  sums: usize,
  out: usize,
  outStep: usize,
  rows: usize,
  columns: usize,
): void {
  for (; rows > 0; rows--) {
    let offset: usize = 0;
    let rest = columns;
    for (; rest >= vectorLength<T>(); rest -= vectorLength<T>()) {
      const sum = v128.load(sums + offset);
      v128.store(out + offset, v128.add<T>(v128.load(out + offset), sum));
      offset += VECTOR_BYTES;
    }
    for (; rest > 0; rest--) {
      store<T>(out + offset, <T>(load<T>(out + offset) + load<T>(sums + offset)));
      offset += sizeof<T>();
    }
    sums += offset;
    out += outStep;
  }
}
