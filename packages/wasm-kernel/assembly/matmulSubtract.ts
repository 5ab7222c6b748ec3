// The kernel out −= a · b. The sums of the product continue the values in out, for any number of terms, so the bits of
// a factorisation do not depend on its blocks. The scheme is that of matmul.ts; the packed block of b is negated, since
// out + a · (−b) has the bits of out − a · b.

import {
  aligned,
  BLOCK_COLUMNS,
  BLOCK_INNER,
  EDGE_BYTES,
  multiplyBlock,
  packColumns,
  packedColumnsByteLength,
  packedRowsByteLength,
} from "./matmulBlock";
import { VECTOR_BYTES } from "./vector";

/** Returns the bytes of `scratch` that `subtractMatmul` needs for lengths up to these. */
export function subtractScratchByteLength<T>(rows: usize, columns: usize, inner: usize): usize {
  const packed = aligned(packedRowsByteLength<T>(rows, inner));
  return EDGE_BYTES + packed + aligned(packedColumnsByteLength<T>(columns, inner));
}

/** Computes out −= a · b; steps are in bytes, and columns of out are adjacent. */
export function subtractMatmul<T>(
  a: usize,
  b: usize,
  out: usize,
  scratch: usize,
  rows: usize,
  columns: usize,
  inner: usize,
  aRowStep: usize,
  aColumnStep: usize,
  bRowStep: usize,
  bColumnStep: usize,
  outStep: usize,
): void {
  const packedA = scratch + EDGE_BYTES;
  const packedB = packedA + aligned(packedRowsByteLength<T>(rows, inner));
  for (let column: usize = 0; column < columns; column += BLOCK_COLUMNS) {
    const width = min(columns - column, BLOCK_COLUMNS);
    const blockB = b + column * bColumnStep;
    const block = out + column * sizeof<T>();
    for (let k: usize = 0; k < inner; k += BLOCK_INNER) {
      const depth = min(inner - k, BLOCK_INNER);
      packColumns<T>(blockB + k * bRowStep, bColumnStep, bRowStep, packedB, width, depth);
      negate<T>(packedB, packedColumnsByteLength<T>(width, depth));
      multiplyBlock<T>(
        a + k * aColumnStep, aRowStep, aColumnStep, scratch, packedA, packedB, 0, 0,
        block, outStep, rows, width, depth, false,
      );
    }
  }
}

/** Changes the signs of whole vectors. */
function negate<T>(at: usize, bytes: usize): void {
  for (const end = at + bytes; at < end; at += VECTOR_BYTES) {
    v128.store(at, v128.neg<T>(v128.load(at)));
  }
}
