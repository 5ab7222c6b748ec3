/** Calls of the public functions that work, for the tests of misuse: every argument that a function has. */

import * as gd from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import * as nn from "../../src/nn.ts";
import { Gpu } from "../../src/run/webgpu/gpu.ts";
import { WebGpu } from "../../src/run/webgpu/webGpu.ts";
import * as threads from "../../src/threads.ts";
import * as webgpu from "../../src/webgpu.ts";
import { loss, weight, wrong, x } from "./support.ts";
import { ENTRIES, type Form, formsOf, type Parameter } from "./table.ts";

const truth = gd.tensor([true, false, true]);
const index = gd.tensor([0, 1], { dtype: "int32" });
const matrix = gd.tensor([
  [1, 2],
  [3, 4],
]);
const seeded = { seed: 1 };
const rate = { learningRate: 1 };
const square = (a: gd.Tensor) => a.mul(a);
const trained = new nn.Dense(2, 1, seeded);
const definite = gd.tensor([
  [2, 0],
  [0, 1],
]);
const own = weight();
const fitting = {
  loss: (model: nn.Dense) => model.weight.value.sum(),
  optimizer: new nn.SGD(trained, rate),
  epochs: 1,
};
const attention = new nn.MultiHeadAttention(2, 1, { causal: true });
const block = new nn.TransformerBlock(2, 1, { causal: true });
const image = gd.ones([1, 1, 2, 2]);
const series = gd.ones([1, 1, 1]);
const place = gd.ones([1, 1, 2]);
const whole = gd.tensor(0, { dtype: "int32" });
const decoder = new nn.Sequential(new nn.Embedding(4, 2), new nn.Dense(2, 4));
const program = gd.compile(loss).program(x);

/** A GPU that takes everything and does nothing. */
const idle = (): Gpu["device"] => ({
  limits: { maxStorageBufferBindingSize: 2 ** 20, maxBufferSize: 2 ** 20 },
  lost: new Promise(() => {}),
  queue: { submit: () => {}, writeBuffer: () => {} },
  createBuffer: ({ size }) => ({
    size,
    mapAsync: async () => {},
    getMappedRange: () => new ArrayBuffer(size),
    unmap: () => {},
    destroy: () => {},
  }),
  pushErrorScope: () => {},
  popErrorScope: async () => null,
  createShaderModule: () => ({}),
  createBindGroupLayout: () => ({}),
  createPipelineLayout: () => ({}),
  createBindGroup: () => ({}),
  createComputePipeline: () => ({}),
  createCommandEncoder: () => ({
    copyBufferToBuffer: () => {},
    beginComputePass: () => ({
      setPipeline: () => {},
      setBindGroup: () => {},
      dispatchWorkgroups: () => {},
      end: () => {},
    }),
    finish: () => ({}),
  }),
  addEventListener: () => {},
  destroy: () => {},
});
const host = {
  requestAdapter: async () => ({
    limits: idle().limits,
    info: { description: "" },
    requestDevice: async () => idle(),
  }),
};

const EXAMPLES: Readonly<Record<string, readonly unknown[]>> = {
  setMemoryLimit: [2 ** 31],
  openWebGpu: [{ gpu: host, fallback: true, exact: false }],
  profileWebGpu: [
    gd.compile(loss, { backend: new WebGpu(new Gpu(host, idle(), false)) }),
    x.cast("float32"),
  ],
  fromPixels: [{ data: new Uint8Array(4), width: 1, height: 1 }, {}],
  flipImages: [image, seeded],
  shiftImages: [image, { most: 1, ...seeded }],
  cropImages: [image, { size: 1, ...seeded }],
  rotateImages: [image, { degrees: 1, ...seeded }],
  scaleImages: [image, seeded],
  jitterColors: [image, seeded],
  addNoise: [image, seeded],
  mixup: [image, matrix.slice([0], [1]), seeded],
  cutout: [image, { size: 1, ...seeded }],
  quantile: [x, 0.5, 0, {}],
  binCount: [index, 3],
  put: [x, index, 1, 0, {}],
  putAlongAxis: [x, index, 1, 0, {}],
  segmentSum: [index, index, 2],
  segmentMean: [index, index, 2],
  segmentMax: [index, index, 2],
  segmentMin: [index, index, 2],
  segmentProd: [index, index, 2],
  gridSample: [image, gd.ones([1, 1, 1, 2]), {}],
  affineGrid: [gd.ones([1, 2, 3]), [1, 1], {}],
  pixelShuffle: [image, 1],
  pixelUnshuffle: [image, 1],
  rotate90: [matrix, 1, [0, 1]],
  adaptiveAveragePool3d: [gd.ones([1, 1, 1]), 1],
  adaptiveMaxPool2dWithIndices: [matrix, 1],
  adaptiveMaxPool3d: [gd.ones([1, 1, 1]), 1],
  adaptiveMaxPool3dWithIndices: [gd.ones([1, 1, 1]), 1],
  maxPool3dWithIndices: [gd.ones([1, 1, 1]), 1, {}],
  compress: [x, truth, 0],
  oneHot: [index, 2, {}],
  takeAlongAxis: [x, index, 0],
  diagonal: [matrix, {}],
  moveAxis: [matrix, 0, 1],
  swapAxes: [matrix, 0, 1],
  trace: [matrix, {}],
  tril: [matrix, {}],
  triu: [matrix, {}],
  flatten: [matrix, 0, 1],
  adaptiveAveragePool2d: [matrix, 1],
  adaptiveMaxPool2d: [matrix, 1],
  averagePool2d: [matrix, 1, {}],
  averagePool3d: [gd.ones([1, 1, 1]), 1, {}],
  bitwiseAnd: [truth, truth],
  bitwiseNot: [truth],
  bitwiseOr: [truth, truth],
  bitwiseXor: [truth, truth],
  broadcastTo: [x, [2, 3]],
  conv1d: [gd.ones([1, 1, 2]), gd.ones([1, 1, 1]), {}],
  conv2d: [gd.ones([1, 1, 2, 2]), gd.ones([1, 1, 1, 1]), {}],
  conv3d: [gd.ones([1, 1, 2, 2, 2]), gd.ones([1, 1, 1, 1, 1]), {}],
  convTranspose1d: [gd.ones([1, 1, 2]), gd.ones([1, 1, 1]), {}],
  convTranspose2d: [gd.ones([1, 1, 2, 2]), gd.ones([1, 1, 1, 1]), {}],
  convTranspose3d: [gd.ones([1, 1, 2, 2, 2]), gd.ones([1, 1, 1, 1, 1]), {}],
  cond: [gd.tensor(true), () => x, () => x],
  crossEntropy: [matrix, index, {}],
  einsum: ["i,i", x, x],
  fold: [gd.ones([1, 1, 1]), 1, 1, {}],
  forLoop: [0, 2, (_i: gd.Tensor, c: gd.Tensor) => c, x, {}],
  fromMessage: [gd.toMessage([x]).message],
  groupNorm: [matrix, 1, {}],
  interpolate: [gd.ones([1, 1, 2]), { size: 1 }],
  leftShift: [index, 1],
  maxPool2d: [matrix, 1, {}],
  maxPool2dWithIndices: [matrix, 1, {}],
  maxPool3d: [gd.ones([1, 1, 1]), 1, {}],
  negativeLogLikelihood: [matrix, index, {}],
  binaryCrossEntropy: [x, truth, {}],
  ctcLoss: [gd.ones([1, 1, 2]), gd.ones([1, 1], { dtype: "int32" }), {}],
  hingeLoss: [x, gd.tensor([1, -1, 1]), {}],
  cosineEmbeddingLoss: [matrix, matrix, gd.tensor([1, -1]), {}],
  accuracy: [index, index, {}],
  topKAccuracy: [matrix, index, { k: 1 }],
  precision: [index, index, {}],
  recall: [index, index, {}],
  f1: [index, index, {}],
  confusionMatrix: [index, index, { classes: 2 }],
  areaUnderCurve: [x, truth, {}],
  perplexity: [matrix, index, {}],
  named: ["price", x],
  pairwiseDistance: [matrix, matrix, {}],
  reshape: [x, [3]],
  scaledDotProductAttention: [matrix, matrix, matrix, {}],
  rightShift: [index, 1],
  scan: [(c: gd.Tensor) => [c, []], x, undefined, { length: 1 }],
  setRunner: ["wasm"],
  splitData: [x, [1], seeded],
  squeeze: [x, []],
  take: [x, index, 0],
  tensor: [[1], {}],
  transpose: [x, [0]],
  unfold: [gd.ones([1, 1, 1]), 1, {}],
  bernoulli: [0.5, seeded],
  useKernel: [wrong({})],
  where: [truth, x, x],
  whileLoop: [() => false, (c: gd.Tensor) => c, x, {}],
  withDefaultDType: ["float32", () => x],
  reduceOnPlateau: [new nn.SGD([weight()], rate), {}],
  glorot: [[2, 2], seeded],
  he: [[2, 2], seeded],
  lecun: [[2, 2], seeded],
  orthogonal: [[2, 2], seeded],
  fit: [trained, { data: [], ...fitting }],
  lossCurve: [[1, 2], {}],
  at: [x, 0],
  profile: [gd.compile(loss), x],
  summary: [trained, matrix],
  "AveragePool2d.compute": [image],
  "BatchNorm.compute": [gd.ones([2, 1])],
  "Conv1d.compute": [gd.ones([1, 1, 2])],
  "Conv2d.compute": [image],
  "Conv3d.compute": [gd.ones([1, 1, 1, 1, 1])],
  "ConvTranspose2d.compute": [image],
  "Dense.compute": [gd.ones([1, 1])],
  "Embedding.compute": [gd.tensor([0], { dtype: "int32" })],
  "Flatten.compute": [matrix],
  "LowRank.compute": [gd.ones([1, 2])],
  "LearnedPositions.compute": [series],
  "SinusoidalPositions.compute": [place],
  "new SinusoidalPositions": [2, {}],
  "LearnedPositions.next": [series, { length: whole }],
  "SinusoidalPositions.next": [place, { length: whole }],
  generate: [decoder, [0], { count: 1 }],
  "GRU.next": [series, gd.ones([1, 1])],
  "RNN.next": [series, gd.ones([1, 1])],
  "LSTM.next": [series, { hidden: gd.ones([1, 1]), cell: gd.ones([1, 1]) }],
  "GRU.compute": [series, gd.ones([1, 1]), gd.ones([1, 1]).greater(0)],
  "GroupNorm.compute": [gd.ones([2, 1])],
  "InstanceNorm.compute": [gd.ones([1, 1, 2])],
  "Upsample.compute": [image],
  "new Upsample": [{ scale: 1 }],
  "LSTM.compute": [series, undefined, gd.ones([1, 1]).greater(0)],
  "LayerNorm.compute": [gd.ones([1])],
  "MaxPool2d.compute": [image],
  "MultiHeadAttention.compute": [series, series, undefined],
  "RMSNorm.compute": [gd.ones([1])],
  "RNN.compute": [series, gd.ones([1, 1]), gd.ones([1, 1]).greater(0)],
  "Residual.compute": [matrix],
  "new Residual": [(v: gd.Tensor) => v],
  "Sequential.compute": [matrix],
  "TransformerBlock.compute": [series, undefined],
  "Graph.node": ["x"],
  "confusionMatrix.streaming": [{ classes: 2 }],
  loadState: [{ w: weight() }, { w: gd.tensor([1, 2]) }, {}],
  loadTorch: [{ w: weight() }, { w: gd.tensor([1, 2]) }, {}],
  toMessage: [[x]],
  "Graph.adjusted": [{}],
  "Graph.tangents": [{}],
  "Layer.backward": [gd.ones([2, 1])],
  "AveragedWeights.within": [() => x],
  "new AveragedWeights": [new nn.Dense(2, 1, seeded), {}],
  "Optimizer.minimize": [() => own.value.sum()],
  "LBFGS.minimize": [() => own.value.square().sum()],
  "LBFGS.minimizeRecorded": [() => own.value.square().sum()],
  "Optimizer.step": [[gd.tensor([1, 2])]],
  "Plateau.step": [1],
  "MultiHeadAttention.next": [place, attention.start(1, 2)],
  "TransformerBlock.next": [place, block.start(1, 2)],
  "StreamingMetric.add": [nn.accuracy.streaming().start(), index, index, truth.slice([0], [2])],
  "StreamingMetric.result": [nn.accuracy.streaming().start()],
  "Tensor.copyTo": [new Float64Array(1)],
  "Variable.assign": [gd.tensor([1, 2])],
  trainingStep: [
    trained,
    (model: nn.Dense) => model.forward(matrix).sum(),
    new nn.SGD(trained, rate),
    {},
  ],
};

/** Objects whose methods are called, by the class or the interface that declares them. */
const INSTANCES: Readonly<Record<string, () => object>> = {
  WebGpu: () => idleGpu(),
  AveragedWeights: () => new nn.AveragedWeights(new nn.Dense(2, 1, seeded)),
  AsyncBatches: () => nn.batches((async function* () {})(), { size: 1 }),
  Batches: () => nn.batches(new Set([x]), { size: 1 }),
  BatchesPosition: () => nn.batches(x, { size: 1 }),
  // LowRank freezes its layer, so no other call has the same one.
  Dense: () => new nn.Dense(2, 1, seeded),
  Draws: () => new gd.Draws(1),
  Fit: () => nn.fit(trained, { data: [[]], ...fitting }),
  Graph: () => gd.explain(loss)(x),
  History: () => nn.fit(trained, { data: [[]], ...fitting }).history,
  GRU: () => new nn.GRU(1, 1),
  LBFGS: () => new nn.LBFGS([own]),
  LSTM: () => new nn.LSTM(1, 1),
  LearnedPositions: () => new nn.LearnedPositions(1, 1),
  Layer: () => {
    const dense = new nn.Dense(2, 1, seeded);
    dense.forward(matrix);
    return dense;
  },
  LowRank: () => new nn.LowRank(new nn.Dense(2, 1, seeded), { rank: 1 }),
  MultiHeadAttention: () => attention,
  Optimizer: () => new nn.SGD([own], rate),
  Plateau: () => nn.reduceOnPlateau(new nn.SGD(trained, rate)),
  Profile: () => gd.profile(gd.compile(loss), x),
  Program: () => program,
  Standardization: () => nn.standardize(x),
  RNN: () => new nn.RNN(1, 1),
  SinusoidalPositions: () => new nn.SinusoidalPositions(2),
  StreamingMetric: () => nn.accuracy.streaming(),
  TableBatches: () => nn.batches(x, { size: 1 }),
  Tensor: () => gd.tensor([2], { dtype: "float64" }),
  TransformerBlock: () => block,
  Variable: () => weight(),
};

/** The names by which errors call the object of a method, where that is not the name of its class or interface. */
const SAID: Readonly<Record<string, string>> = {
  AsyncBatches: "batches.",
  Batches: "batches.",
  BatchesPosition: "batches.",
  Fit: "fit.",
  Graph: "",
  History: "",
  Layer: "Dense.",
  Optimizer: "SGD.",
  Plateau: "reduceOnPlateau.",
  Profile: "",
  Program: "",
  StreamingMetric: "accuracy.",
  TableBatches: "batches.",
  Tensor: "",
};

/** Returns a value of a parameter, where any of its kind will do. */
function exampleOf({ name, kinds, options }: Parameter): unknown {
  if (options) {
    const required = options.filter((option) => !option.optional);
    return Object.fromEntries(required.map((option) => [option.name, exampleOf(option)]));
  }
  const [kind = ""] = kinds;
  if (name === "a" || name === "b") return definite;
  if (kinds.includes("number") && name === "seed") return 1;
  if (kinds.includes("Tensor")) return x;
  if (kinds.includes("number")) return /^ax/.test(name) ? 0 : 1;
  if (kind === "function") return square;
  if (kind === "boolean") return true;
  if (kind === "[number]") return [2];
  if (kind === "[Tensor | number]") return [x];
  if (kind.startsWith('"')) return JSON.parse(kind);
  return INSTANCES[kind]?.() ?? trained;
}

/** A call of a public function with arguments of one's own. */
export interface Call {
  /** The name in the table. */
  readonly name: string;
  /** The name in errors. */
  readonly op: string;
  readonly form: Form;
  /** All that the function has. */
  readonly forms: readonly Form[];
  /** The number of arguments before these: the tensor of a method. Default 0. */
  readonly before?: number;
  /** All arguments that the function has. */
  readonly full: readonly unknown[];
  readonly run: (inputs: readonly unknown[]) => unknown;
}

export const modules: Readonly<Record<string, object>> = {
  ".": gd,
  "./linalg": linalg,
  "./nn": nn,
  "./threads": threads,
  "./webgpu": webgpu,
  // The module of a worker has no names.
  "./worker": {},
};

function runnerOf(module: object, name: string): Call["run"] {
  const [first = "", second] = forward(name).split(/[ .]/);
  const made = (inputs: readonly unknown[], of: string) =>
    Reflect.construct(Reflect.get(module, of), inputs);
  if (first === "new") return (inputs) => made(inputs, second ?? "");
  if (second === undefined)
    return (inputs) => Reflect.apply(Reflect.get(module, first), undefined, inputs);
  return (inputs) => {
    const owner =
      second === "forward"
        ? made(argumentsOf(`new ${first}`), first)
        : (INSTANCES[first]?.() ?? Reflect.get(module, first));
    return Reflect.apply(Reflect.get(owner, second), owner, inputs);
  };
}

/** Returns a GPU for which programs are prepared, and that runs none. */
export const idleGpu = (): WebGpu => new WebGpu(new Gpu(host, idle(), false));

/** Returns a layer, by the name of its class. */
export const madeOf = (name: string): unknown =>
  Reflect.construct(Reflect.get({ ...nn, ...gd }, name), argumentsOf(`new ${name}`));

/** The forms of all entries. */
const table = new Map(ENTRIES.flatMap((entry) => [...formsOf(entry)]));

/** Returns all arguments that a function has, of values that it takes. */
function argumentsOf(name: string, [form = []] = table.get(name) ?? []): readonly unknown[] {
  return EXAMPLES[name] ?? form.map(exampleOf);
}

/** Returns the calls of an entry's functions, one for each form, and of those that are methods of Tensor as well. */
export function callsOf(entry: string): readonly Call[] {
  const module = modules[entry] ?? {};
  return [...formsOf(entry)].flatMap(([name, forms]) => {
    if (exemptionOf(name) !== undefined) return [];
    const calls = forms.map((form) => ({
      name,
      op: opOf(name),
      form,
      forms,
      full: argumentsOf(name, [form]),
      run: runnerOf(module, name),
    }));
    return [...calls, ...calls.flatMap(asMethod)];
  });
}

/** Returns the same call of a method, which has one argument less. */
function asMethod(call: Call): readonly Call[] {
  const method = Object.getOwnPropertyDescriptor(gd.Tensor.prototype, call.name)?.value;
  const [subject, ...full] = call.full;
  if (typeof method !== "function") return [];
  const self = subject instanceof gd.Tensor ? subject : x;
  return [
    {
      ...call,
      name: `Tensor.${call.name}`,
      form: call.form.slice(1),
      forms: call.forms.map((form) => form.slice(1)),
      full,
      before: 1,
      run: (inputs) => Reflect.apply(method, self, inputs),
    },
  ];
}

/** A layer's arguments are those of its `compute`, and `forward` is what users call. */
const forward = (name: string) => name.replace(/\.compute$/, ".forward");

function opOf(name: string): string {
  const [owner = "", method] = forward(name).split(".");
  if (method === undefined) return name.replace("new ", "");
  return `${SAID[owner] ?? `${owner}.`}${method}`;
}

/** Functions that are not called, and why. */
export const EXEMPT: readonly (readonly [RegExp, string])[] = [
  [/\.(toString|toJSON)$/, "JavaScript calls them, with arguments of its own"],
  [/^(Seekable|LayoutSize|ThreadWorker)\./, "users give them"],
  [/^(Compiled|TrainingStep)\.program$/, "its arguments are those of the function"],
  [/^Layer\.(compute|forward)$/, "its arguments are those of the class that extends it"],
  [/^Metric\.streaming$/, "each metric has its own"],
  [/^new (FunctionLayer|Graph)$/, "a function makes them"],
  [/^new \w+Error$/, "the library makes them"],
];

/** Returns the reason why a function is not called by the tests of misuse; undefined where it is. */
function exemptionOf(name: string): string | undefined {
  return EXEMPT.find(([pattern]) => pattern.test(name))?.[1];
}
