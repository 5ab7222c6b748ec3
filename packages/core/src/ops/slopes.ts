/**
 * Parts of derivatives that several ops have, and that keep their digits when they are differentiated again.
 */

import { partials } from "../graph/op.ts";
import { resolve, type Tensor } from "../tensor/tensor.ts";
import { minimum } from "./arithmetic.ts";
import { type Unary, unary } from "./elementwise.ts";
import { stopGradient } from "./identity.ts";

/**
 * Returns the derivative of σ, σ(x) σ(−x), from x and σ(x). σ(−x) is computed as e^−x σ(x), since 1 − σ(x) is 0 from
 * x = 17 on in float32, and from 37 on in float64. Compiled functions have e^−x already. While derivatives are recorded,
 * σ(−x) gets the derivative of 1 − σ(x): a term is added that is 0 and has the derivative −σ′(x). Where e^−x overflows,
 * the greatest number replaces it, and σ(x) is 0.
 */
export function slopeOfSigmoid(x: Tensor, value: Tensor): Tensor {
  const greatest = x.dtype === "float32" ? 3.4028234663852886e38 : Number.MAX_VALUE;
  const mirrored = minimum(x.neg().exp(), greatest).mul(value);
  if (resolve(x).level === undefined && resolve(value).level === undefined)
    return mirrored.mul(value);
  return stopGradient(mirrored).add(stopGradient(value).sub(value)).mul(value);
}

/**
 * 1 − x², without the cancellation near ±1. It is an op, because of the derivative: that of the product would be
 * 1 − x − (1 + x), which loses what is left near 0.
 */
export const oneMinusSquare: Unary = unary({
  name: "oneMinusSquare",
  symbol: "1 − ( )²",
  formula: "(1 − x) (1 + x)",
  promotion: "float",
  body: (x) => x.neg().add(1).mul(x.add(1)),
  derivative: partials((x) => x.mul(-2)),
  domain: [-2, 2],
  edges: [
    [0, 1],
    [1, 0],
    [-3, -8],
    [NaN, NaN],
  ],
});
