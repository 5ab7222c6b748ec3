/**
 * Numbers that depend on the batch size N: whole polynomials p(N), k · p(N) and k / p(N), such as the divisor of a
 * mean, the step of a range, or a weight per example.
 */

import type { DType } from "@graddiff/core";
import {
  isPolynomial,
  type Length,
  lengthThrough,
  type Polynomial,
  parabolaThrough,
  valueAt,
} from "./length.ts";

/** times · of(N), or times / of(N), which is computed in float64. */
export interface Scaled {
  readonly times: number;
  readonly of: Polynomial;
  readonly divides: boolean;
}

/** A number that may depend on the batch size. */
export type Quantity = Length | Scaled;

/** How far a number may be from the one that is written, relative to it: two roundings. */
const ROUNDING: Readonly<Record<DType, number>> = {
  float32: 2 ** -23,
  float64: 2 ** -51,
  int32: 0,
  bool: 0,
};

/** The quantity of a dtype that has these values at the batch sizes of the recordings; undefined if none has. */
export function quantityThrough(
  values: readonly number[],
  sizes: readonly number[],
  dtype: DType,
): Quantity | undefined {
  const [first = 0] = values;
  if (values.every((value) => Object.is(value, first))) return first;
  const length = lengthThrough(values, sizes);
  if (length !== undefined) return length;
  return scaledThrough(values, { sizes, dtype }, true) ?? scaledThrough(values, { sizes, dtype });
}

/** The value of a quantity at a batch size, as a model computes it. */
function scaledAt({ times, of, divides }: Scaled, size: number, dtype: DType): number {
  const value = divides ? times / valueAt(of, size) : times * valueAt(of, size);
  return dtype === "float32" ? Math.fround(value) : value;
}

function scaledThrough(
  values: readonly number[],
  { sizes, dtype }: { readonly sizes: readonly number[]; readonly dtype: DType },
  divides = false,
): Scaled | undefined {
  const [first = 0] = values;
  const [size = 0] = sizes;
  const numbers = divides ? values.map((value) => 1 / value) : values;
  if (!numbers.every(Number.isFinite)) return undefined;
  for (const of of wholePolynomials(numbers, sizes)) {
    const about = divides ? first * valueAt(of, size) : first / valueAt(of, size);
    const errorOf = (times: number) =>
      Math.max(
        ...values.map((value, i) => {
          const error = scaledAt({ times, of, divides }, sizes[i] ?? 0, dtype) - value;
          return error === 0 ? 0 : Math.abs(error / value);
        }),
      );
    const times = shortest(about, errorOf, ROUNDING[dtype]);
    if (times !== undefined) return { times, of, divides };
  }
  return undefined;
}

/** How far a coefficient that is computed from rounded values may be from a whole number: it is checked afterwards. */
const NEARLY = 0.04;
/** Greater coefficients would fit anything that is rounded. */
const LARGEST = 2 ** 20;
/** Of the coefficients of a polynomial whose highest one is 1, as 2N + 1 has when it is N + 1/2. */
const LARGEST_DENOMINATOR = 12;

/** Polynomials of whole coefficients that may have these values, but for a factor. */
function* wholePolynomials(
  values: readonly number[],
  sizes: readonly number[],
): Generator<Polynomial> {
  // Without a factor, rounding is undone.
  yield* whole(parabolaThrough(values.map(Math.round), sizes), 1);
  const { square, perBatch, more } = parabolaThrough(values, sizes);
  // Rounding leaves a little of the square where there is none.
  yield* whole({ square: 0, perBatch: 1, more: more / perBatch });
  yield* whole({ square: 1, perBatch: perBatch / square, more: more / square });
}

/** The multiples of a polynomial that nearly have whole coefficients, made whole. */
function* whole(polynomial: Polynomial, most: number = LARGEST_DENOMINATOR): Generator<Polynomial> {
  for (let factor = 1; factor <= most; factor++) {
    const exact = Object.values(polynomial).map((coefficient) => coefficient * factor);
    // Not −0.
    const rounded = exact.map((coefficient) => Math.round(coefficient) + 0);
    const isNear = rounded.every(
      (coefficient, i) =>
        Math.abs(coefficient) <= LARGEST && Math.abs(coefficient - (exact[i] ?? 0)) <= NEARLY,
    );
    const [square = 0, perBatch = 0, more = 0] = rounded;
    if (isNear && (square !== 0 || perBatch !== 0)) yield { square, perBatch, more };
  }
}

/**
 * The number of fewest digits that is near another one and has no error; else the one that has an error within the
 * bound, for products that are rounded twice.
 */
function shortest(
  near: number,
  errorOf: (candidate: number) => number,
  bound: number,
): number | undefined {
  let within: number | undefined;
  for (let digits = 1; digits <= 17; digits++) {
    const candidate = Number(near.toPrecision(digits));
    const error = errorOf(candidate);
    if (error === 0) return candidate;
    if (error <= bound) within ??= candidate;
  }
  return within;
}

/** Whether a quantity is a multiple or a fraction of a length. */
export function isScaled(quantity: Quantity): quantity is Scaled {
  return typeof quantity === "object" && !isPolynomial(quantity);
}
