// Rows and columns: a normalization and a loss along rows, a recurrent layer, and ops on columns side by side.

import { layerNorm, stack, type Tensor } from "@graddiff/core";
import { crossEntropy, LSTM } from "@graddiff/nn";
import { randomInputs, randomIntegers } from "./data.ts";
import { gradientsOfLayer, ofTensors, withGradients } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

/** Five columns of three, as in the sparse Jacobian of bundle adjustment: each a few operations. */
const columnsOf = ([x, y, z]: readonly [Tensor, Tensor, Tensor]) => [
  x.mul(y),
  x.mul(y).sub(z),
  x.sub(y).mul(z),
  x.square().add(z),
  x.neg(),
];

export const rows: readonly Workload[] = [
  {
    ...ofTensors(
      "gradients of a layer norm",
      withGradients((x: Tensor, weight: Tensor, bias: Tensor) =>
        layerNorm(x, { weight, bias }).square().mean(),
      ),
      () => randomInputs([[4096, 512], [512], [512]]),
    ),
    isLong: true,
  },
  ofTensors(
    "cross-entropy of 4096 × 1000 and its gradient",
    withGradients((x: Tensor, classes: Tensor) => crossEntropy(x, classes)),
    () => [...randomInputs([[4096, 1000]]), [randomIntegers(4096, 60, 1000), [4096]]],
  ),
  {
    ...gradientsOfLayer("gradients of an LSTM", {
      make: () => new LSTM(128, 128),
      shape: [32, 50, 128],
      loss: (lstm, x) => lstm.forward(x).output.square().mean(),
    }),
    isLong: true,
  },
  ofTensors(
    "stack of 15 columns",
    (a: Tensor, b: Tensor, c: Tensor) => [
      stack([...columnsOf([a, b, c]), ...columnsOf([b, c, a]), ...columnsOf([c, a, b])], 1),
    ],
    () => randomInputs([[1_000_000], [1_000_000], [1_000_000]]),
  ),
];
