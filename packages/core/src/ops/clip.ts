/**
 * Numbers brought between two bounds.
 */

import { refuseSurplus } from "../arguments.ts";
import { apply } from "../graph/apply.ts";
import { type Op, partials } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { isFloat } from "../tensor/dtype.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { maximum, minimum } from "./arithmetic.ts";
import { defineElementwise } from "./elementwise.ts";
import { promoteInputs } from "./promote.ts";

const clipOp: Op = defineElementwise({
  name: "clip",
  formula: "min(max(x, low), high)",
  body: (x: Tensor, low: Tensor, high: Tensor) => minimum(maximum(x, low), high),
  derivative: partials(
    (x, low, high) => x.greaterEqual(low).logicalAnd(x.lessEqual(high)).cast(x.dtype),
    (x, low, high) => x.less(low).logicalAnd(low.less(high)).cast(x.dtype),
    (x, low, high) => x.greater(high).logicalOr(low.greater(high)).cast(x.dtype),
  ),
  convention: {
    text: "1 at the bounds, which get nothing there; of crossed bounds all to high",
    points: [
      [-0.75, -0.75, 0.75, 1, 0, 0],
      [0.75, -0.75, 0.75, 1, 0, 0],
      [0.2, 0.9, 0.7, 0, 0, 1],
    ],
  },
  domain: [
    [
      [-3, -1.2],
      [-0.4, 0.4],
      [1.2, 3],
    ],
    [
      [-1, -0.5],
      [2, 2.4],
    ],
    [[0.5, 1]],
  ],
  edges: [
    [2, -1, 1, 1],
    [-2, -1, 1, -1],
    [0.5, -1, 1, 0.5],
    [0.5, 1, -1, -1],
    [NaN, -1, 1, NaN],
    [0, NaN, 1, NaN],
    [0, -1, NaN, NaN],
    [-0, -Infinity, Infinity, -0],
  ],
  cases: [
    [[], [], []],
    [[5], [], []],
    [[2, 3], [3], [2, 1]],
    [[0], [], []],
  ],
});

/**
 * x, but `low` where x is less, and `high` where it is greater; bounds are numbers or tensors, and broadcast. Without
 * a bound there is none. Where low > high the result is high. NaN stays.
 *
 * At the bounds the gradient goes to x alone, as in PyTorch's `clamp`.
 *
 * @example
 * ```ts
 * import { clip, tensor } from "@graddiff/core";
 *
 * const x = tensor([-2, 0.5, 3]);
 * console.log(String(clip(x, 0, 1))); // [0.  0.5 1. ]
 * console.log(String(x.clip(0))); // [0.  0.5 3. ]
 * ```
 */
export function clip(x: TensorLike, low?: TensorLike, high?: TensorLike): Tensor {
  refuseSurplus("clip", 3, arguments);
  const inputs: [Tensor, ...Tensor[]] = [toTensor("clip", "x", x)];
  if (low !== undefined) inputs.push(toTensor("clip", "low", low));
  if (high !== undefined) inputs.push(toTensor("clip", "high", high));
  const [tensor, ...rest] = promoteInputs("clip", inputs, "arithmetic");
  const bounds = [...rest];
  // Beyond these there are no numbers of the dtype.
  const [least, most] = isFloat(tensor.dtype) ? [-Infinity, Infinity] : [-(2 ** 31), 2 ** 31 - 1];
  const all = [
    tensor,
    (low === undefined ? undefined : bounds.shift()) ?? toTensor("clip", "low", least),
    bounds.shift() ?? toTensor("clip", "high", most),
  ];
  return apply(clipOp, promoteInputs("clip", all, "arithmetic"), NO_ATTRIBUTES);
}
