// Windows over images: convolutions with both of their gradients, and pools.

import { averagePool2d, conv2d, maxPool2d, type Tensor } from "@graddiff/core";
import { pooling, randomInputs } from "./data.ts";
import { ofTensors, withGradients } from "./ofTensors.ts";
import type { Workload } from "./workload.ts";

/** Returns images [batch, channels, height, width], and weights [outputs, channels, height, width]. */
const dense = () =>
  randomInputs([
    [16, 32, 28, 28],
    [64, 32, 3, 3],
  ]);
/** Returns images, and weights with a window for each channel. */
const depthwise = () =>
  randomInputs([
    [32, 64, 32, 32],
    [64, 1, 3, 3],
  ]);
const images = () => randomInputs([[16, 64, 57, 57]]);

const convolved = (x: Tensor, w: Tensor) => conv2d(x, w, { padding: 1 });
const { size, stride } = pooling;

export const windows: readonly Workload[] = [
  ofTensors("conv2d of 3 × 3", (x: Tensor, w: Tensor) => [convolved(x, w)], dense),
  ofTensors(
    "gradients of conv2d of 3 × 3",
    withGradients((x: Tensor, w: Tensor) => convolved(x, w).square().mean()),
    dense,
  ),
  ofTensors(
    "gradients of a depthwise convolution",
    withGradients((x: Tensor, w: Tensor) =>
      conv2d(x, w, { padding: 1, groups: 64 }).square().mean(),
    ),
    depthwise,
  ),
  ofTensors("max pool of 3 × 3", (x: Tensor) => [maxPool2d(x, size, { stride })], images),
  ofTensors("average pool of 3 × 3", (x: Tensor) => [averagePool2d(x, size, { stride })], images),
];
