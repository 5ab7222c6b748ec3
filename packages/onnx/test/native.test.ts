/**
 * Native operators: an op that is equivalent to one operator of ONNX becomes that operator. Its results agree within
 * rounding, and importing the model gives the same values and gradients. Where the operator means something else,
 * several simple operators are written.
 */

import { fromBinary } from "@bufbuild/protobuf";
import {
  adaptiveAveragePool2d,
  averagePool1d,
  averagePool2d,
  bitwiseAnd,
  conv2d,
  convTranspose2d,
  type DType,
  elu,
  erf,
  flip,
  gelu,
  grad,
  hardSwish,
  interpolate,
  leakyRelu,
  logSoftmax,
  maxPool1d,
  maxPool2d,
  maxPool2dWithIndices,
  maxPool3d,
  mean,
  named,
  ones,
  relu,
  relu6,
  scan,
  sigmoid,
  silu,
  softmax,
  softplus,
  softsign,
  type Tensor,
  take,
  tensor,
  transpose,
  uniform,
  Variable,
  variance,
  zeros,
} from "@graddiff/core";
import {
  BatchNorm,
  Conv1d,
  Conv2d,
  ConvTranspose2d,
  crossEntropy,
  Dense,
  GRU,
  GroupNorm,
  InstanceNorm,
  LayerNorm,
  LSTM,
  MaxPool2d,
  RNN,
  Sequential,
  TransformerBlock,
} from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { ModelProtoSchema } from "../src/generated/onnx_pb.js";
import { type ExportOptions, exportOnnx, importOnnx, type OnnxModel } from "../src/index.ts";
import { differenceOf, expectSame, run } from "./support/runtime.ts";

sampleTests(6);

/** The largest error of native operators: some ten roundings of float32. */
const BOUND = 2e-6;

type Fn = (x: Tensor) => Tensor | Tensor[];

/** A function, the shape of its input, and the expected operators of its model. */
interface Case {
  readonly fn: Fn;
  readonly shape: readonly number[];
  readonly operators: readonly string[];
  readonly dtype?: DType;
  readonly opset?: number;
  /** True if the batch size can be open. Default true. */
  readonly open?: boolean;
  /** True if onnxruntime refuses an empty batch. Default false. */
  readonly refusesNone?: boolean;
}

const random = (shape: readonly number[], seed = 1, dtype: DType = "float32") =>
  uniform(shape, { seed, low: -2, high: 2, dtype });

const operatorsOf = ({ bytes }: OnnxModel) =>
  importOnnx(bytes).nodes.map(({ operator }) => operator);
const versionOf = ({ bytes }: OnnxModel) =>
  Number(fromBinary(ModelProtoSchema, bytes).opsetImport[0]?.version);
const listed = (operators: readonly string[]) => [...operators].sort();

/** Returns a layer in evaluation mode whose running statistics differ from their initial values. */
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
  relu6: { fn: (x) => relu6(x.mul(4)), shape: [3, 5], operators: ["Mul", "Clip"] },
  "numbers between two": {
    fn: (x) => x.clip(-0.5, 0.75),
    shape: [3, 5],
    operators: ["Clip"],
    dtype: "float64",
  },
  "numbers from one on": { fn: (x) => x.maximum(0.25), shape: [3, 5], operators: ["Clip"] },
  "numbers up to one": { fn: (x) => x.minimum(0.25), shape: [3, 5], operators: ["Clip"] },
  hardSwish: {
    fn: (x) => hardSwish(x.mul(3)),
    shape: [3, 5],
    operators: ["Mul", "HardSigmoid", "Mul"],
  },
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

describe("ops are written one by one", () => {
  const norm = new LayerNorm(5);
  const x = random([3, 5]);

  test("where a value inside is a result, too", async () => {
    const fn = (own: Tensor) => {
      const product = own.matmul(weight);
      return [product.add(1), product];
    };
    const weight = random([5, 2], 3);
    const model = exportOnnx(fn, [x]);
    expect(listed(operatorsOf(model))).toEqual(["Add", "MatMul"]);
    await expectSame(model, fn, [x], BOUND);
  });

  test("where somebody else reads a value inside", async () => {
    const fn = (own: Tensor) => {
      const centre = mean(own, [1], { keepDims: true });
      return [norm.forward(own), centre.mul(2)];
    };
    const model = exportOnnx(fn, [x]);
    expect(operatorsOf(model)).not.toContain("LayerNormalization");
    await expectSame(model, fn, [x], BOUND);
  });

  test("where a value inside has a name", async () => {
    const fn = (own: Tensor) => named("product", own.matmul(random([5, 2], 3))).add(1);
    const model = exportOnnx(fn, [x]);
    expect(operatorsOf(model)).toEqual(["MatMul", "Add"]);
    expect(importOnnx(model.bytes).nodes[0]?.outputs).toEqual(["product"]);
    await expectSame(model, fn, [x], BOUND);
  });

  test.each<[string, Fn, readonly number[], string]>([
    [
      "a variance by n − 1",
      (own) =>
        own
          .sub(mean(own, [1], { keepDims: true }))
          .div(variance(own, [1], { keepDims: true, correction: 1 }).add(1e-5).sqrt()),
      [3, 5],
      "LayerNormalization",
    ],
    ["means of other sums", (own) => averagePool2d(own, 2, { divisor: 3 }), planes, "AveragePool"],
    ["images by curves", (own) => interpolate(own, { scale: 2, mode: "cubic" }), planes, "Resize"],
    [
      "windows of padding and more",
      (own) =>
        maxPool2d(own, 2, {
          padding: [
            [0, 3],
            [0, 0],
          ],
          stride: 2,
          ceilMode: false,
          dilation: 3,
        }),
      planes,
      "MaxPool",
    ],
    [
      "one axis of an image",
      (own) => own.take(tensor([0, 0, 1, 1], { dtype: "int32" }), 3),
      planes,
      "Resize",
    ],
    [
      "convolutions with ones of all channels",
      (own) => conv2d(own, ones([1, 3, 2, 2])).div(4),
      planes,
      "AveragePool",
    ],
  ])("for %s", async (_name, fn, shape, operator) => {
    const own = random(shape);
    const model = exportOnnx(fn, [own]);
    expect(operatorsOf(model)).not.toContain(operator);
    await expectSame(model, fn, [own], BOUND);
  });

  test("for a masked LSTM", async () => {
    const mask = tensor([
      [true, true, false],
      [true, false, false],
    ]);
    const fn = (own: Tensor) => lstm.forward(own, { mask }).output;
    const own = random([2, 3, 3]);
    const model = exportOnnx(fn, [own]);
    expect(operatorsOf(model)).toContain("Scan");
    await expectSame(model, fn, [own], BOUND);
  });

  test("where the indices of greatest elements are asked for", async () => {
    const fn = (own: Tensor) => Object.values(maxPool2dWithIndices(own, 2)) as Tensor[];
    const own = random(planes);
    const model = exportOnnx(fn, [own]);
    expect(operatorsOf(model)).not.toContain("MaxPool");
    await expectSame(model, fn, [own], 0);
  });

  test("as gradients ask for them", async () => {
    const fn = (own: Tensor) => grad((y: Tensor) => maxPool2d(y.square(), 2).sum())(own);
    const own = random(planes);
    await expectSame(
      exportOnnx(fn, [own], { dynamic: { own: 0 }, inputs: ["own"] }),
      fn,
      [own],
      BOUND,
    );
  });
});

describe("windows with what is no number", () => {
  const inf = Number.NEGATIVE_INFINITY;
  const x = tensor([[[1, Number.NaN, inf, inf, 2, 3]]]);
  const fn = (own: Tensor) => maxPool1d(own, 2);

  test("have our results where the model is exact", async () => {
    const [got] = await run(exportOnnx(fn, [x], { exact: true }), [x]);
    expect([...(got as Tensor).data()]).toEqual([Number.NaN, inf, 3]);
  });

  test("may have others where it is not", async () => {
    const [got] = await run(exportOnnx(fn, [x]), [x]);
    expect((got as Tensor).data()[2]).toBe(3);
  });
});

describe("the initial state of an LSTM", () => {
  const begin = { hidden: random([2, 4], 11), cell: random([2, 4], 12) };

  test("is that of the layer, given or not", async () => {
    const fn = (x: Tensor, hidden: Tensor, cell: Tensor) =>
      lstm.forward(x, { state: { hidden, cell } }).output;
    const inputs = [random([2, 5, 3]), begin.hidden, begin.cell];
    const model = exportOnnx(fn, inputs as [Tensor, Tensor, Tensor]);
    expect(operatorsOf(model)).toContain("LSTM");
    await expectSame(model, fn as never, inputs, BOUND);
  });

  test("of a sequence that is open, too", async () => {
    const fn = (x: Tensor) => Object.values(gru.forward(x)) as Tensor[];
    const dynamic = { x: { 0: "batch", 1: "sequence" } };
    const model = exportOnnx(fn, [random([2, 5, 3])], { dynamic, inputs: ["x"] });
    expect(operatorsOf(model)).toContain("GRU");
    for (const shape of [
      [2, 5, 3],
      [1, 1, 3],
      [4, 9, 3],
    ]) {
      await expectSame(model, fn, [random(shape, 2)], BOUND);
    }
    await expect(run(model, [zeros([2, 0, 3])])).rejects.toThrow(/indices element/);
  });
});

describe("versions of the operators", () => {
  const x = random([2, 4, 8, 8]);
  const model = new Sequential(
    new Conv2d(4, 4, 3, { seed: 1, padding: 1 }),
    new BatchNorm(4),
    gelu,
    new MaxPool2d(2),
    (own: Tensor) => averagePool2d(own, 2),
    (own: Tensor) => interpolate(own, { scale: 2, mode: "linear" }),
    new ConvTranspose2d(4, 2, 2, { seed: 2, stride: 2 }),
    (own: Tensor) => own.reshape([own.shape[0] ?? 0, 2, -1]),
    new LayerNorm(64),
    new LSTM(64, 3, { seed: 3, output: "all" }),
    (own: Tensor) => softmax(own.mean([1])),
  ).train(false);
  const fn = (own: Tensor) => model.forward(own);

  test.each([17, 18, 19, 20, 21, 22] as const)("%i has them", async (opset) => {
    const file = exportOnnx(fn, [x], { opset, dynamic: { x: 0 }, inputs: ["x"] });
    expect(versionOf(file)).toBe(opset);
    expect(operatorsOf(file).includes("Gelu")).toBe(opset >= 20);
    for (const operator of [
      "MaxPool",
      "AveragePool",
      "Resize",
      "ConvTranspose",
      "LSTM",
      "Softmax",
    ]) {
      expect(operatorsOf(file)).toContain(operator);
    }
    await expectSame(file, fn, [x], BOUND);
  });

  test("are refused that lack one", () => {
    const bits = (own: Tensor) => bitwiseAnd(own.cast("int32"), 3);
    expect(versionOf(exportOnnx(bits, [x]))).toBe(18);
    expect(() => exportOnnx(bits, [x], { opset: 17 })).toThrow(
      /exportOnnx: opset: expected at least 18, in which ONNX has an operator for bitwiseAnd, got 17/,
    );
  });
});

describe("names tell the layer", () => {
  const block = new TransformerBlock(4, 2, { seed: 1 });
  const x = random([2, 3, 4]);
  const nodes = (model: OnnxModel) => importOnnx(model.bytes).nodes;

  test("of nodes and of their results", () => {
    const model = exportOnnx((own: Tensor) => block.forward(own), [x], { variables: block });
    const names = nodes(model).map(({ name }) => name);
    expect(names).toContain("/attention/query/MatMul");
    expect(names).toContain("/attentionNorm/LayerNormalization");
    expect(names).toContain("/rows/layers/1/Gelu");
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(importOnnx(model.bytes).weights)).toContain("attention.query.weight");
  });

  test("from the outermost layer on, where no model is given", () => {
    const model = exportOnnx((own: Tensor) => block.forward(own), [x]);
    expect(nodes(model).map(({ name }) => name)).toContain("/attention/query/MatMul");
    expect(Object.keys(importOnnx(model.bytes).weights)).toContain("attention.query.weight");
  });

  test("also of layers beside each other", () => {
    const parts = { body: new Dense(4, 4, { seed: 1 }), head: new Dense(4, 2, { seed: 2 }) };
    const fn = (own: Tensor) => parts.head.forward(relu(parts.body.forward(own)));
    const model = exportOnnx(fn, [random([3, 4])], { variables: parts });
    expect(nodes(model).map(({ name }) => name)).toEqual(["/body/Gemm", "/Relu", "/head/Gemm"]);
  });

  test("of imported models, too", () => {
    const first = exportOnnx((own: Tensor) => block.forward(own), [x], { variables: block });
    const { fn } = importOnnx(first.bytes);
    const again = exportOnnx((own: Tensor) => fn(own), [x]);
    const names = nodes(again).map(({ name }) => name);
    expect(names).toContain("/attention/query/MatMul");
    expect(names).toContain("/attentionNorm/LayerNormalization");
    expect(new Set(names).size).toBe(names.length);
  });

  test("each its own where a layer runs twice", async () => {
    const layer = new Dense(4, 4, { seed: 1 });
    const fn = (own: Tensor) => layer.forward(layer.forward(own).tanh()).tanh();
    const model = exportOnnx(fn, [random([3, 4])], { variables: { layer } });
    const names = nodes(model).map(({ name }) => name);
    expect(names).toEqual(["/layer/Gemm", "/Tanh", "/layer/Gemm_1", "/Tanh_1"]);
    await expectSame(model, fn, [random([3, 4])], BOUND);
  });
});

test("weights that are read turned stand in the model as they are read, unless others read them, too", async () => {
  const table = new Variable(random([6, 4], 5));
  const ids = tensor([[0, 5, 2]], { dtype: "int32" });
  const tied = (x: Tensor) => take(table.value, x, 0).matmul(transpose(table.value));
  const model = exportOnnx(tied, [ids], { variables: { table } });
  expect(Object.keys(importOnnx(model.bytes).weights)).toEqual(["table"]);
  await expectSame(model, tied, [ids], BOUND);
  const alone = (x: Tensor) => x.matmul(transpose(table.value));
  const turned = exportOnnx(alone, [random([2, 3, 4])], { variables: { table } });
  expect(operatorsOf(turned)).toEqual(["MatMul"]);
  await expectSame(turned, alone, [random([2, 3, 4])], BOUND);
});

test("what is no number stays none, and infinities are brought between bounds", async () => {
  const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0.5, 9];
  const x = tensor([...numbers, ...numbers, ...numbers]);
  const fn = (own: Tensor) => [
    relu6(own),
    own.clip(0, 1),
    own.maximum(0),
    hardSwish(own).maximum(-1),
    sigmoid(own),
    softplus(own),
    leakyRelu(own),
    elu(own),
    gelu(own).minimum(3),
  ];
  await expectSame(exportOnnx(fn, [x]), fn, [x], BOUND);
});

test("turns that undo each other are left out", () => {
  const fn = (x: Tensor) => {
    const last = transpose(x, [0, 2, 3, 1]);
    return transpose(last.mul(2), [0, 3, 1, 2]).add(transpose(last, [0, 3, 1, 2]));
  };
  const transposes = operatorsOf(exportOnnx(fn, [random(planes)])).filter(
    (each) => each === "Transpose",
  );
  expect(transposes.length).toBe(2);
});

test("loops compute what is read of them alone", async () => {
  const fn = (xs: Tensor) =>
    scan(
      (sum: Tensor, x: Tensor) => [sum.add(x), { exp: x.exp(), sum: sum.mul(x) }],
      zeros([3]),
      xs,
    )[1].sum;
  const xs = random([4, 3]);
  const model = exportOnnx(fn, [xs]);
  expect(importOnnx(model.bytes).toString()).not.toContain("Exp");
  await expectSame(model, fn, [xs], BOUND);
  const turned = (own: Tensor) =>
    flip(
      scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.mul(x)], zeros([3]), flip(own, 0))[1],
      0,
    );
  const back = exportOnnx(turned, [xs]);
  expect(operatorsOf(back)).toEqual(["Scan"]);
  await expectSame(back, turned, [xs], BOUND);
});

test("a step of training has native operators where nobody reads what is inside", async () => {
  const model = new Sequential(new Dense(4, 8, { seed: 1 }), relu, new Dense(8, 3, { seed: 2 }));
  const fn = (x: Tensor, y: Tensor) => {
    const loss = () => crossEntropy(model.forward(x), y);
    return grad(loss, { variables: [...model.variables] })();
  };
  const inputs = [random([5, 4]), tensor([0, 2, 1, 1, 0], { dtype: "int32" })] as const;
  const file = exportOnnx(fn, [...inputs], { variables: model, variablesAsInputs: true });
  expect(operatorsOf(file)).toContain("Gemm");
  const values = [...inputs, ...model.variables.map(({ value }) => value)];
  const got = await run(file, values);
  fn(...inputs).forEach((own, i) => {
    expect(differenceOf(got[i] as Tensor, own)).toBeLessThan(BOUND);
  });
});

test("a weight that an operator reads and another one in another form is there once, as it is", async () => {
  const norm = new BatchNorm(6);
  norm.train(false);
  const weight = norm.weight?.value;
  if (weight === undefined) throw new Error("a weight is missing");
  const fn = (x: Tensor) => [
    norm.forward(x),
    x.mul((norm.weight as Variable).value.reshape([1, 6, 1, 1])),
  ];
  const x = uniform([2, 6, 3, 3], { seed: 1 });
  const exported = exportOnnx(fn, [x], { variables: norm });
  const { graph } = fromBinary(ModelProtoSchema, exported.bytes);
  const own = graph?.initializer.filter(({ name }) => name === "weight") ?? [];
  expect(own.map(({ dims }) => dims)).toEqual([[6n]]);
  await expectSame(exported, fn, [x], 1e-6);
});
