/** The parts that ops of matrices share: the reading of arguments, triangles, cotangents, and batches. */

import { formatShape, ShapeError } from "../errors.ts";
import { tril } from "../functions/arranging.ts";
import { apply, applyAll } from "../graph/apply.ts";
import type { BatchCall, Batched } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import { batchTogether } from "../ops/batching.ts";
import { takeBackwardOp, takeOp } from "../ops/indexing.ts";
import { promoteInputs } from "../ops/promote.ts";
import { broadcastTo, reshape, transpose } from "../ops/view.ts";
import { eye } from "../tensor/create.ts";
import { at, broadcastShapes, type Shape, sizeOf } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";

/** Stacks of matrices of one float dtype. @throws ShapeError for what has less than two axes. */
export function readMatrices(
  op: string,
  arrays: Readonly<Record<string, TensorLike>>,
): readonly Tensor[] {
  const names = Object.keys(arrays);
  const tensors = promoteInputs(
    op,
    names.map((name) => toTensor(op, name, arrays[name])),
    "float",
  );
  tensors.forEach((tensor, i) => {
    if (tensor.rank < 2)
      throw notMatrices(op, at(names, i), tensor, "a matrix or a stack of matrices");
  });
  return tensors;
}

/** Returns the same for one argument, a. */
export function readMatrix(op: string, a: TensorLike): Tensor {
  return at(readMatrices(op, { a }), 0);
}

/** Returns the same for square matrices. */
export function readSquare(op: string, a: TensorLike): Tensor {
  const matrix = readMatrix(op, a);
  refuseOblong(op, matrix);
  return matrix;
}

/** @throws ShapeError for matrices that are not square. */
export function refuseOblong(op: string, a: Tensor): void {
  const [rows, columns] = lengthsOf(a);
  if (rows !== columns) throw notMatrices(op, "a", a, "square matrices");
}

function notMatrices(
  op: string,
  argument: string,
  { shape }: Tensor,
  expected: string,
): ShapeError {
  return new ShapeError(op, argument, expected, `the shape ${formatShape(shape)}`);
}

/** Returns the rows and columns of matrices. */
export function lengthsOf(
  x: { readonly shape: Shape } | undefined,
): [rows: number, columns: number] {
  const shape = x?.shape ?? [];
  return [at(shape, shape.length - 2), at(shape, shape.length - 1)];
}

/** Matrices transposed. */
export function adjoint(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

/** Returns the identity matrix of the dtype of x, n × n. */
export function identityLike(x: Tensor, n: number): Tensor {
  return eye(n, n, { dtype: x.dtype });
}

/** (A + Aᵀ)/2. */
export function symmetric(a: Tensor): Tensor {
  return a.add(adjoint(a)).mul(0.5);
}

/** Returns the lower triangle with half of the diagonal. */
export function halfLower(x: Tensor): Tensor {
  const [n] = lengthsOf(x);
  return tril(x).sub(x.mul(identityLike(x, n).mul(0.5)));
}

/** Returns the symmetric matrix whose lower triangle x has. */
export function mirrored(x: Tensor): Tensor {
  return tril(x).add(adjoint(tril(x, { offset: -1 })));
}

/** Returns the attributes of an op on the rows of x, in the order of a factorisation. */
function rowAttributes(x: Tensor) {
  return { axis: x.rank - 2, shared: x.rank - 2, fromEnd: false };
}

/** P x: the rows in the order of a factorisation. */
export function permuted(x: Tensor, order: Tensor): Tensor {
  return apply(takeOp, [x, order], rowAttributes(x));
}

/** Pᵀ x: the rows in their first order. */
export function unpermuted(x: Tensor, order: Tensor): Tensor {
  const length = at(x.shape, x.rank - 2);
  return apply(takeBackwardOp, [x, order], { ...rowAttributes(x), length });
}

/**
 * Returns the rule of systems whose last input are right-hand sides: a batch of these alone are columns side by side,
 * so that the matrix is factorised once. Any other is one more axis of the stack.
 */
export function batchSystems<A extends Attributes>(call: BatchCall<A>): readonly Batched[] {
  const { op, inputs, batched, attributes, size } = call;
  const last = inputs.length - 1;
  if (batched.slice(0, last).some(Boolean)) return batchTogether(call);
  const b = at(inputs, last);
  const columns = at(b.shape, b.rank - 1);
  // [batch, …, rows, columns] → […, rows, batch, columns]
  const order = b.shape.map((_, axis) => axis + 1);
  order.splice(-2, 2, 0, b.rank - 1);
  const beside = transpose(b, order);
  const wide = reshape(beside, [...beside.shape.slice(0, -2), size * columns]);
  const [x, ...others] = applyAll(op, [...inputs.slice(0, last), wide], attributes);
  const all = x as Tensor;
  const separated = reshape(all, [...all.shape.slice(0, -1), size, columns]);
  const back = separated.shape.map((_, axis) => axis - 1);
  back.splice(0, 1, separated.rank - 2);
  back.splice(-1, 1, separated.rank - 1);
  return [transpose(separated, back), ...others.map((same) => ({ same }))];
}

/** Broadcasts the leading axes of matrices A and of right-hand sides B with as many rows. */
export function alignStacks(op: string, a: Tensor, b: Tensor): [a: Tensor, b: Tensor] {
  const leading = broadcastShapes(op, a.shape.slice(0, -2), b.shape.slice(0, -2));
  return [
    broadcastTo(a, [...leading, ...a.shape.slice(-2)]),
    broadcastTo(b, [...leading, ...b.shape.slice(-2)]),
  ];
}

/**
 * Applies an op to the columns of B, for A of any number of leading axes: one matrix for all takes their columns side
 * by side, so it is factorised once.
 */
export function overColumns(
  op: string,
  a: Tensor,
  b: Tensor,
  solve: (a: Tensor, b: Tensor) => Tensor,
): Tensor {
  const leading = b.shape.slice(0, -2);
  if (sizeOf(a.shape.slice(0, -2)) !== 1 || sizeOf(leading) === 1) {
    const aligned = alignStacks(op, a, b);
    return solve(...aligned);
  }
  const [rows, columns] = lengthsOf(b);
  const all = broadcastShapes(op, a.shape.slice(0, -2), leading);
  const stacked = reshape(b, [sizeOf(leading), rows, columns]);
  const beside = reshape(transpose(stacked, [1, 0, 2]), [rows, sizeOf(leading) * columns]);
  const x = solve(reshape(a, a.shape.slice(-2)), beside);
  const [length] = lengthsOf(x);
  const separated = transpose(reshape(x, [length, sizeOf(leading), columns]), [1, 0, 2]);
  return reshape(separated, [...all, length, columns]);
}
