/**
 * Bounds of unknowns: which of them are active, and the residual that is zero at a minimum within them.
 */

import { ArgumentError, type Tensor, where } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { elementsOf } from "./doors.ts";
import type { Unknowns } from "./unknowns.ts";

/** The lower and upper bounds of the unknowns, as vectors; undefined without a bound. */
export interface Bounds {
  readonly low: Tensor | undefined;
  readonly high: Tensor | undefined;
}

/** Reads a list of two bounds, either of which may be undefined. */
export function readBounds(op: string, argument: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value) && value.length === 2) return value;
  const expected = "two bounds [low, high], numbers or trees of the form of the start";
  throw new ArgumentError({ op, argument, expected, got: describe(value) });
}

/**
 * Reads bounds as vectors. @throws ArgumentError for low above high, and for a start outside, if their values are known.
 */
export function boundsOf(
  op: string,
  unknowns: Unknowns<unknown>,
  [low, high]: readonly unknown[],
): Bounds {
  const read = (bound: unknown) =>
    bound === undefined ? undefined : unknowns.vector("bounds", bound);
  const [below, above] = [read(low), read(high)];
  const start = elementsOf(unknowns.start) ?? [];
  const lows = (below && elementsOf(below)) ?? [];
  const highs = (above && elementsOf(above)) ?? [];
  start.forEach((value, i) => {
    const [least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY] = [lows[i], highs[i]];
    if (value >= least && value <= most) return;
    const argument = least <= most ? "start" : "bounds";
    const expected =
      least <= most
        ? `unknown ${i} within its bounds [${least}, ${most}]`
        : `a lower bound of unknown ${i} that is not above the upper one`;
    const got = least <= most ? String(value) : `[${least}, ${most}]`;
    throw new ArgumentError({ op, argument, expected, got });
  });
  return { low: below, high: above };
}

/** Returns true for each unknown that is at a bound and would leave it in descent; undefined without bounds. */
export function atBounds(x: Tensor, gradient: Tensor, { low, high }: Bounds): Tensor | undefined {
  const below = low && x.lessEqual(low).logicalAnd(gradient.greater(0));
  const above = high && x.greaterEqual(high).logicalAnd(gradient.less(0));
  return below && above ? below.logicalOr(above) : (below ?? above);
}

/** Returns the nearest point within the bounds. */
export function within({ low, high }: Bounds, x: Tensor): Tensor {
  const above = low === undefined ? x : x.maximum(low);
  return high === undefined ? above : above.minimum(high);
}

/**
 * Returns a vector that is zero at a minimum within bounds. Its element is the derivative; for an unknown whose bound
 * stops the descent, it is the distance of the unknown from the bound.
 */
export function optimality(x: Tensor, gradient: Tensor, bounds: Bounds): Tensor {
  const isFixed = atBounds(x, gradient, bounds);
  if (isFixed === undefined) return gradient;
  const bound = where(gradient.greater(0), bounds.low ?? x, bounds.high ?? x);
  return where(isFixed, x.sub(bound), gradient);
}
