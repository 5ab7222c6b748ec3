/**
 * Systems of linear equations, and determinants.
 */

import { integer, refuseSurplus } from "../arguments.ts";
import { diagonal, trace } from "../functions/arranging.ts";
import { apply, applyAll } from "../graph/apply.ts";
import type { Tangents } from "../graph/joint.ts";
import { type Op, oneResult, rule, withTangent } from "../graph/op.ts";
import { together, ZERO } from "../graph/tangentStatus.ts";
import type { TensorType } from "../graph/types.ts";
import { abs, sign } from "../ops/arithmetic.ts";
import { batchTogether } from "../ops/batching.ts";
import { prod } from "../ops/prod.ts";
import { sum } from "../ops/reduction.ts";
import { register } from "../ops/registry.ts";
import { sumOf, withMaskOf } from "../ops/tangents.ts";
import { log } from "../ops/transcendental.ts";
import { broadcastTo, expandDims } from "../ops/view.ts";
import { arange, zerosLike } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { floatsOf, LONGEST, SQUARES, shifted, squareType } from "./examples.ts";
import { type By, type FailureOptions, failing, readFailure } from "./kernels.ts";
import { factorise, factorTypes, pullFactors, pushFactors, solveByFactors } from "./lu.ts";
import { adjoint, batchSystems, identityLike, lengthsOf, readSquare } from "./matrices.ts";
import { decompose } from "./svd.ts";
import { solutionType, solveSystems } from "./triangular.ts";

/** A, B → X of A X = B, and the factors of A, which the way back reads. */
const solveOp: Op<By> = register<By>({
  name: "solve",
  symbol: "A⁻¹",
  family: "linear algebra",
  promotion: "float",
  formula: "X of A X = B; and the factors of A",
  results: solveTypes,
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const results = applyAll(op, inputs, attributes);
      const [x, factors, order] = results as [Tensor, Tensor, Tensor];
      return {
        results,
        pull: ([ofX, ofFactors]) => {
          const transposed = { ...attributes, transposed: true };
          const ofB = ofX && solveByFactors(factors, order, ofX.value, transposed);
          const ofA = sumOf(
            ofB?.matmul(adjoint(x)).neg(),
            ofFactors && pullFactors(factors, order, ofFactors.value, attributes.failure),
          );
          return [
            ofA && withMaskOf(ofA, ofX, ofFactors),
            ofB
              ? withMaskOf(ofB, ofX)
              : ofFactors && withMaskOf(zerosLike(at(inputs, 1)), ofFactors),
          ];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [da, db]) => {
      const results = applyAll(op, inputs, attributes);
      const [x, factors, order] = results as [Tensor, Tensor, Tensor];
      const right = sumOf(db?.value, da?.value.matmul(x).neg());
      const ofX =
        right && solveByFactors(factors, order, right, { ...attributes, transposed: false });
      return {
        results,
        tangents: [
          ofX && withMaskOf(ofX, da, db),
          factorTangent(factors, order, attributes, da, db),
          undefined,
        ],
      };
    },
  },
  body: ([a, b], by) => {
    if (a === undefined || b === undefined) return [];
    const [factors, order] = factorise(a, by);
    const x = solveByFactors(factors, order, b, { ...by, transposed: false });
    return [x, factors, order];
  },
  batch: batchSystems,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: [
      {
        shapes: [
          [2, 3, 3],
          [2, 3, 2],
        ],
        attributes: {},
      },
      {
        shapes: [
          [4, 4],
          [4, 1],
        ],
        attributes: {},
      },
    ],
    make: ([a, b]) => (a && b ? [shifted(a, 3).flip(-2), floatsOf(b)] : []),
  },
});

/** Returns the tangent of factors; undefined if it is zero. */
function factorTangent(
  factors: Tensor,
  order: Tensor,
  { failure }: By,
  ...[da, ...others]: Tangents
) {
  if (da !== undefined) return withMaskOf(pushFactors(factors, order, da.value, failure), da);
  return others.some(Boolean) ? withMaskOf(zerosLike(factors), ...others) : undefined;
}

function solveTypes(inputs: readonly TensorType[]): TensorType[] {
  return [solutionType(inputs), ...factorTypes(inputs)];
}

/**
 * Returns the solution X of A X = B, by the LU factorisation with partial pivoting. Its gradient solves with the same
 * factors.
 *
 * @param a matrices of shape [..., n, n].
 * @param b matrices of shape [..., n, k], whose leading axes broadcast with those of a, or a vector of length n.
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns the shape of b, with leading axes broadcast.
 * @throws ArgumentError for a singular matrix, or one that is not finite, which names the pivot and the matrix of a
 *   stack; ShapeError for shapes that do not fit.
 * @example
 * ```ts
 * import { grad, tensor } from "@graddiff/core";
 * import { solve } from "@graddiff/core/linalg";
 *
 * const a = tensor([[2, 1], [1, 3]]);
 * console.log(String(solve(a, tensor([5, 10])))); // [1. 3.]
 * console.log(String(grad((b) => solve(a, b).sum())(tensor([5, 10])))); // [0.4 0.2]
 * ```
 */
export function solve(a: TensorLike, b: TensorLike, options?: FailureOptions): Tensor {
  refuseSurplus("solve", 3, arguments);
  const by = { by: "solve", ...failing(readFailure("solve", options)) };
  return solveSystems("solve", a, b, true, (matrices, right) => solveMatrices(matrices, right, by));
}

/** X of A X = B, for a function. */
export function solveMatrices(a: Tensor, b: Tensor, by: By): Tensor {
  return at(applyAll(solveOp, [a, b], by), 0);
}

/**
 * Returns the inverse of matrices. Where it is multiplied with something, {@link solve} takes less time and is more
 * accurate.
 *
 * @param a matrices of shape [..., n, n].
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @throws ArgumentError for a singular matrix, or one that is not finite; ShapeError if a is not square.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { inv } from "@graddiff/core/linalg";
 *
 * console.log(String(inv(tensor([[2, 0], [0, 4]]))));
 * // [[0.5  0.  ]
 * //  [0.   0.25]]
 * ```
 */
export function inv(a: TensorLike, options?: FailureOptions): Tensor {
  refuseSurplus("inv", 2, arguments);
  return inverse(readSquare("inv", a), { by: "inv", ...failing(readFailure("inv", options)) });
}

/** Returns the inverse, for a function. */
export function inverse(matrices: Tensor, by: By): Tensor {
  const identity = broadcastTo(identityLike(matrices, lengthsOf(matrices)[0]), matrices.shape);
  return solveMatrices(matrices, identity, by);
}

/**
 * Returns a power of matrices by an integer: the inverse to the power of −n for negative ones, the identity for 0.
 *
 * @param a matrices of shape [..., m, m].
 * @param n any integer.
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @throws ArgumentError for a singular matrix to a negative power, or an n that is no integer; ShapeError if a is not
 *   square.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { matrixPower } from "@graddiff/core/linalg";
 *
 * console.log(String(matrixPower(tensor([[1, 1], [0, 1]]), 5)));
 * // [[1. 5.]
 * //  [0. 1.]]
 * ```
 */
export function matrixPower(a: TensorLike, n: number, options?: FailureOptions): Tensor {
  refuseSurplus("matrixPower", 3, arguments);
  const how = failing(readFailure("matrixPower", options));
  const matrices = readSquare("matrixPower", a);
  let left = Math.abs(integer("matrixPower", "n", n));
  if (left === 0)
    return broadcastTo(identityLike(matrices, lengthsOf(matrices)[0]), matrices.shape);
  let square = n < 0 ? inverse(matrices, { by: "matrixPower", ...how }) : matrices;
  let power: Tensor | undefined;
  for (; ; square = square.matmul(square)) {
    if (left % 2 === 1) power = power?.matmul(square) ?? square;
    left = Math.floor(left / 2);
    if (left === 0) return power as Tensor;
  }
}

/** 1 or −1: whether rows are exchanged an even number of times, by the pairs that are in the other order. */
function parityOf(order: Tensor, like: Tensor): Tensor {
  const n = at(order.shape, order.rank - 1);
  const [rows, columns] = [expandDims(order, -1), expandDims(order, -2)];
  const indices = arange(0, n, { dtype: "int32" });
  const isAhead = expandDims(indices, -1).less(indices);
  const turned = rows.greater(columns).logicalAnd(isAhead);
  const odd = sum(turned, [-2, -1]).remainder(2);
  return odd.cast(like.dtype).mul(-2).add(1);
}

/** Returns the determinants' type, and the factors'. */
function slogdetTypes(inputs: readonly TensorType[]): TensorType[] {
  const { shape, dtype } = squareType(inputs);
  const one: TensorType = { shape: shape.slice(0, -2), dtype, weak: false };
  return [one, one, ...factorTypes(inputs)];
}

/** Returns a scalar for each matrix, as matrices of one element. */
function asMatrices(x: Tensor): Tensor {
  return expandDims(expandDims(x, -1), -1);
}

/** A → the sign and the logarithm of the determinant, and the factors of A. The gradient of the second is A⁻ᵀ. */
const slogdetOp: Op<By> = register<By>({
  name: "slogdet",
  symbol: "slogdet",
  family: "linear algebra",
  promotion: "float",
  formula: "the sign of |A| and log ||A||; and the factors of A",
  results: slogdetTypes,
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const results = applyAll(op, inputs, attributes);
      const [, , factors, order] = results as [Tensor, Tensor, Tensor, Tensor];
      return {
        results,
        pull: ([, ofLog, ofFactors]) => {
          const transposed = { by: "slogdet", transposed: true, ...failing(attributes) };
          const right =
            ofLog && identityLike(factors, lengthsOf(factors)[0]).mul(asMatrices(ofLog.value));
          const ofA = sumOf(
            right && solveByFactors(factors, order, right, transposed),
            ofFactors && pullFactors(factors, order, ofFactors.value, attributes.failure),
          );
          // The sign does not move.
          return [ofA && withMaskOf(ofA, ofLog, ofFactors)];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [da]) => {
      const results = applyAll(op, inputs, attributes);
      const [, , factors, order] = results as [Tensor, Tensor, Tensor, Tensor];
      if (da === undefined) return { results, tangents: [] };
      const product = solveByFactors(factors, order, da.value, {
        by: "slogdet",
        transposed: false,
        ...failing(attributes),
      });
      return {
        results,
        tangents: [
          undefined,
          withMaskOf(trace(product), da),
          withMaskOf(pushFactors(factors, order, da.value, attributes.failure), da),
          undefined,
        ],
      };
    },
  },
  statuses: {
    gradients: (_attributes, [, ...others]) => [together(others)],
    tangents: (_attributes, [ofA = ZERO]) => [ZERO, ofA, ofA, ZERO],
  },
  body: ([a], by) => {
    if (a === undefined) return [];
    const [factors, order] = factorise(a, { by: "slogdet", ...by });
    const pivots = diagonal(factors);
    const ofPivots = prod(sign(pivots), -1);
    return [
      // No negative zero.
      ofPivots.mul(parityOf(order, pivots)).add(0),
      sum(log(abs(pivots)), -1),
      factors,
      order,
    ];
  },
  batch: batchTogether,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: SQUARES.slice(0, 3).map(({ shapes }) => ({ shapes, attributes: {} })),
    make: ([a]) => (a ? [shifted(a, 3).flip(-2)] : []),
  },
});

/**
 * Returns the sign and the logarithm of the absolute value of the determinant, for determinants beyond the range of
 * floats.
 *
 * @param a matrices of shape [..., n, n].
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns `sign` (1, −1, or 0 of a singular matrix) and `logAbsDet` (−∞ there), of shape [...].
 * @throws ArgumentError for elements that are not finite, and for the gradient at a singular matrix; ShapeError if a is
 *   not square.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { slogdet } from "@graddiff/core/linalg";
 *
 * const { sign, logAbsDet } = slogdet(tensor([[0, 2], [3, 0]]));
 * console.log(sign.item(), logAbsDet.toString({ digits: 4 })); // -1 1.792
 * ```
 */
export function slogdet(
  a: TensorLike,
  options?: FailureOptions,
): { sign: Tensor; logAbsDet: Tensor } {
  refuseSurplus("slogdet", 2, arguments);
  const how = failing(readFailure("slogdet", options));
  const [sign, logAbsDet] = applyAll(slogdetOp, [readSquare("slogdet", a)], how);
  return { sign: sign as Tensor, logAbsDet: logAbsDet as Tensor };
}

/** Returns the type of one number for each matrix. */
function numberType(inputs: readonly TensorType[]): TensorType {
  const { shape, dtype } = squareType(inputs);
  return { shape: shape.slice(0, -2), dtype, weak: false };
}

/** Returns the sign of the determinants of orthogonal matrices. */
function orientation(a: Tensor, by: By): Tensor {
  return at(applyAll(slogdetOp, [a], by), 0);
}

/**
 * The matrices of cofactors C = |A| A⁻ᵀ, from singular values, which singular matrices have, too: with A = U S Vᵀ,
 * C = |U| |V| U diag(Πⱼ≠ᵢ sⱼ) Vᵀ. Its derivative, (⟨C, dA⟩ C − C dAᵀ C) / |A|, has that of the inverse.
 */
const cofactorsOp: Op<By> = register<By>({
  name: "cofactors",
  symbol: "cof",
  family: "linear algebra",
  promotion: "float",
  formula: "|A| A⁻ᵀ",
  results: oneResult(squareType),
  derivative: withTangent(
    rule((cotangent, { inputs: [a], output: c }) => {
      const product = sum(cotangent.mul(c), [-2, -1]);
      const inner = asMatrices(product)
        .mul(c)
        .sub(c.matmul(adjoint(cotangent)).matmul(c));
      return inner.div(asMatrices(determinantOf(a as Tensor, c)));
    }),
    ([tangent], { inputs: [a], output: c }) => {
      if (tangent === undefined) return undefined;
      const product = sum(tangent.mul(c), [-2, -1]);
      const inner = asMatrices(product)
        .mul(c)
        .sub(c.matmul(adjoint(tangent)).matmul(c));
      return inner.div(asMatrices(determinantOf(a as Tensor, c)));
    },
  ),
  body: ([a], by) => {
    const [u, s, vt] = decompose(a as Tensor, { by: "det", ...by });
    const identity = identityLike(s, at(s.shape, s.rank - 1));
    const others = expandDims(s, -2).mul(identity.neg().add(1)).add(identity);
    const products = prod(others, -1).mul(
      expandDims(orientation(u, by).mul(orientation(vt, by)), -1),
    );
    return [u.mul(expandDims(products, -2)).matmul(vt)];
  },
  batch: batchTogether,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: SQUARES.slice(0, 3),
    make: ([a]) => (a ? [shifted(a, 2)] : []),
  },
});

/** |A|, by the cofactors of all rows. */
function determinantOf(a: Tensor, c: Tensor): Tensor {
  return sum(a.mul(c), [-2, -1]).div(lengthsOf(a)[0]);
}

/** Returns the matrices of cofactors. */
function cofactors(a: Tensor, by: By): Tensor {
  return apply(cofactorsOp, [a], by);
}

/** The gradient is the matrix of cofactors, which singular matrices have, too. */
const detOp: Op<By> = register<By>({
  name: "det",
  symbol: "det",
  family: "linear algebra",
  promotion: "float",
  formula: "|A|",
  results: oneResult(numberType),
  derivative: withTangent(
    rule((cotangent, { inputs: [a], attributes }) =>
      cofactors(a as Tensor, attributes).mul(asMatrices(cotangent)),
    ),
    ([tangent], { inputs: [a], attributes }) =>
      tangent && sum(tangent.mul(cofactors(a as Tensor, attributes)), [-2, -1]),
  ),
  body: ([a], by) => {
    const [factors, order] = factorise(a as Tensor, { by: "det", ...by });
    const pivots = diagonal(factors);
    return [prod(pivots, -1).mul(parityOf(order, pivots))];
  },
  batch: batchTogether,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: SQUARES,
    make: ([a]) => (a ? [shifted(a, 2)] : []),
  },
});

/** Returns an element of matrices. */
function element(a: Tensor, row: number, column: number): Tensor {
  return a.at("...", row, column);
}

/** Returns the determinants of matrices of up to three rows by their terms, which are differentiated to any order. */
function smallDeterminant(a: Tensor): Tensor {
  const [n] = lengthsOf(a);
  if (n === 1) return element(a, 0, 0);
  /** Returns the minor of the rows r and r + 1, in the columns i and j. */
  const minor = (r: number, i: number, j: number) =>
    element(a, r, i)
      .mul(element(a, r + 1, j))
      .sub(element(a, r, j).mul(element(a, r + 1, i)));
  if (n === 2) return minor(0, 0, 1);
  return element(a, 0, 0)
    .mul(minor(1, 1, 2))
    .sub(element(a, 0, 1).mul(minor(1, 0, 2)))
    .add(element(a, 0, 2).mul(minor(1, 0, 1)));
}

/**
 * Returns the determinants of matrices: of up to three rows by their terms, else the product of the pivots.
 *
 * The gradient is the matrix of cofactors, also at a singular matrix. Second derivatives of matrices of more than three
 * rows are NaN at a singular one.
 *
 * @param a matrices of shape [..., n, n].
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails).
 * @returns the shape [...]; 1 of matrices without rows.
 * @throws ArgumentError for elements that are not finite in matrices of more than three rows; ShapeError if a is not
 *   square.
 * @example
 * ```ts
 * import { grad, tensor } from "@graddiff/core";
 * import { det } from "@graddiff/core/linalg";
 *
 * const a = tensor([[1, 2], [2, 4]]);
 * console.log(det(a).item(), String(grad(det)(a)));
 * // 0 [[ 4. -2.]
 * //  [-2.  1.]]
 * ```
 */
export function det(a: TensorLike, options?: FailureOptions): Tensor {
  refuseSurplus("det", 2, arguments);
  const how = failing(readFailure("det", options));
  const matrices = readSquare("det", a);
  const [n] = lengthsOf(matrices);
  return n > 0 && n <= 3 ? smallDeterminant(matrices) : apply(detOp, [matrices], how);
}
