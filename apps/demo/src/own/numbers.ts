/**
 * Numbers as tensors.
 */

import { type Tensor, tensor } from "@graddiff/core";

/** Returns a number as a tensor of float64, the precision of the page. */
export function scalar(value: number): Tensor {
  return tensor(value, { dtype: "float64" });
}
