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
  throw new ArgumentError({
    op: "Tensor",
    expected: "tensor(…), zeros(…) or another function that makes tensors",
    got: "a call of the class",
  });
}

/** See {@link Tensor}. */
export const PublicTensor: Face = new Proxy(Tensor, { construct: refuse, apply: refuse });

// So that no tensor leads to the other one.
Object.defineProperty(Tensor.prototype, "constructor", { value: PublicTensor });
