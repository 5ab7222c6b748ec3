/** A model as a function: its arguments and results, and its errors. */

import { compile, grad, ones, state, type Tensor, tensor, vectorize } from "@graddiff/core";
import { expect, test } from "vitest";
import { importOnnx } from "../../src/index.ts";
import { affine } from "./support/affine.ts";
import { int64, model, node, raw, Type } from "./support/build.ts";

const values = (x: Tensor) => [...x.data()];

test("a model is a function of tensors and its weights by name", () => {
  const { fn, weights, inputs, outputs } = importOnnx(affine());
  expect(values(fn(tensor([[1, 2]]))[0])).toEqual([0, 22]);
  expect(Object.keys(weights)).toEqual(["w", "b"]);
  expect(inputs).toEqual([{ name: "x", type: "float32", dtype: "float32", shape: ["batch", 2] }]);
  expect(outputs.map(({ name }) => name)).toEqual(["y"]);
  expect(Object.keys(state(weights))).toEqual(["w", "b"]);
});

test("bytes are a Uint8Array or an ArrayBuffer, and what has none at hand is shown the way", () => {
  const { buffer } = Uint8Array.from(affine());
  expect(values(importOnnx(buffer).fn(tensor([[1, 2]]))[0])).toEqual([0, 22]);
  const hint = / await loadOnnx\(source\) takes a URL, a Response or a Blob\.$/;
  for (const other of ["model.onnx", new Blob([]), new Response(""), Promise.resolve(buffer)]) {
    expect(() => importOnnx(other as never)).toThrow(hint);
  }
  expect(() => importOnnx(undefined as never)).toThrow(
    "importOnnx: bytes: expected the bytes of a file, a Uint8Array or an ArrayBuffer, got undefined.",
  );
});

test("a Buffer of Node's is read, wherever its bytes begin", () => {
  const bytes = model({
    nodes: [node("Add", ["x", "w"], ["y"])],
    inputs: [["x", [2]]],
    outputs: [["y", [2]]],
    constants: [raw("w", [2], Float32Array.of(1, 2))],
  });
  for (let offset = 0; offset < 4; offset++) {
    const file = Buffer.concat([new Uint8Array(offset), bytes]).subarray(offset);
    expect(values(importOnnx(file).fn(tensor([1, 1]))[0])).toEqual([2, 3]);
  }
});

test("results inside of a model are asked for by name, and what they do not need does not run", () => {
  const inner = importOnnx(affine(), { outputs: ["hidden"] });
  expect(values(inner.fn(tensor([[1, 2]]))[0])).toEqual([-3, 11]);
  expect(inner.nodes.map(({ operator }) => operator)).toEqual(["Gemm"]);
  expect(() => importOnnx(affine(), { outputs: ["other"] })).toThrow(
    'importOnnx: the outputs of "graph": expected names of its inputs, initializers and results of nodes, got "other".',
  );
});

test("a model tells what it consists of", () => {
  expect(String(importOnnx(affine()))).toBe(
    [
      "input   x: float32[batch, 2]",
      "output  y: float32[batch, 2]",
      "nodes   1 Gemm, 1 Relu, 1 Mul",
      "weights 2 with 6 numbers, 6 trained",
    ].join("\n"),
  );
});

test("a summary tells what each node gives", () => {
  const summary = importOnnx(affine()).summary(ones([3, 2]));
  expect(summary.parameters).toBe(6);
  expect(String(summary)).toBe(
    [
      "node      operator  shape   parameters",
      "hidden    Gemm      [3, 2]  6",
      "positive  Relu      [3, 2]",
      "y         Mul       [3, 2]",
      "not trained: two (one number, read by Mul)",
    ].join("\n"),
  );
});

test("a summary has the shapes of a node beside its outputs, of which some are left out", () => {
  const bytes = model({
    nodes: [node("TopK", ["x", "k"], ["", "places"])],
    inputs: [["x", [5]]],
    outputs: [["places", [2], Type.INT64]],
    constants: [int64("k", [1], [2])],
  });
  const [row] = importOnnx(bytes).summary(ones([5])).rows;
  expect(row?.outputs).toEqual(["", "places"]);
  expect(row?.shapes[1]).toEqual([2]);
});

test("it is differentiated, batched and compiled", () => {
  const { fn } = importOnnx(affine());
  const f = (x: Tensor) => fn(x)[0].sum();
  const x = tensor([
    [1, 2],
    [5, 5],
  ]);
  expect(values(grad(f)(x))).toEqual([4, 8, 6, 14]);
  expect(values(compile(f)(x))).toEqual(values(f(x)));
  const rows = vectorize((row: Tensor) => fn(row.reshape([1, 2]))[0].reshape([2]))(x);
  expect(values(rows)).toEqual(values(fn(x)[0]));
});

test("what a call passes must be what the model declares", () => {
  const { fn } = importOnnx(affine());
  expect(() => fn()).toThrow("fn: expected 1 tensor: x, got 0.");
  expect(() => fn(ones([2, 2], { dtype: "int32" }))).toThrow(/fn: x: expected float32, got int32/);
  expect(() => fn(ones([2, 3]))).toThrow(/fn: x: expected \[batch, 2\], got \[2, 3\]/);
  expect(() => fn([1, 2] as never)).toThrow(/fn: x: expected a Tensor of float32/);
});

test("lengths of one name are equal", () => {
  const bytes = model({
    nodes: [node("Concat", ["a", "b"], ["y"], { axis: 0 })],
    inputs: [
      ["a", ["n"]],
      ["b", ["n"]],
    ],
    outputs: [["y", ["m"]]],
  });
  const { fn } = importOnnx(bytes);
  expect(fn(ones([2]), ones([2]))[0].shape).toEqual([4]);
  expect(() => fn(ones([2]), ones([3]))).toThrow(/fn: b: expected \[n\], got \[3\]/);
});

test("errors name the node and its operator", () => {
  const bytes = model({
    nodes: [node("MatMul", ["x", "x"], ["square"])],
    inputs: [["x", ["rows", "columns"]]],
    outputs: [["square", ["rows", "columns"]]],
  });
  expect(() => importOnnx(bytes).fn(ones([2, 3]))).toThrow(/^MatMul "square": matmul: /);
});

test("all operators that are not read are named at once", () => {
  const bytes = model({
    nodes: [
      node("StringConcat", ["x", "x"], ["a"]),
      node("SequenceEmpty", [], ["b"]),
      node("Fancy", ["x"], ["c"], {}, "com.example"),
    ],
    inputs: [["x", [1]]],
    outputs: [
      ["a", [1]],
      ["b", [1]],
      ["c", [1]],
    ],
  });
  expect(() => importOnnx(bytes)).toThrow(
    "importOnnx: bytes: expected operators that are read, got StringConcat (texts are no tensors of core), " +
      "SequenceEmpty (sequences of tensors are not read), " +
      "com.example.Fancy (it is not known among those of com.example).",
  );
});

test("types that are not read are named with their tensor", () => {
  const bytes = model({
    nodes: [node("Identity", ["x"], ["y"])],
    inputs: [["x", [1], Type.STRING]],
    outputs: [["y", [1], Type.STRING]],
  });
  expect(() => importOnnx(bytes)).toThrow(
    "importOnnx: x: expected a tensor of floats, integers or bools, got texts.",
  );
});
