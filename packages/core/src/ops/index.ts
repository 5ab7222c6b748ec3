/**
 * All ops, and their installation as methods of Tensor.
 */

import { Tensor, type TensorLike } from "../tensor/tensor.ts";
import * as methods from "./methods.ts";

type Operation = (first: TensorLike, ...rest: unknown[]) => Tensor;

for (const [name, operation] of Object.entries(methods)) {
  // Each export of methods.ts takes a tensor first; its other types are known to Tensor's own type.
  const call = operation as Operation;
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    value:
      // A function's length leaves out parameters with defaults: only unary ops are sure to have one.
      call.length === 1 && "op" in call
        ? function (this: Tensor) {
            return arguments.length === 0 ? call(this) : call(this, ...arguments);
          }
        : function (this: Tensor, ...rest: unknown[]) {
            return call(this, ...rest);
          },
  });
}

export { named } from "./identity.ts";
export { concat, stack } from "./joining.ts";
export * from "./methods.ts";
export { normal, type RandomOptions, uniform } from "./random.ts";
export { registeredOps } from "./registry.ts";
export * from "./special.ts";
export { split, topK } from "./splitting.ts";
