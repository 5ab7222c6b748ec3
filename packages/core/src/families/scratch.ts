/**
 * The scratch memory that functions on linear memory ask for, in bytes. A program is planned by these formulas, without
 * any module: they compute what the kernels of `packages/wasm-kernel/assembly` lay out, which a test compares.
 */

import { BYTES, type FloatDType } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";

/** Bytes of a vector. */
const VECTOR = 16;
/** Bytes of a line of the processor's cache. */
const LINE = 64;

/** Returns the least multiple of a unit that is not below a count of bytes. */
function aligned(bytes: number, unit: number): number {
  return unit * Math.ceil(bytes / unit);
}

/**
 * The bytes for a reduction, whatever its shape: lanes of a tile of 128 columns, and 24 levels of the tree of its
 * blocks.
 */
export const REDUCTION_BYTES = 64 * 128 + 24 * 128 * BYTES.float64;

/** The bytes for a cumulative sum, whatever its shape: four sums of each column of a strip of 16,384 bytes. */
export const CUMULATIVE_SUM_BYTES = 4 * 2 ** 14;

// A product: see `matmul.ts` and `matmulBlock.ts` there.
/** Rows, columns and k that are packed together. */
const BLOCK_ROWS = 240;
const BLOCK_COLUMNS = 1024;
const BLOCK_INNER = 256;
/** The number of k in a chunk: the sum of a chunk is complete before the next one begins. */
const CHUNK = 4096;
/** The rows whose sums of a later chunk are in scratch memory at once. */
const BAND_ROWS = 4 * BLOCK_ROWS;
/** Bytes of a tile at the right edge. */
const EDGE = 192;
/** Bytes of a row of packed columns: two vectors. */
const PANEL = 2 * VECTOR;
/** Lines of a product with a vector that are added up together. */
const BLOCK_LINES = 1024;

function packedRows(element: number, rows: number, inner: number): number {
  return aligned(Math.min(rows, BLOCK_ROWS) * Math.min(inner, BLOCK_INNER) * element, LINE);
}

function packedColumns(element: number, columns: number, inner: number): number {
  const bytes = aligned(Math.min(columns, BLOCK_COLUMNS) * element, PANEL);
  return aligned(bytes * Math.min(inner, BLOCK_INNER), LINE);
}

/** Returns the bytes of scratch memory of a product of two matrices of floats. */
export function matmulBytes(
  dtype: FloatDType,
  rows: number,
  columns: number,
  inner: number,
): number {
  const element = BYTES[dtype];
  if (rows === 1 || columns === 1) return BLOCK_LINES * element;
  const packed = packedRows(element, rows, inner) + packedColumns(element, columns, inner);
  if (inner <= CHUNK) return EDGE + packed;
  return EDGE + packed + Math.min(rows, BAND_ROWS) * Math.min(columns, BLOCK_COLUMNS) * element;
}

/**
 * Returns the bytes of scratch memory of the products within a factorisation: for lengths up to these, and never empty.
 */
export function factorisationBytes(dtype: FloatDType, rows: number, columns: number): number {
  const element = BYTES[dtype];
  const inner = Math.max(rows, columns) + 1;
  return EDGE + packedRows(element, rows + 1, inner) + packedColumns(element, columns + 1, inner);
}

/** Lengths along depth, height and width. */
export type Three = readonly [number, number, number];

/** Windows of a plane, by axis. */
export interface WindowLengths {
  readonly size: Three;
  readonly stride: Three;
  readonly dilation: Three;
  readonly out: Three;
}

/** Returns the elements that windows reach along an axis. */
function reached({ size, stride, dilation, out }: WindowLengths, axis: 0 | 1 | 2): number {
  return (out[axis] - 1) * stride[axis] + (size[axis] - 1) * dilation[axis] + 1;
}

/** Bytes of a plane with its padding, and of what a vector may read after it. */
function planeBytes(element: number, windows: WindowLengths): number {
  const row = aligned(reached(windows, 2), windows.stride[2]) * element;
  return aligned(reached(windows, 0) * reached(windows, 1) * row, VECTOR) + VECTOR;
}

/**
 * Returns the bytes of scratch memory of windows over a plane: the padded plane, and tables of the elements of a window
 * and of the windows.
 */
export function windowBytes(element: number, windows: WindowLengths): number {
  const { size, out } = windows;
  if (sizeOf(out) === 0) return 0;
  const taps = 4 * sizeOf(size);
  const vectors = aligned(out[0] * out[1] * Math.ceil((out[2] * element) / VECTOR), 4);
  const tables = aligned(taps, VECTOR) + aligned(4 * vectors, VECTOR) + vectors * VECTOR;
  return planeBytes(element, windows) + tables + 3 * vectors * VECTOR + aligned(taps, VECTOR);
}

/**
 * Returns the bytes of scratch memory of the greatest elements of windows: the padded plane, tables of columns and
 * rows, and the greatest elements of rows.
 */
export function maxPoolBytes(element: number, windows: WindowLengths): number {
  const { size, out } = windows;
  if (sizeOf(out) === 0) return 0;
  const tables = aligned(4 * size[2], VECTOR) + aligned(4 * size[0] * size[1], VECTOR);
  const rows = reached(windows, 0) * reached(windows, 1);
  const greatest = rows * Math.max(out[2] * element, VECTOR);
  return planeBytes(element, windows) + tables + greatest;
}

/** The number of windows in a plane below which those of all examples are columns of one product. */
export const FEW_WINDOWS = 64;

/** Returns the bytes of scratch memory of a convolution with several results of each group, by products. */
export function convolutionBytes(
  element: number,
  batch: number,
  channels: number,
  rows: number,
  windows: WindowLengths,
): number {
  const { size, out } = windows;
  const positions = sizeOf(out);
  if (positions === 0) return 0;
  const images = positions < FEW_WINDOWS ? Math.max(1, batch) : 1;
  const columns = positions * images;
  const inner = channels * sizeOf(size);
  const sums = inner > CHUNK ? rows * Math.min(columns, BLOCK_COLUMNS) * element : 0;
  return (
    windowBytes(element, windows) +
    aligned(4 * columns, LINE) +
    aligned(4 * inner, LINE) +
    aligned(planeBytes(element, windows) * channels * images, LINE) +
    EDGE +
    packedRows(element, rows, inner) +
    packedColumns(element, columns, inner) +
    aligned(sums, LINE) +
    (images > 1 ? rows * columns * element : 0)
  );
}
