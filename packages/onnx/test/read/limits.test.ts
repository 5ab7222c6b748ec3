/**
 * Small files that would need much memory or time are refused before anything is computed, with the node and the
 * number.
 */

import { compile, grad, ones, type Tensor, tensor, vectorize } from "@graddiff/core";
import { expect, test } from "vitest";
import { importOnnx } from "../../src/index.ts";
import { floats, graph, int64, localFunction, model, node, Type } from "./support/build.ts";

type Nodes = Parameters<typeof model>[0]["nodes"];

const INT64 = Type.INT64;
const one = [["x", ["a", "b", "c", "d"]]] as const;
const outputs = [["y", ["?"]]] as const;
const constants = [
  int64("zero", [], [0]),
  int64("one", [], [1]),
  int64("billion", [], [10 ** 9]),
  int64("wide", [], [2 ** 29]),
  int64("row", [2], [1, 2]),
  int64("square", [2], [2 ** 14, 2 ** 14]),
  int64("depth", [], [10 ** 8]),
  int64("places", [2], [0, 1]),
  floats("values", [2], [0, 1]),
  floats("scales", [4], [1, 1, 4096, 4096]),
  floats("ratio", [], [0.5]),
];

const doubled = (operator: string): Nodes =>
  Array.from({ length: 31 }, (_, i) => {
    const from = i === 0 ? "x" : `x${i}`;
    return node(operator, [from, from], [i === 30 ? "y" : `x${i + 1}`], { axis: 0 });
  });

const square = graph({
  nodes: [node("Identity", ["on"], ["goes"]), node("Add", ["s", "s"], ["next"])],
  inputs: [
    ["i", [], INT64],
    ["on", [], Type.BOOL],
    ["s", [1, 1, 4, 4]],
  ],
  outputs: [
    ["goes", [], Type.BOOL],
    ["next", [1, 1, 4, 4]],
  ],
});

/** Nodes with large demands, and the number that the error has to name. */
const asking: Readonly<Record<string, readonly [nodes: Nodes, named: RegExp]>> = {
  "Range to 10⁹": [[node("Range", ["zero", "billion", "one"], ["y"])], /got 1000000000/],
  "Resize by 4096": [[node("Resize", ["x", "", "scales"], ["y"])], /got 268435456/],
  "a linear Resize by 4096": [
    [node("Resize", ["x", "", "scales"], ["y"], { mode: "linear" })],
    /got 268435456/,
  ],
  "windows of 2²⁶": [
    [
      node("MaxPool", ["x"], ["y"], {
        kernel_shape: [2 ** 26, 1],
        pads: [2 ** 26 - 1, 0, 2 ** 26 - 1, 0],
      }),
    ],
    /MaxPool "y": .* got \d+/,
  ],
  "means over 2¹⁴ by 2¹⁴": [
    [
      node("AveragePool", ["x"], ["y"], {
        kernel_shape: [2 ** 14, 2 ** 14],
        pads: [2 ** 14 - 1, 2 ** 14 - 1, 2 ** 14 - 1, 2 ** 14 - 1],
      }),
    ],
    /got \d+/,
  ],
  "a cosine window of 2²⁹": [[node("HannWindow", ["wide"], ["y"])], /got 536870912/],
  "a transform of 2²⁹": [
    [
      node("Constant", [], ["signal"], { value: int64("", [3], [1, 16, 1]) }),
      node("Reshape", ["x", "signal"], ["r"]),
      node("DFT", ["r", "wide"], ["y"], { axis: 1 }),
    ],
    /got \d+/,
  ],
  "Concat, doubled 31 times": [doubled("Concat"), /Concat "x\d+": limits: elements/],
  "OneHot of 10⁸": [
    [node("OneHot", ["places", "depth", "values"], ["y"])],
    /got 100000000|got 200000000/,
  ],
  "a Tile of 2¹⁴ by 2¹⁴": [
    [node("Reshape", ["values", "row"], ["v"]), node("Tile", ["v", "square"], ["y"])],
    /Tile "y": .* got 536870912/,
  ],
  "zeros, 2¹⁴ by 2¹⁴": [[node("ConstantOfShape", ["square"], ["y"])], /got 268435456/],
  "a Loop of 10⁹ steps": [
    [node("Loop", ["billion", "", "x"], ["y"], { body: square })],
    /Loop "y": limits: work/,
  ],
  "a grid of 2¹⁵ by 2¹⁵": [
    [
      node("RandomUniform", [], ["a"], { shape: [2 ** 15, 1] }),
      node("RandomUniform", [], ["b"], { shape: [1, 2 ** 15] }),
      node("Mul", ["a", "b"], ["y"]),
    ],
    /Mul "y": limits: elements: .* got 1073741824/,
  ],
  "a product of 2¹⁰ cubed, 20 times": [
    [
      node("RandomUniform", [], ["p0"], { shape: [2 ** 10, 2 ** 10] }),
      ...Array.from({ length: 20 }, (_, i) =>
        node("MatMul", ["p0", `p${i}`], [i === 19 ? "y" : `p${i + 1}`]),
      ),
    ],
    /MatMul "p1": limits: work/,
  ],
};

const x = ones([1, 1, 4, 4]);

test.each(Object.entries(asking))(
  "%s is refused in little time and memory",
  (_name, [nodes, named]) => {
    const bytes = model({ nodes, inputs: one, outputs, constants, version: 17 });
    const fn = (own: Tensor) => importOnnx(bytes).fn(own)[0];
    const sum = (own: Tensor) => fn(own).sum();
    for (const run of [
      fn,
      compile(fn),
      grad(sum),
      compile(grad(sum)),
      (own: Tensor) => vectorize(fn)(own.reshape([1, ...own.shape])),
    ]) {
      const before = process.memoryUsage().arrayBuffers;
      const message = refusalBy(() => run(x));
      expect(message).toMatch(/limits: (elements|work): expected at most \d+ /);
      expect(message).toMatch(named);
      expect(message).toContain("importOnnx(bytes, { limits: {");
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 26);
    }
  },
);

function refusalBy(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return "no error";
}

test("limits are options, for one tensor and for all of a call", () => {
  const bytes = model({
    nodes: [node("Range", ["zero", "count", "one"], ["y"])],
    inputs: [["count", [], INT64]],
    outputs: [["y", ["?"]]],
    constants,
  });
  const count = (n: number) => tensor(n, { dtype: "int32" });
  const { fn } = importOnnx(bytes, { limits: { elements: 100 } });
  expect(fn(count(100))[0].shape).toEqual([100]);
  expect(() => fn(count(101))).toThrow(
    'Range "y": limits: elements: expected at most 100 elements in a tensor, got 101. ' +
      "importOnnx(bytes, { limits: { elements: 101 } }) allows them.",
  );
  const busy = importOnnx(bytes, { limits: { work: 10_000 } });
  expect(busy.fn(count(10))[0].shape).toEqual([10]);
  expect(() => busy.fn(count(5000))).toThrow(/^Range "y": limits: work: expected at most 10000 op/);
  // The work is counted anew for each call.
  for (let i = 0; i < 20; i++) busy.fn(count(10));
  const free = importOnnx(bytes, { limits: { elements: Infinity, work: Infinity } });
  expect(free.fn(count(2 ** 22))[0].size).toBe(2 ** 22);
  expect(() => importOnnx(bytes, { limits: { elements: 0 } })).toThrow(
    "importOnnx: limits: elements: expected a number from 1, got 0.",
  );
  expect(() => importOnnx(bytes, { limits: { memory: 1 } as never })).toThrow(/no others than/);
});

test("of a batch each example counts", () => {
  const bytes = model({
    nodes: [node("Add", ["x", "x"], ["y"])],
    inputs: [["x", [1, 16]]],
    outputs: [["y", [1, 16]]],
  });
  const batch = vectorize((x: Tensor) => importOnnx(bytes).fn(x)[0]);
  expect(batch(ones([2 ** 18, 1, 16])).size).toBe(2 ** 22);
});

test("functions that call functions are counted when a model is read", () => {
  const name = (i: number) => `F${i}`;
  const functions = Array.from({ length: 40 }, (_, i) =>
    localFunction(
      name(i),
      ["x"],
      ["y"],
      i === 39
        ? [node("Neg", ["x"], ["y"])]
        : [node(name(i + 1), ["x"], ["h"], {}, "own"), node(name(i + 1), ["h"], ["y"], {}, "own")],
    ),
  );
  const nodes = [node(name(0), ["x"], ["y"], {}, "own")];
  const bytes = model({ nodes, inputs: one, outputs, functions });
  // Each function calls the next one twice, so without counting the calls this would take years.
  expect(() => importOnnx(bytes)).toThrow(/^[\w.]+ "\w": limits: work: expected at most/);
});
