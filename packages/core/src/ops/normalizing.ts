/**
 * Ops that set elements in relation to those along an axis: `softmax` and its logarithm.
 */

import { integer, optional, refuseSurplus } from "../arguments.ts";
import { apply, applyAll } from "../graph/apply.ts";
import {
  type Derivative,
  type Op,
  type RuleContext,
  rule,
  sameType,
  withTangent,
} from "../graph/op.ts";
import { at, normalizeAxis } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { promoteInputs } from "./promote.ts";
import { max, sum } from "./reduction.ts";
import { register } from "./registry.ts";
import { exp, log } from "./transcendental.ts";

interface Along extends Readonly<Record<string, unknown>> {
  readonly axis: number;
}

/** A function of a tensor along an axis. */
export interface AlongAxis {
  (x: TensorLike, axis?: number): Tensor;
  /** The op that the function applies. */
  readonly op: Op;
}

const readAxis = optional(integer, -1);

/* @__NO_SIDE_EFFECTS__ */
function alongAxis(
  fields: Pick<Op<Along>, "name" | "symbol" | "formula"> & {
    readonly of: (x: Tensor, axis: number) => Tensor;
    readonly derivative: Derivative<Along>;
  },
): AlongAxis {
  const { of, ...rest } = fields;
  const { name } = rest;
  const op: Op<Along> = register<Along>({
    ...rest,
    family: "normalizing",
    promotion: "float",
    results: sameType,
    body: (inputs, { axis }) => [of(at(inputs, 0), axis)],
    batch: ({ inputs, attributes: { axis } }) => applyAll(op, inputs, { axis: axis + 1 }),
    examples: {
      domain: [-3, 3],
      cases: [
        { shapes: [[5]], attributes: { axis: 0 } },
        { shapes: [[2, 3]], attributes: { axis: 1 } },
        { shapes: [[2, 3, 4]], attributes: { axis: 1 } },
      ],
    },
  });
  const call = function (x: TensorLike, axis?: number) {
    refuseSurplus(name, 2, arguments);
    const [input] = promoteInputs(name, [toTensor(name, "x", x)], "float");
    const along = normalizeAxis(name, readAxis(name, "axis", axis), input.rank);
    // Without elements there is nothing to set in relation.
    return input.size === 0 ? input : apply(op, [input], { axis: along });
  };
  // The attributes are made here alone.
  return Object.assign(call, { op: op as unknown as Op });
}

type Context = RuleContext<Along>;

/** x less the greatest element along an axis, whose exponential is at most 1. */
function shifted(x: Tensor, axis: number): Tensor {
  return x.sub(max(x, axis, { keepDims: true }).stopGradient());
}

/**
 * e^xᵢ / Σⱼ e^xⱼ along an axis: numbers that are positive and add up to 1. It is computed from differences to the
 * greatest element, so that nothing overflows.
 *
 * @param axis default the last.
 * @returns floats of the shape of x; NaN where all elements are −∞.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { softmax, tensor } from "@graddiff/core";
 *
 * console.log(String(softmax(tensor([0, 0, 1000])))); // [0. 0. 1.]
 * console.log(softmax(tensor([[1, 2], [3, 3]])).sum(1).toArray()); // [ 1, 1 ]
 * ```
 */
export const softmax: AlongAxis = alongAxis({
  name: "softmax",
  symbol: "softmax",
  formula: "e^xᵢ / Σⱼ e^xⱼ",
  of: (x, axis) => {
    const powers = exp(shifted(x, axis));
    return powers.div(sum(powers, axis, { keepDims: true }));
  },
  derivative: withTangent(
    rule((cotangent, { output, attributes: { axis } }: Context) => {
      const weighted = sum(cotangent.mul(output), axis, { keepDims: true });
      return output.mul(cotangent.sub(weighted));
    }),
    // The Jacobian is symmetric.
    ([tangent], { output, attributes: { axis } }) => {
      const weighted = tangent && sum(tangent.mul(output), axis, { keepDims: true });
      return weighted && output.mul(tangent.sub(weighted));
    },
  ),
});

/**
 * The logarithm of {@link softmax}, xᵢ − log Σⱼ e^xⱼ, which is exact where a softmax would be rounded to 0.
 *
 * @param axis default the last.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { logSoftmax, tensor } from "@graddiff/core";
 *
 * console.log(String(logSoftmax(tensor([0, 1000])))); // [-1000.     0.]
 * ```
 */
export const logSoftmax: AlongAxis = alongAxis({
  name: "logSoftmax",
  symbol: "log softmax",
  formula: "xᵢ − log Σⱼ e^xⱼ",
  of: (x, axis) => {
    const differences = shifted(x, axis);
    return differences.sub(log(sum(exp(differences), axis, { keepDims: true })));
  },
  derivative: withTangent(
    rule((cotangent, { output, attributes: { axis } }: Context) =>
      cotangent.sub(exp(output).mul(sum(cotangent, axis, { keepDims: true }))),
    ),
    ([tangent], { output, attributes: { axis } }) =>
      tangent?.sub(sum(tangent.mul(exp(output)), axis, { keepDims: true })),
  ),
});
