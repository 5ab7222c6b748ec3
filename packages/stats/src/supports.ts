/**
 * Supports: the sets on which densities are positive. Each is the image of unbounded numbers under a bijection, which
 * also returns the logarithm of its Jacobian determinant. So a sampler moves among unbounded numbers.
 */

import {
  concat,
  cumulativeSum,
  exp,
  logSigmoid,
  ShapeError,
  sigmoid,
  softplus,
  type Tensor,
  type TensorLike,
  take,
  tensor,
} from "@graddiff/core";
import { argumentError, formatShape } from "@graddiff/core/extend";
import { double, elementsOf, float64 } from "./numbers.ts";

/** A set of values x, and the bijection from unbounded numbers u to it. */
export interface Support {
  /** Returns the shape of the unbounded numbers for values of this shape. */
  free(shape: readonly number[]): readonly number[];
  /**
   * Returns the value x of unbounded numbers u, and `logVolume`: the sum over all values of log |dx/du|. For vectors and
   * matrices it is the logarithm of the determinant of the Jacobian of their independent elements.
   */
  constrain(u: Tensor): { readonly x: Tensor; readonly logVolume: Tensor };
}

const same = (shape: readonly number[]) => shape;

/**
 * All real numbers: x = u.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { real } from "@graddiff/stats";
 *
 * const u = tensor([-1, 2], { dtype: "float64" });
 * console.log(String(real.constrain(u).x)); // [-1.  2.]
 * ```
 */
export const real: Support = {
  free: same,
  constrain: (u) => ({ x: u, logVolume: double(0) }),
};

/**
 * The numbers above 0: x = eᵘ.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { positive } from "@graddiff/stats";
 *
 * const u = tensor([0, Math.LN2], { dtype: "float64" });
 * console.log(String(positive.constrain(u).x)); // [1. 2.]
 * ```
 */
export const positive: Support = {
  free: same,
  constrain: (u) => ({ x: exp(u), logVolume: u.sum() }),
};

/**
 * Returns the support of numbers between two bounds: x = low + (high − low) / (1 + e⁻ᵘ). If a bound is infinite, x is
 * low + eᵘ or high − eᵘ; if both are, x = u.
 *
 * @param low a number or a tensor of float64; a number may be −∞.
 * @param high a number or a tensor above `low`; a number may be ∞.
 * @throws ArgumentError for bounds that are not in order.
 * @example
 * ```ts
 * import { zeros } from "@graddiff/core";
 * import { interval } from "@graddiff/stats";
 *
 * const { x } = interval(2, 4).constrain(zeros([1], { dtype: "float64" }));
 * console.log(String(x)); // [3.]
 * ```
 */
export function interval(low: TensorLike, high: TensorLike): Support {
  const [from, to] = [float64("interval", "low", low), float64("interval", "high", high)];
  const width = to.sub(from);
  if (elementsOf(width)?.some((size) => !(size > 0))) {
    throw argumentError("interval", "high", "numbers above low", high);
  }
  const [isLow, isHigh] = [isInfinite(from), isInfinite(to)];
  if (isLow && isHigh) return real;
  if (isHigh) return ray(from, 1);
  if (isLow) return ray(to, -1);
  return {
    free: same,
    constrain: (u) => ({
      x: sigmoid(u).mul(width).add(from),
      // A scalar width broadcasts, so that the sum has its logarithm once for each element.
      logVolume: logSigmoid(u).sub(softplus(u)).add(width.log()).sum(),
    }),
  };
}

/** True if a bound is an infinite scalar. */
function isInfinite(bound: Tensor): boolean {
  return (
    bound.shape.length === 0 && Math.abs(elementsOf(bound)?.[0] ?? 0) === Number.POSITIVE_INFINITY
  );
}

/** Returns the support of the numbers above an end (sign 1) or below it (sign −1). */
function ray(end: Tensor, sign: 1 | -1): Support {
  return {
    free: same,
    constrain: (u) => ({ x: exp(u).mul(sign).add(end), logVolume: u.sum() }),
  };
}

/** Returns the length of the last axis. Throws a ShapeError if it is below `least`. */
function lengthOf(support: string, shape: readonly number[], least: number): number {
  const length = shape.at(-1);
  if (length !== undefined && length >= least) return length;
  const expected = `vectors of at least ${least} along the last axis`;
  throw new ShapeError({ op: support, argument: "shape", expected, got: formatShape(shape) });
}

/**
 * Vectors whose elements ascend along the last axis: the first element is u₀, and element i is larger than the one before
 * it by the exponential of uᵢ.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { ordered } from "@graddiff/stats";
 *
 * const u = tensor([-1, 0, 0], { dtype: "float64" });
 * console.log(String(ordered.constrain(u).x)); // [-1.  0.  1.]
 * ```
 */
export const ordered: Support = {
  free: (shape) => {
    lengthOf("ordered", shape, 1);
    return shape;
  },
  constrain: (u) => {
    const first = u.slice([...u.shape.map(() => 0)], [...u.shape.slice(0, -1), 1]);
    const starts = u.shape.map((_, axis) => (axis === u.shape.length - 1 ? 1 : 0));
    const rest = u.slice(starts);
    return { x: cumulativeSum(concat([first, exp(rest)], -1), -1), logVolume: rest.sum() };
  },
};

/**
 * Vectors along the last axis with positive elements that have the sum 1. Each element is a fraction of 1 minus the sum
 * of the elements before it: "stick breaking", as in Stan. u = 0 gives equal elements.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { simplex } from "@graddiff/stats";
 *
 * const u = tensor([0, 0, 0], { dtype: "float64" });
 * console.log(simplex.constrain(u).x.toString({ digits: 2 })); // [0.25 0.25 0.25 0.25]
 * ```
 */
export const simplex: Support = {
  free: (shape) => [...shape.slice(0, -1), lengthOf("simplex", shape, 1) - 1],
  constrain: (u) => {
    const size = u.shape.at(-1) ?? 0;
    const shift = double(Array.from({ length: size }, (_, i) => -Math.log(size - i)));
    const shifted = u.add(shift);
    const share = logSigmoid(shifted);
    const left = logSigmoid(shifted.neg());
    const zero = u.sum(-1, { keepDims: true }).mul(0);
    // The logarithm of the rest of the sum before each element, and after the last fraction.
    const remains = concat([zero, cumulativeSum(left, -1)], -1);
    const before = remains.slice(
      u.shape.map(() => 0),
      [...u.shape.slice(0, -1), size],
    );
    const full = concat([share, zero], -1);
    return { x: exp(remains.add(full)), logVolume: share.add(left).add(before).sum() };
  },
};

/**
 * Cholesky factors of correlation matrices: lower triangles with a positive diagonal and rows of norm 1. The tanh of each
 * unbounded number is a partial correlation, row by row (D. Lewandowski, D. Kurowicka and H. Joe, 2009).
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { correlation } from "@graddiff/stats";
 *
 * const { x } = correlation.constrain(tensor([Math.atanh(0.6)], { dtype: "float64" }));
 * console.log(x.at(1).toString({ digits: 2 })); // [0.6 0.8]
 * ```
 */
export const correlation: Support = {
  free: (shape) => {
    const size = lengthOf("correlation", shape, 1);
    if (shape.at(-2) !== size) {
      const got = formatShape(shape);
      throw new ShapeError({
        op: "correlation",
        argument: "shape",
        expected: "square matrices",
        got,
      });
    }
    return [...shape.slice(0, -2), (size * (size - 1)) / 2];
  },
  constrain: (u) => {
    const count = u.shape.at(-1) ?? 0;
    const size = (1 + Math.round(Math.sqrt(1 + 8 * count))) / 2;
    /** For each element of the matrix, an index into [values, 0, diagonal]: a value below the diagonal, 0 above it. */
    const indices = Array.from({ length: size }, (_, i) =>
      Array.from({ length: size }, (_, j) =>
        j < i ? (i * (i - 1)) / 2 + j : count + Number(i === j),
      ),
    );
    const zero = u.sum(-1, { keepDims: true }).mul(0);
    const place = (values: Tensor, diagonal: number) =>
      take(concat([values, zero, zero.add(diagonal)], -1), tensor(indices, { dtype: "int32" }), -1);
    // log(1 − tanh² u), by a formula without the cancellation in 1 − tanh².
    const logRest = u
      .abs()
      .neg()
      .add(Math.LN2)
      .sub(softplus(u.abs().mul(-2)))
      .mul(2);
    const rests = place(logRest, 0);
    const before = cumulativeSum(rests, -1).sub(rests).mul(0.5);
    const inTriangle = place(u.mul(0).add(1), 0);
    return {
      x: place(u.tanh(), 1).mul(exp(before)),
      logVolume: logRest.sum().add(before.mul(inTriangle).sum()),
    };
  },
};
