/** Models with several open lengths, such as the batch and the sequence. */

import {
  checkpoint,
  einsum,
  grad,
  mean,
  normal,
  scaledDotProductAttention,
  type Tensor,
  uniform,
  variance,
  zeros,
} from "@graddiff/core";
import { Conv2d, crossEntropy, Embedding, GRU, LayerNorm, TransformerBlock } from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { sampled } from "../../core/test/support/sampling.ts";
import { exportOnnx, importOnnx } from "../src/index.ts";
import { listOf } from "./support/listOf.ts";
import { differenceOf, expectSame } from "./support/runtime.ts";

const OPEN = { 0: "batch", 1: "sequence" };

function random(shape: readonly number[], seed: number): Tensor {
  return uniform(shape, { seed, low: -1, high: 2, dtype: "float64" });
}

const functions: Readonly<Record<string, (x: Tensor) => Tensor | readonly Tensor[]>> = {
  "a mean of everything": (x) => x.exp().mean(),
  "means of both axes": (x) => [mean(x, [0]), mean(x, [1]), mean(x, [0, 1])],
  "a variance of all": (x) => variance(x, [0, 1], { correction: 1 }),
  "rows in one": (x) => x.reshape([-1, 3]).tanh().reshape(x.shape),
  "all in one": (x) => x.reshape([-1]).mul(2),
  "gradients of a mean": (x) => grad((y: Tensor) => y.mul(y).mean())(x),
  "gradients of attention": (x) =>
    grad((y: Tensor) => scaledDotProductAttention(y, y, y, { causal: true }).square().mean())(x),
  "places of pairs": (x) => einsum("bic,bjc->bij", x, x).softmax(),
  "the first and the last": (x) => [x.at([], 0), x.at([], -1), x.at([], [1])],
  "a checkpoint": (x) => checkpoint((y: Tensor) => y.sin().mean([1]))(x),
  "sums so far": (x) => x.cumulativeSum(1),
};

describe("a function of an open batch and sequence", () => {
  test.each(Object.entries(functions))("%s", async (name, fn) => {
    const model = exportOnnx(fn, [random([2, 3, 3], 1)], { dynamic: { x: OPEN }, inputs: ["x"] });
    expect(model.inputs[0]?.shape).toEqual(["batch", "sequence", 3]);
    const own = importOnnx(model.bytes, { dtype: "float64" });
    const sizes = [
      [2, 3],
      [1, 7],
      [5, 2],
      [4, 4],
      [3, 1],
    ] as const;
    for (const [batch, sequence] of sampled(sizes, 3, Object.keys(functions).indexOf(name))) {
      const x = random([batch, sequence, 3], batch);
      await expectSame(model, fn, [x], 1e-10);
      listOf(fn(x)).forEach((expected, i) => {
        expect(differenceOf(own.fn(x)[i] as Tensor, expected)).toBeLessThan(1e-10);
      });
    }
  });
});

describe("a language model of an open batch and sequence", () => {
  const parts = {
    letters: new Embedding(11, 8, { seed: 1 }),
    places: normal([64, 8], { seed: 2 }),
    block: new TransformerBlock(8, 2, { causal: true, seed: 3 }),
    norm: new LayerNorm(8),
  };
  const forward = (x: Tensor) => {
    const letters = parts.letters.forward(x);
    const places = parts.places.slice([0], [x.shape[1] ?? 0]);
    return parts.norm.forward(parts.block.forward(letters.add(places)));
  };
  const ids = (batch: number, sequence: number) =>
    uniform([batch, sequence], { seed: batch + sequence, high: 11 })
      .floor()
      .cast("int32");

  test("gives what it gives here", async () => {
    const file = exportOnnx(forward, [ids(2, 5)], {
      dynamic: { x: OPEN },
      inputs: ["x"],
      variables: parts,
    });
    expect(file.outputs[0]?.shape).toEqual(["batch", "sequence", 8]);
    for (const [batch, sequence] of [
      [2, 5],
      [1, 1],
      [3, 17],
      [7, 64],
    ] as const) {
      await expectSame(file, forward, [ids(batch, sequence)], 1e-5);
    }
  });

  test("an example that is too long says at which size that was", () => {
    const long = () =>
      exportOnnx(forward, [ids(2, 30)], {
        dynamic: { x: OPEN },
        inputs: ["x"],
      });
    expect(long).toThrow(/This was at batch 2, sequence 90: .*a short example asks for less/);
  });

  test("and its gradient", async () => {
    const loss = (x: Tensor, y: Tensor) => crossEntropy(forward(x), y);
    const table = parts.letters.weight;
    const slope = (x: Tensor, y: Tensor) => grad(loss, { variables: [table] })(x, y);
    const file = exportOnnx(slope, [ids(2, 5), zeros([2, 5], { dtype: "int32" })], {
      dynamic: { x: OPEN, y: OPEN },
      inputs: ["x", "y"],
    });
    const [x, y] = [ids(3, 9), ids(3, 9).remainder(8)];
    await expectSame(file, slope as never, [x, y], 1e-5);
  });
});

test("a recurrent layer steps along an open sequence", async () => {
  const layer = new GRU(3, 4, { seed: 1, dtype: "float64" });
  const fn = (x: Tensor) => Object.values(layer.forward(x)) as Tensor[];
  const file = exportOnnx(fn, [random([2, 3, 3], 1)], { dynamic: { x: OPEN }, inputs: ["x"] });
  for (const shape of [
    [2, 3, 3],
    [1, 9, 3],
    [4, 1, 3],
  ]) {
    await expectSame(file, fn, [random(shape, 5)], 1e-10);
  }
});

test("attention is written whole that is computed by rows here", async () => {
  const fn = (x: Tensor) => scaledDotProductAttention(x, x, x, { causal: true });
  const file = exportOnnx(fn, [random([1, 140, 3], 1)], { dynamic: { x: OPEN }, inputs: ["x"] });
  for (const shape of [
    [2, 150, 3],
    [1, 2, 3],
  ]) {
    await expectSame(file, fn, [random(shape, 5)], 1e-10);
  }
});

test("attention of no queries is written, too", async () => {
  const k = random([5, 3], 1);
  const fn = (q: Tensor) => scaledDotProductAttention(q, k, k, { causal: true });
  const file = exportOnnx(fn, [zeros([0, 3], { dtype: "float64" })], { inputs: ["q"] });
  expect(file.outputs[0]?.shape).toEqual([0, 3]);
  await expectSame(file, fn, [zeros([0, 3], { dtype: "float64" })]);
});

test("lengths of two inputs are open on their own, and one name is one length", async () => {
  const fn = (q: Tensor, k: Tensor) => scaledDotProductAttention(q, k, k);
  const file = exportOnnx(fn, [random([2, 3, 4], 1), random([2, 5, 4], 2)], {
    dynamic: { q: { 0: "batch", "-2": "queries" }, k: { 0: "batch", 1: "keys" } },
    inputs: ["q", "k"],
  });
  expect(file.inputs.map(({ shape }) => shape)).toEqual([
    ["batch", "queries", 4],
    ["batch", "keys", 4],
  ]);
  expect(file.outputs[0]?.shape).toEqual(["batch", "queries", 4]);
  await expectSame(file, fn, [random([4, 1, 4], 1), random([4, 7, 4], 2)]);
});

test.each<[string, object, RegExp]>([
  ["a text", { x: "batch" }, /dynamic\.x: expected an integer, got "batch"/],
  ["an axis that is none", { x: { first: "batch" } }, /dynamic\.x\.first: expected an integer/],
  ["a name that is none", { x: { 0: "2 batches" } }, /dynamic\.x\.0: expected a name of letters/],
  [
    "no such axis",
    { x: { 3: "batch" } },
    /dynamic\.x: expected an axis of the shape \[2, 3, 3\], got 3/,
  ],
  [
    "an axis twice",
    { x: { 0: "a", "-3": "b" } },
    /dynamic\.x: expected each axis once, got 0 twice/,
  ],
  [
    "lengths that differ",
    { x: { 0: "a", 1: "a" } },
    /dynamic\.x: expected an a of 2, as x has, got 3/,
  ],
  ["another input", { z: OPEN }, /dynamic\.z: expected one of the inputs x, got "z"/],
])("%s is refused", (_name, dynamic, message) => {
  const fn = (x: Tensor) => x.mul(2);
  const options = { dynamic: dynamic as never, inputs: ["x"] };
  expect(() => exportOnnx(fn, [random([2, 3, 3], 1)], options)).toThrow(message);
});

test("more than three open lengths are refused", () => {
  const fn = (x: Tensor) => x.mul(2);
  const dynamic = { x: { 0: "a", 1: "b", 2: "c", 3: "d" } };
  expect(() => exportOnnx(fn, [zeros([2, 2, 2, 2])], { dynamic, inputs: ["x"] })).toThrow(
    /dynamic: expected at most 3 open lengths, got a, b, c, d/,
  );
});

test("what differs in another way is refused with both names", () => {
  const fn = (x: Tensor) => x.mul(Math.max(...x.shape));
  expect(() => exportOnnx(fn, [zeros([2, 2, 3])], { dynamic: { x: OPEN }, inputs: ["x"] })).toThrow(
    /the same for all sizes of batch and sequence/,
  );
});

describe("a convolution is an operator of its own", () => {
  const small = { dtype: "float32" } as const;
  const image = (shape: readonly number[], seed: number) =>
    uniform(shape, { seed, low: -1, high: 1, ...small });
  const layers = [
    new Conv2d(2, 4, 3, { seed: 1, padding: 1 }),
    new Conv2d(4, 4, [3, 2], { seed: 2, stride: [2, 1], groups: 2 }),
  ];
  const operators = (bytes: Uint8Array) => importOnnx(bytes).nodes.map(({ operator }) => operator);

  test("with its padding", async () => {
    const fn = (x: Tensor) => layers.reduce((y, layer) => layer.forward(y).relu(), x);
    const file = exportOnnx(fn, [image([1, 2, 7, 8], 1)], { dynamic: { x: 0 }, inputs: ["x"] });
    const found = operators(file.bytes);
    expect(found.filter((operator) => operator === "Conv").length).toBe(2);
    expect(new Set(found)).toEqual(new Set(["Conv", "Relu"]));
    for (const batch of [5, 1, 0]) {
      await expectSame(file, fn, [image([batch, 2, 7, 8], 2)], 1e-5);
    }
  });

  test("images of any height and width, where the stride is 1", async () => {
    const fn = (x: Tensor) => (layers[0] ? layers[0].forward(x).tanh().mean([2, 3]) : x);
    const dynamic = { x: { 0: "batch", 2: "height", 3: "width" } };
    const file = exportOnnx(fn, [image([2, 2, 3, 4], 1)], { dynamic, inputs: ["x"] });
    for (const shape of [
      [2, 2, 3, 4],
      [1, 2, 9, 2],
      [4, 2, 1, 1],
    ]) {
      await expectSame(file, fn, [image(shape, 3)], 1e-5);
    }
  });

  test("in gradients, of strides too", async () => {
    const loss = (x: Tensor) =>
      layers
        .reduce((y, layer) => layer.forward(y).tanh(), x)
        .square()
        .mean();
    const variables = layers.flatMap((layer) => [...layer.variables]);
    const slopes = (x: Tensor) => [
      ...grad(loss, { variables })(x),
      grad((y: Tensor) => loss(y))(x),
    ];
    const file = exportOnnx(slopes, [image([2, 2, 7, 8], 1)], {
      dynamic: { x: 0 },
      inputs: ["x"],
      variables: layers,
    });
    expect(operators(file.bytes)).toContain("Conv");
    for (const batch of [2, 1, 5]) {
      await expectSame(file, slopes, [image([batch, 2, 7, 8], batch)], 1e-5);
    }
  });
});
