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

/** Denominators of the coefficients of a polynomial whose highest one is 1, as 2N + 1 has when it is N + 1/2. */
const LARGEST_DENOMINATOR = 12;

function scaledThrough(
  values: readonly number[],
  { sizes, dtype }: { readonly sizes: readonly number[]; readonly dtype: DType },
  divides = false,
): Scaled | undefined {
  const [first = 0] = values;
  const [size = 0] = sizes;
  const shape = parabolaThrough(divides ? values.map((value) => 1 / value) : values, sizes);
  if (!Object.values(shape).every(Number.isFinite)) return undefined;
  for (const of of wholePolynomials(shape)) {
    const about = divides ? first * valueAt(of, size) : first / valueAt(of, size);
    const times = shortest(
      about,
      (candidate) => {
        const own = { times: candidate, of, divides };
        return Math.max(
          ...values.map((value, i) => {
            const error = Math.abs(scaledAt(own, sizes[i] ?? 0, dtype) - value);
            return error === 0 ? 0 : error / Math.abs(value);
          }),
        );
      },
      ROUNDING[dtype],
    );
    if (times !== undefined) return { times, of, divides };
  }
  return undefined;
}

/** How far a coefficient that is computed from rounded values may be from a whole number. */
const NEARLY = 1e-3;

/** Polynomials of whole coefficients of which one is a multiple: it itself if its own are whole. */
function wholePolynomials({ square, perBatch, more }: Polynomial): Polynomial[] {
  const found: Polynomial[] = [];
  const add = (coefficients: readonly number[], most = LARGEST_DENOMINATOR) => {
    for (let factor = 1; factor <= most; factor++) {
      const own = coefficients.map((coefficient) => coefficient * factor);
      if (own.some((coefficient) => Math.abs(coefficient - Math.round(coefficient)) > NEARLY))
        continue;
      // Not −0.
      const [a = 0, b = 0, c = 0] = own.map((coefficient) => Math.round(coefficient) + 0);
      found.push({ square: a, perBatch: b, more: c });
      return;
    }
  };
  add([square, perBatch, more], 1);
  // Rounding leaves a little of the square where there is none.
  if (perBatch !== 0) add([0, 1, more / perBatch]);
  if (square !== 0) add([1, perBatch / square, more / square]);
  return found;
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
