/**
 * Triangular systems.
 */

import { flag, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { tril, triu } from "../functions/arranging.ts";
import { applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { register } from "../ops/registry.ts";
import { sumOf, withMaskOf } from "../ops/tangents.ts";
import { reshape } from "../ops/view.ts";
import { at } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { floatsOf, LONGEST, shifted } from "./examples.ts";
import { type By, type FailureOptions, failing, failureOption, matrixKernel } from "./kernels.ts";
import {
  adjoint,
  batchSystems,
  lengthsOf,
  overColumns,
  readMatrices,
  refuseOblong,
} from "./matrices.ts";

/** The triangle of A that is read, and the way in which it is applied. */
export interface Triangle extends By {
  readonly lower: boolean;
  /** True if Aᵀ X = B is solved. */
  readonly transposed: boolean;
  /** True if the diagonal counts as ones. */
  readonly unit: boolean;
}

/** Returns the elements of A that are read. */
export function triangleOf(a: Tensor, { lower, unit }: Pick<Triangle, "lower" | "unit">): Tensor {
  const offset = unit ? 1 : 0;
  return lower ? tril(a, { offset: -offset }) : triu(a, { offset });
}

/** Returns the type of right-hand sides. */
export function solutionType(inputs: readonly TensorType[]): TensorType {
  const { shape = [], dtype = "float32" } = inputs.at(-1) ?? {};
  return { shape, dtype, weak: false };
}

const triangularSolveOp: Op<Triangle> = register<Triangle>({
  name: "triangularSolve",
  symbol: "△⁻¹",
  family: "linear algebra",
  promotion: "float",
  linearIn: [1],
  formula: "X of A X = B, A a triangle",
  results: (inputs) => [solutionType(inputs)],
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes }) => {
      const results = applyAll(op, inputs, attributes);
      const [a, x] = [at(inputs, 0), at(results, 0)];
      const transposed = !attributes.transposed;
      return {
        results,
        pull: ([cotangent]) => {
          if (cotangent === undefined) return [undefined, undefined];
          const ofB = at(applyAll(op, [a, cotangent.value], { ...attributes, transposed }), 0);
          const product = attributes.transposed ? x.matmul(adjoint(ofB)) : ofB.matmul(adjoint(x));
          const ofA = triangleOf(product.neg(), attributes);
          return [withMaskOf(ofA, cotangent), withMaskOf(ofB, cotangent)];
        },
      };
    },
    jvp: ({ op, inputs, attributes }, [da, db]) => {
      const results = applyAll(op, inputs, attributes);
      const [a, x] = [at(inputs, 0), at(results, 0)];
      const moved = da && triangleOf(da.value, attributes);
      const ofA = moved && (attributes.transposed ? adjoint(moved) : moved).matmul(x).neg();
      const right = sumOf(db?.value, ofA);
      if (right === undefined) return { results, tangents: [undefined] };
      const tangent = at(applyAll(op, [a, right], attributes), 0);
      return { results, tangents: [withMaskOf(tangent, da, db)] };
    },
  },
  kernel: matrixKernel<Triangle>({
    name: "triangularSolve",
    numbers: ({ inputs: [a, b], attributes: { lower, transposed, unit } }) => [
      ...[lengthsOf(a)[0], lengthsOf(b)[1]],
      ...[lower, transposed, unit].map(Number),
    ],
    products: ({ inputs: [, b] }) => lengthsOf(b),
    flops: ([n = 0, columns = 0]) => n * n * columns,
    wrong: { expected: "a triangle without zeros on its diagonal", got: "a pivot of zero" },
  }),
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
        attributes: { lower: true, transposed: false, unit: false },
      },
      {
        shapes: [
          [3, 3],
          [3, 1],
        ],
        attributes: { lower: false, transposed: false, unit: false },
      },
      {
        shapes: [
          [4, 4],
          [4, 2],
        ],
        attributes: { lower: true, transposed: true, unit: false },
      },
      {
        shapes: [
          [3, 3],
          [3, 2],
        ],
        attributes: { lower: false, transposed: true, unit: true },
      },
    ],
    make: ([a, b]) => (a && b ? [shifted(a, 2), floatsOf(b)] : []),
  },
});

/** X of A X = B for a lower triangle, or for the triangle that the options name. */
export function solveTriangle(
  a: Tensor,
  b: Tensor,
  { lower = true, transposed = false, unit = false, by, argument, failure }: Partial<Triangle> = {},
): Tensor {
  const attributes: Triangle = {
    ...{ lower, transposed, unit },
    ...(by !== undefined && { by }),
    ...(argument !== undefined && { argument }),
    ...(failure && { failure }),
  };
  return at(applyAll(triangularSolveOp, [a, b], attributes), 0);
}

/** The last argument of {@link triangularSolve}. */
export interface TriangularSolveOptions extends FailureOptions {
  /** True if the lower triangle of a is read, or the upper one. Default true. */
  readonly lower?: boolean;
  /** True if A X = B is solved, false for X A = B. Default true. */
  readonly left?: boolean;
  /** True if the diagonal counts as ones, whatever its elements are. Default false. */
  readonly unitDiagonal?: boolean;
}

const readTriangle = optionsReader({
  lower: optional(flag, true),
  left: optional(flag, true),
  unitDiagonal: optional(flag, false),
  ...failureOption,
});

/**
 * Returns the solution X of A X = B, or of X A = B, for triangular matrices A. Elements of the other triangle are not
 * read.
 *
 * Each element is computed by substitution in the order of rows, so it has the same bits on every runner.
 *
 * @param a matrices of shape [..., n, n].
 * @param b matrices of shape [..., n, k], or [..., k, n] for X A = B; or a vector of length n, as one column (or row).
 *   Leading axes broadcast.
 * @param options `lower` (default true), `left` (default true), `unitDiagonal` (default false), `failure` (default
 *   "error"; "nan" for NaN where a matrix fails).
 * @returns the shape of b, with leading axes broadcast.
 * @throws ArgumentError for a zero on the diagonal, which names the element and the matrix of a stack; ShapeError for
 *   shapes that do not fit.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { triangularSolve } from "@graddiff/core/linalg";
 *
 * console.log(String(triangularSolve(tensor([[2, 0], [1, 4]]), tensor([2, 9])))); // [1. 2.]
 * ```
 */
export function triangularSolve(
  a: TensorLike,
  b: TensorLike,
  options?: TriangularSolveOptions,
): Tensor {
  refuseSurplus("triangularSolve", 3, arguments);
  const { lower, left, unitDiagonal: unit, ...rest } = readTriangle("triangularSolve", options);
  // X A = B is Aᵀ Xᵀ = Bᵀ.
  const how = { lower, unit, transposed: !left, ...failing(rest) };
  return solveSystems("triangularSolve", a, b, left, (matrices, right) =>
    solveTriangle(matrices, right, how),
  );
}

/**
 * Reads A and B, and solves: b may be a vector, leading axes broadcast, and matrices on the right of X are solved as
 * transposes.
 */
export function solveSystems(
  op: string,
  a: TensorLike,
  b: TensorLike,
  left: boolean,
  solve: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const { shape } = toTensor(op, "b", b);
  const isVector = shape.length === 1;
  const column = isVector ? reshape(b, [at(shape, 0), 1]) : b;
  const [matrices, columns] = readMatrices(op, { a, b: column }) as [Tensor, Tensor];
  refuseOblong(op, matrices);
  const right = left || isVector ? columns : adjoint(columns);
  const [n] = lengthsOf(matrices);
  const [rows] = lengthsOf(right);
  if (rows !== n) {
    const expected = `${left ? "as many rows" : "as many columns"} as a has: ${n}`;
    throw new ShapeError(op, "b", expected, `the shape ${formatShape(shape)}`);
  }
  const x = overColumns(op, matrices, right, solve);
  if (isVector) return reshape(x, x.shape.slice(0, -1));
  return left ? x : adjoint(x);
}
