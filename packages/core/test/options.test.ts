/**
 * Options that no other test names: each changes the result as its docstring says, compared with another computation.
 * `scripts/arguments.mjs` refuses an option without a test.
 */

import { expect, test } from "vitest";
import {
  averagePool2d,
  averagePool3d,
  compile,
  conv2d,
  conv3d,
  convTranspose2d,
  convTranspose3d,
  drawMemory,
  maxPool1dWithIndices,
  maxPool2dWithIndices,
  median,
  nanMax,
  nanMean,
  nanMin,
  nanSum,
  norm,
  normalize,
  onesLike,
  pad,
  quantile,
  type Tensor,
  tensor,
  uniform,
} from "../src/index.ts";
import { triangularSolve } from "../src/linalg.ts";
import { expectSameBits } from "./support/opChecks.ts";

const drawn = (shape: readonly number[], seed = 1) =>
  uniform(shape, { seed, low: -1, dtype: "float64" });

/** A tensor of [batch, channels, 1, height, width], and the same elements without the axis of length 1. */
const volume = drawn([2, 3, 1, 7, 8]);
const plane = volume.squeeze([2]);

test.each([
  { stride: 2 },
  { dilation: 2 },
  { padding: 1 },
  { padding: 1, countPadding: false },
  { stride: 3, ceilMode: true },
  { divisor: 5 },
])("averagePool3d with %o is averagePool2d of each plane", (options) => {
  const inDepth = Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const first = name === "padding" ? 0 : 1;
      const isByAxis = ["stride", "dilation", "padding"].includes(name);
      return [name, isByAxis ? [first, value, value] : value];
    }),
  );
  const expected = averagePool2d(plane, [2, 3], options);
  expectSameBits(averagePool3d(volume, [1, 2, 3], inDepth).squeeze([2]), expected);
  expect(expected.toArray()).not.toEqual(averagePool2d(plane, [2, 3]).toArray());
});

test.each([
  [1, 0, 0, 2],
  [0, 1, 2, 1],
  [2, 1, 1, 0],
] as const)(
  "averages count the padding of %i, %i, %i and %i elements at its own side",
  (...sides) => {
    const [above, below, left, right] = sides;
    const padding = [
      [above, below],
      [left, right],
    ] as const;
    const padded = pad(plane, [[0, 0], [0, 0], ...padding]);
    for (const stride of [1, 2]) {
      const expected = averagePool2d(padded, 3, { stride });
      expectSameBits(averagePool2d(plane, 3, { padding, stride }), expected);
      // The mean of ones and padding zeros is the share of a window that is inside the array.
      const there = averagePool2d(pad(onesLike(plane), [[0, 0], [0, 0], ...padding]), 3, {
        stride,
      });
      const own = averagePool2d(plane, 3, { padding, stride, countPadding: false });
      expect(own.sub(expected.div(there)).abs().max().item()).toBeLessThan(1e-15);
    }
  },
);

test("conv3d with padding is conv2d of each plane", () => {
  const weight = drawn([4, 3, 1, 3, 2], 2);
  const expected = conv2d(plane, weight.squeeze([2]), { padding: [1, 2] });
  expectSameBits(conv3d(volume, weight, { padding: [0, 1, 2] }).squeeze([2]), expected);
  expect(expected.shape).toEqual([2, 4, 7, 11]);
});

test.each([
  { stride: [3, 2] },
  { padding: [1, 2] },
  { dilation: [2, 1] },
  { stride: [2, 3], outputPadding: [1, 2] },
])("convTranspose3d with %o is convTranspose2d of each plane", (options) => {
  const weight = drawn([3, 4, 1, 3, 4], 2);
  const inDepth = Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      return [name, [/padding/i.test(name) ? 0 : 1, ...value]];
    }),
  );
  const expected = convTranspose2d(plane, weight.squeeze([2]), options);
  expectSameBits(convTranspose3d(volume, weight, inDepth).squeeze([2]), expected);
  expect(expected.shape).not.toEqual(convTranspose2d(plane, weight.squeeze([2])).shape);
});

test.each([{ padding: 1 }, { stride: 2, ceilMode: true }])(
  "maxPool1dWithIndices with %o is maxPool2dWithIndices of one row",
  (options) => {
    const row = drawn([2, 3, 8]);
    const {
      padding = 0,
      stride = 3,
      ceilMode = false,
    } = options as {
      readonly padding?: number;
      readonly stride?: number;
      readonly ceilMode?: boolean;
    };
    const expected = maxPool2dWithIndices(row.reshape([2, 3, 1, 8]), [1, 3], {
      padding: [0, padding],
      stride: [1, stride],
      ceilMode,
    });
    const found = maxPool1dWithIndices(row, 3, options);
    expectSameBits(found.values, expected.values.squeeze([2]));
    expectSameBits(found.indices, expected.indices.squeeze([2]));
  },
);

test("keepDims leaves reduced axes with the length 1", () => {
  const x = tensor([
    [1, Number.NaN, 4],
    [2, 5, 8],
  ]);
  const whole = drawn([2, 5]);
  const options = { keepDims: true } as const;
  const pairs: readonly (readonly [Tensor, Tensor])[] = [
    [nanMax(x, 1, options), nanMax(x, 1)],
    [nanMin(x, 1, options), nanMin(x, 1)],
    [nanMean(x, 1, options), nanMean(x, 1)],
    [nanSum(x, 1, options), nanSum(x, 1)],
    [median(whole, 1, options), median(whole, 1)],
    [quantile(whole, 0.3, 1, options), quantile(whole, 0.3, 1)],
  ];
  for (const [kept, reduced] of pairs) {
    expect(kept.shape).toEqual([2, 1]);
    expectSameBits(kept.squeeze([1]), reduced);
  }
});

test("normalize divides by the norm of an order, or by epsilon where that is more", () => {
  const x = tensor([
    [3, 4],
    [0.01, 0],
  ]);
  expectSameBits(normalize(x, 1, { order: 1 }), x.div(norm(x, 1, { order: 1, keepDims: true })));
  expect(normalize(x, 1, { epsilon: 0.1 }).toArray()).toEqual([
    [expect.closeTo(0.6, 6), expect.closeTo(0.8, 6)],
    [expect.closeTo(0.1, 6), 0],
  ]);
});

test("triangularSolve with unitDiagonal takes ones in the place of the diagonal", () => {
  const a = drawn([4, 4]);
  const ones = tensor(
    a.data().map((value, i) => (i % 5 === 0 ? 1 : value)),
    { shape: [4, 4] },
  );
  const b = drawn([4, 2], 3);
  for (const lower of [true, false]) {
    expectSameBits(
      triangularSolve(a, b, { lower, unitDiagonal: true }),
      triangularSolve(ones, b, { lower }),
    );
  }
});

test("drawMemory has its title", () => {
  const program = compile((x: Tensor) => x.sin().sum()).program(drawn([8]));
  expect(drawMemory(program, { title: "Memory of a sum" })).toContain("Memory of a sum");
});
