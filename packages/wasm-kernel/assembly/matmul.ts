// The matrix product: out[rows × columns] = a[rows × inner] · b[inner × columns].
//
// Both operands have a row stride and a column stride, so a transposed matrix is a matrix with its
// strides exchanged; out has a row stride, which exceeds its columns where it is some columns of a wider result. The
// sums have the order of matmulChunk.ts.
//
//   for each block of 1024 columns           the columns of b that are packed together
//     for each chunk of 4096 k               its sums are in out, or in scratch and are added for each block of 256 k
//       pack b: panels of 2 vectors        1 MB in float32, the third-level cache; few rows read it where it is for
//       each block of 240 rows pack a: panels of 5 rows         240 kB, the second-level cache for each panel of b
//       8 kB, the first-level cache for each panel of a            one tile in registers (matmulTiles.ts)
//
// (This is the scheme of GotoBLAS: Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, 2008.) A tile continues the sums in out, where an ordinary product would add the sums of a block at
// the end. So the bits do not depend on the blocks of k.
//
// The caller passes the scratch memory, so kernels on several threads do not share it:
//
//   | tile at the right edge | packed a | packed b | sums of a later chunk, if there is one |

import {
  addSums,
  aligned,
  BLOCK_COLUMNS,
  BLOCK_INNER,
  BLOCK_ROWS,
  EDGE_BYTES,
  multiplyBlock,
  packColumns,
  packedColumnsByteLength,
  packedRowsByteLength,
  readsInPlace,
} from "./matmulBlock";
import { CHUNK } from "./matmulChunk";
import { multiplyVector, vectorScratchByteLength } from "./matmulVector";

/** The number of rows whose sums of a later chunk are in scratch memory together. */
const BAND_ROWS: usize = 4 * BLOCK_ROWS;

/** Returns the bytes of `scratch` that `matmul` needs for these lengths. */
// exported for f32, f64
function matmulScratchByteLength<T>(rows: usize, columns: usize, inner: usize): usize {
  if (rows == 1 || columns == 1) return vectorScratchByteLength<T>();
  const packed =
    aligned(packedRowsByteLength<T>(rows, inner)) +
    aligned(packedColumnsByteLength<T>(columns, inner));
  if (inner <= CHUNK) return EDGE_BYTES + packed;
  return EDGE_BYTES + packed + min(rows, BAND_ROWS) * min(columns, BLOCK_COLUMNS) * sizeof<T>();
}

/** Computes out = a · b; strides are in elements. */
// exported for f32, f64
@inline
function matmul<T>(
  a: usize,
  b: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
  inner: usize,
  aRowStride: usize,
  aColumnStride: usize,
  bRowStride: usize,
  bColumnStride: usize,
  outStride: usize,
): void {
  // Steps are in bytes from here on.
  const aRowStep = aRowStride * sizeof<T>();
  const aColumnStep = aColumnStride * sizeof<T>();
  const bRowStep = bRowStride * sizeof<T>();
  const bColumnStep = bColumnStride * sizeof<T>();
  const outStep = outStride * sizeof<T>();
  if (inner == 0) {
    for (; rows > 0; rows--) {
      memory.fill(out, 0, columns * sizeof<T>());
      out += outStep;
    }
    return;
  }
  if (columns == 1 && outStride == 1) {
    multiplyVector<T>(a, aRowStep, aColumnStep, b, bRowStep, out, scratch, rows, inner);
    return;
  }
  if (rows == 1) {
    multiplyVector<T>(b, bColumnStep, bRowStep, a, aColumnStep, out, scratch, columns, inner);
    return;
  }
  const packedA = scratch + EDGE_BYTES;
  const packedB = packedA + aligned(packedRowsByteLength<T>(rows, inner));
  const sums = packedB + aligned(packedColumnsByteLength<T>(columns, inner));
  const inPlace = readsInPlace<T>(rows, inner, bColumnStep, bRowStep);
  const bandRows = inner > CHUNK ? min(rows, BAND_ROWS) : rows;
  for (let row: usize = 0; row < rows; row += bandRows) {
    const band = min(rows - row, bandRows);
    const bandA = a + row * aRowStep;
    for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
      const width = min(columns - column, BLOCK_COLUMNS);
      const blockB = b + column * bColumnStep;
      const block = out + row * outStep + column * sizeof<T>();
      for (let k: usize = 0; k < inner; k += BLOCK_INNER) {
        const depth = min(inner - k, BLOCK_INNER);
        const isLater = k >= CHUNK;
        const sumStep = isLater ? width * sizeof<T>() : outStep;
        const partB = blockB + k * bRowStep;
        if (!inPlace) packColumns<T>(partB, bColumnStep, bRowStep, packedB, width, depth);
        multiplyBlock<T>(
          bandA + k * aColumnStep, aRowStep, aColumnStep, scratch, packedA, packedB,
          partB, inPlace ? bRowStep : 0, isLater ? sums : block, sumStep, band, width, depth, k % CHUNK == 0,
        );
        const isEnd = (k + depth) % CHUNK == 0 || k + depth == inner;
        if (isLater && isEnd) addSums<T>(sums, block, outStep, band, width);
      }
    }
  }
}
