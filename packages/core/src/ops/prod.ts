/**
 * The product along axes, by halves: its derivative multiplies the elements beside each element, so it is right beside
 * zeros.
 */

import { ones } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type Reducer, reduction } from "./reduction.ts";
import { elementsAlong } from "./view.ts";

/** Returns the product along an axis, which stays: the first half times the second, until one is left. */
function productOfHalves(x: Tensor, axis: number): Tensor {
  if (x.shape[axis] === 0) {
    return ones(
      x.shape.map((length, i) => (i === axis ? 1 : length)),
      { dtype: x.dtype },
    );
  }
  let product = x;
  let odd: Tensor | undefined;
  for (let length = at(x.shape, axis); length > 1; length >>= 1) {
    const half = length >> 1;
    if (length % 2 === 1) {
      const last = elementsAlong(product, axis, length - 1, 1);
      odd = odd === undefined ? last : odd.mul(last);
    }
    product = elementsAlong(product, axis, 0, half).mul(elementsAlong(product, axis, half, half));
  }
  return odd === undefined ? product : product.mul(odd);
}

/**
 * The product along the given axes, or of all elements; of none it is 1. An int32 product wraps around beyond 2³¹, and
 * bools are numbers.
 *
 * Halves are multiplied by each other until one element is left. Its gradient is right beside zeros, to any order.
 *
 * @param axes default: all.
 * @throws ShapeError for an axis out of range.
 * @example
 * ```ts
 * import { grad, prod, tensor } from "@graddiff/core";
 *
 * console.log(String(grad((x) => prod(x))(tensor([0, 2, 3])))); // [6. 0. 0.]
 * ```
 */
export const prod: Reducer = reduction({
  name: "prod",
  symbol: "Π",
  formula: "Πᵢ xᵢ",
  promotion: "arithmetic",
  body: (x, { axes, keepDims }) => {
    const whole = axes.reduceRight(productOfHalves, x);
    return keepDims ? whole : whole.reshape(x.shape.filter((_, axis) => !axes.includes(axis)));
  },
  domain: [0.5, 2],
  emptyAllowed: true,
});
