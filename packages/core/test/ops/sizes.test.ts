/**
 * Sizes beyond 32 bits: strides and dilations that reach beyond all elements give the results of the smallest that do.
 * Paddings with too many elements for a tensor are errors. Eager and compiled functions agree.
 */

import { describe, expect, test } from "vitest";
import {
  averagePool2d,
  compile,
  conv2d,
  convTranspose2d,
  grad,
  maxPool2d,
  ShapeError,
  setMemoryLimit,
  setRunner,
  type Tensor,
  unfold,
  uniform,
} from "../../src/index.ts";
import { boundCall } from "../../src/run/wasm/kernel/makeCall.ts";
import { workspace } from "../../src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";

const image = uniform([1, 2, 6, 6], { seed: 1 });
const weights = uniform([4, 2, 3, 3], { seed: 2 });
const points = uniform([4, 2, 1, 1], { seed: 3 });

const HUGE = [
  2 ** 30,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 40,
  Number.MAX_SAFE_INTEGER,
];

/** Functions whose stride or dilation n reaches beyond all elements from 10 on. */
const BEYOND: Readonly<Record<string, (n: number) => (x: Tensor) => Tensor>> = {
  "strides of a convolution": (n) => (x) => conv2d(x, weights, { stride: n }),
  "strides of a convolution of few windows": (n) => (x) => conv2d(x, weights, { stride: [n, 1] }),
  "dilations of windows of one element": (n) => (x) => conv2d(x, points, { dilation: n }),
  "strides of a depthwise convolution": (n) => (x) =>
    conv2d(x, weights.slice([0, 0], [2, 1]), { stride: n, groups: 2 }),
  "strides of a max pool": (n) => (x) => maxPool2d(x, 2, { stride: n }),
  "dilations of a max pool of one element": (n) => (x) => maxPool2d(x, 1, { dilation: n }),
  "strides of an average pool": (n) => (x) => averagePool2d(x, 2, { stride: [1, n] }),
  "strides of windows": (n) => (x) => unfold(x, [2, 2], { stride: n }),
  "dilations of windows of one row": (n) => (x) => unfold(x, [1, 2], { dilation: [n, 1] }),
  "strides of a transposed convolution of one element": (n) => (x) =>
    convTranspose2d(x.slice([0, 0, 0, 0], [1, 2, 1, 1]), weights.slice([0], [2]), { stride: n }),
};

describe.each(Object.entries(BEYOND))("%s", (_, fn) => {
  test("are those that meet no other element, with their gradients", () => {
    const total = (n: number) => grad((x: Tensor) => fn(n)(x).square().sum());
    setRunner("js");
    const [expected, slope] = [fn(10)(image), total(10)(image)];
    for (const n of HUGE) {
      for (const runner of ["js", "wasm"] as const) {
        setRunner(runner);
        expectSameBits(fn(n)(image), expected);
        expectSameBits(total(n)(image), slope);
        expectSameBits(compile(fn(n), { backend: runner })(image), expected);
        expectSameBits(compile(total(n), { backend: runner })(image), slope);
      }
    }
    setRunner("wasm");
  });
});

test.each([
  ["conv2d", (n: number) => conv2d(image, weights, { padding: [0, n], dilation: [1, n] })],
  ["conv2d", (n: number) => conv2d(image, points, { padding: n })],
  ["conv2d", (n: number) => conv2d(image, weights, { padding: "same", dilation: [1, n] })],
  ["maxPool2d", (n: number) => maxPool2d(image, [1, 3], { padding: [0, n], dilation: [1, n] })],
  [
    "averagePool2d",
    (n: number) =>
      averagePool2d(image, 3, {
        padding: [
          [0, n],
          [0, 0],
        ],
      }),
  ],
  ["unfold", (n: number) => unfold(image, [2, 2], { padding: n })],
  [
    "convTranspose2d",
    (n: number) => convTranspose2d(image, weights.slice([0], [2]), { stride: n }),
  ],
])("%s refuses padding to more elements than a tensor may have", (op, fn) => {
  for (const n of HUGE) {
    for (const run of [fn, compile(fn, { static: [0] })]) {
      expect(() => run(n)).toThrow(ShapeError);
      expect(() => run(n)).toThrow(op);
      expect(() => run(n)).toThrow("at most 2^31 - 1 elements");
    }
  }
});

test("a convolution that needs more memory than there may be is computed without the functions for it", () => {
  const wide = (x: Tensor) => conv2d(x, weights, { dilation: [1, 2 ** 16], padding: [0, 2 ** 16] });
  const expected = conv2d(image, weights, { dilation: [1, 10], padding: [0, 10] });
  setMemoryLimit(2 ** 20);
  try {
    expectSameBits(wide(image), expected);
  } finally {
    setMemoryLimit(2 ** 31);
  }
  expectSameBits(wide(image), expected);
});

test("no count reaches a function of the module that does not fit into 32 bits", () => {
  const host = workspace()?.host;
  if (host === undefined) throw new Error("no WebAssembly");
  for (const count of [2 ** 32, 2 ** 40, 0.5, Number.NaN]) {
    const call = { function: "sum_f32", arguments: [0, count] } as const;
    expect(() => boundCall(host, call, [])).toThrow(
      `sum_f32: argument 1: expected an integer of 32 bits, got ${count}`,
    );
  }
});
