/**
 * Native operators: what ONNX has one operator for is that one, gives what is computed here within rounding, and comes back
 * with the same values and gradients. Where the meaning differs, ops are written one by one.
 */

import { fromBinary } from "@bufbuild/protobuf";
import {
  adaptiveAveragePool2d,
  averagePool1d,
  averagePool2d,
  convTranspose2d,
  type DType,
  elu,
  erf,
  gelu,
  grad,
  interpolate,
  leakyRelu,
  logSoftmax,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  type Tensor,
  transpose,
  uniform,
  zeros,
} from "@graddiff/core";
import {
  BatchNorm,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  Dense,
  GRU,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  LSTM,
  MaxPool2d,
  RNN,
  type Sequential,
} from "@graddiff/core/nn";
import { describe, expect, test } from "vitest";
import { ModelProtoSchema } from "../src/generated/onnx_pb.js";
import { type ExportOptions, exportOnnx, importOnnx, type OnnxModel } from "../src/index.ts";
import { differenceOf, expectSame, run } from "./support/runtime.ts";

/** How far results of native operators may be from ours: some ten roundings of float32. */
const BOUND = 2e-6;

type Fn = (x: Tensor) => Tensor | Tensor[];

/** A function, what it is tried on, and the operators of its model. */
interface Case {
  readonly fn: Fn;
  readonly shape: readonly number[];
  readonly operators: readonly string[];
  readonly dtype?: DType;
  readonly opset?: number;
  /** Whether the batch may be open. Default true. */
  readonly open?: boolean;
  /** Whether the runtime refuses an empty batch. Default false. */
  readonly refusesNone?: boolean;
}

const random = (shape: readonly number[], seed = 1, dtype: DType = "float32") =>
  uniform(shape, { seed, low: -2, high: 2, dtype });

const operatorsOf = ({ bytes }: OnnxModel) =>
  importOnnx(bytes).nodes.map(({ operator }) => operator);
const versionOf = ({ bytes }: OnnxModel) =>
  Number(fromBinary(ModelProtoSchema, bytes).opsetImport[0]?.version);
const listed = (operators: readonly string[]) => [...operators].sort();

/** A layer in evaluation with statistics that are not those of the beginning. */
function seen(layer: Sequential | BatchNorm, shape: readonly number[]): Fn {
  for (const variable of [...layer.variables]) variable.assign(random(variable.shape, 9).abs());
  layer.forward(random(shape, 4) as never);
  layer.train(false);
  return (x) => layer.forward(x as never) as unknown as Tensor;
}

const windows = { stride: [2, 1], padding: [1, 0] };
const planes = [2, 3, 7, 8];
const lstm = new LSTM(3, 4, { seed: 1 });
const both = new LSTM(3, 4, { seed: 2, bidirectional: true, output: "all" });
const gru = new GRU(3, 4, { seed: 3 });
const deep = new GRU(3, 4, { seed: 4, layers: 2, output: "last" });
const rnn = new RNN(3, 4, { seed: 5, output: "all" });
const weights = random([3, 2, 4, 3], 7);

const CASES: Readonly<Record<string, Case>> = {
  softmax: { fn: (x) => softmax(x), shape: [3, 5], operators: ["Softmax"] },
  "softmax along the first axis": {
    fn: (x) => softmax(x, 0),
    shape: [3, 5],
    operators: ["Softmax"],
    open: false,
  },
  logSoftmax: { fn: (x) => logSoftmax(x, 1), shape: [3, 5, 2], operators: ["LogSoftmax"] },
  "softmax of float64": {
    fn: (x) => softmax(x),
    shape: [3, 5],
    operators: ["Softmax"],
    dtype: "float64",
  },
  sigmoid: { fn: (x) => sigmoid(x), shape: [3, 5], operators: ["Sigmoid"] },
  silu: { fn: (x) => silu(x), shape: [3, 5], operators: ["Sigmoid", "Mul"] },
  softplus: { fn: (x) => softplus(x), shape: [3, 5], operators: ["Softplus"] },
  softsign: { fn: (x) => softsign(x), shape: [3, 5], operators: ["Softsign"] },
  leakyRelu: { fn: (x) => leakyRelu(x, { slope: 0.3 }), shape: [3, 5], operators: ["LeakyRelu"] },
  elu: { fn: (x) => elu(x, { alpha: 1.5 }), shape: [3, 5], operators: ["Elu"] },
  gelu: { fn: (x) => gelu(x), shape: [3, 5], operators: ["Gelu"], opset: 20 },
  "gelu by tanh": {
    fn: (x) => gelu(x, { approximation: "tanh" }),
    shape: [3, 5],
    operators: ["Gelu"],
    opset: 20,
  },
  "gelu as files spell it": {
    fn: (x) => x.mul(0.5).mul(erf(x.div(Math.SQRT2)).add(1)),
    shape: [3, 5],
    operators: ["Gelu"],
    opset: 20,
  },

  maxPool1d: {
    fn: (x) => maxPool1d(x, 3, { padding: 1 }),
    shape: [2, 3, 8],
    operators: ["MaxPool"],
  },
  maxPool2d: { fn: (x) => maxPool2d(x, 2), shape: planes, operators: ["MaxPool"] },
  "maxPool2d, padded": {
    fn: (x) => maxPool2d(x, [3, 2], windows),
    shape: planes,
    operators: ["MaxPool"],
  },
  "maxPool2d, dilated": {
    fn: (x) => maxPool2d(x, 2, { dilation: 2, stride: 1 }),
    shape: planes,
    operators: ["MaxPool"],
  },
  "maxPool2d, with a last window": {
    fn: (x) => maxPool2d(x, 3, { stride: 2, ceilMode: true }),
    shape: planes,
    operators: ["MaxPool"],
  },
  "maxPool2d of float64": {
    fn: (x) => maxPool2d(x, 2),
    shape: planes,
    operators: ["MaxPool"],
    dtype: "float64",
  },
  "maxPool2d without a batch": {
    fn: (x) => maxPool2d(x, 2),
    shape: [4, 6],
    operators: ["Reshape", "MaxPool", "Reshape"],
    open: false,
  },
  "a layer of pooling": {
    fn: (x) => new MaxPool2d(2).forward(x),
    shape: planes,
    operators: ["MaxPool"],
  },
  maxPool3d: { fn: (x) => maxPool3d(x, 2), shape: [2, 1, 4, 4, 5], operators: ["MaxPool"] },

  averagePool1d: { fn: (x) => averagePool1d(x, 2), shape: [2, 3, 8], operators: ["AveragePool"] },
  averagePool2d: { fn: (x) => averagePool2d(x, 2), shape: planes, operators: ["AveragePool"] },
  "averagePool2d, padded": {
    fn: (x) => averagePool2d(x, 3, { stride: 2, padding: 1 }),
    shape: planes,
    operators: ["AveragePool"],
  },
  "averagePool2d, padding not counted": {
    fn: (x) => averagePool2d(x, [3, 2], { ...windows, countPadding: false }),
    shape: planes,
    operators: ["AveragePool"],
  },
  "averagePool2d, with a last window": {
    fn: (x) => averagePool2d(x, 3, { stride: 2, ceilMode: true, countPadding: false }),
    shape: planes,
    operators: ["AveragePool"],
  },
  "means of planes": {
    fn: (x) => adaptiveAveragePool2d(x, 1),
    shape: planes,
    operators: ["GlobalAveragePool"],
  },
  adaptiveAveragePool2d: {
    fn: (x) => adaptiveAveragePool2d(x, [1, 4]),
    shape: planes,
    operators: ["AveragePool"],
  },

  "a batch norm": {
    fn: seen(new BatchNorm(3), planes),
    shape: planes,
    operators: ["BatchNormalization"],
  },
  "a batch norm without weights": {
    fn: seen(new BatchNorm(3, { affine: false }), planes),
    shape: planes,
    operators: ["BatchNormalization"],
  },
  "a batch norm of rows": {
    fn: seen(new BatchNorm(5), [4, 5]),
    shape: [4, 5],
    operators: ["BatchNormalization"],
  },
  "a layer norm": {
    fn: (x) => new LayerNorm(5).forward(x),
    shape: [3, 2, 5],
    operators: ["LayerNormalization"],
  },
  "a layer norm of two axes": {
    fn: (x) => new LayerNorm([2, 5]).forward(x),
    shape: [3, 2, 5],
    operators: ["LayerNormalization"],
  },
  "an instance norm": {
    fn: (x) => new InstanceNorm(3).forward(x),
    shape: planes,
    operators: ["Reshape", "InstanceNormalization", "Reshape"],
  },
  "a group norm": {
    fn: (x) => new GroupNorm(2, 4).forward(x),
    shape: [2, 4, 5],
    operators: ["Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"],
  },

  "a dense layer": {
    fn: (
      (layer) => (x) =>
        layer.forward(x)
    )(new Dense(5, 2, { seed: 1 })),
    shape: [3, 5],
    operators: ["Gemm"],
  },
  "a dense layer of float64": {
    fn: (
      (layer) => (x) =>
        layer.forward(x)
    )(new Dense(5, 2, { seed: 1, dtype: "float64" })),
    shape: [3, 5],
    operators: ["Gemm"],
    dtype: "float64",
  },
  "a dense layer of sequences": {
    fn: (
      (layer) => (x) =>
        layer.forward(x)
    )(new Dense(5, 2, { seed: 1 })),
    shape: [3, 4, 5],
    operators: ["MatMul", "Add"],
  },
  "a product with turned rows": {
    fn: (x) => x.matmul(transpose(x)).add(1),
    shape: [3, 5],
    operators: ["Gemm"],
    open: false,
  },
  "a convolution": {
    fn: (
      (layer) => (x) =>
        layer.forward(x)
    )(new Conv2d(3, 4, 3, { seed: 1, stride: 2, padding: 1 })),
    shape: planes,
    operators: ["Conv"],
  },
  "a convolution of sequences": {
    fn: (
      (layer) => (x) =>
        layer.forward(x)
    )(new Conv1d(3, 4, 3, { seed: 1 })),
    shape: [2, 3, 8],
    operators: ["Conv"],
  },
  "a transposed convolution": {
    fn: (
      (layer) => (x) =>
        layer.forward(x)
    )(new ConvTranspose2d(3, 4, 2, { seed: 1, stride: 2 })),
    shape: planes,
    operators: ["ConvTranspose"],
  },
  "a transposed convolution of overlapping windows": {
    fn: (x) => convTranspose2d(x, weights, { stride: 2, padding: 1, outputPadding: 1 }),
    shape: planes,
    operators: ["ConvTranspose"],
  },
  "a transposed convolution of groups, dilated": {
    fn: (x) => convTranspose2d(x, weights, { groups: 3, dilation: [2, 1] }),
    shape: planes,
    operators: ["ConvTranspose"],
  },

  "images twice as large": {
    fn: (x) => interpolate(x, { scale: 2 }),
    shape: planes,
    operators: ["Resize"],
  },
  "images of another size": {
    fn: (x) => interpolate(x, { size: [5, 13] }),
    shape: planes,
    operators: ["Resize"],
  },
  "images by the nearest middle": {
    fn: (x) => interpolate(x, { size: [10, 4], mode: "nearest-exact" }),
    shape: planes,
    operators: ["Resize"],
  },
  "images by lines": {
    fn: (x) => interpolate(x, { scale: 2, mode: "linear" }),
    shape: planes,
    operators: ["Resize"],
  },
  "images by lines, smaller": {
    fn: (x) => interpolate(x, { size: [3, 5], mode: "linear" }),
    shape: planes,
    operators: ["Resize"],
  },
  "images by lines, corners aligned": {
    fn: (x) => interpolate(x, { size: [9, 20], mode: "linear", alignCorners: true }),
    shape: planes,
    operators: ["Resize"],
  },

  "an LSTM": {
    fn: (x) => {
      const { output, state } = lstm.forward(x);
      return [output, state.hidden, state.cell];
    },
    shape: [2, 5, 3],
    refusesNone: true,
    operators: ["Transpose", "LSTM", "Reshape", "Transpose", "Reshape", "Reshape"],
  },
  "an LSTM both ways": {
    fn: (x) => both.forward(x),
    shape: [2, 5, 3],
    refusesNone: true,
    operators: [
      ...["Transpose", "LSTM", "Reshape", "Transpose"],
      ...["Transpose", "LSTM", "Reshape", "Transpose", "Concat"],
    ],
  },
  "a GRU": {
    fn: (x) => Object.values(gru.forward(x)),
    shape: [2, 5, 3],
    refusesNone: true,
    operators: ["Transpose", "GRU", "Reshape", "Transpose", "Reshape"],
  },
  "a deep GRU": {
    fn: (x) => deep.forward(x),
    shape: [2, 5, 3],
    refusesNone: true,
    operators: ["Transpose", "GRU", "Reshape", "GRU", "Reshape"],
  },
  "a layer of one gate": {
    fn: (x) => rnn.forward(x),
    shape: [2, 5, 3],
    refusesNone: true,
    operators: ["Transpose", "RNN", "Reshape", "Transpose"],
  },
};

const listOf = (result: Tensor | Tensor[]) => (Array.isArray(result) ? result : [result]);

describe.each(Object.entries(CASES))("%s", (_name, { fn, shape, dtype = "float32", ...own }) => {
  const x = random(shape, 1, dtype);
  const exported = (options: ExportOptions = {}) =>
    exportOnnx(fn, [x], { inputs: ["x"], ...options });

  test("is native, within rounding", async () => {
    const model = exported();
    expect(listed(operatorsOf(model))).toEqual(listed(own.operators));
    expect(versionOf(model)).toBe(own.opset ?? 17);
    await expectSame(model, fn, [x], BOUND);
  });

  test("is ops one by one where it is to be exact", async () => {
    const model = exported({ exact: true });
    await expectSame(model, fn, [x], BOUND);
    const shared = operatorsOf(model).filter((operator) => own.operators.includes(operator));
    const common = ["Conv", "Transpose", "Reshape", "Concat", "Mul", "Add", "MatMul", "Sigmoid"];
    expect(shared.filter((operator) => !common.includes(operator))).toEqual([]);
  });

  test.runIf(own.open !== false)("takes any batch", async () => {
    const model = exported({ dynamic: { x: 0 } });
    for (const operator of own.operators) expect(operatorsOf(model)).toContain(operator);
    expect(operatorsOf(model)).not.toContain("If");
    for (const batch of own.refusesNone === true ? [1, 5] : [1, 5, 0]) {
      await expectSame(model, fn, [random([batch, ...shape.slice(1)], 3, dtype)], BOUND);
    }
    if (own.refusesNone === true) {
      await expect(run(model, [zeros([0, ...shape.slice(1)])])).rejects.toThrow(/indices element/);
    }
  });

  test("comes back with its values and gradients", () => {
    const again = importOnnx(exported().bytes, { dtype: dtype as "float32" });
    const total = (results: readonly Tensor[]) =>
      results
        .map((result, k) => result.mul(random(result.shape, 20 + k, dtype)).sum())
        .reduce((sum, each) => sum.add(each));
    const ours = grad((own: Tensor) => total(listOf(fn(own))))(x);
    const theirs = grad((own: Tensor) => total(again.fn(own)))(x);
    listOf(fn(x)).forEach((result, i) => {
      expect(differenceOf(again.fn(x)[i] as Tensor, result)).toBeLessThan(BOUND);
    });
    expect(differenceOf(theirs, ours)).toBeLessThan(2e-5);
  });
});
