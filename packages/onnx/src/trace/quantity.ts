/**
 * Numbers that depend on the sizes of open axes: whole polynomials p, k · p and k / p of them, such as the divisor of a
 * mean, the step of a range, or a weight per example.
 */

import type { DType } from "@graddiff/core";
import {
  isPolynomial,
  type Length,
  lengthThrough,
  type Polynomial,
  polynomialThrough,
  powersAt,
  type Sampling,
  valueAt,
} from "./length.ts";

/** times · of, or times / of, which is computed in float64. */
export interface Scaled {
  readonly times: number;
  readonly of: Polynomial;
  readonly divides: boolean;
}

/** A number that may depend on open axes. */
export type Quantity = Length | Scaled;

/** The relative error of a number that is written: two roundings. */
const ROUNDING: Readonly<Record<DType, number>> = {
  float32: 2 ** -23,
  float64: 2 ** -51,
  int32: 0,
  bool: 0,
};

/** Returns the quantity of a dtype that has these values in all recordings; undefined if none has. */
export function quantityThrough(
  values: readonly number[],
  sampling: Sampling,
  dtype: DType,
): Quantity | undefined {
  const [first = 0] = values;
  if (values.every((value) => Object.is(value, first))) return first;
  const length = lengthThrough(values, sampling);
  if (length !== undefined) return length;
  const given = { sampling, dtype };
  return scaledThrough(values, given, true) ?? scaledThrough(values, given);
}

/** Returns the value of a quantity at sizes, as a model computes it. */
function scaledAt({ times, of, divides }: Scaled, sizes: readonly number[], dtype: DType): number {
  const value = divides ? times / valueAt(of, sizes) : times * valueAt(of, sizes);
  return dtype === "float32" ? Math.fround(value) : value;
}

function scaledThrough(
  values: readonly number[],
  { sampling, dtype }: { readonly sampling: Sampling; readonly dtype: DType },
  divides = false,
): Scaled | undefined {
  const [first = 0] = values;
  const { points } = sampling;
  const [sizes = []] = points;
  const numbers = divides ? values.map((value) => 1 / value) : values;
  if (!numbers.every(Number.isFinite)) return undefined;
  for (const of of wholePolynomials(numbers, sampling)) {
    const about = divides ? first * valueAt(of, sizes) : first / valueAt(of, sizes);
    const errorOf = (times: number) =>
      Math.max(
        ...values.map((value, i) => {
          const error = scaledAt({ times, of, divides }, points[i] ?? [], dtype) - value;
          return error === 0 ? 0 : Math.abs(error / value);
        }),
      );
    const times = shortest(about, errorOf, ROUNDING[dtype]);
    if (times !== undefined) return { times, of, divides };
  }
  return undefined;
}

/**
 * The most that a coefficient that is computed from rounded values may differ from a whole number: it is checked
 * afterwards.
 */
const NEARLY = 0.04;
/** Greater coefficients would fit anything that is rounded. */
const LARGEST = 2 ** 20;
/** Of the coefficients of a polynomial whose highest one is 1, as 2N + 1 has when it is N + 1/2. */
const LARGEST_DENOMINATOR = 12;

/** Polynomials of whole coefficients that may have these values, but for a factor. */
function* wholePolynomials(values: readonly number[], sampling: Sampling): Generator<Polynomial> {
  // Without a factor, rounding is undone.
  yield* whole(polynomialThrough(values.map(Math.round), sampling), 1);
  const { axes, coefficients } = polynomialThrough(values, sampling);
  const powers = coefficients.map((_, index) => powersAt(index, axes.length));
  const degree = (index: number) => (powers[index] ?? []).reduce((sum, power) => sum + power, 0);
  const leads = [...coefficients.keys()].slice(1).sort((i, j) => degree(i) - degree(j));
  for (const lead of leads) {
    // Rounding leaves a little of higher powers where there are none.
    const divides = (index: number) =>
      (powers[index] ?? []).every((power, axis) => power <= (powers[lead]?.[axis] ?? 0));
    const isNoHigher = (index: number) => degree(index) <= degree(lead);
    for (const isThere of axes.length === 1 ? [divides] : [divides, isNoHigher]) {
      const scaled = coefficients.map((factor, index) =>
        isThere(index) ? factor / (coefficients[lead] ?? 0) : 0,
      );
      yield* whole({ axes, coefficients: scaled });
    }
  }
}

/** Returns the multiples of a polynomial that nearly have whole coefficients, made whole. */
function* whole(
  { axes, coefficients }: Polynomial,
  most: number = LARGEST_DENOMINATOR,
): Generator<Polynomial> {
  for (let factor = 1; factor <= most; factor++) {
    const exact = coefficients.map((coefficient) => coefficient * factor);
    // Not −0.
    const rounded = exact.map((coefficient) => Math.round(coefficient) + 0);
    const isNear = rounded.every(
      (coefficient, i) =>
        Math.abs(coefficient) <= LARGEST && Math.abs(coefficient - (exact[i] ?? 0)) <= NEARLY,
    );
    if (isNear && rounded.slice(1).some((coefficient) => coefficient !== 0)) {
      yield { axes, coefficients: rounded };
    }
  }
}

/**
 * Returns the number of fewest digits that is near another one and has no error; else the one that has an error within
 * the bound, for products that are rounded twice.
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

/** True if a quantity is a multiple or a fraction of a length. */
export function isScaled(quantity: Quantity): quantity is Scaled {
  return typeof quantity === "object" && !isPolynomial(quantity);
}
