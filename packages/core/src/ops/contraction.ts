/**
 * The contraction family: the matrix product.
 */

import { refuseSurplus } from "../arguments.ts";
import { formatShape, ShapeError } from "../errors.ts";
import { contractionKernel } from "../families/contraction.ts";
import { apply } from "../graph/apply.ts";
import { multilinear, type RuleContext } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { at, broadcastShapes, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchElementwise } from "./elementwise.ts";
import { promoteInputs } from "./promote.ts";
import { register } from "./registry.ts";
import { reshape, transpose } from "./view.ts";

/** Works on matrices and stacks of them; vectors are made matrices by {@link matmul}. */
const matmulOp = register({
  name: "matmul",
  symbol: "@",
  family: "contraction",
  promotion: "arithmetic",
  formula: "Σₖ xᵢₖ yₖⱼ",
  results: ([x, y]) => [
    {
      shape: productShape(x?.shape ?? [], y?.shape ?? []),
      dtype: x?.dtype ?? "float32",
      weak: !!x?.weak && !!y?.weak,
    },
  ],
  derivative: multilinear(
    (cotangent, { inputs }: RuleContext) => matmul(cotangent, swap(at(inputs, 1))),
    ofRight,
  ),
  kernel: contractionKernel,
  broadcasts: "matrices",
  batch: batchElementwise,
  examples: {
    domain: [-2, 2],
    cases: [
      {
        shapes: [
          [2, 3],
          [3, 4],
        ],
      },
      {
        shapes: [
          [1, 1],
          [1, 1],
        ],
      },
      {
        shapes: [
          [2, 2, 3],
          [3, 2],
        ],
      },
      {
        shapes: [
          [2, 1, 2, 3],
          [4, 3, 1],
        ],
      },
      {
        shapes: [
          [2, 0],
          [0, 3],
        ],
      },
    ],
  },
});

/** Matrices of the last two axes transposed. */
function swap(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/**
 * Returns the gradient of y. One matrix by which a stack is multiplied, as the weights of a layer are, has the gradient
 * of a single product over the rows of all matrices; otherwise there is a product for each matrix.
 */
function ofRight(cotangent: Tensor, { inputs }: RuleContext): Tensor {
  const [x, y] = [at(inputs, 0), at(inputs, 1)];
  const isOne = y.shape.slice(0, -2).every((length) => length === 1);
  if (x.rank === 2 || !isOne) return matmul(swap(x), cotangent);
  const [rows, columns] = [asRows(x), asRows(cotangent)];
  return reshape(matmul(swap(rows), columns), y.shape);
}

/** Returns the rows of all matrices of a stack below each other. */
function asRows(x: Tensor): Tensor {
  const { shape } = x;
  const columns = at(shape, x.rank - 1);
  return reshape(x, [sizeOf(shape.slice(0, -1)), columns]);
}

/** Returns the shape of a product of stacks of matrices: leading axes broadcast. */
function productShape(x: Shape, y: Shape): Shape {
  const rows = at(x, x.length - 2);
  const columns = at(y, y.length - 1);
  if (x[x.length - 1] !== y[y.length - 2]) throw mismatch(x, y);
  return [...broadcastShapes("matmul", x.slice(0, -2), y.slice(0, -2)), rows, columns];
}

function mismatch(x: Shape, y: Shape): ShapeError {
  const expected = "as many columns of x as rows of y";
  return new ShapeError("matmul", "", expected, `shapes ${formatShape(x)} and ${formatShape(y)}`);
}

/**
 * Returns the matrix product over the last axis of x and the last but one of y. Leading axes broadcast; a vector is a
 * row on the left, a column on the right, and that axis leaves the result.
 *
 * Each element is the plain sum over k in order (in chunks of 4096), rounded after every product and every addition. So
 * it has the same bits on every runner.
 *
 * @throws ShapeError if the inner lengths differ or an input is a scalar.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(String(x.matmul(tensor([10, 1])))); // [12. 34.]
 * ```
 */
export function matmul(x: TensorLike, y: TensorLike): Tensor {
  refuseSurplus("matmul", 2, arguments);
  const [left, right] = promoteInputs(
    "matmul",
    [toTensor("matmul", "x", x), toTensor("matmul", "y", y)],
    "arithmetic",
  );
  if (left.rank === 0 || right.rank === 0) {
    const expected = "a vector, a matrix or a stack of matrices";
    const hint = "Multiply by scalars with mul";
    throw new ShapeError("matmul", left.rank === 0 ? "x" : "y", expected, "a scalar", hint);
  }
  const a = left.rank === 1 ? reshape(left, [1, left.size]) : left;
  const b = right.rank === 1 ? reshape(right, [right.size, 1]) : right;
  if (a.shape[a.rank - 1] !== b.shape[b.rank - 2]) throw mismatch(left.shape, right.shape);
  const product = apply(matmulOp, [a, b], NO_ATTRIBUTES);
  const kept = product.shape.filter(
    (_, axis) =>
      !(left.rank === 1 && axis === product.rank - 2) &&
      !(right.rank === 1 && axis === product.rank - 1),
  );
  return reshape(product, kept);
}
