import { type Tensor, tensor } from "@graddiff/core";
import { exportOnnx, importOnnx } from "@graddiff/onnx";
import { expect, test } from "vitest";
import { arrangementOf, Inside, largestNeuron, numberOf, type Pick } from "../src/neuron.ts";
import { generator, model, sample } from "./support.ts";

const SHAPE = [1, 1, 16, 16];
const image = (numbers: ArrayLike<number>, dtype: "float32" | "float64" = "float64") =>
  tensor(Float64Array.from(numbers), { shape: SHAPE, dtype });

const inside = new Inside(model(), { dtype: "float64" });

test.each<[string, Pick]>([
  ["logits", { channel: 3 }],
  ["/features/block1/conv/Conv_output_0", { channel: 5 }],
  ["/features/block1/conv/Conv_output_0", { channel: 5, place: { row: 7, column: 9 } }],
  ["/features/block2/act/Relu_output_0", { channel: 2 }],
  ["/features/residual/Add_output_0", { channel: 7, place: { row: 1, column: 2 } }],
])("the gradient of %s, %o, is that of central differences", (value, pick) => {
  const random = generator(1);
  // Noise is added, since black areas of a digit are equal, and a maximum of two equal elements has no derivative.
  const numbers = sample(4).map((each) => each + 0.05 * random());
  const gradient = inside.gradient(value, pick, [image(numbers)], 0);
  expect(gradient.length).toBe(256);
  expect(gradient.some((each) => each !== 0)).toBe(true);
  const number = (moved: readonly number[]) => {
    const seen = inside.values(value, [image(moved)]);
    return numberOf(seen.numbers, seen.shape, pick);
  };
  const step = 1e-7;
  for (let time = 0; time < 6; time++) {
    const direction = numbers.map(() => 2 * random() - 1);
    const moved = (by: number) => number(numbers.map((each, i) => each + by * (direction[i] ?? 0)));
    const difference = (moved(step) - moved(-step)) / (2 * step);
    const slope = direction.reduce((sum, each, i) => sum + each * (gradient[i] ?? 0), 0);
    expect(Math.abs(slope - difference)).toBeLessThan(1e-6);
  }
  // Single pixels are compared, too, since a sum might hide their errors.
  for (let i = 3; i < 256; i += 37) {
    const moved = (by: number) => number(numbers.map((each, at) => (at === i ? each + by : each)));
    const difference = (moved(step) - moved(-step)) / (2 * step);
    expect(Math.abs((gradient[i] ?? Number.NaN) - difference)).toBeLessThan(1e-6);
  }
});

test("in float32 it is nearly the same, and a pixel far away has no part in it", () => {
  const value = "/features/block1/conv/Conv_output_0";
  const pick = { channel: 1, place: { row: 2, column: 3 } };
  const exact = inside.gradient(value, pick, [image(sample(7))], 0);
  const single = new Inside(model()).gradient(value, pick, [image(sample(7), "float32")], 0);
  for (let i = 0; i < 256; i++) {
    expect(Math.abs((exact[i] ?? 0) - (single[i] ?? 0))).toBeLessThan(1e-6);
    const isNear = Math.abs(Math.floor(i / 16) - 2) <= 1 && Math.abs((i % 16) - 3) <= 1;
    expect(exact[i] !== 0).toBe(isNear);
  }
});

test("the number of a channel is the mean of its pixels", () => {
  const value = "/features/block1/pool/MaxPool_output_0";
  const { shape, numbers, isFloat } = inside.values(value, [image(sample(2))]);
  expect([shape, isFloat]).toEqual([[1, 8, 8, 8], true]);
  const channel = numbers.slice(3 * 64, 4 * 64);
  const mean = Array.from(channel).reduce((sum, each) => sum + each, 0) / 64;
  expect(numberOf(numbers, shape, { channel: 3 })).toBeCloseTo(mean, 14);
  const place = { row: 2, column: 5 };
  expect(numberOf(numbers, shape, { channel: 3, place })).toBe(channel[2 * 8 + 5]);
});

test("the largest number is found among all, and in a channel", () => {
  const numbers = [0, 3, 1, 2, -1, -2, -3, -4];
  expect(largestNeuron(numbers, [1, 2, 2, 2])).toEqual({
    channel: 0,
    place: { row: 0, column: 1 },
  });
  const second = { channel: 1, place: { row: 0, column: 0 } };
  expect(largestNeuron(numbers, [1, 2, 2, 2], 1)).toEqual(second);
  expect(largestNeuron(numbers, [1, 8])).toEqual({ channel: 1 });
});

test("the description has what stands in the file, and shapes by the names of values", () => {
  const { inputs, outputs, nodes, parameters } = inside.describe();
  expect(inputs.map(({ name, shape }) => [name, shape])).toEqual([["image", ["batch", 1, 16, 16]]]);
  expect(outputs.map(({ name }) => name)).toEqual(["logits"]);
  expect([nodes.length, parameters]).toEqual([13, 5502]);
  const shapes = inside.shapes([image(sample(0))]);
  expect(Object.keys(shapes).length).toBe(13);
  expect(shapes["/classifier/flatten/Flatten_output_0"]).toEqual([1, 192]);
});

test("of several inputs the gradient is taken to the one that is asked for", () => {
  const file = exportOnnx(
    (a: Tensor, b: Tensor) => a.mul(b).add(b),
    [tensor([1, 2, 3]), tensor([4, 5, 6])],
  );
  const two = new Inside(file.bytes);
  const name = importOnnx(file.bytes).outputs[0]?.name ?? "";
  const inputs = [tensor([1, 2, 3]), tensor([4, 5, 6])];
  expect([...two.gradient(name, { channel: 1 }, inputs, 0)]).toEqual([0, 5, 0]);
  expect([...two.gradient(name, { channel: 1 }, inputs, 1)]).toEqual([0, 3, 0]);
});

test("a model that is damaged is refused", () => {
  expect(() => new Inside(model().slice(0, 9000)).describe()).toThrow(/importOnnx/);
});

test.each([
  [[], 1, 1, 1],
  [[7], 7, 1, 1],
  [[1, 10], 10, 1, 1],
  [[5, 10], 1, 5, 10],
  [[1, 6, 9], 1, 6, 9],
  [[1, 8, 4, 3], 8, 4, 3],
  [[1, 1000, 1, 1], 1000, 1, 1],
  [[1, 2, 3, 4, 5], 2, 12, 5],
])("[%j] is seen as %i channels of %i × %i", (shape, channels, height, width) => {
  expect(arrangementOf(shape as number[])).toEqual({ channels, height, width });
});
