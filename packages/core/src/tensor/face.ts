/**
 * The class Tensor as users have it: for `instanceof`, for types and for its methods, but not for `new`.
 * The constructor checks nothing, since it runs for the result of every op.
 */

import { ArgumentError } from "../errors.ts";
import { Tensor } from "./tensor.ts";

/** See {@link Tensor}. */
export type PublicTensor = Tensor;

type Face = (abstract new (...parts: never) => Tensor) & { readonly prototype: Tensor };

function refuse(): never {
  const expected = "tensor(…), zeros(…) or another function that makes tensors";
  throw new ArgumentError("Tensor", "", expected, "a call of the class");
}

/**
 * An array of numbers of one dtype. Make one with {@link tensor}, {@link zeros} and their kin.
 *
 * @example
 * ```ts
 * import { Tensor, tensor } from "@graddiff/core";
 *
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(x instanceof Tensor, x.shape, x.dtype, x.mul(10).sum().item()); // true [ 2, 2 ] float32 100
 * ```
 */
export const PublicTensor: Face = new Proxy(Tensor, { construct: refuse, apply: refuse });

// Hides the inner class: the `constructor` of a tensor is the public one.
Object.defineProperty(Tensor.prototype, "constructor", { value: PublicTensor });
