// Passes over the rows of a large array, and windows that slide over images: eager and compiled. Cases beside them, an
// elementwise function or a copy of the same arrays, show the time that they may take.

import {
  averagePool2d,
  compile,
  conv2d,
  exp,
  grad,
  maxPool2d,
  normal,
  softmax,
  type Tensor,
  variance,
} from "@graddiff/core";
import type { BenchmarkCase, Suite } from "../suite.ts";
import { contestant } from "./contestant.ts";

type Fn = (...inputs: Tensor[]) => Tensor | readonly Tensor[];

/** Returns a function of tensors, eager and compiled. */
function caseOf(name: string, fn: Fn, shapes: readonly (readonly number[])[]): BenchmarkCase {
  return {
    name,
    dtype: "float32",
    compiles: true,
    prepare: () => {
      const inputs = shapes.map((shape, seed) => normal(shape, { seed }));
      const own = (mode: string, call: Fn) =>
        contestant(mode, "float32", () => [call(...inputs)].flat());
      return [own("eager", fn), own("compiled", compile(fn) as Fn)];
    },
  };
}

const rows = [4096, 512];
const norm = (x: Tensor) =>
  x.sub(x.mean(1, { keepDims: true })).div(variance(x, 1, { keepDims: true }).add(1e-5).sqrt());
/** Returns the gradient of a function's weighted sum. */
const slope = (fn: (x: Tensor) => Tensor): Fn =>
  grad((x: Tensor, weights: Tensor) => fn(x).mul(weights).sum());

const images = [16, 64, 56, 56];
const window = [64, 1, 3, 3];
const pool = (x: Tensor) => maxPool2d(x, 3, { stride: 2, padding: 1 });
const mean = (x: Tensor) => averagePool2d(x, 3, { stride: 2, padding: 1 });
const smaller = [16, 32, 28, 28];
const dense = [64, 32, 3, 3];
const convolved = (x: Tensor, w: Tensor) => conv2d(x, w, { padding: "same" });
const depthwise = (x: Tensor, w: Tensor) => conv2d(x, w, { padding: "same", groups: 64 });

export const rowSuites: readonly Suite[] = [
  {
    name: "rows",
    description: "several passes over rows: a program goes through them some rows at a time",
    cases: [
      caseOf("exp of 4096 × 512", (x) => exp(x as Tensor), [rows]),
      caseOf("sum of two of 4096 × 512", (x, y) => (x as Tensor).add(y as Tensor), [rows, rows]),
      caseOf("softmax of 4096 × 512", (x) => softmax(x as Tensor), [rows]),
      caseOf(
        "gradient of that softmax",
        slope((x) => softmax(x)),
        [rows, rows],
      ),
      caseOf("layer norm of 4096 × 512", (x) => norm(x as Tensor), [rows]),
      caseOf("gradient of that layer norm", slope(norm), [rows, rows]),
    ],
  },
  {
    name: "windows",
    description: "windows over 16 images of 64 × 56 × 56, and a pass over the same images",
    cases: [
      caseOf("images + 1", (x) => (x as Tensor).add(1), [images]),
      caseOf("max of 3 × 3, every second", (x) => pool(x as Tensor), [images]),
      caseOf("gradient of that pool", (x) => grad((own: Tensor) => pool(own).sum())(x), [images]),
      caseOf("mean of 3 × 3, every second", (x) => mean(x as Tensor), [images]),
      caseOf("gradient of those means", (x) => grad((own: Tensor) => mean(own).sum())(x), [images]),
      caseOf(
        "3 × 3 from 32 to 64 channels of 28 × 28",
        (x, w) => convolved(x as Tensor, w as Tensor),
        [smaller, dense],
      ),
      caseOf(
        "both gradients of that convolution of all channels",
        (x, w) =>
          grad((a: Tensor, b: Tensor) => convolved(a, b).square().sum(), { argnums: [0, 1] })(
            x as Tensor,
            w as Tensor,
          ),
        [smaller, dense],
      ),
      caseOf("depthwise 3 × 3", (x, w) => depthwise(x as Tensor, w as Tensor), [images, window]),
      caseOf(
        "both gradients of that convolution",
        (x, w) =>
          grad((a: Tensor, b: Tensor) => depthwise(a, b).sum(), { argnums: [0, 1] })(
            x as Tensor,
            w as Tensor,
          ),
        [images, window],
      ),
    ],
  },
];
