// Windows over images, and a contraction of four axes: a convolution with both of its gradients, pools, and the scores
// of attention.

import {
  averagePool2d,
  compile,
  conv2d,
  einsum,
  maxPool2d,
  type Tensor,
  tensor,
  valueAndGrad,
} from "@graddiff/core";
import { attention, convolution, pooling } from "./data.ts";
import type { Workload } from "./workload.ts";

type Fn = (...inputs: Tensor[]) => readonly Tensor[];

/** A function of tensors of numbers and their shapes. */
function workload(
  name: string,
  fn: Fn,
  inputsOf: () => readonly (readonly [Float32Array, readonly number[]])[],
): Workload {
  return {
    name,
    prepare: (mode) => {
      const run = mode === "compiled" ? compile(fn) : fn;
      const inputs = inputsOf().map(([elements, shape]) => tensor(elements, { shape }));
      let last: readonly Tensor[] = [];
      return () => {
        for (const result of last) result.dispose();
        last = run(...inputs);
        return last;
      };
    },
  };
}

const convolved = (x: Tensor, w: Tensor) => conv2d(x, w, { padding: 1 });
const gradients = valueAndGrad((x: Tensor, w: Tensor) => convolved(x, w).square().mean(), {
  argnums: [0, 1],
});
const { images, size, stride } = pooling;

export const windows: readonly Workload[] = [
  workload(
    "conv2d of 3 × 3",
    (x, w) => [convolved(x as Tensor, w as Tensor)],
    () => convolution().inputs,
  ),
  workload(
    "gradients of conv2d of 3 × 3",
    (x, w) => {
      const { value, gradient } = gradients(x as Tensor, w as Tensor);
      return [value, ...gradient];
    },
    () => convolution().inputs,
  ),
  workload(
    "max pool of 3 × 3",
    (x) => [maxPool2d(x as Tensor, size, { stride })],
    () => [[pooling.elements(), images]],
  ),
  workload(
    "average pool of 3 × 3",
    (x) => [averagePool2d(x as Tensor, size, { stride })],
    () => [[pooling.elements(), images]],
  ),
  workload(
    "einsum of attention",
    (q, k) => [einsum(attention.equation, q as Tensor, k as Tensor)],
    () => attention.elements().map((own) => [own, attention.shape]),
  ),
];
