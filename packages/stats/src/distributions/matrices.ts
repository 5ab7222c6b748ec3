/** The multivariate normal distribution, and a distribution of correlation matrices, represented by Cholesky factors. */

import {
  diagonal,
  exp,
  logBeta,
  logit,
  normal,
  ShapeError,
  stack,
  type Tensor,
  type TensorLike,
  tril,
  uniform,
} from "@graddiff/core";
import {
  argumentError,
  describe,
  formatShape,
  positiveInteger,
  refuseSurplus,
} from "@graddiff/core/extend";
import { cholesky, triangularSolve } from "@graddiff/core/linalg";
import { type Distribution, distribution } from "../distribution.ts";
import { double, FINITE, LOG_ROOT_2PI, POSITIVE, parameter } from "../numbers.ts";
import { correlation, real } from "../supports.ts";
import { Beta } from "./bounded.ts";

const F64 = { dtype: "float64" } as const;
const MULTI = "MultivariateNormal";

/** The covariance of a multivariate normal distribution, as one of three matrices, [K, K]. */
export type Spread =
  | { readonly covariance: TensorLike }
  | { readonly precision: TensorLike }
  | { readonly cholesky: TensorLike };

/** Returns the lower Cholesky factor of the covariance or, for `{ precision }`, of its inverse. */
function factorOf(spread: unknown): { factor: Tensor; isPrecision: boolean } {
  const entries = Object.entries(Object(spread));
  const [[name, value] = ["", undefined], ...others] = entries;
  if (others.length > 0 || !["covariance", "precision", "cholesky"].includes(name)) {
    const expected = "{ covariance }, { precision } or { cholesky }";
    throw argumentError(MULTI, "spread", expected, spread);
  }
  const matrix = parameter(MULTI, name, value, FINITE);
  const [rows, columns, ...more] = matrix.shape;
  if (rows === undefined || rows !== columns || more.length > 0) {
    const got = formatShape(matrix.shape);
    throw new ShapeError({ op: MULTI, argument: name, expected: "a square matrix", got });
  }
  const isPrecision = name === "precision";
  if (name === "cholesky") return { factor: tril(matrix), isPrecision };
  // A matrix that is not positive definite gives the density NaN, so a sampler rejects the trajectory.
  return { factor: cholesky(matrix, { failure: "nan" }), isPrecision };
}

/** Returns the rows x with x L = z, for rows z and a lower triangle L. */
function solvedRows(factor: Tensor, z: Tensor): Tensor {
  return triangularSolve(factor, z, { left: false, failure: "nan" });
}

/**
 * Returns the multivariate normal distribution of vectors along the last axis.
 *
 * @param mean vectors, […, K].
 * @param spread `{ covariance }`, `{ precision }` (its inverse) or `{ cholesky }` (its lower factor), [K, K]. A
 *   covariance or precision that is not positive definite gives the density NaN, so a sampler rejects the trajectory.
 * @returns a {@link Distribution} of vectors.
 * @throws ArgumentError if the spread is not an object with one of these fields; ShapeError if the matrix is not square
 *   or its size differs from that of the mean; DTypeError for float32.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { MultivariateNormal } from "@graddiff/stats";
 *
 * const covariance = tensor([[2, 1], [1, 2]], { dtype: "float64" });
 * const zero = tensor([0, 0], { dtype: "float64" });
 * console.log(MultivariateNormal(zero, { covariance }).logProb(zero).item().toFixed(4)); // -2.3872
 * ```
 */
export function MultivariateNormal(mean: TensorLike, spread: Spread): Distribution {
  refuseSurplus(MULTI, 2, arguments);
  const m = parameter(MULTI, "mean", mean, FINITE);
  const { factor, isPrecision } = factorOf(spread);
  const size = factor.shape[0] ?? 0;
  if (m.shape.at(-1) !== size) {
    const expected = `vectors of ${size} along the last axis`;
    throw new ShapeError({ op: MULTI, argument: "mean", expected, got: formatShape(m.shape) });
  }
  const logRoot = diagonal(factor).log().sum();
  return distribution(MULTI, {
    shape: m.shape,
    eventRank: 1,
    support: real,
    logProb: (x) => {
      const off = x.sub(m);
      const rows = off.reshape([-1, size]);
      const z = isPrecision
        ? rows.matmul(factor)
        : triangularSolve(factor, rows.transpose(), { failure: "nan" }).transpose();
      const squares = z.square().sum(-1).reshape(off.shape.slice(0, -1));
      const half = squares.mul(-0.5).sub(size * LOG_ROOT_2PI);
      return isPrecision ? half.add(logRoot) : half.sub(logRoot);
    },
    sample: (seed, shape) => {
      const z = normal(shape, { seed, ...F64 });
      if (!isPrecision) return z.matmul(factor.transpose()).add(m);
      return solvedRows(factor, z.reshape([-1, size]))
        .reshape(shape)
        .add(m);
    },
    mean: () => m,
    variance: () => {
      if (!isPrecision) return factor.square().sum(-1).add(m.mul(0));
      const identity = double(
        Array.from({ length: size }, (_, i) =>
          Array.from({ length: size }, (_, j) => Number(i === j)),
        ),
      );
      return solvedRows(factor, identity).square().sum(0).add(m.mul(0));
    },
  });
}

/**
 * Returns the LKJ distribution of correlation matrices L Lᵀ, as a distribution of their Cholesky factors L. The density
 * of the matrix is proportional to its determinant to the power concentration − 1 (D. Lewandowski, D. Kurowicka and H.
 * Joe, 2009).
 *
 * @param size the number of rows, an integer from 1.
 * @param concentration above 0: 1 for a constant density, greater ones for smaller correlations.
 * @returns a {@link Distribution} of lower triangles, [size, size]. Its density is that of the elements of L below the
 *   diagonal.
 * @throws ArgumentError for a parameter out of its range; DTypeError for float32.
 * @example
 * ```ts
 * import { LKJ } from "@graddiff/stats";
 *
 * const factor = LKJ(3, 2).sample({ seed: 1 });
 * console.log(String(factor.square().sum(1).toString({ digits: 3 }))); // [1. 1. 1.]
 * ```
 */
export function LKJ(size: number, concentration: TensorLike): Distribution {
  refuseSurplus("LKJ", 2, arguments);
  const n = positiveInteger("LKJ", "size", size);
  const eta = parameter("LKJ", "concentration", concentration, POSITIVE);
  if (eta.shape.length > 0) {
    throw argumentError("LKJ", "concentration", "a scalar", describe(concentration));
  }
  /** For each column, the parameter b: its partial correlations z are distributed as 2 x − 1 for x from Beta(b, b). */
  const shapes = Array.from({ length: n - 1 }, (_, j) => eta.add((n - 2 - j) / 2));
  // The logarithm of the normalising constant: for each partial correlation, log of the integral of (1 − z²)^(b − 1)
  // over z from −1 to 1.
  const logTotal = shapes.reduce<Tensor>(
    (sum, b, j) =>
      sum.add(
        logBeta(b, b)
          .add(b.mul(2).sub(1).mul(Math.LN2))
          .mul(n - 1 - j),
      ),
    eta.mul(0),
  );
  const powers = double(Array.from({ length: n }, (_, i) => n - 1 - i));
  /** The means of 1 − z² and of its square root, for a partial correlation z with the parameter b. */
  const rest = (b: Tensor) => b.mul(2).div(b.mul(2).add(1));
  const root = (b: Tensor) => exp(logBeta(b.add(0.5), b.add(0.5)).sub(logBeta(b, b))).mul(2);
  const table = (at: (i: number, j: number) => Tensor) =>
    stack(
      Array.from({ length: n }, (_, i) =>
        stack(Array.from({ length: n }, (_, j) => (j > i ? eta.mul(0) : at(i, j)))),
      ),
    );
  const product = (of: (b: Tensor) => Tensor, count: number) =>
    shapes.slice(0, count).reduce<Tensor>((all, b) => all.mul(of(b)), eta.mul(0).add(1));
  const mean = () => table((i, j) => (i === j ? product(root, i) : eta.mul(0)));
  return distribution("LKJ", {
    shape: [n, n],
    eventRank: 2,
    support: correlation,
    logProb: (x) => {
      const logs = diagonal(x).log();
      const first = logs.slice(
        logs.shape.map((_, axis) => (axis === logs.shape.length - 1 ? 1 : 0)),
      );
      const exponents = powers.slice([1]).add(eta.mul(2).sub(2));
      return first.mul(exponents).sum(-1).sub(logTotal);
    },
    sample: (seed, shape) => {
      const batch = shape.slice(0, -2);
      const columns = Array.from({ length: n }, (_, i) =>
        Array.from({ length: i }, (_, j) => shapes[j] ?? eta),
      ).flat();
      if (columns.length === 0)
        return correlation.constrain(uniform([...batch, 0], { seed, ...F64 })).x;
      const b = stack(columns);
      const draws = Beta(b, b).sample({ seed, shape: [...batch, columns.length] });
      // atanh(2 x − 1) is half of the log-odds.
      return correlation.constrain(logit(draws).mul(0.5)).x;
    },
    mean,
    variance: () =>
      table((i, j) => {
        const b = shapes[j] ?? eta;
        const square = i === j ? eta.mul(0).add(1) : b.mul(2).add(1).reciprocal();
        return product(rest, j).mul(square);
      }).sub(mean().square()),
  });
}
