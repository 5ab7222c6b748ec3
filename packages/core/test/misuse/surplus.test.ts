/**
 * Surplus arguments: what stands behind the last argument that a function has is refused, since it mostly is
 * an option that the function does not know.
 */

import { expect, describe as group, test } from "vitest";
import * as gd from "../../src/index.ts";
import * as nn from "../../src/nn.ts";
import { errorOf, loss, messageOf, weight, wrong, x } from "./support.ts";

type AnyFunction = (...inputs: unknown[]) => unknown;

const call = (fn: unknown, ...inputs: unknown[]) =>
  Reflect.apply(fn as AnyFunction, undefined, inputs);
const make = (Class: unknown, ...inputs: unknown[]) =>
  Reflect.construct(Class as AnyFunction, inputs);
const method = (object: object, name: string, ...inputs: unknown[]) =>
  Reflect.apply(Reflect.get(object, name) as AnyFunction, object, inputs);
const shapeOf = (result: unknown) => (result as gd.Tensor).shape;

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

/** All arguments that each function has, whose next one would be surplus. */
const program = gd.compile(loss).program(x);

const FULL: Readonly<Record<string, readonly unknown[]>> = {
  activeRunner: [],
  setMemoryLimit: [2 ** 31],
  whenRecordingCloses: [() => {}],
  diff: [x, 0],
  median: [x, 0, {}],
  quantile: [x, 0.5, 0, {}],
  normalize: [x, 0, {}],
  binCount: [index, 3],
  put: [x, index, 1, 0, {}],
  putAlongAxis: [x, index, 1, 0, {}],
  segmentSum: [index, index, 2],
  compress: [x, truth, 0],
  nonZero: [x],
  oneHot: [index, 2, {}],
  searchSorted: [x, x, {}],
  unique: [x],
  takeAlongAxis: [x, index, 0],
  diag: [x, {}],
  diagonal: [matrix, {}],
  meshgrid: [[x], {}],
  moveAxis: [matrix, 0, 1],
  repeat: [x, 2, 0],
  roll: [x, 1, 0],
  swapAxes: [matrix, 0, 1],
  trace: [matrix, {}],
  tril: [matrix, {}],
  triu: [matrix, {}],
  unstack: [matrix, 0],
  flatten: [matrix, 0, 1],
  flip: [x, 0],
  pad: [x, 1, {}],
  tile: [x, 2],
  all: [x, 0, {}],
  any: [x, 0, {}],
  argMax: [x, 0, {}],
  argMin: [x, 0, {}],
  countNonZero: [x, 0, {}],
  cumulativeSum: [x, 0, {}],
  norm: [x, 0, {}],
  prod: [x, 0, {}],
  standardDeviation: [x, 0, {}],
  adaptiveAveragePool1d: [x, 1],
  adaptiveAveragePool2d: [matrix, 1],
  adaptiveMaxPool2d: [matrix, 1],
  allClose: [x, x, {}],
  arange: [0, 2, {}],
  averagePool1d: [x, 1, {}],
  averagePool2d: [matrix, 1, {}],
  averagePool3d: [gd.ones([1, 1, 1]), 1, {}],
  batches: [x, { size: 1 }],
  bitwiseAnd: [truth, truth],
  bitwiseNot: [truth],
  bitwiseOr: [truth, truth],
  bitwiseXor: [truth, truth],
  broadcastTo: [x, [2, 3]],
  cast: [x, "float32"],
  celu: [x, {}],
  clip: [x, 0, 1],
  checkGradients: [loss, [x], {}],
  checkNode: [gd.explain(loss)(x), 0],
  drawMemory: [program, {}],
  graphOf: [program],
  checkpoint: [square],
  compile: [square, {}],
  concat: [[x, x], 0],
  conv1d: [gd.ones([1, 1, 2]), gd.ones([1, 1, 1]), {}],
  conv2d: [gd.ones([1, 1, 2, 2]), gd.ones([1, 1, 1, 1]), {}],
  conv3d: [gd.ones([1, 1, 2, 2, 2]), gd.ones([1, 1, 1, 1, 1]), {}],
  convTranspose1d: [gd.ones([1, 1, 2]), gd.ones([1, 1, 1]), {}],
  convTranspose2d: [gd.ones([1, 1, 2, 2]), gd.ones([1, 1, 1, 1]), {}],
  convTranspose3d: [gd.ones([1, 1, 2, 2, 2]), gd.ones([1, 1, 1, 1, 1]), {}],
  cosineSimilarity: [x, x, 0, {}],
  cond: [gd.tensor(true), () => x, () => x],
  cross: [x, x, 0],
  crossEntropy: [matrix, index, {}],
  cumulativeMax: [x, 0, {}],
  cumulativeMin: [x, 0, {}],
  cumulativeProd: [x, 0, {}],
  logCumulativeSumExp: [x, 0, {}],
  customGradient: [square, (_cotangent: gd.Tensor) => [x]],
  dot: [x, x],
  einsum: ["i,i", x, x],
  elu: [x, {}],
  expandDims: [x, 0],
  explain: [loss, {}],
  findNaN: [loss],
  eye: [2, 2, {}],
  fold: [gd.ones([1, 1, 1]), 1, 1, {}],
  forLoop: [0, 2, (_i: gd.Tensor, c: gd.Tensor) => c, x, {}],
  fromMessage: [gd.toMessage([x]).message],
  full: [[1], 1, {}],
  gelu: [x, {}],
  grad: [loss, {}],
  groupNorm: [matrix, 1, {}],
  interpolate: [gd.ones([1, 1, 2]), { size: 1 }],
  hessian: [loss, {}],
  hvp: [loss],
  isClose: [x, x, {}],
  jacobian: [square, {}],
  jvp: [square],
  kron: [x, x],
  layer: [square],
  layerNorm: [x, {}],
  leakyRelu: [x, {}],
  leftShift: [index, 1],
  linearize: [square, {}],
  linspace: [0, 1, 2, {}],
  loadState: [{ w: weight() }, { w: gd.tensor([1, 2]) }],
  logicalAnd: [truth, truth],
  logicalNot: [truth],
  logicalOr: [truth, truth],
  matmul: [matrix, matrix],
  max: [x, 0, {}],
  maxPool1d: [x, 1, {}],
  maxPool2d: [matrix, 1, {}],
  maxPool2dWithIndices: [matrix, 1, {}],
  maxPool3d: [gd.ones([1, 1, 1]), 1, {}],
  mean: [x, 0, {}],
  logSoftmax: [x, 0],
  logSumExp: [x, 0, {}],
  meanSquaredError: [x, x, {}],
  meanAbsoluteError: [x, x, {}],
  huberLoss: [x, x, {}],
  smoothL1: [x, x, {}],
  negativeLogLikelihood: [matrix, index, {}],
  binaryCrossEntropy: [x, truth, {}],
  klDivergence: [x, x, {}],
  hingeLoss: [x, gd.tensor([1, -1, 1]), {}],
  cosineEmbeddingLoss: [matrix, matrix, gd.tensor([1, -1]), {}],
  tripletMarginLoss: [matrix, matrix, matrix, {}],
  poissonNegativeLogLikelihood: [x, x, {}],
  gaussianNegativeLogLikelihood: [x, x, 1, {}],
  accuracy: [index, index, {}],
  topKAccuracy: [matrix, index, { k: 1 }],
  precision: [index, index, {}],
  recall: [index, index, {}],
  f1: [index, index, {}],
  confusionMatrix: [index, index, { classes: 2 }],
  areaUnderCurve: [x, truth, {}],
  r2: [x, x, {}],
  perplexity: [matrix, index, {}],
  min: [x, 0, {}],
  named: ["price", x],
  nanToNum: [x, {}],
  normal: [[2], seeded],
  ones: [[2], {}],
  onesLike: [x],
  outer: [x, x],
  pairwiseDistance: [matrix, matrix, {}],
  registeredOps: [],
  reshape: [x, [3]],
  rmsNorm: [x, {}],
  scaledDotProductAttention: [matrix, matrix, matrix, {}],
  polygamma: [1, x],
  rightShift: [index, 1],
  scan: [(c: gd.Tensor) => [c, []], x, undefined, { length: 1 }],
  setDefaultDType: ["float32"],
  setRunner: ["wasm"],
  slice: [x, [0], [1], [1]],
  split: [x, 3, 0],
  splitData: [x, [1], seeded],
  squeeze: [x, []],
  standardize: [x, {}],
  stack: [[x], 0],
  state: [{ w: weight() }],
  stopGradient: [x],
  softmax: [x, 0],
  sum: [x, 0, {}],
  take: [x, index, 0],
  tensor: [[1], {}],
  tensordot: [matrix, matrix, 1],
  toMessage: [[x]],
  topK: [x, 1, 0, {}],
  sort: [x, 0, {}],
  argSort: [x, 0, {}],
  transpose: [x, [0]],
  treeLeaves: [[x]],
  treeMap: [square, [x]],
  unfold: [gd.ones([1, 1, 1]), 1, {}],
  uniform: [[2], seeded],
  randomInt: [[2], { seed: 1, high: 3 }],
  truncatedNormal: [[2], seeded],
  exponential: [[2], seeded],
  gumbel: [[2], seeded],
  laplace: [[2], seeded],
  bernoulli: [0.5, seeded],
  categorical: [x, seeded],
  gamma: [x, seeded],
  permutation: [x, seeded],
  dropout: [x, seeded],
  splitSeed: [1, 2],
  useKernel: [wrong({})],
  valueAndGrad: [loss, {}],
  variance: [x, 0, {}],
  variables: [{ w: weight() }],
  vectorize: [square, {}],
  vjp: [square, {}],
  where: [truth, x, x],
  whileLoop: [() => false, (c: gd.Tensor) => c, x, {}],
  withDefaultDType: ["float32", () => x],
  zeros: [[2], {}],
  zerosLike: [x],
  clipByGlobalNorm: [[x], 1],
  clipByValue: [[x], 1],
  cosineDecay: [1, { steps: 2 }],
  exponentialDecay: [1, { factor: 0.5 }],
  linearWarmup: [1, { steps: 2 }],
  oneCycle: [1, { steps: 2 }],
  stepDecay: [1, { every: 2 }],
  reduceOnPlateau: [new nn.SGD([weight()], rate), {}],
  glorot: [[2, 2], seeded],
  he: [[2, 2], seeded],
  lecun: [[2, 2], seeded],
  orthogonal: [[2, 2], seeded],
  normalInit: [[2], seeded],
  truncatedNormalInit: [[2], seeded],
  zerosInit: [[2], seeded],
  initialize: [new nn.Dense(1, 1), 1],
  logProgress: [{}],
  fit: [
    trained,
    { data: [], loss: () => x.sum(), optimizer: new nn.SGD(trained, rate), epochs: 1 },
  ],
  trainingStep: [
    trained,
    (model: nn.Dense) => model.forward(matrix).sum(),
    new nn.SGD(trained, rate),
    {},
  ],
};

/**
 * Those that take any number of arguments; summary has those of the model's `forward`, and profile those of the function,
 * which refuse more.
 */
const ENDLESS = ["at", "profile", "summary"];

const functions = Object.entries(gd).flatMap(([name, value]): [string, AnyFunction][] =>
  typeof value === "function" && /^[a-z]/.test(name) && !ENDLESS.includes(name)
    ? [[name, value as AnyFunction]]
    : [],
);

/** Elementwise ops need no line above. */
function argumentsOf(name: string, fn: AnyFunction): readonly unknown[] {
  const known = FULL[name];
  if (known !== undefined) return known;
  if (!("op" in fn)) throw new Error(`Tell in FULL which arguments ${name} has`);
  return new Array<unknown>(fn.length).fill(x);
}

const surplus: readonly unknown[] = [{ reduction: "sum" }, true, 0.1, x, null];

test.each(functions)("%s takes no argument behind its last", (name, fn) => {
  const full = argumentsOf(name, fn);
  const most = `${full.length} argument${full.length === 1 ? "" : "s"}`;
  for (const more of surplus) {
    const message = messageOf(() => fn(...full, more));
    expect(message).toContain(
      `${name}: expected at most ${most}, got ${full.length + 1}, the last`,
    );
  }
  // Wrappers hand on what they were not given.
  if (name !== "useKernel") expect(errorOf(() => fn(...full, undefined))).toBe(undefined);
});

test("neither does a method", () => {
  for (const [name, fn] of functions) {
    const [first, ...rest] = argumentsOf(name, fn);
    if (!Object.hasOwn(gd.Tensor.prototype, name)) continue;
    const self = gd.tensor(wrong((first as gd.Tensor).toArray()), {
      dtype: (first as gd.Tensor).dtype,
    });
    const run = () => method(self, name, ...rest, { slope: 0.1 });
    expect(messageOf(run)).toMatch(`${name}: expected at most ${rest.length + 1} argument`);
  }
});

group("nor", () => {
  const dense = new nn.Dense(2, 2, { seed: 1 });
  const compiled = gd.compile(square);
  const calls: Readonly<Record<string, () => unknown>> = {
    Dense: () => make(nn.Dense, 2, 2, {}, true),
    "Dense.forward": () => method(dense, "forward", matrix, true),
    "Multiply.forward": () => method(new gd.Multiply(), "forward", 1, 2, 3),
    "Sequential.forward": () => method(new nn.Sequential(dense), "forward", matrix, true),
    Variable: () => make(gd.Variable, x, { trainable: false }, true),
    "Variable.assign": () => method(weight(), "assign", gd.tensor([1, 2]), true),
    SGD: () => make(nn.SGD, [weight()], rate, 0.9),
    Adam: () => make(nn.Adam, [weight()], rate, 0.9),
    AdamW: () => make(nn.AdamW, [weight()], rate, 0.9),
    Adamax: () => make(nn.Adamax, [weight()], rate, 0.9),
    NAdam: () => make(nn.NAdam, [weight()], rate, 0.9),
    RMSProp: () => make(nn.RMSProp, [weight()], rate, 0.9),
    Adagrad: () => make(nn.Adagrad, [weight()], rate, 0.9),
    Adadelta: () => make(nn.Adadelta, [weight()], rate, 0.9),
    Lion: () => make(nn.Lion, [weight()], rate, 0.9),
    LBFGS: () => make(nn.LBFGS, [weight()], rate, 10),
    "SGD.minimize": () => method(new nn.SGD([weight()], rate), "minimize", () => x.sum(), 2),
    "LBFGS.minimize": () => method(new nn.LBFGS([weight()]), "minimize", () => x.sum(), 2),
    "SGD.step": () => method(new nn.SGD([weight()], rate), "step", [x], 2),
    compile: () => call(compiled, x, x),
    grad: () => call(gd.grad(loss), x, 1, 2, 3),
    valueAndGrad: () => call(gd.valueAndGrad(loss), x, 1),
    vjp: () => call(gd.vjp(loss), x, 1),
    jvp: () => call(gd.jvp(loss), [x, x], [x, x]),
    jacobian: () => call(gd.jacobian(square), x, x),
    hessian: () => call(gd.hessian(loss), x, x),
    "hvp of the function loss": () => call(gd.hvp(loss), x, x, x),
    linearize: () => call(gd.linearize(square), x, x),
    "the pushforward of linearize": () => call(gd.linearize(square)(x).pushforward, x, x),
    vectorize: () => call(gd.vectorize(square), x, x),
    checkpoint: () => call(gd.checkpoint(square), x, x),
    explain: () => call(gd.explain(loss), x, x),
    "FunctionLayer.forward": () => method(gd.layer(square), "forward", x, x),
  };
  test.each(Object.entries(calls))("%s", (name, run) => {
    expect(messageOf(run)).toMatch(
      new RegExp(`^${name}: expected at most \\d arguments?, got \\d`),
    );
  });
});

test("a function of the user's says how many arguments it takes, or none are counted", () => {
  const more: readonly AnyFunction[] = [
    wrong((a: gd.Tensor, ...rest: gd.Tensor[]) => rest.reduce((sum, each) => sum.add(each), a)),
    wrong((a: gd.Tensor, b: gd.Tensor | number = 3) => a.mul(b)),
    wrong(function sum() {
      return Array.from(arguments as ArrayLike<gd.Tensor>).reduce((a, b) => a.add(b));
    }),
    wrong((({ a }: { a: gd.Tensor }, b: gd.Tensor) => a.mul(b)).bind(null, { a: gd.tensor(2) })),
    wrong(gd.mul),
  ];
  for (const fn of more) {
    expect(shapeOf(call(gd.grad(wrong(fn)), 2, 3))).toEqual([]);
    expect(shapeOf(call(gd.compile(wrong(fn)), 2, 3))).toEqual([]);
  }
  const two = {
    method(a: gd.Tensor, b: gd.Tensor) {
      return a.mul(b);
    },
  };
  const counted: readonly AnyFunction[] = [
    wrong((a: gd.Tensor, b: gd.Tensor) => a.mul(b)),
    wrong(two.method),
    wrong(function mul(a: gd.Tensor, b: gd.Tensor) {
      const c = a.mul(b);
      return c;
    }),
  ];
  for (const fn of counted) {
    expect(messageOf(() => call(gd.grad(wrong(fn)), 2, 3, 4))).toBe(
      "grad: expected at most 2 arguments, got 3, the last of them 4.",
    );
  }
});

test("what map, reduce and treeMap add is no surplus", () => {
  const list = [gd.tensor(1), gd.tensor(2)];
  expect(list.map(wrong(gd.neg)).map(String)).toEqual(["-1.0", "-2.0"]);
  expect(String(list.reduce(wrong(gd.add)))).toBe("3.0");
  expect(String(gd.treeMap(wrong(gd.zerosLike), { w: gd.tensor(1) }).w)).toBe("0.0");
  expect(messageOf(() => Array.from(list, wrong(gd.neg)))).toContain("at most 1 argument, got 2");

  const detached = new Float32Array(4);
  structuredClone(detached, { transfer: [detached.buffer] });
  for (const index of [detached, { toString: () => fail() }]) {
    expect(messageOf(() => call(wrong(gd.maximum), x, x, index, []))).toContain(
      "maximum: expected at most 2 arguments, got 4",
    );
  }
});

function fail(): never {
  throw new Error("nobody may ask for this");
}
