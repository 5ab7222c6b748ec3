/** Kernels on arrays of several workgroups, blocks and chunks have the bits of WebAssembly. */

import { expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import {
  argSort,
  compile,
  conv1d,
  conv2d,
  cumulativeMax,
  cumulativeMin,
  cumulativeProd,
  cumulativeSum,
  floorDivide,
  grad,
  jvp,
  max,
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  put,
  putAlongAxis,
  remainder,
  searchSorted,
  sort,
  type Tensor,
  take,
  takeAlongAxis,
  tensor,
  topK,
  unfold,
  uniform,
  vectorize,
  vjp,
} from "../../src/index.ts";
import { takeBackwardOp } from "../../src/ops/indexing.ts";
import { windowsOf } from "../../src/ops/windows.ts";
import { sizeOf } from "../../src/tensor/shape.ts";
import { readArray } from "../../src/tensor/tensor.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { errorOf, openForTests } from "./open.ts";

sampleTests(2);

const gpu = await openForTests({ exact: true });

type Outputs = Tensor | readonly Tensor[];

async function expectSame(fn: (...x: Tensor[]) => Outputs, inputs: readonly Tensor[]) {
  const list = (own: Outputs): readonly Tensor[] => (Array.isArray(own) ? own : [own as Tensor]);
  const all = (...given: Tensor[]) => [...list(fn(...given))];
  const want = compile(all)(...inputs);
  const got = await gpu.read(compile(all, { backend: gpu })(...inputs));
  expect(got.length).toBe(want.length);
  got.forEach((own, i) => {
    const [a, b] = [own, want[i] as Tensor].map((each) => [...readArray(each, "test")]);
    expect(a).toEqual(b);
  });
}

let draws = 0;
const numbers = (...shape: number[]) => uniform(shape, { seed: ++draws, low: -2, high: 2 });
const integers = (most: number, ...shape: number[]) =>
  uniform(shape, { seed: ++draws, low: -most, high: most }).floor().cast("int32");

/** Returns numbers of which many are equal, with NaN, infinities and zeros of both signs. */
function special(length: number): Tensor {
  const few = [0, -0, NaN, Infinity, -Infinity, 1, -1, 0.5, 1e-40, 3];
  const whole = numbers(length).toArray() as number[];
  return tensor(whole.map((x, i) => (i % 3 === 0 ? x : (few[(i * i) % few.length] as number))));
}

test.each([1, 7, 1500])("orders of %i elements", async (length) => {
  const k = Math.min(length, 5);
  for (const x of [special(length), integers(50, length)]) {
    await expectSame((own) => [sort(own), ...Object.values(topK(own, k))], [x]);
    await expectSame((own) => [argSort(own, 0, { descending: true })], [x]);
  }
});

test("orders of rows, and along the first axis", async () => {
  await expectSame((x) => [sort(x), argSort(x, 0)], [integers(3, 200, 6)]);
  await expectSame((x) => sort(x), [numbers(0, 3)]);
  const loss = (x: Tensor) =>
    topK(x, 3, 0)
      .values.mul(tensor([[1], [2], [3]]))
      .sum();
  await expectSame((x) => grad(loss)(x), [numbers(40, 7)]);
});

test("places in a sorted row", async () => {
  const row = sort(special(700));
  for (const side of ["left", "right"] as const) {
    await expectSame(
      (x, values) => searchSorted(x as Tensor, values as Tensor, { side }),
      [row, special(300)],
    );
  }
  await expectSame(
    (x, v) => searchSorted(x as Tensor, v as Tensor),
    [sort(integers(9, 40)), integers(12, 5, 5)],
  );
});

test.each([[[1]], [[128]], [[129]], [[3, 17_000]], [[40, 300, 3]], [[0, 4]]])(
  "running results along the axes of %j",
  async (shape) => {
    for (const x of [numbers(...shape), integers(9, ...shape)]) {
      for (let axis = 0; axis < shape.length; axis++) {
        for (const reverse of [false, true]) {
          await expectSame(
            (own) => [
              cumulativeSum(own, axis, { reverse }),
              // The factors are near 1, since a GPU may replace subnormal products by zero.
              cumulativeProd(own.dtype === "int32" ? own : own.mul(0.02).add(1), axis, { reverse }),
              cumulativeMax(own, axis, { reverse }),
              cumulativeMin(own, axis, { reverse }),
            ],
            [x],
          );
        }
      }
    }
  },
);

test("gradients of running results", async () => {
  const loss = (x: Tensor) =>
    cumulativeProd(x, 0)
      .sum()
      .add(cumulativeMax(x, 1).mul(x).sum())
      .add(cumulativeSum(x, 0).mul(x).sum());
  await expectSame((x) => grad(loss)(x), [numbers(30, 20)]);
});

test("rows at many indices, and their gradients", async () => {
  const table = numbers(300, 5);
  const places = integers(300, 3000);
  const loss = (x: Tensor, indices: Tensor) => take(x, indices).mul(numbersOf(indices)).sum();
  const numbersOf = (indices: Tensor) => indices.cast("float32").mul(0.37).reshape([-1, 1]);
  await expectSame((x, indices) => grad(loss)(x as Tensor, indices as Tensor), [table, places]);
  // All rows are at one index, and are added in the order of the list of indices.
  await expectSame(
    (x, indices) => grad(loss)(x as Tensor, indices as Tensor),
    [table, places.mul(0)],
  );
  const own = (x: Tensor, indices: Tensor) => takeAlongAxis(x, indices, 1).mul(x).sum();
  await expectSame(
    (x, indices) => grad(own)(x as Tensor, indices as Tensor),
    [numbers(70, 40), integers(40, 70, 40)],
  );
});

test("values put at indices", async () => {
  const modes = ["set", "add", "multiply", "max", "min", "mean"] as const;
  for (const mode of modes) {
    await expectSame(
      (x, indices, values) => put(x as Tensor, indices as Tensor, values as Tensor, 0, { mode }),
      [numbers(60, 3), integers(60, 150), numbers(150, 3)],
    );
    await expectSame(
      (x, indices, values) =>
        putAlongAxis(x as Tensor, indices as Tensor, values as Tensor, 1, { mode }),
      [numbers(6, 30), integers(30, 6, 50), numbers(6, 50)],
    );
  }
  await expectSame(
    (x, indices) => put(x as Tensor, indices as Tensor, -7, 0, { mode: "min" }),
    [integers(9, 20), integers(20, 4)],
  );
  const outside = compile((x: Tensor, i: Tensor) => put(x, i, 1, 0, { mode: "max" }), {
    backend: gpu,
  })(numbers(4), tensor([1, 5], { dtype: "int32" }));
  expect((await errorOf(outside.read())).message).toMatch(/put: indices.*5 at position 1/);
});

test("windows that overlap are added", async () => {
  const loss = (x: Tensor) => {
    const windows = unfold(x, [3, 2], { stride: [2, 1], dilation: [1, 2], padding: 1 });
    return windows.mul(windows).sum();
  };
  await expectSame((x) => grad(loss)(x), [numbers(3, 2, 19, 23)]);
  await expectSame((x) => grad((own: Tensor) => max(own, 1).sum())(x), [numbers(5, 9)]);
});

test("gradients of max pools, whose windows overlap or not", async () => {
  const pools = [
    [maxPool1d, [2, 3, 31], 4, { stride: 3, dilation: 2, padding: 3, ceilMode: true }],
    [maxPool1d, [40], 3, {}],
    [maxPool2d, [2, 3, 19, 22], [3, 4], { stride: [2, 1], padding: [1, 2] }],
    [maxPool2d, [3, 13, 14], 2, { stride: [3, 5], ceilMode: true }],
    [maxPool3d, [2, 6, 7, 8], 3, { stride: [1, 2, 3], dilation: [2, 1, 1], padding: [2, 0, 1] }],
  ] as const;
  for (const [pool, shape, size, options] of sampled(pools, 2)) {
    const pooled = (x: Tensor) => pool(x, size, options);
    const slope = (x: Tensor) => grad((own: Tensor) => pooled(own).pow(3).sum())(x);
    const twice = (x: Tensor) => {
      const { value, pullback } = vjp(pooled)(x);
      const { tangent } = jvp(slope)([x], [x.mul(0.5).add(1)]);
      return [value, ...pullback(value.mul(0.37).add(1)), tangent];
    };
    await expectSame(twice, [numbers(...shape)]);
    await expectSame(slope, [special(sizeOf(shape)).reshape([...shape])]);
    // The input has few distinct numbers, so that windows contain equal ones.
    const each = (x: Tensor) => vectorize(slope)(x) as Tensor;
    await expectSame(each, [integers(3, 2, ...shape).cast("float32")]);
  }
});

test("quotients of integers, the greatest and least included", async () => {
  const ends = [-(2 ** 31), 1 - 2 ** 31, -7, -1, 0, 1, 2, 7, 2 ** 31 - 1];
  const all = tensor([...ends, ...(integers(2 ** 31, 40).toArray() as number[])], {
    dtype: "int32",
  });
  await expectSame(
    (x) => [floorDivide(x.reshape([-1, 1]), x), remainder(x.reshape([-1, 1]), x)],
    [all],
  );
  await expectSame((x) => floorDivide(x, 0.3), [special(50)]);
});

test("integers are added where windows have chosen", async () => {
  const [lengths, size] = [
    [9, 8],
    [3, 2],
  ];
  const options = { stride: [2, 1], padding: [1, 0], dilation: 1 };
  const windows = windowsOf("maxPool2d", lengths, size, options);
  const attributes = {
    ...windows,
    lengths,
    axis: 1,
    shared: 1,
    fromEnd: false,
    inside: true,
    length: 72,
  } as const;
  await expectSame(
    (x) => {
      const { values, indices } = maxPool2dWithIndices(x as Tensor, size, options);
      return apply(
        takeBackwardOp,
        [values, indices].map((own) => own.reshape([4, -1])),
        attributes,
      );
    },
    [integers(9, 4, ...lengths)],
  );
});

test("convolutions and both gradients", async () => {
  const settings = [
    { x: [2, 4, 11, 9], weight: [6, 2, 3, 2], options: { stride: [2, 1], groups: 2, padding: 1 } },
    { x: [2, 3, 12], weight: [4, 3, 3], options: { dilation: 2, padding: 2 } },
    { x: [1, 500, 4, 4], weight: [2, 500, 3, 3], options: {} },
  ] as const;
  for (const { x, weight, options } of sampled(settings, 2)) {
    const convolved = (a: Tensor, b: Tensor) =>
      x.length === 3 ? conv1d(a, b, options as object) : conv2d(a, b, options as object);
    const loss = (a: Tensor, b: Tensor) => convolved(a, b).square().sum();
    await expectSame(
      (a, b) => [convolved(a as Tensor, b as Tensor), ...gradsOf(loss, a as Tensor, b as Tensor)],
      [numbers(...x), numbers(...weight)],
    );
  }
});

/** Returns the gradients of both arguments. */
function gradsOf(loss: (a: Tensor, b: Tensor) => Tensor, x: Tensor, y: Tensor): Tensor[] {
  return [grad((a: Tensor) => loss(a, y))(x), grad((b: Tensor) => loss(x, b))(y)];
}
