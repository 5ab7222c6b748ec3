/** The factor that brings gradients below a limit of their norm, as one op: targets without float64 have a separate body. */

import { apply } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import { at } from "../tensor/shape.ts";
import { scalar, type Tensor } from "../tensor/tensor.ts";
import { minimum } from "./arithmetic.ts";
import { repeated } from "./batching.ts";
import { where } from "./comparison.ts";
import { register } from "./registry.ts";

/** The attributes of the op. */
export interface Clipped extends Attributes {
  /** The greatest norm. */
  readonly limit: number;
  /** The number of first axes that count examples, each of which has a separate norm. */
  readonly examples: number;
}

/** The number that is added to the norm, as in PyTorch's clip_grad_norm_. */
export const NORM_EPSILON = 1e-6;

/** Returns the sum over all axes but the axes of examples. */
export function sumOfEach(x: Tensor, examples: number): Tensor {
  return examples === 0 ? x.sum() : x.sum(axesOfEach(x, examples));
}

/** Returns the axes after those of examples. */
export function axesOfEach({ rank }: Tensor, examples: number): readonly number[] {
  return Array.from({ length: rank - examples }, (_, i) => examples + i);
}

const clipFactorOp: Op<Clipped> = register<Clipped>({
  name: "clipFactor",
  symbol: "clip factor",
  family: "reduction",
  promotion: "none",
  formula: "min(1, limit / (‖[x₀, x₁, …]‖ + 10⁻⁶))",
  results: (inputs, { examples }) => [
    { shape: at(inputs, 0).shape.slice(0, examples), dtype: "float64", weak: false },
  ],
  body: (inputs, { limit, examples }) => {
    // Squares of float32 overflow in float32.
    let squares = scalar(0, "float64");
    for (const each of inputs) {
      squares = squares.add(sumOfEach(each.cast("float64").square(), examples));
    }
    // The root of 0 has no finite derivative, which would break the derivative of a training step.
    const isZero = squares.equal(0);
    const norm = where(isZero, 0, where(isZero, 1, squares).sqrt());
    return [minimum(scalar(limit).div(norm.add(NORM_EPSILON)), 1)];
  },
  batch: (call) => {
    const { limit, examples } = call.attributes;
    return [apply(call.op, repeated(call), { limit, examples: examples + 1 })];
  },
  examples: {
    domain: [1, 3],
    cases: [
      { shapes: [[2]], attributes: { limit: 0.5, examples: 0 } },
      { shapes: [[2, 3], [4], []], attributes: { limit: 2, examples: 0 } },
      {
        shapes: [
          [2, 3],
          [2, 1],
        ],
        attributes: { limit: 1, examples: 1 },
      },
      { shapes: [[3]], attributes: { limit: 100, examples: 0 } },
    ],
  },
});

/** Returns the factor of gradients, of which there is one at least: float64, 1 where their norm is below the limit. */
export function clipFactor(gradients: readonly Tensor[], limit: number): Tensor {
  return apply(clipFactorOp, gradients, { limit, examples: 0 });
}
