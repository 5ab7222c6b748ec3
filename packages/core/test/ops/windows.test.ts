/**
 * Windows: kernels have the bits of the bodies that they stand for, at awkward shapes and with sums of several chunks,
 * and wrong arguments are refused. Values and derivatives are compared with PyTorch's in `test/golden`.
 */

import { afterEach, expect, test } from "vitest";
import * as gd from "../../src/index.ts";
import {
  compile,
  conv2d,
  type DType,
  maxPool2d,
  maxPool2dWithIndices,
  normal,
  setRunner,
  type Tensor,
  tensor,
  uniform,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

afterEach(() => setRunner("wasm"));

/** The same bits from the body in JavaScript and from the kernel, eager and compiled. */
function expectOneSetOfBits(fn: (...inputs: Tensor[]) => readonly Tensor[], inputs: Tensor[]) {
  setRunner("js");
  const expected = fn(...inputs);
  setRunner("wasm");
  const compiled = compile(fn);
  expect(compiled.program(...inputs).describe()).toMatch(/maxPool_|depthwise_/);
  for (const results of [fn(...inputs), compiled(...inputs)] as Tensor[][]) {
    results.forEach((result, i) => {
      expectSameBits(result, expected[i] as Tensor);
    });
  }
}

/** Numbers with NaN, infinities and zeros of both signs among them. */
function withSpecials(shape: readonly number[], dtype: DType): Tensor {
  const x = normal(shape, { seed: 7, dtype: dtype === "float64" ? dtype : "float32" });
  if (dtype === "int32") return x.mul(3).cast("int32");
  const specials = [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const data = Array.from(x.data(), (value, i) => (i % 7 === 3 ? (specials[i % 5] ?? 0) : value));
  return tensor(data, { shape, dtype });
}

const POOLS = [
  [[1, 1, 1, 1], 1, {}],
  [[3, 1, 9], 3, { stride: 1, padding: 1 }],
  [[2, 5, 33], [3, 5], { stride: [2, 3], padding: [1, 2] }],
  [[2, 31, 17], 2, { dilation: [3, 2], padding: "same" }],
  [[1, 8, 7], [2, 4], { stride: 4, ceilMode: true }],
] as const;

test.each(["float32", "float64", "int32"] as const)(
  "maxPool of %s has the bits of its body",
  (dtype) => {
    for (const [shape, size, options] of POOLS) {
      const pool = (x: Tensor) => Object.values(maxPool2dWithIndices(x, size, options));
      expectOneSetOfBits(pool, [withSpecials(shape, dtype)]);
    }
  },
);

const CONVOLUTIONS = [
  [[1, 1, 1, 1], [1, 1, 1, 1], {}],
  [[2, 3, 9, 8], [3, 1, 3, 3], { padding: "same", groups: 3 }],
  [[1, 2, 31, 33], [2, 1, 4, 5], { stride: [2, 3], dilation: [3, 2], padding: 4, groups: 2 }],
  [
    [2, 6, 7, 5],
    [3, 2, 2, 3],
    {
      stride: [3, 1],
      padding: [
        [0, 2],
        [1, 0],
      ],
      groups: 3,
    },
  ],
] as const;

test.each(["float32", "float64"] as const)(
  "depthwise convolution of %s and both of its gradients have the bits of their bodies",
  (dtype) => {
    for (const [shape, window, options] of CONVOLUTIONS) {
      const settings = options as gd.ConvOptions;
      const both = (x: Tensor, w: Tensor) => {
        const { value, gradient } = gd.valueAndGrad(
          (a: Tensor, b: Tensor) => conv2d(a, b, settings).sin().sum(),
          { argnums: [0, 1] },
        )(x, w);
        return [value, ...gradient];
      };
      const x = normal(shape, { seed: 1, dtype });
      const w = normal(window, { seed: 2, dtype });
      expectOneSetOfBits(both, [x, w]);
    }
  },
);

test("sums over more than a chunk have the bits of a product", () => {
  // The gradient of a weight is a sum over 3 × 40 × 41 elements, of which 4096 are a chunk.
  const fn = (x: Tensor, w: Tensor) =>
    gd.grad((a: Tensor, b: Tensor) => conv2d(a, b, { padding: 1, groups: 2 }).sin().sum(), {
      argnums: [0, 1],
    })(x, w);
  for (const dtype of ["float32", "float64"] as const) {
    const x = normal([3, 2, 40, 41], { seed: 3, dtype });
    expectOneSetOfBits(fn, [x, normal([2, 1, 3, 3], { seed: 4, dtype })]);
  }
});

test("a convolution of many examples goes through a matrix for each", () => {
  const x = uniform([3, 100, 65, 64], { seed: 5 });
  const w = uniform([1, 100, 3, 3], { seed: 6 });
  const all = conv2d(x, w);
  const last = conv2d(x.slice([2], [3]), w);
  expectSameBits(all.slice([2], [3]), last);
});

test("convolutions and pools of a batch are those of its examples, whichever input has the batch", () => {
  const x = normal([3, 2, 4, 5, 6], { seed: 1 });
  const w = normal([3, 4, 2, 2, 2], { seed: 2 });
  const fn = (a: Tensor, b: Tensor) => conv2d(a, b, { stride: [1, 2], padding: 1, groups: 2 });
  const row = (t: Tensor, i: number) => t.slice([i], [i + 1]).reshape(t.shape.slice(1));
  for (const batched of [
    [true, true],
    [true, false],
    [false, true],
  ] as const) {
    const given = [x, w].map((t, k) => (batched[k] ? t : row(t, 0))) as [Tensor, Tensor];
    const axes = batched.map((own) => (own ? 0 : null)) as [number, number];
    const all = gd.vectorize(fn, { axes })(...given);
    for (let i = 0; i < 3; i++) {
      const one = given.map((t, k) => (batched[k] ? row(t, i) : t)) as [Tensor, Tensor];
      expectSameBits(row(all, i), fn(...one));
    }
  }
  const pooled = gd.vectorize((t: Tensor) => maxPool2d(t, 2, { padding: 1 }))(x);
  expectSameBits(row(pooled, 1), maxPool2d(row(x, 1), 2, { padding: 1 }));
});

test("the gradient of a pool goes to one element of each window, the first of equal ones", () => {
  const gradient = gd.grad((x: Tensor) => maxPool2d(x, 2).sum())(gd.ones([1, 2, 4]));
  expect(gradient.toArray()).toEqual([
    [
      [1, 0, 1, 0],
      [0, 0, 0, 0],
    ],
  ]);
});

test("errors name the argument, what was expected and what came", () => {
  const image = gd.ones([1, 3, 8, 8]);
  const wrong = <T>(value: T) => value as never;
  const messages: readonly (readonly [() => unknown, string])[] = [
    [
      () => conv2d(gd.ones([3, 8, 8]), gd.ones([1, 3, 3, 3])),
      "conv2d: x: expected 4 axes, [batch, channels, height, width], got [3, 8, 8]. A single example is a batch of 1: expandDims(x, 0)",
    ],
    [
      () => conv2d(image, gd.ones([4, 2, 3, 3])),
      "conv2d: weight: expected 3 channels on axis 1, for 3 of x in groups: 1, got [4, 2, 3, 3]",
    ],
    [
      () => conv2d(image, gd.ones([4, 1, 3, 3]), { groups: 3 }),
      "conv2d: weight: expected a number of outputs that groups: 3 divides, got [4, 1, 3, 3]",
    ],
    [
      () => conv2d(image, gd.ones([4, 3, 9, 3])),
      "conv2d: x: expected at least 9 elements along axis 2 for a window, padding included, got 8",
    ],
    [
      () => conv2d(image, gd.ones([4, 3, 3, 3]), { bias: gd.ones([3]) }),
      "conv2d: bias: expected the shape [4], a number for each output, got [3]",
    ],
    [
      () => conv2d(image, gd.ones([4, 3, 3, 3]), { padding: wrong("full") }),
      'conv2d: padding: expected "same" or "valid", got "full"',
    ],
    [
      () => conv2d(image, gd.ones([4, 3, 3, 3]), { padding: wrong([1, 2, 3]) }),
      "conv2d: padding: expected a number, 2 of them, or 2 pairs, got an array of length 3",
    ],
    [
      () => conv2d(image, gd.ones([4, 3, 3, 3]), { stride: wrong([1, 2, 3]) }),
      "conv2d: stride: expected one number, or 2, got an array of length 3",
    ],
    [() => maxPool2d(image, 0), "maxPool2d: size: expected a positive integer, got 0"],
    [
      () => maxPool2d(gd.ones([8]), 2),
      "maxPool2d: x: expected at least 2 axes, such as [batch, channels, …], got [8]",
    ],
    [
      () => maxPool2d(image, 2, { padding: 2 }),
      "maxPool2d: padding: expected windows that have an element of x each, got window 0 of axis 2 in the padding",
    ],
    [() => maxPool2d(tensor([[true, false]]), 1), "maxPool: x: expected numbers, got bool"],
  ];
  for (const [call, message] of messages) expect(call).toThrow(message);
});
