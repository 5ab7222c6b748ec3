/**
 * Windows: kernels have the bits of the bodies that they replace, at awkward shapes and with sums of several chunks,
 * and wrong arguments are errors. `test/golden` compares values and derivatives with PyTorch's.
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
import { sampleTests } from "../support/sampling.ts";

sampleTests(4);

afterEach(() => setRunner("wasm"));

/** Expects the same bits from the body in JavaScript and from the kernel, eager and compiled. */
function expectOneSetOfBits(fn: (...inputs: Tensor[]) => readonly Tensor[], inputs: Tensor[]) {
  setRunner("js");
  const expected = fn(...inputs);
  setRunner("wasm");
  const compiled = compile(fn);
  expect(compiled.program(...inputs).describe()).toMatch(/maxPool_|depthwise_|convolution_/);
  for (const results of [fn(...inputs), compiled(...inputs)] as Tensor[][]) {
    results.forEach((result, i) => {
      expectSameBits(result, expected[i] as Tensor);
    });
  }
}

/** Returns numbers with some NaN, infinities and zeros of both signs. */
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
  ...[2, 5, 8, 9, 15, 16, 18, 33].map((width) => [[3, 2, 7, width], 2, {}] as const),
  [[2, 8, 8], 2, { ceilMode: true, padding: 1 }],
] as const;

test.each(["float32", "float64", "int32"] as const)(
  "maxPool of %s has the bits of its body",
  (dtype) => {
    for (const [shape, size, options] of POOLS) {
      const pool = (x: Tensor) => [
        ...Object.values(maxPool2dWithIndices(x, size, options)),
        maxPool2d(x, size, options),
      ];
      const x = withSpecials(shape, dtype);
      const zeros = normal(shape, { seed: 8, dtype: "float32" }).sign().mul(-0).cast(dtype);
      for (const each of [x, x.mul(0), zeros, gd.where(x.equal(x), x, 1)]) {
        expectOneSetOfBits(pool, [each]);
      }
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

const PRODUCTS = [
  [[3, 2, 12, 13], [5, 2, 3, 4], { padding: 2 }],
  [[2, 4, 17, 16], [6, 2, 3, 3], { padding: "same", groups: 2 }],
  [[1, 3, 41, 30], [2, 3, 4, 5], { stride: [2, 3], dilation: [3, 1], padding: 6 }],
  [[2, 1, 30, 31], [7, 1, 5, 5], { stride: 2 }],
] as const;

test.each(["float32", "float64"] as const)(
  "convolutions of %s and both of their gradients have the bits of products with all windows",
  (dtype) => {
    for (const [shape, window, options] of PRODUCTS) {
      const both = (x: Tensor, w: Tensor) => {
        const { value, gradient } = gd.valueAndGrad(
          (a: Tensor, b: Tensor) =>
            conv2d(a, b, options as gd.ConvOptions)
              .sin()
              .sum(),
          { argnums: [0, 1] },
        )(x, w);
        return [value, ...gradient];
      };
      expectOneSetOfBits(both, [withSpecials(shape, dtype), normal(window, { seed: 2, dtype })]);
      expectOneSetOfBits(both, [
        normal(shape, { seed: 1, dtype }),
        normal(window, { seed: 2, dtype }),
      ]);
    }
  },
);

const STRIDED = [
  [[2, 3, 11, 10], [4, 3, 3, 3], { stride: 2, padding: 1 }],
  [[2, 4, 13, 9], [6, 2, 4, 5], { stride: [3, 2], padding: [2, 4], groups: 2 }],
  [[1, 2, 19, 17], [3, 2, 3, 3], { stride: 2, dilation: [3, 2], padding: 3 }],
  [[1, 2, 23, 16], [3, 2, 2, 4], { stride: [4, 3], dilation: [6, 1] }],
  // In these cases windows do not overlap, and some leave elements out.
  [[2, 3, 12, 13], [5, 3, 3, 2], { stride: [3, 4], padding: [0, 1] }],
  [[2, 3, 9, 9], [4, 3, 1, 1], { stride: 2 }],
  [[1, 1, 40, 34], [2, 1, 17, 16], { stride: [17, 16] }],
] as const;

test("the gradient of x for strides has the numbers of zeros between the elements of the cotangent", () => {
  for (const [shape, window, options] of STRIDED) {
    const settings = options as gd.ConvOptions;
    const x = normal(shape, { seed: 1, dtype: "float64" });
    const w = normal(window, { seed: 2, dtype: "float64" });
    const slope = gd.grad((a: Tensor) => conv2d(a, w, settings).sin().sum());
    // A convolution is linear in x, so its derivative along any direction is a convolution of the direction, without a
    // transpose.
    const direction = normal(shape, { seed: 3, dtype: "float64" });
    const along = conv2d(x, w, settings)
      .cos()
      .mul(conv2d(direction, w, settings))
      .sum()
      .item();
    const own = slope(x).mul(direction).sum().item();
    expect(Math.abs(own - along)).toBeLessThan(1e-10 * Math.max(1, Math.abs(along)));
    expectSameBits(compile(slope)(x), slope(x));
    gd.checkGradients(
      (a: Tensor, b: Tensor) => slope(a).mul(direction).sum().add(b.sum().mul(0)),
      [x, w],
    );
  }
});

test("sums over more than a chunk have the bits of a product", () => {
  const wide = (a: Tensor, b: Tensor) => [conv2d(a, b)];
  for (const dtype of ["float32", "float64"] as const) {
    const x = normal([1, 90, 14, 15], { seed: 3, dtype });
    expectOneSetOfBits(wide, [x, normal([3, 90, 7, 7], { seed: 4, dtype })]);
  }
  // The gradient of a weight is a sum over 3 × 40 × 41 elements, which is more than one chunk of 4096.
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

/** Returns the sum of numbers in order, rounded after each addition as in a matrix product. */
function inOrder(values: readonly number[], round: (x: number) => number): number {
  return values.reduce((sum, value) => round(sum + value), 0);
}

test("pools by the mean sum a window in the order (row, column), its padding as zeros", () => {
  for (const dtype of ["float32", "float64"] as const) {
    const round = dtype === "float32" ? Math.fround : (x: number) => x;
    const x = normal([2, 7, 9], { seed: 1, dtype });
    const data = x.data();
    const expected: number[] = [];
    for (let plane = 0; plane < 2; plane++) {
      for (let i = -1; i + 3 <= 8; i += 2) {
        for (let j = 0; j + 4 <= 9; j++) {
          const window = Array.from({ length: 12 }, (_, k) => {
            const [row, column] = [i + Math.floor(k / 4), j + (k % 4)];
            return row < 0 || row >= 7 ? 0 : (data[(plane * 7 + row) * 9 + column] ?? 0);
          });
          expected.push(round(inOrder(window, round) / 12));
        }
      }
    }
    const options = {
      stride: [2, 1],
      padding: [
        [1, 1],
        [0, 0],
      ],
    } as const;
    const pool = (t: Tensor) => gd.averagePool2d(t, [3, 4], options);
    setRunner("js");
    const inJavaScript = pool(x);
    setRunner("wasm");
    for (const result of [inJavaScript, pool(x), compile(pool)(x)]) {
      expect([...result.data()]).toEqual(expected);
    }
  }
});

test("fold adds for each element what the windows have in their order, eager and compiled, on both runners", () => {
  for (const dtype of ["float32", "float64", "int32"] as const) {
    const x = normal([1, 6, 20], { seed: 3, dtype: "float64" }).mul(1000).cast(dtype);
    const round = { float32: Math.fround, float64: (v: number) => v, int32: (v: number) => v | 0 };
    // The sums are over windows of 3 × 2 in an array of 6 × 5.
    const sums = new Array<number>(30).fill(0);
    for (let w = 0; w < 20; w++) {
      const [row, column] = [Math.floor(w / 5), w % 5];
      if (column === 4) continue;
      for (let k = 0; k < 6; k++) {
        const place = (row + Math.floor(k / 2)) * 5 + column + (k % 2);
        sums[place] = round[dtype]((sums[place] ?? 0) + (x.data()[k * 20 + w] ?? 0));
      }
    }
    // The windows in the fifth column are removed, since a row of five has room for four.
    const kept = x.reshape([1, 6, 4, 5]).slice([0, 0, 0, 0], [1, 6, 4, 4]).reshape([1, 6, 16]);
    const add = (t: Tensor) => gd.fold(t, [6, 5], [3, 2]);
    setRunner("js");
    const inJavaScript = add(kept);
    setRunner("wasm");
    for (const result of [inJavaScript, add(kept), compile(add)(kept)]) {
      expect([...result.data()]).toEqual(sums);
    }
    expect(compile(add).program(kept).describe()).toContain("overlapAdd_");
  }
});

test("fold is the adjoint of unfold", () => {
  const settings = { stride: [2, 1, 1], padding: [1, 0, 2], dilation: [1, 2, 1] };
  const x = normal([2, 3, 4, 5, 3], { seed: 1, dtype: "float64" });
  const columns = gd.unfold(x, [2, 2, 3], settings);
  const y = normal(columns.shape, { seed: 2, dtype: "float64" });
  const back = gd.fold(y, [4, 5, 3], [2, 2, 3], settings);
  expect(gd.sum(columns.mul(y)).item()).toBeCloseTo(gd.sum(x.mul(back)).item(), 10);
});

test("in JavaScript a large convolution is computed in blocks of examples or of windows, with the bits of the kernel", () => {
  const one = uniform([1, 60, 260, 240], { seed: 5 });
  const two = uniform([2, 40, 260, 240], { seed: 6 });
  const [w, v] = [60, 40].map((channels) => uniform([2, channels, 3, 3], { seed: channels }));
  const calls: readonly (() => Tensor)[] = [
    () => conv2d(one, w as Tensor, { padding: 1, stride: [1, 2] }),
    () => conv2d(two, v as Tensor, { padding: 1, stride: [1, 2] }),
    () =>
      gd.convTranspose2d(
        one.slice([0, 0, 0, 0], [1, 60, 130, 60]),
        uniform([60, 2, 3, 3], { seed: 7 }),
        { stride: [2, 4] },
      ),
  ];
  for (const call of calls) {
    setRunner("js");
    const inBlocks = call();
    setRunner("wasm");
    expectSameBits(inBlocks, call());
  }
});

test("a few windows of many examples are multiplied at once, with the bits of one after the other", () => {
  const x = normal([5, 4, 3, 4], { seed: 1 });
  const w = normal([6, 2, 2, 2], { seed: 2 });
  const fn = (t: Tensor) => conv2d(t, w, { groups: 2, padding: 1 });
  const all = fn(x);
  for (let i = 0; i < 5; i++) {
    expectSameBits(all.slice([i], [i + 1]), fn(x.slice([i], [i + 1])));
  }
  expectSameBits(compile(fn)(x), all);
});

test("a transposed convolution is the gradient of the convolution", () => {
  const x = normal([2, 4, 5], { seed: 1 });
  const w = normal([4, 3, 3], { seed: 2 });
  const options = { stride: 2, padding: 1, dilation: 1 };
  const y = gd.zeros([2, 3, 9]);
  const gradient = gd.grad((t: Tensor) => gd.conv1d(t, w, options).mul(x).sum())(y);
  expectSameBits(gd.convTranspose1d(x, w, options), gradient);
  expect(gd.convTranspose1d(x, w, { stride: 3, padding: "same" }).shape).toEqual([2, 3, 15]);
});

test("a compiled convolution of constants is a call of the program", () => {
  const fn = () => conv2d(gd.ones([1, 2, 3, 3]), gd.ones([2, 1, 2, 2]), { groups: 2 });
  expectSameBits(compile(fn)(), fn());
});

test("queries for which no key takes part have zeros and no gradient", () => {
  const [q, k, v] = [1, 2, 3].map((seed) => normal([2, 3], { seed })) as [Tensor, Tensor, Tensor];
  const none = Number.NEGATIVE_INFINITY;
  for (const mask of [
    tensor([
      [false, false],
      [true, false],
    ]),
    tensor([
      [none, none],
      [0, none],
    ]),
  ]) {
    const attend = (a: Tensor, b: Tensor, c: Tensor) =>
      gd.scaledDotProductAttention(a, b, c, { mask });
    expect(attend(q, k, v).data().slice(0, 3)).toEqual(new Float32Array(3));
    const slope = gd.grad((...own: [Tensor, Tensor, Tensor]) => attend(...own).sum(), {
      argnums: [0, 1, 2],
    });
    const [first, second, third] = slope(q, k, v);
    expect(first.data().slice(0, 3)).toEqual(new Float32Array(3));
    expect([...second.data(), ...third.data()].every(Number.isFinite)).toBe(true);
    expect(third.toArray()).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ]);
  }
  expect(gd.scaledDotProductAttention(q, gd.ones([0, 3]), gd.ones([0, 4])).toArray()).toEqual(
    gd.zeros([2, 4]).toArray(),
  );
});

test("dropout leaves out a share of the weights, by its seed", () => {
  const [q, k, v] = [gd.zeros([1, 2]), gd.zeros([4000, 2]), gd.ones([4000, 1])];
  const attend = (seed: number) =>
    gd.scaledDotProductAttention(q, k, v, { dropout: 0.25, seed }).item();
  expect(attend(1)).toBe(attend(1));
  expect(attend(1)).not.toBe(attend(2));
  expect(attend(1)).toBeCloseTo(1, 1);
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
    [() => maxPool2d(tensor([[true, false]]), 1), "maxPool2d: x: expected numbers, got bool"],
    [
      () => gd.convTranspose1d(gd.ones([1, 2, 3]), gd.ones([1, 2, 2])),
      "convTranspose1d: weight: expected 2 channels of x on axis 0, got [1, 2, 2]",
    ],
    [
      () => gd.convTranspose1d(gd.ones([1, 1, 3]), gd.ones([1, 1, 2]), { outputPadding: 1 }),
      "convTranspose1d: outputPadding: expected at most 0, less than the stride or the dilation, got 1",
    ],
    [
      () => gd.convTranspose1d(gd.ones([1, 1, 1]), gd.ones([1, 1, 2]), { padding: 1 }),
      "convTranspose1d: x: expected more elements along axis 2 than the padding takes away, got 1",
    ],
    [
      () => gd.averagePool1d(gd.ones([4]), 2, { padding: 3, countPadding: false }),
      "averagePool1d: padding: expected windows that have an element of x each, got window 0 of axis 0 in the padding",
    ],
    [
      () => gd.adaptiveMaxPool2d(gd.ones([2, 0]), 1),
      "adaptiveMaxPool2d: x: expected at least one element along the pooled axes, got [2, 0]",
    ],
    [
      () => gd.interpolate(gd.ones([1, 1, 2]), {}),
      "interpolate: options: expected size or scale, got none",
    ],
    [
      () => gd.interpolate(gd.ones([1, 1, 2]), { size: 3, mode: "cubic" }),
      "interpolate: x: expected [batch, channels, height, width] with elements along both axes, got [1, 1, 2]",
    ],
    [
      () => gd.interpolate(gd.ones([1, 1, 2]), { scale: 0.4 }),
      "interpolate: scale: expected at least one element of the result along axis 2, got 0.4",
    ],
    [
      () => gd.unfold(gd.ones([1, 1, 2, 2]), [1]),
      "unfold: x: expected 3 axes, [batch, channels, …] and those of the window, got [1, 1, 2, 2]",
    ],
    [
      () => gd.fold(gd.ones([1, 4, 2]), [3, 3], 2),
      "fold: x: expected [batch, a multiple of 4, 4], a column for each window, got [1, 4, 2]",
    ],
    [
      () => gd.layerNorm(gd.ones([2, 3]), { weight: gd.ones([2]) }),
      "layerNorm: weight: expected the shape [3], that of the normalized axes, got [2]",
    ],
    [
      () => gd.groupNorm(gd.ones([1, 3]), 2),
      "groupNorm: x: expected [batch, channels, …] with a number of channels that 2 divides, got [1, 3]",
    ],
    [
      () => gd.scaledDotProductAttention(image, image, image, { dropout: 0.5 }),
      "scaledDotProductAttention: seed: expected a seed for the dropout, got none. A scalar tensor that changes draws anew in each run",
    ],
    [
      () => gd.scaledDotProductAttention(image, image, image, { mask: gd.ones([7]) }),
      "scaledDotProductAttention: mask: expected a shape that broadcasts to that of the scores, [1, 3, 8, 8], got [7]",
    ],
    [
      () => gd.pairwiseDistance(gd.ones([2]), gd.ones([2])),
      "pairwiseDistance: x: expected two axes or more, [leading, vectors, elements], got [2]",
    ],
  ];
  for (const [call, message] of messages) expect(call).toThrow(message);
});
