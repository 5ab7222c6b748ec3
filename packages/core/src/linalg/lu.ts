/**
 * The LU factorisation, and systems solved by its factors.
 */

import { refuseSurplus } from "../arguments.ts";
import { DTypeError } from "../errors.ts";
import { tril, triu } from "../functions/arranging.ts";
import { applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { batchTogether } from "../ops/batching.ts";
import { concat } from "../ops/joining.ts";
import { register } from "../ops/registry.ts";
import { argSort } from "../ops/sorting.ts";
import { sumOf, withMaskOf } from "../ops/tangents.ts";
import { elementsAlong } from "../ops/view.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { floatsOf, LONGEST, onesLikeDiagonal, shifted } from "./examples.ts";
import {
  type By,
  type Failure,
  type FailureOptions,
  failing,
  matrixKernel,
  readFailure,
} from "./kernels.ts";
import { adjoint, batchSystems, lengthsOf, permuted, readMatrix, unpermuted } from "./matrices.ts";
import { solutionType, solveTriangle } from "./triangular.ts";

/** Returns the factors in one matrix, and the order of rows. */
export function factorTypes([a]: readonly TensorType[]): TensorType[] {
  const { shape = [], dtype = "float32" } = a ?? {};
  return [
    { shape, dtype, weak: false },
    { shape: shape.slice(0, -1), dtype: "int32", weak: false },
  ];
}

/** L of the factors in one matrix: its diagonal is ones. */
export function lowerOf(factors: Tensor): Tensor {
  const [rows, columns] = lengthsOf(factors);
  const diagonal = elementsAlong(factors, factors.rank - 1, 0, Math.min(rows, columns));
  return tril(diagonal, { offset: -1 }).add(onesLikeDiagonal(diagonal));
}

/** U of the factors in one matrix. */
export function upperOf(factors: Tensor): Tensor {
  const [rows, columns] = lengthsOf(factors);
  return triu(elementsAlong(factors, factors.rank - 2, 0, Math.min(rows, columns)));
}

/** Returns the first k rows, or columns, and the others. */
function halves(x: Tensor, axis: -1 | -2, k: number): [first: Tensor, rest: Tensor] {
  const along = x.rank + axis;
  const length = at(x.shape, along);
  return [elementsAlong(x, along, 0, k), elementsAlong(x, along, k, length - k)];
}

/** Returns the square part of the factors. */
function squareOf(factors: Tensor): Tensor {
  const k = Math.min(...lengthsOf(factors));
  return elementsAlong(elementsAlong(factors, factors.rank - 2, 0, k), factors.rank - 1, 0, k);
}

/** x U⁻¹, for U of the factors in one matrix. */
function overUpper(factors: Tensor, x: Tensor, failure: Failure): Tensor {
  const upper = { lower: false, transposed: true, by: "lu", failure };
  return adjoint(solveTriangle(factors, adjoint(x), upper));
}

/**
 * Returns the gradient of A from that of the factors in one matrix. With PA = L U, L and U square, dL = L tril₋₁(L⁻¹ P
 * dA U⁻¹) and dU = triu(L⁻¹ P dA U⁻¹) U, and this is the adjoint. The rows below a square L change by (P dA − L dU)
 * U⁻¹, the columns beside a square U by L⁻¹ (P dA − dL U).
 */
export function pullFactors(
  factors: Tensor,
  order: Tensor,
  cotangent: Tensor,
  failure: Failure,
): Tensor {
  const [rows, columns] = lengthsOf(factors);
  const k = Math.min(rows, columns);
  const square = squareOf(factors);
  let ofSquare = squareOf(cotangent);
  let lower = tril(ofSquare, { offset: -1 });
  let upper = triu(ofSquare);
  let rest: Tensor | undefined;
  if (rows > k) {
    const [, below] = halves(factors, -2, k);
    const [, ofBelow] = halves(cotangent, -2, k);
    // X of X Uᵀ = ofBelow.
    rest = adjoint(solveTriangle(square, adjoint(ofBelow), { lower: false, by: "lu", failure }));
    upper = upper.sub(triu(adjoint(below).matmul(rest)));
  } else if (columns > k) {
    const [, beside] = halves(factors, -1, k);
    const [, ofBeside] = halves(cotangent, -1, k);
    rest = solveTriangle(square, ofBeside, { transposed: true, unit: true, failure });
    lower = lower.sub(tril(rest.matmul(adjoint(beside)), { offset: -1 }));
  }
  const [l, u] = [lowerOf(square), upperOf(square)];
  const inner = tril(adjoint(l).matmul(lower), { offset: -1 }).add(triu(upper.matmul(adjoint(u))));
  const left = solveTriangle(square, inner, { transposed: true, unit: true, failure });
  ofSquare = adjoint(solveTriangle(square, adjoint(left), { lower: false, by: "lu", failure }));
  const whole =
    rest === undefined ? ofSquare : concat([ofSquare, rest], ofSquare.rank - (rows > k ? 2 : 1));
  return unpermuted(whole, order);
}

/** Returns the tangent of the factors in one matrix from that of A. */
export function pushFactors(
  factors: Tensor,
  order: Tensor,
  tangent: Tensor,
  failure: Failure,
): Tensor {
  const [rows, columns] = lengthsOf(factors);
  const k = Math.min(rows, columns);
  const square = squareOf(factors);
  const moved = permuted(tangent, order);
  const inner = overUpper(
    square,
    solveTriangle(square, squareOf(moved), { unit: true, failure }),
    failure,
  );
  const ofLower = lowerOf(square).matmul(tril(inner, { offset: -1 }));
  const ofUpper = triu(inner).matmul(upperOf(square));
  const factor = tril(ofLower, { offset: -1 }).add(ofUpper);
  if (rows > k) {
    const [, below] = halves(factors, -2, k);
    const [, movedBelow] = halves(moved, -2, k);
    const rest = overUpper(square, movedBelow.sub(below.matmul(ofUpper)), failure);
    return concat([factor, rest], factor.rank - 2);
  }
  if (columns === k) return factor;
  const [, beside] = halves(factors, -1, k);
  const [, movedBeside] = halves(moved, -1, k);
  const right = movedBeside.sub(ofLower.matmul(beside));
  return concat([factor, solveTriangle(square, right, { unit: true, failure })], factor.rank - 1);
}

const luOp: Op<By> = register<By>({
  name: "lu",
  symbol: "lu",
  family: "linear algebra",
  promotion: "float",
  formula: "L and U of P A = L U in one matrix, and the rows of A in their order",
  results: factorTypes,
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const [factors, order] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      return {
        results: [factors, order],
        pull: ([cotangent]) => [
          cotangent &&
            withMaskOf(pullFactors(factors, order, cotangent.value, attributes.failure), cotangent),
        ],
      };
    },
    jvp: ({ op, inputs, attributes }, [tangent]) => {
      const [factors, order] = applyAll(op, inputs, attributes) as [Tensor, Tensor];
      const moved =
        tangent &&
        withMaskOf(pushFactors(factors, order, tangent.value, attributes.failure), tangent);
      return { results: [factors, order], tangents: [moved, undefined] };
    },
  },
  kernel: matrixKernel<By>({
    name: "lu",
    numbers: ({ inputs: [a] }) => lengthsOf(a),
    products: ({ inputs: [a] }) => lengthsOf(a),
    flops: ([m = 0, n = 0]) => m * n * Math.min(m, n),
    wrong: { expected: "finite elements", got: "a pivot that is not finite" },
  }),
  batch: batchTogether,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    cases: [{ shapes: [[2, 3, 4]] }, { shapes: [[3, 3]] }, { shapes: [[5, 2]] }],
    // Rows in reverse order are exchanged.
    make: ([a]) => (a ? [shifted(a, 3).flip(-2)] : []),
  },
});

/** L and U in one matrix, and the order of rows. */
export function factorise(a: Tensor, by: By = {}): [factors: Tensor, order: Tensor] {
  return applyAll(luOp, [a], by) as [Tensor, Tensor];
}

/** True if Aᵀ X = B is solved. */
export interface SolvedByFactors extends By {
  readonly transposed: boolean;
}

/** Factors must be floats for every caller. */
function solvedType(inputs: readonly TensorType[]): TensorType {
  const type = solutionType(inputs);
  if (isFloat(type.dtype)) return type;
  throw new DTypeError("luSolve", "", "float32 or float64", type.dtype);
}

/**
 * X of A X = B from the factors of A. With X = U⁻¹ L⁻¹ P B, or Pᵀ L⁻ᵀ U⁻ᵀ B, the factors have the gradients of the
 * triangular systems that they are.
 */
const luSolveOp: Op<SolvedByFactors> = register<SolvedByFactors>({
  name: "luSolve",
  symbol: "lu⁻¹",
  family: "linear algebra",
  promotion: "none",
  linearIn: [2],
  formula: "X of A X = B, from the factors of A",
  results: (inputs) => [solvedType(inputs)],
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const [factors, order] = inputs as [Tensor, Tensor, Tensor];
      const results = applyAll(op, inputs, attributes);
      const x = at(results, 0);
      const transposed = !attributes.transposed;
      return {
        results,
        pull: ([cotangent]) => {
          if (cotangent === undefined) return [undefined, undefined, undefined];
          const inputs = [factors, order, cotangent.value];
          const ofB = at(applyAll(op, inputs, { ...attributes, transposed }), 0);
          const [upper, lower] = attributes.transposed
            ? [
                adjoint(lowerOf(factors)).matmul(permuted(x, order)).matmul(adjoint(ofB)),
                permuted(x, order).matmul(adjoint(upperOf(factors).matmul(ofB))),
              ]
            : [
                solveTriangle(factors, cotangent.value, {
                  lower: false,
                  transposed: true,
                  failure: attributes.failure,
                }).matmul(adjoint(x)),
                permuted(ofB, order).matmul(adjoint(upperOf(factors).matmul(x))),
              ];
          const ofFactors = triu(upper)
            .add(tril(lower, { offset: -1 }))
            .neg();
          return [withMaskOf(ofFactors, cotangent), undefined, withMaskOf(ofB, cotangent)];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [moved, , db]) => {
      const [factors, order] = inputs as [Tensor, Tensor, Tensor];
      const results = applyAll(op, inputs, attributes);
      const change = moved && changeOf(factors, order, moved.value, at(results, 0), attributes);
      const right = sumOf(db?.value, change?.neg());
      if (right === undefined) return { results, tangents: [undefined] };
      const tangent = at(applyAll(op, [factors, order, right], attributes), 0);
      return { results, tangents: [withMaskOf(tangent, moved, db)] };
    },
  },
  kernel: matrixKernel<SolvedByFactors>({
    name: "luSolve",
    numbers: ({ inputs: [a, , b], attributes: { transposed } }) => [
      ...[lengthsOf(a)[0], lengthsOf(b)[1]],
      Number(transposed),
    ],
    scratch: ({ inputs: [, , b] }) => {
      const [rows, columns] = lengthsOf(b);
      return [rows * columns];
    },
    products: ({ inputs: [, , b] }) => lengthsOf(b),
    flops: ([n = 0, columns = 0]) => 2 * n * n * columns,
    wrong: { expected: "an invertible matrix", got: "a pivot of zero" },
  }),
  batch: batchSystems,
  examples: {
    domain: [-1, 1],
    longest: LONGEST,
    dtypes: [undefined, "int32", undefined],
    cases: [
      {
        shapes: [
          [2, 3, 3],
          [2, 3],
          [2, 3, 2],
        ],
        attributes: { transposed: false },
      },
      { shapes: [[4, 4], [4], [4, 1]], attributes: { transposed: true } },
    ],
    make: ([a, order, b]) => (a && order && b ? [shifted(a, 2), argSort(order), floatsOf(b)] : []),
  },
});

/** dA X, or dAᵀ X, for A = Pᵀ L U and tangents of the factors. */
function changeOf(
  factors: Tensor,
  order: Tensor,
  moved: Tensor,
  x: Tensor,
  { transposed }: SolvedByFactors,
): Tensor {
  const [l, u] = [lowerOf(factors), upperOf(factors)];
  const [dl, du] = [tril(moved, { offset: -1 }), triu(moved)];
  if (!transposed) {
    const change = dl.matmul(u.matmul(x)).add(l.matmul(du.matmul(x)));
    return unpermuted(change, order);
  }
  const rows = permuted(x, order);
  const first = adjoint(du).matmul(adjoint(l).matmul(rows));
  return first.add(adjoint(u).matmul(adjoint(dl).matmul(rows)));
}

/** X of A X = B, or of Aᵀ X = B. */
export function solveByFactors(
  factors: Tensor,
  order: Tensor,
  b: Tensor,
  attributes: SolvedByFactors,
): Tensor {
  return at(applyAll(luSolveOp, [factors, order, b], attributes), 0);
}

/**
 * Returns the LU factorisation with partial pivoting: a lower triangle L with ones on its diagonal and an upper
 * triangle U. L U has the rows of A in the order of `permutation`. A singular matrix has factors, too.
 *
 * @param a matrices of shape [..., m, n].
 * @param options `failure` (default "error"; "nan" for NaN where a matrix fails, whose permutation is that of its rows).
 * @returns `l` of shape [..., m, k], `u` of shape [..., k, n], with k the less of m and n, and `permutation`, int32
 *   [..., m]. Row i of L U is row permutation[i] of A.
 * @throws ArgumentError for elements that are not finite; ShapeError for less than two axes.
 * @example
 * ```ts
 * import { take, tensor } from "@graddiff/core";
 * import { lu } from "@graddiff/core/linalg";
 *
 * const a = tensor([[1, 2], [4, 6]]);
 * const { l, u, permutation } = lu(a);
 * console.log(String(permutation), l.matmul(u).sub(take(a, permutation)).abs().max().item()); // [1 0] 0
 * ```
 */
export function lu(
  a: TensorLike,
  options?: FailureOptions,
): { l: Tensor; u: Tensor; permutation: Tensor } {
  refuseSurplus("lu", 2, arguments);
  const how = failing(readFailure("lu", options));
  const [factors, permutation] = factorise(readMatrix("lu", a), how);
  return { l: lowerOf(factors), u: upperOf(factors), permutation };
}
