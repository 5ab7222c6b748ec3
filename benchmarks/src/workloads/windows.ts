// Windows over images, and a contraction of four axes: a convolution with both of its gradients, pools, and the scores
// of attention.

import {
  averagePool2d,
  conv2d,
  einsum,
  maxPool2d,
  type Tensor,
  valueAndGrad,
} from "@graddiff/core";
import { attention, convolution, pooling } from "./data.ts";
import { ofTensors } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

const convolved = (x: Tensor, w: Tensor) => conv2d(x, w, { padding: 1 });
const gradients = valueAndGrad((x: Tensor, w: Tensor) => convolved(x, w).square().mean(), {
  argnums: [0, 1],
});
const { images, size, stride } = pooling;

export const windows: readonly Workload[] = [
  ofTensors(
    "conv2d of 3 × 3",
    (x, w) => [convolved(x as Tensor, w as Tensor)],
    () => convolution().inputs,
  ),
  ofTensors(
    "gradients of conv2d of 3 × 3",
    (x, w) => {
      const { value, gradient } = gradients(x as Tensor, w as Tensor);
      return [value, ...gradient];
    },
    () => convolution().inputs,
  ),
  ofTensors(
    "max pool of 3 × 3",
    (x) => [maxPool2d(x as Tensor, size, { stride })],
    () => [[pooling.elements(), images]],
  ),
  ofTensors(
    "average pool of 3 × 3",
    (x) => [averagePool2d(x as Tensor, size, { stride })],
    () => [[pooling.elements(), images]],
  ),
  ofTensors(
    "einsum of attention",
    (q, k) => [einsum(attention.equation, q as Tensor, k as Tensor)],
    () => attention.elements().map((own) => [own, attention.shape]),
  ),
];
