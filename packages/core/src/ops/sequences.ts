/**
 * Sequences of a seed that are independent of each other: one for each function and for each purpose of layers and data,
 * so that all may have one seed, and new seeds for callers that need many.
 */

import { nonNegativeInteger, optional, type Reader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { apply } from "../graph/apply.ts";
import type { FloatDType } from "../tensor/dtype.ts";
import { broadcasts, checkShape, type Shape } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { keysOf, threefry, unit64 } from "../tensor/threefry.ts";
import { drawing, readSeed, uniformOp } from "./random.ts";

/**
 * Functions and layers that draw. Their numbers stay, since the bits that are drawn follow from them. Those of `@graddiff/nn`
 * (`seeds.ts` and `images/draws.ts` there) are 12, 13, 16 to 19, and those from 30 on.
 */
const SEQUENCES = {
  splitSeed: 1,
  randomInt: 2,
  truncatedNormal: 3,
  exponential: 4,
  gumbel: 5,
  laplace: 6,
  bernoulli: 7,
  categorical: 8,
  gamma: 9,
  permutation: 10,
  dropout: 11,
  draws: 14,
  unnamed: 15,
  logOfGamma: 20,
  poisson: 21,
  binomial: 22,
} as const;

/** A function, layer or purpose that draws, by its name or its number. */
type Drawing = keyof typeof SEQUENCES | number;

const numberOf = (of: Drawing) => (typeof of === "number" ? of : SEQUENCES[of]);

/** Settings of {@link sequence}. */
interface Wanted {
  /** Default float64, whose numbers have 53 bits. */
  readonly dtype?: FloatDType;
  /** The upper bound, excluded. Default 1. */
  readonly high?: number;
  /** The elements of the sequence: first, first + step, … Default 0 and 1. */
  readonly first?: number;
  readonly step?: number;
}

/**
 * Draws uniform numbers from 0 of the sequence of a function: its seed is a number of 53 bits out of the sequence of
 * `seed`, at an index that no tensor reaches.
 *
 * @param of the name of the function, or its number.
 */
export function sequence(
  of: Drawing,
  seed: Tensor,
  shape: Shape,
  { dtype = "float64", high = 1, first = 0, step = 1 }: Wanted = {},
): Tensor {
  return drawing(seed, () => {
    const position = { shape: [], first: -numberOf(of), step: 1 };
    const drawn = apply(uniformOp, [seed], {
      ...position,
      dtype: "float64",
      low: 0,
      high: 2 ** 53,
    });
    return apply(uniformOp, [drawn], { shape, dtype, low: 0, high, first, step });
  });
}

/**
 * Draws from the sequence of a function of another package, as {@link sequence} does.
 *
 * @param number that of the function.
 * @throws what `uniform` throws for a seed.
 */
export function derivedSequence(
  op: string,
  number: number,
  seed: unknown,
  shape: Shape,
  wanted?: Wanted,
): Tensor {
  return sequence(number, readSeed(op, "seed", seed), shape, wanted);
}

/** Returns the seed that a seed has for a purpose, where it is a known number; further ones by their index. */
export function seedFor(purpose: Drawing, seed: number, index = 0): number {
  return elementOf(elementOf(seed, -numberOf(purpose)), index);
}

/** Returns an element of the sequence of a seed, in 53 bits, as `uniform` up to 2⁵³ has it. */
function elementOf(seed: number, index: number): number {
  const [key0, key1] = keysOf("seed", seed);
  return unit64(...threefry(key0, key1, index | 0, 0)) * 2 ** 53;
}

/** The option `shape` of draws from a tensor of parameters. */
export const readWanted: Reader<Shape | undefined> = optional<Shape | undefined>(
  checkShape,
  undefined,
);

/** Returns the shape that is wanted, to which that of an argument must broadcast; without one that of the argument. */
export function wantedShape(
  op: string,
  argument: string,
  drawnShape: Shape,
  wanted: Shape | undefined,
): Shape {
  if (wanted === undefined || broadcasts(drawnShape, wanted)) return wanted ?? drawnShape;
  const expected = `one to which that of ${argument}, ${formatShape(drawnShape)}, broadcasts`;
  throw new ShapeError(op, "shape", expected, formatShape(wanted));
}

/**
 * Seeds of independent sequences: numbers of 53 bits from the sequence of a seed, so that two of a million are equal
 * with a probability of 6e-5. The first ones are the same for every count. Each of the functions that draw has a
 * separate sequence for a seed, but for `uniform` and `normal`, which share one. Only where one function draws
 * several times are several seeds needed.
 *
 * @param seed as of `uniform`.
 * @param count how many.
 * @returns float64, [count]: integers from 0 to 2⁵³ − 1.
 * @throws ArgumentError for a count that is no integer from 0, and what `uniform` throws for a seed.
 * @example
 * ```ts
 * import { splitSeed, type Tensor, uniform, vectorize } from "@graddiff/core";
 *
 * const [first, second] = splitSeed(7, 2).toArray() as number[];
 * console.log(first === second); // false
 * const rows = vectorize((seed: Tensor) => uniform([3], { seed }))(splitSeed(7, 2));
 * console.log(rows.shape, String(rows.at(0)) === String(uniform([3], { seed: first ?? 0 }))); // [ 2, 3 ] true
 * ```
 */
export function splitSeed(seed: TensorLike, count: number): Tensor {
  refuseSurplus("splitSeed", 2, arguments);
  const input = readSeed("splitSeed", "seed", seed);
  const shape = checkShape("splitSeed", "count", [nonNegativeInteger("splitSeed", "count", count)]);
  return sequence("splitSeed", input, shape, { high: 2 ** 53 });
}
