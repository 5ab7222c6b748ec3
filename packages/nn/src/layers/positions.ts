/**
 * Positional encodings, by which attention distinguishes the positions of rows in a sequence.
 */

import {
  ArgumentError,
  arange,
  concat,
  type DType,
  Layer,
  normal,
  pow,
  ShapeError,
  slice,
  stack,
  type Tensor,
  take,
  type Variable,
} from "@graddiff/core";
import {
  argumentError,
  describe,
  formatShape,
  isFloat,
  isTensor,
  nonNegativeInteger,
  optional,
  optionsReader,
  positive,
  positiveInteger,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { at, scalar } from "../basics.ts";
import { type WeightOptions, Weights, weightReader } from "./weights.ts";

/** The state of a sequence whose rows are passed one after the other: see {@link SinusoidalPositions.next}. */
export interface PositionCache {
  /** The number of rows passed so far, an int32 scalar. */
  readonly length: Tensor;
}

/** Returns the angles of positions, [..., size / 2]: angle i is position / base^(2i / size). */
export function anglesOf(positions: Tensor, size: number, base: number, dtype: DType): Tensor {
  const exponents = arange(size / 2, { dtype: "float64" }).mul(-2 / size);
  return positions.cast(dtype).expandDims(-1).mul(pow(base, exponents).cast(dtype));
}

/**
 * Rotates rows by their positions (Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", 2021).
 * Elements i and i + size / 2 of a row are a pair, as in GPT-NeoX and Llama; each pair is rotated by an angle of the
 * position. So the score of a query and a key depends on their distance and not on their positions.
 *
 * @param rows [leading, length, size]. @param positions [length], or a scalar for one row.
 */
export function rotate(rows: Tensor, positions: Tensor, base: number): Tensor {
  const size = at(rows.shape, rows.rank - 1);
  const angles = anglesOf(positions, size, base, rows.dtype);
  const [cosine, sine] = [angles.cos(), angles.sin()];
  const half = (from: number) => {
    const starts = rows.shape.map((_, axis) => (axis === rows.rank - 1 ? from : 0));
    return slice(rows, starts, [...rows.shape.slice(0, -1), from + size / 2]);
  };
  const [first, second] = [half(0), half(size / 2)];
  return concat(
    [first.mul(cosine).sub(second.mul(sine)), second.mul(cosine).add(first.mul(sine))],
    -1,
  );
}

/** Reads a length of rows, which must be even. */
export function readEven(op: string, argument: string, size: unknown): number {
  const read = positiveInteger(op, argument, size);
  if (read % 2 === 0) return read;
  throw argumentError(op, argument, "an even number", size);
}

/** The base class of layers that add a vector of the position to each row of a sequence. */
abstract class Positions extends Layer<"declared"> {
  readonly #size: number;

  protected constructor(size: number) {
    super();
    this.#size = size;
  }

  /** Returns the vectors of positions, [length, size]; of a scalar position [size]. */
  protected abstract rowsOf(positions: Tensor, x: Tensor): Tensor;

  /** Computes what `forward` returns. */
  override compute(x: Tensor): Tensor {
    const op = this.constructor.name;
    const own = this.#checked(op, "x", x);
    this.checkLength(op, "x", at(own.shape, 1));
    return own.add(this.rowsOf(arange(at(own.shape, 1), { dtype: "int32" }), own));
  }

  /** Returns the state before the first row of a sequence, for {@link next}. @param most the greatest number of rows. */
  start(batch: number, most: number): PositionCache {
    const op = `${this.constructor.name}.start`;
    refuseSurplus(op, 2, arguments);
    nonNegativeInteger(op, "batch", batch);
    this.checkLength(op, "most", nonNegativeInteger(op, "most", most));
    return { length: scalar(0, "int32") };
  }

  /** Throws an ArgumentError if a sequence is too long. Subclasses with a limit override it. */
  protected checkLength(_op: string, _argument: string, _length: number): void {}

  /**
   * Returns the next row of a sequence, or several, with their positions added, as `forward` would return them in the
   * whole sequence.
   *
   * @param row [batch, 1, size], or several rows [batch, count, size].
   * @returns the result in the shape of `row`, and the cache after it.
   */
  next(row: Tensor, cache: PositionCache): { output: Tensor; cache: PositionCache } {
    const op = `${this.constructor.name}.next`;
    refuseSurplus(op, 2, arguments);
    const { length } = readPositionCache(op, cache);
    const own = this.#checked(op, "row", row);
    const count = at(own.shape, 1);
    const positions = count === 1 ? length : arange(count, { dtype: "int32" }).add(length);
    const output = own.add(this.rowsOf(positions, own));
    return { output, cache: { length: length.add(count) } };
  }

  #checked(op: string, argument: string, given: Tensor): Tensor {
    const x = toTensor(op, argument, given);
    if (isFloat(x.dtype) && x.rank === 3 && x.shape[2] === this.#size) return x;
    const expected = `floats of shape [batch, length, ${this.#size}]`;
    throw new ShapeError(op, argument, expected, `${x.dtype} of ${formatShape(x.shape)}`);
  }
}

function readPositionCache(op: string, cache: unknown): PositionCache {
  const { length }: Partial<PositionCache> = Object(cache);
  if (isTensor(length)) return { length };
  const expected = "what start or next has returned";
  throw new ArgumentError(op, "cache", expected, describe(cache));
}

/** The settings of {@link SinusoidalPositions}. */
export interface SinusoidalOptions {
  /** The base of the wavelengths: the longest one is nearly 2π · base positions. Default 10,000. */
  readonly base?: number;
}

const readSinusoidal = optionsReader({ base: optional(positive, 10_000) });

/**
 * Adds sinusoidal positions to the rows of a sequence: sin(p / base^(2i / size)) to element 2i of row p, and the cosine
 * of the same angle to element 2i + 1 (Vaswani et al., "Attention is all you need", 2017). It has no weights, and
 * sequences may have any length.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { SinusoidalPositions } from "@graddiff/nn";
 *
 * const rows = new SinusoidalPositions(4).forward(zeros([1, 2, 4]));
 * console.log(String(rows.at(0, 0)), rows.at(0, 1, 0).item() === Math.fround(Math.sin(1))); // [0. 1. 0. 1.] true
 * ```
 */
export class SinusoidalPositions extends Positions {
  readonly #size: number;
  readonly #base: number;

  /** @param size the length of a row, an even number. */
  constructor(size: number, options?: SinusoidalOptions) {
    const op = "SinusoidalPositions";
    refuseSurplus(op, 2, arguments);
    super(readEven(op, "size", size));
    this.#size = size;
    this.#base = readSinusoidal(op, options).base;
  }

  protected override rowsOf(positions: Tensor, x: Tensor): Tensor {
    const angles = anglesOf(positions, this.#size, this.#base, x.dtype);
    return stack([angles.sin(), angles.cos()], -1).reshape([...positions.shape, this.#size]);
  }
}

export interface SinusoidalPositions {
  /**
   * Returns x plus the vector of each position.
   *
   * @param x floats [batch, length, size].
   * @returns the shape of x.
   * @throws ShapeError for another number of axes or size.
   * @example
   * ```ts
   * import { zeros } from "@graddiff/core";
   * import { SinusoidalPositions } from "@graddiff/nn";
   *
   * console.log(new SinusoidalPositions(4).forward(zeros([2, 5, 4])).shape); // [ 2, 5, 4 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}

const readLearned = weightReader({});

/**
 * Adds learned positions to the rows of a sequence: row p of a table to row p, as in GPT-2. By default the initial
 * table has normal numbers with the standard deviation 0.02.
 *
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { LearnedPositions } from "@graddiff/nn";
 *
 * const positions = new LearnedPositions(16, 4);
 * console.log(positions.forward(zeros([2, 5, 4])).shape, positions.weight.shape); // [ 2, 5, 4 ] [ 16, 4 ]
 * ```
 */
export class LearnedPositions extends Positions {
  /** Shape [count, size]. */
  readonly weight: Variable;

  /** @param count the length of the longest sequence. @param size the length of a row. */
  constructor(count: number, size: number, options?: WeightOptions) {
    const op = "LearnedPositions";
    refuseSurplus(op, 3, arguments);
    positiveInteger(op, "count", count);
    super(positiveInteger(op, "size", size));
    const read = readLearned(op, options);
    const begin = (
      shape: readonly number[],
      own: { readonly seed: number; readonly dtype: DType },
    ) => normal(shape, { ...own, deviation: 0.02 });
    this.weight = new Weights(op, read).weight([count, size], read.initializer ?? begin);
  }

  protected override checkLength(op: string, argument: string, length: number): void {
    const most = at(this.weight.shape, 0);
    if (length <= most) return;
    const expected = `at most ${most} positions`;
    throw new ArgumentError(op, argument, expected, String(length));
  }

  protected override rowsOf(positions: Tensor): Tensor {
    return take(this.weight.value, positions);
  }
}

export interface LearnedPositions {
  /**
   * Returns x plus the row of the table for each position.
   *
   * @param x floats [batch, length, size].
   * @returns the shape of x.
   * @throws ShapeError for another number of axes or size; ArgumentError for a sequence with more rows than the table.
   * @example
   * ```ts
   * import { zeros } from "@graddiff/core";
   * import { LearnedPositions } from "@graddiff/nn";
   *
   * console.log(new LearnedPositions(16, 4).forward(zeros([2, 5, 4])).shape); // [ 2, 5, 4 ]
   * ```
   */
  forward(x: Tensor): Tensor;
}
