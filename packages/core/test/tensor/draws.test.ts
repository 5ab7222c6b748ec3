/** Every random function gives the same bits in every mode, and refuses invalid parameters. */

import { afterEach, describe, expect, test } from "vitest";
import {
  bernoulli,
  categorical,
  checkpoint,
  compile,
  cond,
  dropout,
  exponential,
  forLoop,
  gamma,
  gumbel,
  laplace,
  permutation,
  randomInt,
  scan,
  setRunner,
  splitSeed,
  stack,
  type Tensor,
  type TensorLike,
  tensor,
  truncatedNormal,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { wrong } from "../misuse/support.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";

sampleTests(2);

afterEach(() => setRunner("wasm"));

const whole = { dtype: "int32" } as const;
const double = { dtype: "float64" } as const;
const alphas = uniform([7], { seed: 1, low: 0.2, high: 5 });
const logits = uniform([3, 4], { seed: 2, low: -2, high: 2 });

const DRAWS: Readonly<Record<string, (seed: TensorLike) => Tensor>> = {
  randomInt: (seed) => randomInt([9], { seed, low: -5, high: 1000 }),
  truncatedNormal: (seed) => truncatedNormal([3, 3], { seed, mean: 1 }),
  "truncatedNormal of a tail": (seed) => truncatedNormal([9], { seed, low: 5, high: 7, ...double }),
  exponential: (seed) => exponential([33], { seed, scale: 0.7 }),
  "exponential in float64": (seed) => exponential([33], { seed, ...double }),
  gumbel: (seed) => gumbel([5], { seed, location: 1 }),
  laplace: (seed) => laplace([31], { seed, scale: 2 }),
  bernoulli: (seed) => bernoulli(alphas.div(5), { seed }),
  "bernoulli of a number": (seed) => bernoulli(0.4, { seed, shape: [50] }),
  categorical: (seed) => categorical(logits, { seed, shape: [5, 3] }),
  gamma: (seed) => gamma(alphas, { seed, shape: [2, 7] }),
  "gamma in float64": (seed) => gamma(alphas.cast("float64"), { seed }),
  "permutation of a number": (seed) => permutation(40, { seed }),
  permutation: (seed) => permutation(logits, { seed }),
  dropout: (seed) => dropout(alphas, { seed, rate: 0.3 }),
  splitSeed: (seed) => splitSeed(seed, 6),
};

describe.each(Object.entries(DRAWS))("%s has the same bits", (name, draw) => {
  test("on both runners, compiled, and for numbers and tensors as seeds", () => {
    const seeds = [0, 7, 2 ** 31 - 1, 2 ** 53 - 1];
    for (const seed of sampled(seeds, 2, Object.keys(DRAWS).indexOf(name))) {
      setRunner("js");
      const expected = draw(seed);
      const given = tensor(seed, double);
      expectSameBits(compile(draw)(given), expected);
      setRunner("wasm");
      expectSameBits(draw(seed), expected);
      expectSameBits(draw(given), expected);
      expectSameBits(compile(draw)(given), expected);
      expectSameBits(compile(() => draw(seed))(), expected);
      if (seed < 2 ** 31) {
        expectSameBits(draw(tensor(seed, whole)), expected);
        expectSameBits(compile(draw)(tensor(seed, whole)), expected);
      }
    }
  });

  test("inside loops, conditions and checkpoints", () => {
    const seeds = tensor([3, 1, 4], whole);
    const each = [3, 1, 4].map((seed) => draw(seed));
    const rows = (given: Tensor) =>
      scan((carry: Tensor, seed: Tensor) => [carry, draw(seed)], tensor(0), given)[1];
    const last = (given: Tensor) =>
      forLoop(
        tensor(0, whole),
        tensor(3, whole),
        (i: Tensor, _: Tensor) => draw(given.take(i)),
        draw(9),
      );
    const either = (given: Tensor) =>
      cond(
        given.at(0).greater(2),
        () => draw(given.at(1)),
        () => draw(given.at(2)),
      );
    const again = (given: Tensor) => checkpoint(draw)(given.at(0));
    type Of = (given: Tensor) => Tensor;
    for (const run of [(fn: Of): Of => fn, (fn: Of): Of => compile(fn)]) {
      expectSameBits(run(rows)(seeds), stack(each));
      expectSameBits(run(last)(seeds), draw(4));
      expectSameBits(run(either)(seeds), draw(1));
      expectSameBits(run(again)(seeds), draw(3));
    }
  });

  test("for a batch of seeds as in a loop over them", () => {
    const seeds = tensor([3, 1, 4, 2 ** 53 - 1], double);
    const each = stack([3, 1, 4, 2 ** 53 - 1].map((seed) => draw(seed)));
    expectSameBits(vectorize(draw)(seeds), each);
    expectSameBits(compile(vectorize(draw))(seeds), each);
    const square = vectorize(vectorize(draw))(seeds.reshape([2, 2]));
    expectSameBits(square.reshape(each.shape), each);
  });
});

test("parameters that are a batch draw as in a loop, with one seed or their own", () => {
  const seeds = tensor([3, 1, 4], whole);
  const cases: readonly (readonly [(x: Tensor, seed: TensorLike) => Tensor, Tensor])[] = [
    [(x, seed) => gamma(x, { seed, shape: [2, 4] }), logits.abs().add(0.1)],
    [(x, seed) => bernoulli(x.sigmoid(), { seed }), logits],
    [(x, seed) => categorical(x, { seed, shape: [5] }), logits],
    [(x, seed) => permutation(x, { seed }), logits],
    [(x, seed) => dropout(x, { seed }), logits],
  ];
  for (const [draw, x] of cases) {
    const own = stack([0, 1, 2].map((i) => draw(x.at(i), seeds.at(i))));
    expectSameBits(vectorize(draw)(x, seeds), own);
    expectSameBits(compile(vectorize(draw))(x, seeds), own);
    const shared = stack([0, 1, 2].map((i) => draw(x.at(i), 8)));
    expectSameBits(vectorize((row: Tensor) => draw(row, 8))(x), shared);
    expectSameBits(compile(vectorize((row: Tensor) => draw(row, 8)))(x), shared);
  }
});

test("bits stay for ever", () => {
  const bits = Object.entries(DRAWS).map(([name, draw]) => {
    const drawn = draw(1);
    return `${name}: ${drawn.reshape([drawn.size]).slice([0], [3])}`;
  });
  expect(bits).toMatchInlineSnapshot(`
    [
      "randomInt: [787 658 512]",
      "truncatedNormal: [2.5280786 0.5682525 1.0975827]",
      "truncatedNormal of a tail: [5.57802925 5.07525312 5.14797933]",
      "exponential: [0.6824662 1.1512977 0.4988993]",
      "exponential in float64: [0.97495172 1.64471101 0.7127133 ]",
      "gumbel: [1.3372798 5.6184187 1.0467676]",
      "laplace: [-1.1572925  -0.04424542 -2.8541937 ]",
      "bernoulli: [ True False False]",
      "bernoulli of a number: [False False False]",
      "categorical: [1 3 1]",
      "gamma: [2.5911002e+00 1.0154616e-01 1.2997311e-03]",
      "gamma in float64: [2.59110015e+00 1.01546158e-01 1.29973105e-03]",
      "permutation of a number: [33 32 35]",
      "permutation: [ 0.4785676 -1.2647393 -0.4440987]",
      "dropout: [5.112757   0.6814739  0.35507572]",
      "splitSeed: [2.51232439e+15 6.14657310e+15 8.77193086e+14]",
    ]
  `);
});

test("numbers as seeds are drawn from once, as constants of a compiled function", () => {
  for (const name of ["randomInt", "truncatedNormal", "exponential", "splitSeed"]) {
    const fixed = compile((x: Tensor) => x.add((DRAWS[name] as (seed: number) => Tensor)(3)));
    expect(fixed.program(tensor(1)).describe()).not.toContain("uniform");
  }
});

test("empty tensors are drawn, too", () => {
  const seed = 1;
  expect(gamma(1, { shape: [0, 2], seed }).shape).toEqual([0, 2]);
  expect(exponential([0], { seed }).shape).toEqual([0]);
  expect(categorical(logits, { shape: [0, 3], seed }).shape).toEqual([0, 3]);
  expect(bernoulli(1, { shape: [0], seed }).shape).toEqual([0]);
  expect(dropout(tensor([]), { seed }).shape).toEqual([0]);
  expect(splitSeed(1, 0).shape).toEqual([0]);
});

test("what makes no sense is refused", () => {
  const seed = 1;
  const calls: readonly (readonly [() => unknown, string])[] = [
    [() => randomInt([2], wrong({ seed })), "randomInt: high: expected an integer, got undefined."],
    [
      () => randomInt([2], { seed, low: 3, high: 3 }),
      "randomInt: low and high: expected integers from -2^31 to 2^31 with low < high, got 3 and 3.",
    ],
    [
      () => randomInt([2], { seed, high: 2 ** 31 + 1 }),
      "randomInt: low and high: expected integers from -2^31 to 2^31 with low < high, got 0 and 2147483649.",
    ],
    [() => randomInt([2], { seed, high: 2.5 }), "randomInt: high: expected an integer, got 2.5."],
    [
      () => exponential([2], { seed, scale: -1 }),
      "exponential: scale: expected a finite number from 0, got -1.",
    ],
    [
      () => exponential(wrong(2), { seed }),
      "exponential: shape: expected an array of non-negative integers, got 2.",
    ],
    [
      () => gumbel([2], { seed, location: Number.NaN }),
      "gumbel: location: expected a finite number, got NaN.",
    ],
    [
      () => laplace([2], { seed, scale: Number.POSITIVE_INFINITY }),
      "laplace: scale: expected a finite number from 0, got Infinity.",
    ],
    [
      () => laplace([2], { seed, dtype: "int32" }),
      "laplace: dtype: expected float32 or float64, got int32.",
    ],
    [
      () => truncatedNormal([2], { seed, low: 2, high: -2 }),
      "truncatedNormal: low and high: expected numbers with low < high, got 2 and -2.",
    ],
    [
      () => truncatedNormal([2], { seed, low: Number.NaN }),
      "truncatedNormal: low and high: expected numbers with low < high, got NaN and 2.",
    ],
    [
      () => bernoulli(tensor([0.5, 1.5]), { seed }),
      "bernoulli: p: expected numbers from 0 to 1, got 1.5.",
    ],
    [
      () => bernoulli(tensor([0.5, 0.5]), { seed, shape: [3] }),
      "bernoulli: shape: expected one to which that of p, [2], broadcasts, got [3].",
    ],
    [
      () => categorical(1, { seed }),
      "categorical: logits: expected a last axis with at least one class, got the shape [].",
    ],
    [
      () => categorical(logits, { seed, shape: [2] }),
      "categorical: shape: expected one to which that of logits, [3], broadcasts, got [2].",
    ],
    [() => gamma(0, { seed }), "gamma: alpha: expected finite numbers above 0, got 0."],
    [
      () => gamma(alphas, { seed, shape: [3] }),
      "gamma: shape: expected one to which that of alpha, [7], broadcasts, got [3].",
    ],
    [
      () => permutation(-1, { seed }),
      "permutation: x: expected an integer from 0, or a tensor with an axis, got -1.",
    ],
    [
      () => permutation(tensor(3), { seed }),
      "permutation: x: expected an integer from 0, or a tensor with an axis, got a scalar tensor.",
    ],
    [
      () => dropout(alphas, { seed, rate: 1.1 }),
      "dropout: rate: expected a number from 0 to 1, got 1.1.",
    ],
    [() => splitSeed(1, -1), "splitSeed: count: expected a non-negative integer, got -1."],
  ];
  for (const [call, message] of calls) expect(call).toThrow(message);
  const expected = "seed: expected an integer from 0 to 2^53 - 1";
  for (const [name, draw] of Object.entries(DRAWS)) {
    const op = name.split(" ")[0];
    expect(() => draw(wrong(undefined))).toThrow(`${op}: ${expected}, got undefined.`);
    expect(() => draw(-1)).toThrow(`${op}: ${expected}, got -1.`);
    expect(() => draw(tensor(-1, whole))).toThrow(`${op}: ${expected}, got -1.`);
    expect(() => draw(tensor([1, 2], whole))).toThrow(`${op}: seed: expected a scalar`);
    expect(() => draw(tensor(1))).toThrow(`${op}: seed: expected int32 or float64, got float32.`);
    expect(() => compile(draw)(tensor(-1, whole))).toThrow(`${expected}, got -1.`);
  }
});
