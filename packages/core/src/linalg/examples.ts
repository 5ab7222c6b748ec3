/** The inputs with which the generated tests try ops of matrices. */

import type { Examples } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { eye } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, type Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** The greatest length that generated tests try: time grows with its cube. */
export const LONGEST = 33;

/** Returns the type of the first input. */
export function squareType([a]: readonly TensorType[]): TensorType {
  const { shape = [], dtype = "float32" } = a ?? {};
  return { shape, dtype, weak: false };
}

/** Returns sampled matrices as floats. */
export function floatsOf(x: Tensor): Tensor {
  return isFloat(x.dtype) ? x : x.cast("float32");
}

/** Ones on the diagonal of matrices of this shape. */
export function onesLikeDiagonal({ shape, dtype }: Tensor): Tensor {
  return eye(at(shape, shape.length - 2), at(shape, shape.length - 1), { dtype });
}

/** Returns sampled matrices with something added to the diagonal. */
export function shifted(x: Tensor, by: number): Tensor {
  const floats = floatsOf(x);
  return floats.add(onesLikeDiagonal(floats).mul(by));
}

export const SQUARES: readonly { readonly shapes: readonly Shape[] }[] = [
  { shapes: [[3, 3]] },
  { shapes: [[2, 4, 4]] },
  { shapes: [[1, 1]] },
  { shapes: [[0, 0]] },
];

/** Positive definite matrices. */
export const positiveDefinite: Examples = {
  domain: [-1, 1],
  longest: LONGEST,
  cases: SQUARES,
  make: ([x]) => {
    if (x === undefined) return [];
    const floats = floatsOf(x);
    const axes = x.shape.map((_, axis) => axis);
    const turned = floats.transpose([...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
    return [shifted(floats.matmul(turned), 1)];
  },
};
