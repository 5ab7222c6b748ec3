/**
 * Ops that leave the value as it is: a stop for gradients, and a name.
 */

import { refuseSurplus } from "../arguments.ts";
import { ArgumentError, describe } from "../errors.ts";
import { reshapeKernel } from "../families/movement.ts";
import { apply } from "../graph/apply.ts";
import { partials, sameType } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { resolve, Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchLeading } from "./batching.ts";
import { register } from "./registry.ts";

const stopOp = register({
  name: "stopGradient",
  symbol: "stop",
  family: "identity",
  promotion: "none",
  formula: "x, a constant to every derivative",
  results: sameType,
  derivative: partials(undefined),
  kernel: reshapeKernel,
  batch: batchLeading,
  identities: { keepsElements: true },
  examples: { domain: [-3, 3], cases: [{ shapes: [[2, 3]] }] },
});

/**
 * Returns the value of x, which every derivative takes for a constant.
 *
 * @example
 * ```ts
 * import { grad, stopGradient } from "@graddiff/core";
 *
 * console.log(grad((x) => x.mul(stopGradient(x)))(3).item()); // 3
 * ```
 */
export function stopGradient(x: TensorLike): Tensor {
  refuseSurplus("stopGradient", 1, arguments);
  return apply(stopOp, [toTensor("stopGradient", "x", x)], NO_ATTRIBUTES);
}

/**
 * Returns the same tensor under a name, which `explain` shows.
 *
 * @param name any text.
 * @throws ArgumentError if the name is no text.
 * @example
 * ```ts
 * import { explain, named, type Tensor } from "@graddiff/core";
 *
 * const total = (apples: Tensor, price: Tensor) => named("sum", apples.mul(price)).mul(1.1);
 * console.log(explain(total)(2, 100).list().includes("sum")); // true
 * ```
 */
export function named(name: string, x: TensorLike): Tensor {
  refuseSurplus("named", 2, arguments);
  if (typeof name !== "string" || name === "") {
    throw new ArgumentError("named", "name", "a text that is not empty", describe(name));
  }
  const { shape, dtype, weak, storage, level, index, value } = resolve(toTensor("named", "x", x));
  // The name is set at every level, since any of them may be drawn.
  const inner = value === undefined ? undefined : named(name, value);
  const result = new Tensor(shape, dtype, weak, storage, level, index, inner);
  result.label = name;
  level?.name(index, name);
  return result;
}
