/**
 * Integers of one byte that stay bytes: four to an int32, unpacked by the loops that read them. A model whose weights are
 * quantised so takes the memory of its file, where the floats that they represent would take four times as much.
 *
 * A tensor is a matrix, of which a row is a slice along the first axis. Its rows are four quarters, one to each byte of a matrix of int32, so that a row of the
 * result is a row of words, from which a product and a shift take one byte:
 *
 * ```
 * words [⌈rows / 4⌉, columns]    byte 0 │ rows 0, 1, …       byte 1 │ the next quarter of the rows, …
 * ```
 */

import {
  arange,
  bitwiseAnd,
  matmul,
  minimum,
  moveAxis,
  pad,
  rightShift,
  scan,
  type Tensor,
  tensor,
  zeros,
} from "@graddiff/core";
import type { ElementType } from "./types.ts";
import { MOST_KNOWN, type Value } from "./value.ts";

/** The types of one byte. */
export type ByteType = "int8" | "uint8";

/** The number of elements of a matrix that are unpacked at a time: 128 kB of floats. */
const PART = 2 ** 15;

/** The number of products of bytes whose sum is exact in float32: 255² · 256 < 2²⁴. */
export const EXACT = 256;

/** The factors that move byte 0 to 3 of a word to its highest byte. */
const TO_HIGHEST = [2 ** 24, 2 ** 16, 2 ** 8, 1];

/** A part of the words, given by indices of rows and columns; undefined means all. */
interface Part {
  readonly rows?: Tensor;
  readonly columns?: Tensor;
}

/** A constant of integers of one byte. Its tensor is unpacked each time it is read. */
export class Packed implements Value {
  readonly type: ByteType;
  readonly shape: readonly number[];
  readonly size: number;
  /** The numbers of rows and columns of the elements as a matrix. */
  readonly rows: number;
  readonly columns: number;
  /** The number of rows of the words. */
  readonly quarter: number;
  readonly #words: Tensor;

  constructor(type: ByteType, bytes: ArrayLike<number | bigint>, shape: readonly number[]) {
    this.type = type;
    this.shape = shape;
    this.size = bytes.length;
    // If the number of rows is no multiple of four, bytes stay empty; with few rows, too many do.
    const [rows = 1] = shape;
    this.rows = 4 * Math.ceil(rows / 4) > 1.05 * rows ? bytes.length : rows;
    const columns = bytes.length / this.rows;
    this.columns = columns;
    this.quarter = Math.ceil(this.rows / 4);
    const words = new Int32Array(this.quarter * columns);
    for (let i = 0; i < bytes.length; i++) {
      const index = i % words.length;
      const byte = Number(bytes[i] ?? 0) & 0xff;
      words[index] = (words[index] ?? 0) | (byte << (8 * Math.floor(i / words.length)));
    }
    this.#words = tensor(words, { shape: [this.quarter, columns], dtype: "int32" });
  }

  get tensor(): Tensor {
    return this.whole((elements) => elements);
  }

  get real(): Tensor {
    return this.whole((elements) => elements.cast("float32"));
  }

  /** True if its rows are the rows of a matrix, so that products can use it in parts. */
  get isMatrix(): boolean {
    return this.shape.length === 2 && this.rows === this.shape[0];
  }

  /** Returns the elements of some words: [4, rows of words, columns], including rows of padding after the last row. */
  part({ rows, columns }: Part): Tensor {
    const ofRows = rows === undefined ? this.#words : this.#words.take(rows, 0);
    const words = columns === undefined ? ofRows : ofRows.take(columns, 1);
    const highest = words
      .expandDims(0)
      .mul(tensor(TO_HIGHEST, { shape: [4, 1, 1], dtype: "int32" }));
    const elements = rightShift(highest, 24);
    return this.type === "uint8" ? bitwiseAnd(elements, 255) : elements;
  }

  /** True if products use it in parts; smaller matrices are faster as a whole. */
  get isLarge(): boolean {
    return this.isMatrix && this.size > 4 * PART;
  }

  /**
   * Returns the product of integers of one byte and this matrix minus its zero point, exact in float64. float32 adds up
   * 256 products of bytes exactly, so terms are added in groups of 256.
   */
  exactProductOf(a: Tensor, zero: Tensor | undefined): Tensor {
    const { quarter, rows, columns } = this;
    const length = lengthOfParts(quarter, Math.min(EXACT / 4, PART / 4 / columns));
    const count = Math.ceil(quarter / length);
    const outer = a.shape.slice(0, -1);
    const none = outer.map(() => [0, 0] as const);
    // Rows after the last one are zeros.
    const quarters = pad(a, [...none, [0, 4 * quarter - rows]]).reshape([...outer, 4, quarter]);
    const wide = pad(quarters, [...none, [0, 0], [0, count * length - quarter]]);
    const parts = moveAxis(wide.reshape([...outer, 4, count, length]), -2, 0);
    const [sum] = scan(
      (before: Tensor, { left, start }: { left: Tensor; start: Tensor }) => {
        const own = indicesFrom(start, length, quarter);
        const part = this.part({ rows: own }).cast(a.dtype);
        const right = (zero === undefined ? part : part.sub(zero)).reshape([4 * length, columns]);
        const product = matmul(left.reshape([...outer, 4 * length]), right);
        return [before.add(product.cast("float64")), []];
      },
      zeros([...outer, columns], { dtype: "float64" }),
      { left: parts, start: arange(0, count, { dtype: "int32" }).mul(length) },
    );
    return sum;
  }

  /** Returns the result of a computation on all elements, in their shape. */
  whole(compute: (elements: Tensor) => Tensor): Tensor {
    const found = compute(this.part({})).reshape([4 * this.quarter, this.columns]);
    return found.slice([0], [this.rows]).reshape(this.shape);
  }
}

/** True if elements stay packed as bytes; short constants, which may be sizes, stay known instead. */
export function staysPacked(type: ElementType, size: number): type is ByteType {
  return (type === "int8" || type === "uint8") && size > MOST_KNOWN;
}

/**
 * Reshapes numbers that belong to the elements along an axis of a matrix, or to all elements, so that they broadcast
 * with [4, rows of words, columns].
 */
function spread(numbers: Tensor, packed: Packed, axis: 0 | 1): Tensor {
  if (numbers.size === 1) return numbers.reshape([1, 1, 1]);
  if (axis === 1) return numbers.reshape([1, 1, packed.columns]);
  const padded = pad(numbers.reshape([packed.rows]), [[0, 4 * packed.quarter - packed.rows]]);
  return padded.reshape([4, packed.quarter, 1]);
}

/** Returns the part of such numbers that belongs to a part of the matrix. */
function partOf(numbers: Tensor, { rows, columns }: Part): Tensor {
  const byRow = rows === undefined || numbers.shape[1] === 1 ? numbers : numbers.take(rows, 1);
  return columns === undefined || numbers.shape[2] === 1 ? byRow : byRow.take(columns, 2);
}

/** The numbers that the bytes of a constant represent: (element − zero) · scale, computed each time it is read. */
export class Dequantised implements Value {
  readonly type: ElementType;
  readonly size: number;
  readonly packed: Packed;
  readonly #scale: Tensor;
  readonly #zero: Tensor | undefined;

  /** @param axis the axis of the matrix along which scales and zero points are, if there are several. */
  constructor(
    packed: Packed,
    type: ElementType,
    scale: Tensor,
    zero: Tensor | undefined,
    axis: 0 | 1,
  ) {
    this.packed = packed;
    this.size = packed.size;
    this.type = type;
    this.#scale = spread(scale, packed, axis);
    this.#zero = zero && spread(zero, packed, axis);
  }

  get tensor(): Tensor {
    return this.packed.whole((elements) => this.#numbers(elements, {}));
  }

  #numbers(elements: Tensor, part: Part): Tensor {
    const centred = this.#zero ? elements.sub(partOf(this.#zero, part)) : elements;
    return centred.cast(this.#scale.dtype).mul(partOf(this.#scale, part));
  }

  /** Returns the numbers of some words: [4, rows of words, columns]. */
  #part(part: Part): Tensor {
    return this.#numbers(this.packed.part(part), part);
  }

  /**
   * Returns x times the matrix, computed for some columns at a time, so that only these are floats at the same time.
   */
  productOf(x: Tensor): Tensor {
    const { rows, columns, quarter, isLarge } = this.packed;
    if (!isLarge) return matmul(x, this.tensor);
    const parts = byParts(columns, PART / rows, (own) => {
      const part = this.#part({ columns: own }).reshape([4 * quarter, own.size]);
      return matmul(x, part.slice([0], [rows]));
    });
    const whole = moveAxis(parts, 0, -2);
    const [count = 0, length = 0] = whole.shape.slice(-2);
    const outer = x.shape.slice(0, -1);
    const joined = whole.reshape([...outer, count * length]);
    return joined.slice(outer.map(() => 0).concat(0), [...outer, columns]);
  }

  /** Returns x times the transposed matrix, computed for some rows at a time. */
  transposedProductOf(x: Tensor): Tensor {
    const { rows, columns, quarter, isLarge } = this.packed;
    if (!isLarge) return matmul(x, this.tensor.transpose());
    const outer = x.shape.slice(0, -1);
    const parts = byParts(quarter, PART / 4 / columns, (own) => {
      const part = this.#part({ rows: own }).reshape([4 * own.size, columns]);
      return matmul(x, part.transpose()).reshape([...outer, 4, own.size]);
    });
    // The result is reordered from [parts, …, quarters, rows of a part] to the order of the rows.
    const whole = moveAxis(parts, 0, -2);
    const [count = 0, length = 0] = whole.shape.slice(-2);
    const none = outer.map(() => 0);
    const quarters = whole.reshape([...outer, 4, count * length]);
    const own = quarters.slice([...none, 0, 0], [...outer, 4, quarter]);
    return own.reshape([...outer, 4 * quarter]).slice([...none, 0], [...outer, rows]);
  }
}

/**
 * Returns the number of elements per part, of which about `wanted` are computed at a time: multiples of 4, which fill
 * vectors.
 */
function lengthOfParts(count: number, wanted: number): number {
  return Math.min(count, Math.max(4, 4 * Math.floor(wanted / 4)));
}

/** Returns the indices of a part; indices beyond the end become the last index. */
function indicesFrom(start: Tensor, length: number, count: number): Tensor {
  return minimum(start.add(arange(0, length, { dtype: "int32" })), count - 1);
}

/**
 * Computes parts one after the other, in a loop, so that all parts use the same memory.
 *
 * @param compute receives the indices of a part; the last part may repeat the last index.
 * @returns the results of all parts, stacked along a new first axis.
 */
function byParts(count: number, wanted: number, compute: (own: Tensor) => Tensor): Tensor {
  const length = lengthOfParts(count, wanted);
  const starts = arange(0, count, { step: length, dtype: "int32" });
  const [, parts] = scan(
    (carry: Tensor, start: Tensor) => [carry, compute(indicesFrom(start, length, count))],
    tensor(0),
    starts,
  );
  return parts;
}
