/**
 * Options that no other test names: each changes the result as its docstring says, compared with another computation.
 * `scripts/arguments.mjs` refuses an option without a test.
 */

import {
  averagePool2d,
  conv3d,
  full,
  interpolate,
  logSoftmax,
  type Tensor,
  tensor,
  uniform,
  Variable,
} from "@graddiff/core";
import { expect, test } from "vitest";
import { expectSameBits } from "../../core/test/support/opChecks.ts";
import {
  Adadelta,
  Adagrad,
  Adamax,
  AdamW,
  AveragePool2d,
  BatchNorm,
  Conv3d,
  ctcLoss,
  Dense,
  GroupNorm,
  type Initializer,
  InstanceNorm,
  LayerNorm,
  LearnedPositions,
  Lion,
  LowRank,
  NAdam,
  type Optimizer,
  poissonNegativeLogLikelihood,
  RMSNorm,
  reduceOnPlateau,
  SGD,
  tripletMarginLoss,
  Upsample,
} from "../src/index.ts";

const drawn = (shape: readonly number[], seed = 1) =>
  uniform(shape, { seed, low: -1, dtype: "float64" });

/** Returns an initializer that gives one number everywhere. */
const of =
  (value: number): Initializer =>
  (shape, { dtype }) =>
    full(shape, value, { dtype });

/** The optimizers by name, constructed with a given transform of gradients. */
const OPTIMIZERS: Readonly<
  Record<
    string,
    (w: Variable, transformGradients: (list: readonly Tensor[]) => Tensor[]) => Optimizer
  >
> = {
  Adadelta: (w, transformGradients) => new Adadelta(w, { learningRate: 1, transformGradients }),
  Adagrad: (w, transformGradients) => new Adagrad(w, { learningRate: 0.1, transformGradients }),
  Adamax: (w, transformGradients) => new Adamax(w, { learningRate: 0.1, transformGradients }),
  AdamW: (w, transformGradients) => new AdamW(w, { learningRate: 0.1, transformGradients }),
  Lion: (w, transformGradients) => new Lion(w, { learningRate: 0.1, transformGradients }),
  NAdam: (w, transformGradients) => new NAdam(w, { learningRate: 0.1, transformGradients }),
};

test.each(Object.entries(OPTIMIZERS))("%s takes what transformGradients makes", (_name, make) => {
  const gradient = tensor([1, -2, 3]);
  const [own, other] = [new Variable(tensor([1, 2, 3])), new Variable(tensor([1, 2, 3]))];
  const turned = make(own, (list) => list.map((each) => each.neg().mul(0.5)));
  const plain = make(other, (list) => [...list]);
  for (let i = 0; i < 3; i++) {
    turned.step([gradient]);
    plain.step([gradient.neg().mul(0.5)]);
  }
  expectSameBits(own.value, other.value);
  expect(own.value.toArray()).not.toEqual([1, 2, 3]);
});

test("rho of Adadelta is the decay of the mean of squares", () => {
  const w = new Variable(tensor(1, { dtype: "float64" }));
  new Adadelta(w, { learningRate: 1, rho: 0.5, epsilon: 1e-2 }).step([
    tensor(2, { dtype: "float64" }),
  ]);
  expect(w.value.item()).toBeCloseTo(1 - (Math.sqrt(1e-2) / Math.sqrt(0.5 * 4 + 1e-2)) * 2, 12);
});

test("momentumDecay of NAdam is the exponent of 0.96", () => {
  const w = new Variable(tensor(1, { dtype: "float64" }));
  const [beta, rate, decay] = [0.9, 0.1, 2];
  new NAdam(w, { learningRate: rate, momentumDecay: decay, epsilon: 1e-8 }).step([
    tensor(2, { dtype: "float64" }),
  ]);
  const momentumOf = (step: number) => beta * (1 - 0.5 * 0.96 ** (step * decay));
  const [now, next] = [momentumOf(1), momentumOf(2)];
  const along = ((1 - now) / (1 - now)) * 2 + (next / (1 - now * next)) * (1 - beta) * 2;
  expect(w.value.item()).toBeCloseTo(1 - (rate * along) / (2 + 1e-8), 12);
});

test.each([
  { padding: 1, countPadding: false },
  { dilation: 2 },
  { stride: 3, ceilMode: true },
  { divisor: 5 },
])("AveragePool2d with %o is averagePool2d", (options) => {
  const x = drawn([2, 3, 7, 8]);
  expectSameBits(new AveragePool2d([2, 3], options).forward(x), averagePool2d(x, [2, 3], options));
});

/** Normalisation layers, and the axes along which each computes the variance of an input of [2, 4, 3]. */
const NORMALISATIONS = {
  BatchNorm: [new BatchNorm(4, { epsilon: 0.5, dtype: "float64" }), [0, 2]],
  GroupNorm: [new GroupNorm(1, 4, { epsilon: 0.5, dtype: "float64" }), [1, 2]],
  InstanceNorm: [new InstanceNorm(4, { epsilon: 0.5, dtype: "float64" }), [2]],
  LayerNorm: [new LayerNorm(3, { epsilon: 0.5, dtype: "float64" }), [2]],
} as const;

test.each(Object.entries(NORMALISATIONS))(
  "epsilon of %s is added to the variance",
  (_name, [layer, axes]) => {
    const x = drawn([2, 4, 3]);
    const centred = x.sub(x.mean(axes, { keepDims: true }));
    const expected = centred.div(centred.square().mean(axes, { keepDims: true }).add(0.5).sqrt());
    const found = layer.forward(x);
    expect(found.sub(expected).abs().max().item()).toBeLessThan(1e-12);
  },
);

test("epsilon of RMSNorm is added to the mean of squares", () => {
  const x = drawn([2, 4]);
  const expected = x.div(x.square().mean(1, { keepDims: true }).add(0.5).sqrt());
  const found = new RMSNorm(4, { epsilon: 0.5, dtype: "float64" }).forward(x);
  expect(found.sub(expected).abs().max().item()).toBeLessThan(1e-12);
});

test("dilation and initializer of Conv3d", () => {
  const x = drawn([1, 2, 5, 5, 5]);
  const layer = new Conv3d(2, 3, 2, { dilation: 2, initializer: of(0.5), dtype: "float64" });
  expect([...layer.weight.value.data()]).toEqual(new Array(48).fill(0.5));
  expectSameBits(
    layer.forward(x),
    conv3d(x, layer.weight.value, { dilation: 2, bias: layer.bias?.value as Tensor }),
  );
});

test("initializer of LearnedPositions and LowRank", () => {
  const positions = new LearnedPositions(3, 2, { initializer: of(0.25) });
  expect(positions.weight.value.toArray()).toEqual(new Array(3).fill([0.25, 0.25]));
  const low = new LowRank(new Dense(3, 2, { seed: 1 }), { rank: 1, initializer: of(0.25) });
  expect([...low.down.value.data()]).toEqual([0.25, 0.25, 0.25]);
});

test("alignCorners of Upsample is that of interpolate", () => {
  const x = drawn([1, 2, 3, 4]);
  const options = { scale: 2, mode: "linear", alignCorners: true } as const;
  expectSameBits(new Upsample(options).forward(x), interpolate(x, options));
});

test("poissonNegativeLogLikelihood of rates, with epsilon", () => {
  const [rates, counts] = [tensor([0, 2]), tensor([1, 3])];
  const options = { logInput: false, epsilon: 0.5, reduction: "none" } as const;
  const found = poissonNegativeLogLikelihood(rates, counts, options).toArray();
  expect(found).toEqual([
    expect.closeTo(-Math.log(0.5), 6),
    expect.closeTo(2 - 3 * Math.log(2.5), 6),
  ]);
});

test("tripletMarginLoss with swap takes the nearer distance to the negative", () => {
  const [anchor, positive, negative] = [tensor([[0, 0]]), tensor([[3, 0]]), tensor([[3, 1]])];
  expect(tripletMarginLoss(anchor, positive, negative).item()).toBeCloseTo(
    3 - Math.sqrt(10) + 1,
    6,
  );
  expect(tripletMarginLoss(anchor, positive, negative, { swap: true }).item()).toBeCloseTo(
    3 - 1 + 1,
    6,
  );
});

test("ctcLoss with zeroInfinity is 0 for a target that no sequence can have", () => {
  const scores = logSoftmax(tensor([[[1, 2]]]));
  const targets = tensor([[1, 1, 1]], { dtype: "int32" });
  expect(ctcLoss(scores, targets).item()).toBe(Number.POSITIVE_INFINITY);
  expect(ctcLoss(scores, targets, { zeroInfinity: true }).item()).toBe(0);
});

test("threshold of reduceOnPlateau is the part by which a metric must be better", () => {
  const optimizer = new SGD(new Variable(tensor([1])), { learningRate: 1 });
  const plateau = reduceOnPlateau(optimizer, { threshold: 0.1, patience: 0, factor: 0.5 });
  plateau.step(1);
  plateau.step(0.95);
  expect(optimizer.learningRate).toBe(0.5);
  plateau.step(0.85);
  expect(optimizer.learningRate).toBe(0.5);
});
