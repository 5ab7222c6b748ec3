/**
 * Quantised models, which the quantisers of onnxruntime have made (`golden/quantised.py`). Bytes stay bytes in the
 * program, results are those of onnxruntime, and gradients pass through the rounding unchanged.
 */

import { gunzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { compile, grad, type Tensor, tensor, uniform } from "@graddiff/core";
import { expect, test } from "vitest";
import { WHOLE } from "../../../core/test/support/sampling.ts";
import { TensorProtoSchema } from "../../src/generated/onnx_pb.js";
import { importOnnx } from "../../src/index.ts";
import golden from "./golden/quantised.json" with { type: "json" };
import { floats as floatsOf, model, node, Type } from "./support/build.ts";

const unpacked = (text: string) => new Uint8Array(gunzipSync(Buffer.from(text, "base64")));
const floats = (text: string) => new Float32Array(unpacked(text).buffer);

const cases = Object.entries(golden).map(([name, { model, shape, x, y, bytes }]) => ({
  name,
  bytes,
  model: importOnnx(unpacked(model)),
  x: tensor(floats(x), { shape }),
  y: floats(y),
}));

const differenceOf = (found: Tensor, expected: Float32Array) =>
  Math.max(...expected.map((value, i) => Math.abs(value - Number(found.data()[i]))));

test.each(cases)(
  "the results of $name are onnxruntime's, eager and compiled",
  ({ model, x, y }) => {
    const compiled = compile((own: Tensor) => model.fn(own)[0]);
    expect(differenceOf(model.fn(x)[0], y)).toBeLessThan(1e-5);
    expect(differenceOf(compiled(x), y)).toBeLessThan(1e-5);
  },
);

/** Returns random bytes from a seed, as a stored tensor and as numbers. */
function bytesOf(name: string, type: "int8" | "uint8", dims: readonly number[], seed: number) {
  const size = dims.reduce((product, length) => product * length, 1);
  const numbers = Array.from(uniform([size], { seed }).data(), (x) => Math.floor(x * 256));
  const values = type === "int8" ? numbers.map((x) => x - 128) : numbers;
  const stored = create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: type === "int8" ? Type.INT8 : Type.UINT8,
    rawData: Uint8Array.from(values, (x) => x & 0xff),
  });
  return { stored, values: tensor(values, { shape: dims, dtype: "float32" }) };
}

/** Returns the bytes of a tensor, which are compared a thousand times faster than its numbers. */
function bytesIn(x: Tensor): Buffer {
  const { buffer, byteOffset, byteLength } = x.data();
  return Buffer.from(buffer, byteOffset, byteLength);
}

const MATRICES = (["int8", "uint8"] as const).flatMap((type) =>
  [
    [64, 80],
    [130, 37],
    [77, 300],
    [6, 900],
    [1500, 7],
    [300, 1100],
  ].map((dims) => ({ type, dims })),
);

test.each(MATRICES)(
  "products by a matrix $dims of $type are those of its floats",
  ({ type, dims }) => {
    const [rows = 0, columns = 0] = dims;
    const { stored, values } = bytesOf("w", type, dims, rows);
    for (const axis of [undefined, 0, 1]) {
      const count = axis === undefined ? 1 : (dims[axis] ?? 0);
      const scales = uniform([count], { seed: 2, low: 0.001, high: 0.1 });
      const zeros = Array.from({ length: count }, (_, i) => (i * 37) % 100);
      const zero = create(TensorProtoSchema, {
        name: "zero",
        dims: axis === undefined ? [] : [BigInt(count)],
        dataType: type === "int8" ? Type.INT8 : Type.UINT8,
        rawData: Uint8Array.from(zeros),
      });
      const along = axis === undefined ? [] : axis === 0 ? [rows, 1] : [1, columns];
      const expected = values
        .sub(
          tensor(zeros, {
            shape: along.length === 0 ? [] : along.map((n) => (n === 1 ? 1 : count)),
          }),
        )
        .mul(along.length === 0 ? scales.reshape([]) : scales.reshape(along));
      const settings = axis === undefined ? {} : { axis };
      const dequantised = node("DequantizeLinear", ["w", "scale", "zero"], ["v"], settings);
      const constants = [
        stored,
        zero,
        floatsOf("scale", axis === undefined ? [] : [count], [...scales.data()]),
      ];
      const { fn } = importOnnx(
        model({
          nodes: [
            dequantised,
            node("MatMul", ["x", "v"], ["y"]),
            node("Gemm", ["t", "v"], ["z"], { transB: 1 }),
            node("Identity", ["v"], ["all"]),
          ],
          inputs: [
            ["x", ["a", "b", rows]],
            ["t", ["c", columns]],
          ],
          outputs: [
            ["y", ["a", "b", columns]],
            ["z", ["c", rows]],
            ["all", dims],
          ],
          constants,
        }),
      );
      const x = uniform([2, 3, rows], { seed: 3, low: -1 });
      const t = uniform([5, columns], { seed: 4, low: -1 });
      const wanted = [x.matmul(expected), t.matmul(expected.transpose()), expected];
      for (const run of [fn, compile((a: Tensor, b: Tensor) => fn(a, b))]) {
        run(x, t).forEach((found: Tensor, i: number) => {
          expect(found.shape).toEqual(wanted[i]?.shape);
          expect(bytesIn(found).equals(bytesIn(wanted[i] as Tensor))).toBe(true);
        });
      }
    }
  },
);

test("products of integers are exact, however long", () => {
  for (const dims of [
    [1200, 40],
    [3000, 5],
    [200, 60],
  ]) {
    const { stored, values } = bytesOf("w", "uint8", dims, 7);
    const { fn } = importOnnx(
      model({
        nodes: [node("MatMulInteger", ["a", "w"], ["y"])],
        inputs: [["a", [4, dims[0] ?? 0], Type.UINT8]],
        outputs: [["y", [4, dims[1] ?? 0], Type.INT32]],
        constants: [stored],
      }),
    );
    const a = tensor(new Array(4 * (dims[0] ?? 0)).fill(255), {
      shape: [4, dims[0] ?? 0],
      dtype: "int32",
    });
    const wanted = a.cast("float64").matmul(values.cast("float64"));
    expect([...(fn(a)[0] as Tensor).data()]).toEqual([...wanted.data()]);
  }
});

test("gradients pass straight through the rounding, and are 0 beyond the range", () => {
  const { fn } = importOnnx(
    model({
      nodes: [
        node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        node("DequantizeLinear", ["q", "scale", "zero"], ["y"]),
      ],
      inputs: [["x", [8]]],
      outputs: [["y", [8]]],
      constants: [
        floatsOf("scale", [], [0.1]),
        create(TensorProtoSchema, {
          name: "zero",
          dims: [],
          dataType: Type.INT8,
          rawData: Uint8Array.of(10),
        }),
      ],
    }),
  );
  // The expected values are those of PyTorch's torch.fake_quantize_per_tensor_affine(x, 0.1, 10, -128, 127).
  const x = tensor([0.04, 0.06, -3.3, 11.6, 11.8, -13.7, -13.9, 50]);
  const y = fn(x)[0] as Tensor;
  const expected = [0, 0.1, -3.3, 11.6, 11.7, -13.7, -13.8, 11.7];
  for (const [i, value] of expected.entries()) expect(y.data()[i]).toBeCloseTo(value, 5);
  const gradient = grad((own: Tensor) => (fn(own)[0] as Tensor).sum())(x);
  expect([...gradient.data()]).toEqual([1, 1, 1, 1, 0, 1, 0, 0]);
});

test.each([
  [Type.UINT8, 0, 0, 255],
  [Type.UINT8, 10, 0, 255],
  [Type.INT8, 0, -128, 127],
  [Type.INT8, 10, -128, 127],
] as const)(
  "NaN and infinities are the integers of onnxruntime: type %i, zero %i",
  (type, zero, low, high) => {
    const { fn } = importOnnx(
      model({
        nodes: [
          node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
          node("DequantizeLinear", ["q", "scale", "zero"], ["y"]),
        ],
        inputs: [["x", [3]]],
        outputs: [
          ["q", [3], type],
          ["y", [3]],
        ],
        constants: [
          floatsOf("scale", [], [0.5]),
          create(TensorProtoSchema, { name: "zero", dataType: type, rawData: Uint8Array.of(zero) }),
        ],
      }),
    );
    // The expected values are those of onnxruntime 1.21 on its CPU.
    const x = tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    for (const run of [fn, compile((own: Tensor) => fn(own))]) {
      const [q, y] = run(x);
      expect([...(q as Tensor).data()]).toEqual([low, high, low]);
      expect([...(y as Tensor).data()]).toEqual(
        [low, high, low].map((each) => (each - zero) * 0.5),
      );
    }
  },
);

test.each(cases)("$name is trained around: its input has a gradient", ({ model: { fn }, x }) => {
  const gradient = grad((own: Tensor) => (fn(own)[0] as Tensor).square().sum())(x);
  expect(gradient.data().every(Number.isFinite)).toBe(true);
  expect(gradient.data().some((value) => value !== 0)).toBe(true);
});

test.runIf(WHOLE)("a model of 8 million bytes never has more than parts of them as floats", () => {
  const [inner, outer] = [2048, 2048];
  const first = bytesOf("first", "int8", [inner, outer], 1).stored;
  const second = bytesOf("second", "uint8", [inner, outer], 2).stored;
  const bytes = model({
    nodes: [
      node("DequantizeLinear", ["first", "scale"], ["a"]),
      node("MatMul", ["x", "a"], ["h"]),
      node("Relu", ["h"], ["r"]),
      node("DequantizeLinear", ["second", "scale"], ["b"]),
      node("Gemm", ["r", "b"], ["y"], { transB: 1 }),
    ],
    inputs: [["x", [4, inner]]],
    outputs: [["y", [4, inner]]],
    constants: [first, second, floatsOf("scale", [], [0.01])],
  });
  const { fn } = importOnnx(bytes);
  const x = uniform([4, inner], { seed: 5 });
  const program = compile((own: Tensor) => fn(own)[0] as Tensor).program(x);
  const { scratchBytes, workBytes, persistentBytes, variableBytes } = program.memory();
  const whole = scratchBytes + workBytes + persistentBytes + variableBytes;
  expect(whole).toBeGreaterThan(bytes.length * 0.1);
  expect(whole).toBeLessThan(1.1 * bytes.length);
});
