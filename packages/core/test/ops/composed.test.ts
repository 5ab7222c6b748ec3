/**
 * Functions that are composed of ops, tested like the ops of the table. Tests are of derivatives to second order in
 * both modes, batches against loops, and the same bits on both runners, eager and compiled.
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
import { sampleTests } from "../support/sampling.ts";

sampleTests(4);

afterEach(() => setRunner("wasm"));

type Fn = (...inputs: Tensor[]) => Tensor;
type Shapes = readonly (readonly number[])[];

const mask = gd.tensor([
  [true, false, true, true],
  [false, false, false, false],
  [true, true, false, false],
]);

const ids = gd.tensor([2, 0, 2, 2, 0], { dtype: "int32" });
const places = gd.tensor(
  [
    [2, 0, 2, 2],
    [1, 1, 1, -1],
  ],
  { dtype: "int32" },
);

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
  ...(
    [
      ["linear", "zeros", false],
      ["linear", "reflection", true],
      ["cubic", "border", false],
      ["nearest", "zeros", true],
    ] as const
  ).map(
    ([mode, padding, alignCorners]) =>
      [
        `gridSample of mode ${mode}`,
        (x: Tensor, grid: Tensor) => gd.gridSample(x, grid, { mode, padding, alignCorners }),
        [
          [2, 2, 3, 4],
          [2, 2, 3, 2],
        ],
      ] as [string, Fn, Shapes],
  ),
  [
    "gridSample with a depth",
    (x, grid) => gd.gridSample(x as Tensor, grid as Tensor),
    [
      [1, 2, 2, 3, 2],
      [1, 1, 2, 2, 3],
    ],
  ],
  ["affineGrid", (maps) => gd.affineGrid(maps as Tensor, [3, 2]), [[2, 2, 3]]],
  ["pixelShuffle", (x) => gd.pixelShuffle(x as Tensor, 2), [[2, 8, 2, 3]]],
  ["pixelUnshuffle", (x) => gd.pixelUnshuffle(x as Tensor, 2), [[2, 2, 4]]],
  ["rotate90", (x) => gd.rotate90(x as Tensor, 3, [0, 2]), [[2, 3, 4]]],
  [
    "interpolate by area",
    (x) => gd.interpolate(x as Tensor, { size: [2, 3], mode: "area" }),
    [[1, 2, 3, 5]],
  ],
  [
    "interpolate, nearest-exact",
    (x) => gd.interpolate(x as Tensor, { size: [2, 7], mode: "nearest-exact" }),
    [[1, 2, 3, 5]],
  ],
  [
    "averagePool2d with a divisor",
    (x) => gd.averagePool2d(x as Tensor, 2, { padding: 1, divisor: 3 }),
    [[2, 4, 5]],
  ],
  [
    "adaptiveAveragePool3d",
    (x) => gd.adaptiveAveragePool3d(x as Tensor, [2, 3, 1]),
    [[2, 3, 5, 2]],
  ],
  ["adaptiveMaxPool3d", (x) => gd.adaptiveMaxPool3d(x as Tensor, [2, 2, 3]), [[2, 3, 3, 4]]],
  [
    "adaptiveMaxPool2dWithIndices",
    (x) => gd.adaptiveMaxPool2dWithIndices(x as Tensor, [2, 3]).values,
    [[2, 3, 5]],
  ],
  [
    "maxPool3dWithIndices",
    (x) => gd.maxPool3dWithIndices(x as Tensor, 2, { stride: 1 }).values,
    [[2, 3, 3, 4]],
  ],
  ["segmentMax", (x) => gd.segmentMax(x as Tensor, ids, 3).slice([0], [1]), [[5, 3]]],
  ["segmentMin", (x) => gd.segmentMin(x as Tensor, ids, 3).slice([2], [3]), [[5, 3]]],
  ["segmentMean", (x) => gd.segmentMean(x as Tensor, ids, 4), [[5, 3]]],
  ["segmentProd", (x) => gd.segmentProd(x as Tensor, ids, 4), [[5, 3]]],
  ...(["multiply", "mean"] as const).flatMap((mode) => [
    [
      `putAlongAxis of mode ${mode}`,
      (x: Tensor, values: Tensor) => gd.putAlongAxis(x, places, values, 1, { mode }),
      [
        [2, 3],
        [2, 4],
      ],
    ] as [string, Fn, Shapes],
    [
      `put of mode ${mode}`,
      (x: Tensor, values: Tensor) => gd.put(x, places, values, 1, { mode }),
      [
        [2, 3, 2],
        [2, 2, 4, 2],
      ],
    ] as [string, Fn, Shapes],
  ]),
  [
    "quantile of a tensor",
    (x, q) =>
      gd.quantile(x as Tensor, (q as Tensor).mul(0.2).add(0.45), 1, { interpolation: "linear" }),
    [[3, 6], [2]],
  ],
  [
    "quantile of a tensor, midpoint",
    (x, q) =>
      gd.quantile(x as Tensor, (q as Tensor).mul(0.2).add(0.45), 0, { interpolation: "midpoint" }),
    [[6, 3], [2]],
  ],
  ["covariance", (x) => gd.covariance(x as Tensor), [[2, 3, 5]]],
  [
    "correlation",
    (x) => gd.correlation(x as Tensor).sub(gd.eye(3, 3, { dtype: (x as Tensor).dtype })),
    [[2, 3, 5]],
  ],
  ["round to decimals", (x) => gd.round(x as Tensor, { decimals: 1 }).mul(x as Tensor), [[7]]],
  ...([gd.nanSum, gd.nanMean, gd.nanMax, gd.nanMin] as const).map(
    (reduce) =>
      [
        reduce.name,
        (x: Tensor) => reduce(gd.where(mask, x, Number.NaN).slice([0], [3], [2]), 1),
        [[3, 4]],
      ] as [string, Fn, Shapes],
  ),
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

test("searchSorted of rows is that of each row, with NaN as the greatest", () => {
  const { NaN: none, POSITIVE_INFINITY: infinite } = Number;
  const rows = [
    [-infinite, -0, 0, 2, none, none],
    [1, 1, 1, 1, 1, infinite],
    [none, none, none, none, none, none],
  ];
  const values = [
    [0, 1, none, -infinite, infinite],
    [1, 0.5, none, 2, infinite],
    [none, 1, 0, infinite, -infinite],
  ];
  for (const side of ["left", "right"] as const) {
    for (const dtype of ["float64", "float32"] as const) {
      const search = (sorted: Tensor, wanted: Tensor) => gd.searchSorted(sorted, wanted, { side });
      const [sorted, wanted] = [gd.tensor(rows, { dtype }), gd.tensor(values, { dtype })];
      const expected = rows.map((row, i) => {
        const vector = gd.tensor(row, { dtype });
        return search(vector, gd.tensor(values[i] as number[], { dtype })).toArray();
      });
      expect(search(sorted, wanted).toArray()).toEqual(expected);
      expect(compile(search)(sorted, wanted).toArray()).toEqual(expected);
      expect(vectorize(search)(sorted, wanted).toArray()).toEqual(expected);
    }
  }
  expect(gd.searchSorted(gd.zeros([2, 0]), gd.zeros([2, 3])).toArray()).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
});

test("products and means at indices refuse an index out of range by name", () => {
  const index = gd.tensor([0, 3], { dtype: "int32" });
  const x = gd.tensor([1, 2, 3]);
  for (const mode of ["multiply", "mean"] as const) {
    const put = (at: Tensor) => gd.put(x, at, 2, 0, { mode });
    expect(() => put(index)).toThrow(/^put: indices: .*got 3/);
    expect(() => compile(put)(index)).toThrow(/^put: indices: .*got 3/);
  }
  expect(() => gd.segmentProd(x, gd.tensor([0, 1, 2], { dtype: "int32" }), 2)).toThrow(
    /^segmentProd: ids: .*got 2/,
  );
});

test("a segment without rows has what changes nothing", () => {
  const none = gd.tensor([1], { dtype: "int32" });
  for (const [dtype, most] of [
    ["float64", Number.POSITIVE_INFINITY],
    ["int32", 2 ** 31],
  ] as const) {
    const x = gd.tensor([7], { dtype });
    expect(gd.segmentMax(x, none, 2).toArray()).toEqual([-most, 7]);
    expect(gd.segmentMin(x, none, 2).toArray()).toEqual([dtype === "int32" ? most - 1 : most, 7]);
    expect(gd.segmentProd(x, none, 2).toArray()).toEqual([1, 7]);
    expect(gd.segmentMean(x, none, 2).toArray()).toEqual([0, 7]);
  }
});

test("nanMean has a gradient of 0 for what is missing, also where all is", () => {
  const x = gd.tensor([
    [1, Number.NaN],
    [Number.NaN, Number.NaN],
  ]);
  for (const reduce of [gd.nanSum, gd.nanMean, gd.nanMax, gd.nanMin]) {
    const slope = grad((rows: Tensor) => reduce(rows, 1).slice([0], [2]).sum())(x);
    expect(slope.toArray()).toEqual([
      [1, 0],
      [0, 0],
    ]);
  }
});

test("round to decimals keeps what has none, and rounds integers to tens", () => {
  const x = gd.tensor([1e300, -1e308, Number.POSITIVE_INFINITY], { dtype: "float64" });
  expect(gd.round(x, { decimals: 20 }).toArray()).toEqual(x.toArray());
  const whole = gd.tensor([15, 25, -36, 7], { dtype: "int32" });
  expect(gd.round(whole, { decimals: -1 }).toArray()).toEqual([20, 20, -40, 10]);
  expect(gd.round(whole, { decimals: 3 }).toArray()).toEqual(whole.toArray());
  expect(() => gd.round(x, { decimals: 0.5 })).toThrow(/decimals.*0\.5/);
});

test("images, grids and factors that do not fit are refused by name", () => {
  const image = gd.ones([1, 4, 2, 2]);
  expect(() => gd.gridSample(image, gd.ones([2, 2, 2, 2]))).toThrow(/^gridSample: grid: /);
  expect(() => gd.gridSample(gd.ones([1, 1, 0, 2]), gd.ones([1, 2, 2, 2]))).toThrow(
    /^gridSample: x: /,
  );
  const volume = gd.ones([1, 1, 2, 2, 2]);
  expect(() => gd.gridSample(volume, gd.ones([1, 1, 1, 1, 3]), { mode: "cubic" })).toThrow(
    /^gridSample: x: /,
  );
  expect(() => gd.affineGrid(gd.ones([1, 2, 3]), [2])).toThrow(/^affineGrid: size: /);
  expect(() => gd.affineGrid(gd.ones([1, 3, 4]), [2, 2])).toThrow(/^affineGrid: maps: /);
  expect(() => gd.pixelShuffle(image, 3)).toThrow(/^pixelShuffle: x: .*multiple of 9/);
  expect(() => gd.pixelUnshuffle(image, 3)).toThrow(/^pixelUnshuffle: x: .*multiples of 3/);
  expect(() => gd.rotate90(image, 1, [0, 0])).toThrow(/^rotate90: axes: /);
  expect(() => gd.interpolate(image, { size: 3, mode: "area", alignCorners: true })).toThrow(
    /alignCorners/,
  );
});
