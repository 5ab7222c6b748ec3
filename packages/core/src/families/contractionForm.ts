/**
 * The form of a product of two stacks of matrices: which matrices are multiplied, and the kernel's
 * calls for them.
 */

import {
  type Address,
  type Call,
  type Extent,
  moved,
  type PlacedArray,
  type Split,
} from "../graph/call.ts";
import { BYTES } from "../tensor/dtype.ts";
import { at, numberAt, type Shape, sizeOf, stridesOf } from "../tensor/shape.ts";
import { type KernelName, type NumberDType, SUFFIX } from "./exports.ts";
import { matmulBytes } from "./scratch.ts";

/** A stack of matrices. */
export interface Stack {
  readonly shape: Shape;
  /** The strides in elements, one for each axis; undefined where the stack is contiguous. */
  readonly strides?: readonly number[];
}

/** The matrices of one factor. */
interface Matrices {
  readonly rowStride: number;
  readonly columnStride: number;
  /** Elements from the first matrix to that of each product. */
  readonly offsets: readonly number[];
}

/**
 * Products of rows × inner with inner × columns, whose results follow each other. Both factors have a
 * offset for each.
 */
export interface ContractionForm {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly x: Matrices;
  readonly y: Matrices;
}

/** Returns the form of a product of two stacks. */
export function contractionForm(x: Stack, y: Stack, output: Shape): ContractionForm {
  const batches = output.slice(0, -2);
  const count = sizeOf(batches);
  const rows = at(output, batches.length);
  const columns = at(output, batches.length + 1);
  const inner = at(x.shape, x.shape.length - 1);
  // One y for a stack of x whose rows follow each other: one product of a tall matrix.
  if (isOneMatrix(y) && sizeOf(x.shape) === count * rows * inner && rowsFollow(x)) {
    return { rows: count * rows, columns, inner, x: matricesOf(x, []), y: matricesOf(y, []) };
  }
  return { rows, columns, inner, x: matricesOf(x, batches), y: matricesOf(y, batches) };
}

function isOneMatrix({ shape, strides }: Stack): boolean {
  for (let axis = 0; axis < shape.length - 2; axis++) {
    if (shape[axis] !== 1 && strides?.[axis] !== 0) return false;
  }
  return true;
}

/** True if the rows of all matrices of a stack are equally far apart. */
function rowsFollow({ shape, strides }: Stack): boolean {
  if (strides === undefined) return true;
  let expected = numberAt(strides, shape.length - 2);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    const length = numberAt(shape, axis);
    if (length !== 1 && strides[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

function matricesOf({ shape, strides = stridesOf(shape) }: Stack, batches: Shape): Matrices {
  const missing = batches.length + 2 - shape.length;
  let offsets = [0];
  batches.forEach((length, axis) => {
    const axisOfInput = axis - missing;
    const repeats = axisOfInput < 0 || shape[axisOfInput] === 1;
    const stride = repeats ? 0 : numberAt(strides, axisOfInput);
    offsets = offsets.flatMap((offset) => Array.from({ length }, (_, i) => offset + i * stride));
  });
  const last = strides.length - 1;
  return { rowStride: numberAt(strides, last - 1), columnStride: numberAt(strides, last), offsets };
}

/** Returns the bytes of scratch memory for a product of two stacks. */
export function contractionScratchBytes(dtype: NumberDType, x: Shape, output: Shape): number {
  // Integers wrap around, so their sums need no order and no memory.
  if (dtype === "int32") return 0;
  const inner = numberAt(x, x.length - 1);
  const rows = numberAt(output, output.length - 2);
  const columns = numberAt(output, output.length - 1);
  const bytes = matmulBytes(dtype, rows, columns, inner);
  // The stack of x may turn out to be one tall matrix.
  const tall = output.length === 2 ? rows : rows * sizeOf(output.slice(0, -2));
  return tall === rows ? bytes : Math.max(bytes, matmulBytes(dtype, tall, columns, inner));
}

/**
 * Returns the extent of a factor that a product reads: bytes from its first element on, and before it where the
 * product goes backwards.
 */
function extentOf(
  { rowStride, columnStride }: Matrices,
  rows: number,
  columns: number,
  bytes: number,
): Extent {
  if (rows * columns === 0) return { bytes: 0, before: 0 };
  const [row, column] = [(rows - 1) * rowStride, (columns - 1) * columnStride];
  return {
    bytes: (1 + Math.max(0, row) + Math.max(0, column)) * bytes,
    before: -(Math.min(0, row) + Math.min(0, column)) * bytes,
  };
}

/** The rows and columns of a tile of the kernel, of either dtype. */
const TILE = { rows: 5, columns: 8 };

/**
 * Returns the calls that multiply two stacks into a contiguous one, one for each of their products. Each is divided by
 * rows or by columns, the longer of them first.
 */
export function contractionCalls(
  dtype: NumberDType,
  x: PlacedArray,
  y: PlacedArray,
  output: PlacedArray,
  scratch: Address,
): Call[] {
  const { rows, columns, inner, x: a, y: b } = contractionForm(x, y, output.shape);
  const bytes = BYTES[dtype];
  const strides = [a.rowStride, a.columnStride, b.rowStride, b.columnStride];
  const rest = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  const byRows: Split = {
    along: "rows",
    argument: 4,
    unit: TILE.rows,
    steps: [a.rowStride * bytes, 0, columns * bytes, ...rest],
  };
  const byColumns: Split = {
    along: "columns",
    argument: 5,
    unit: TILE.columns,
    steps: [0, b.columnStride * bytes, bytes, ...rest],
  };
  const splits = rows >= columns ? [byRows, byColumns] : [byColumns, byRows];
  const size = rows * columns * bytes;
  const [ofX, ofY] = [extentOf(a, rows, inner, bytes), extentOf(b, inner, columns, bytes)];
  const ofOutput = { bytes: size };
  return a.offsets.map((offset, product) => ({
    function: `matmul_${SUFFIX[dtype]}` satisfies KernelName,
    arguments: [
      moved(x.address, offset * bytes, ofX),
      moved(y.address, numberAt(b.offsets, product) * bytes, ofY),
      moved(output.address, product * size, ofOutput),
      ...[scratch, rows, columns, inner, ...strides, columns],
    ],
    splits,
  }));
}
