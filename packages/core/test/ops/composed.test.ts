/**
 * Functions that are composed of ops, as the ops of the table are tested: derivatives to second order in both modes,
 * batches against loops, and one set of bits on both runners, eager and compiled.
 */

import { afterEach, describe, expect, test } from "vitest";
import * as gd from "../../src/index.ts";
import {
  checkGradients,
  compile,
  type DType,
  grad,
  setRunner,
  stack,
  type Tensor,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

afterEach(() => setRunner("wasm"));

type Fn = (...inputs: Tensor[]) => Tensor;
type Shapes = readonly (readonly number[])[];

const mask = gd.tensor([
  [true, false, true, true],
  [false, false, false, false],
  [true, true, false, false],
]);

/** Functions, and the shapes of their inputs. */
const CASES: readonly (readonly [string, Fn, Shapes])[] = [
  ["dot", (x, y) => gd.dot(x as Tensor, y as Tensor), [[33], [33]]],
  ["outer", (x, y) => gd.outer(x as Tensor, y as Tensor), [[5], [9]]],
  [
    "kron",
    (x, y) => gd.kron(x as Tensor, y as Tensor),
    [
      [2, 3],
      [3, 1],
    ],
  ],
  ["cross", (x, y) => gd.cross(x as Tensor, y as Tensor), [[4, 3], [3]]],
  [
    "tensordot",
    (x, y) =>
      gd.tensordot(x as Tensor, y as Tensor, [
        [2, 0],
        [0, 1],
      ]),
    [
      [2, 3, 4],
      [4, 2, 5],
    ],
  ],
  [
    "einsum of attention",
    (x, y) => gd.einsum("bqhd,bkhd->bhqk", x as Tensor, y as Tensor),
    [
      [2, 3, 2, 5],
      [2, 4, 2, 5],
    ],
  ],
  [
    "einsum of four",
    (...xs) => gd.einsum("ij,jk,kkl,...l->...i", ...xs),
    [
      [2, 3],
      [3, 2],
      [2, 2, 3],
      [2, 1, 3],
    ],
  ],
  ["a diagonal", (x) => gd.einsum("iji->ij", x as Tensor), [[3, 2, 3]]],
  [
    "convTranspose2d",
    (x, w) =>
      gd.convTranspose2d(x as Tensor, w as Tensor, {
        stride: [2, 1],
        padding: [1, 0],
        outputPadding: [1, 0],
        dilation: [1, 2],
        groups: 2,
      }),
    [
      [2, 4, 3, 2],
      [4, 2, 3, 2],
    ],
  ],
  [
    "averagePool2d",
    (x) =>
      gd.averagePool2d(x as Tensor, [3, 2], {
        stride: [2, 1],
        padding: 1,
        ceilMode: true,
        countPadding: false,
      }),
    [[2, 3, 6, 5]],
  ],
  ["adaptiveAveragePool2d", (x) => gd.adaptiveAveragePool2d(x as Tensor, [3, 2]), [[2, 7, 5]]],
  ["adaptiveMaxPool2d", (x) => gd.adaptiveMaxPool2d(x as Tensor, [3, 2]), [[2, 7, 5]]],
  [
    "interpolate",
    (x) => gd.interpolate(x as Tensor, { scale: [1.7, 0.6], mode: "cubic" }),
    [[1, 2, 3, 5]],
  ],
  ["unfold", (x) => gd.unfold(x as Tensor, 2, { padding: 1, dilation: 2 }), [[2, 1, 4, 3]]],
  ["fold", (x) => gd.fold(x as Tensor, [4, 5], [2, 3], { padding: 1 }), [[2, 12, 25]]],
  [
    "layerNorm",
    (x, weight, bias) => gd.layerNorm(x as Tensor, { axes: [1, 2], weight, bias } as object),
    [
      [2, 3, 5],
      [3, 5],
      [3, 5],
    ],
  ],
  ["rmsNorm", (x, weight) => gd.rmsNorm(x as Tensor, { weight } as object), [[3, 9], [9]]],
  [
    "groupNorm",
    (x, weight, bias) => gd.groupNorm(x as Tensor, 2, { weight, bias } as object),
    [[2, 4, 3], [4], [4]],
  ],
  [
    "attention",
    (q, k, v) => gd.scaledDotProductAttention(q as Tensor, k as Tensor, v as Tensor, { mask }),
    [
      [2, 3, 5],
      [2, 4, 5],
      [4, 2],
    ],
  ],
  [
    "attention with dropout",
    (q, k, v) =>
      gd.scaledDotProductAttention(q as Tensor, k as Tensor, v as Tensor, {
        causal: true,
        dropout: 0.3,
        seed: 1,
      }),
    [
      [3, 4],
      [5, 4],
      [5, 3],
    ],
  ],
  ["cosineSimilarity", (x, y) => gd.cosineSimilarity(x as Tensor, y as Tensor), [[4, 5], [5]]],
  ...[0.5, 1, 2, 3, Number.POSITIVE_INFINITY].map(
    (order) =>
      [
        `pairwiseDistance of order ${order}`,
        (x: Tensor, y: Tensor) => gd.pairwiseDistance(x, y, { order }),
        [
          [3, 4],
          [2, 1, 4],
        ],
      ] as [string, Fn, Shapes],
  ),
];

function inputsOf(shapes: Shapes, dtype: DType, seed = 0): Tensor[] {
  return shapes.map((shape, i) =>
    uniform(shape, { seed: 10 * seed + i, low: -2, high: 2, dtype: "float64" }).cast(dtype),
  );
}

describe.each(CASES)("%s", (_name, fn, shapes) => {
  test("has first and second derivatives in both modes", () => {
    expect(checkGradients(fn, inputsOf(shapes, "float64")).comparisons).toBe(8);
  });

  test("of a batch is that of its examples", () => {
    const examples = [0, 1, 2].map((seed) => inputsOf(shapes, "float64", seed));
    const batch = shapes.map((_, i) => stack(examples.map((inputs) => inputs[i] as Tensor)));
    const expected = stack(examples.map((inputs) => fn(...inputs)));
    expectSameBits(vectorize(fn)(...batch), expected);
  });

  test("has one set of bits, its gradient included", () => {
    const slope = grad(
      (...inputs: Tensor[]) =>
        fn(...inputs)
          .sin()
          .sum(),
      {
        argnums: shapes.map((_, i) => i),
      },
    );
    const both = (...inputs: Tensor[]) => [fn(...inputs), ...slope(...inputs)];
    for (const dtype of ["float64", "float32"] as const) {
      const inputs = inputsOf(shapes, dtype);
      setRunner("js");
      const expected = both(...inputs);
      setRunner("wasm");
      for (const results of [both(...inputs), compile(both)(...inputs)]) {
        results.forEach((result, i) => {
          expect(result.dtype).toBe(dtype);
          expectSameBits(result, expected[i] as Tensor);
        });
      }
    }
  });
});
