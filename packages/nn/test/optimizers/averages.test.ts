/** Averages of weights: with PyTorch's numbers, as state, compiled, and in place of the weights. */

import { readFileSync } from "node:fs";
import {
  allClose,
  compile,
  freeze,
  loadState,
  state,
  Tanh,
  type Tensor,
  tensor,
  treeLeaves,
  unfreeze,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  AveragedWeights,
  BatchNorm,
  Dense,
  meanSquaredError,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

interface Golden {
  readonly x: number[][];
  readonly y: number[][];
  readonly weight: number[][];
  readonly runs: {
    readonly decay: number;
    readonly averages: Record<string, number[][]>[];
    readonly evaluated: number[][];
  }[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL("../golden/averages.json", import.meta.url), "utf8"),
);
const dtype = "float64";
const [x, y] = [tensor(golden.x, { dtype }), tensor(golden.y, { dtype })];

function makeTraining(decay: number) {
  const model = new Sequential(
    new Dense(3, 2, { dtype }),
    new BatchNorm(2, { momentum: 0.25, dtype }),
  );
  loadState(model, { "layers.0.weight": tensor(golden.weight, { dtype }) }, { partial: true });
  const optimizer = new SGD(model, { learningRate: 0.1, momentum: 0.5 });
  const averages = new AveragedWeights(model, { decay });
  const step = () => {
    const loss = optimizer.minimize(() => meanSquaredError(model.forward(x), y));
    averages.update();
    return loss;
  };
  return { model, optimizer, averages, step };
}

function expectClose(actual: Tensor, expected: number[] | number[][]): void {
  const values = tensor(expected, { dtype });
  expect(allClose(actual, values, { relative: 1e-12, absolute: 1e-13 })).toBe(true);
}

const expectSameState = (first: object, second: object) =>
  expectSameLeaves(state(first), state(second));

function expectSameLeaves(first: object, second: object): void {
  const [own, other] = [treeLeaves(first), treeLeaves(second)];
  expect(own.length).toBeGreaterThan(0);
  expect(own.length).toBe(other.length);
  own.forEach((value, i) => {
    expectSameBits(value, other[i] as Tensor);
  });
}

describe("averages of weights", () => {
  test.each(golden.runs)("are PyTorch's with decay $decay, eager and compiled", (run) => {
    const [eager, compiled] = [makeTraining(run.decay), makeTraining(run.decay)];
    const step = compile(compiled.step);
    for (const expected of run.averages) {
      eager.step();
      step();
      expect(Object.keys(eager.averages.weights)).toEqual(Object.keys(expected));
      for (const [name, values] of Object.entries(expected)) {
        expectClose(eager.averages.weights[name]?.value as Tensor, values);
      }
    }
    expectSameState(compiled, eager);
    // The running statistics are those of the model; PyTorch's are those of its last update.
    const { model, averages } = eager;
    model.train(false);
    expectClose(
      averages.within(() => model.forward(x)),
      run.evaluated,
    );
  });

  test("are state: a training that is loaded goes on with the same bits", () => {
    const [first, second] = [makeTraining(0.9), makeTraining(0.9)];
    for (let i = 0; i < 3; i++) first.step();
    loadState(second, state(first));
    for (const { step } of [first, second]) for (let i = 0; i < 3; i++) step();
    expectSameState(second, first);
    expect(second.averages.count.value.item()).toBe(6);
  });

  test("stand in the model while a function runs, also where it throws", () => {
    const { model, averages, step } = makeTraining(0.9);
    for (let i = 0; i < 3; i++) step();
    const before = state(model);
    const expectWeights = (same: boolean) => {
      const weight = (model.layers[0] as Dense).weight.value;
      const own = Object.values(averages.weights)[0]?.value as Tensor;
      const saved = treeLeaves(before)[0] as Tensor;
      expectSameBits(same ? weight : own, saved);
    };
    averages.within(() => expectWeights(false));
    expectWeights(true);
    const fail = () => {
      throw new Error("stop");
    };
    expect(() => averages.within(fail)).toThrow("stop");
    expectWeights(true);
    expectSameLeaves(before, state(model));
  });

  test("make a model of their own, and evaluate in compiled functions", () => {
    const { model, averages, step } = makeTraining(0.9);
    for (let i = 0; i < 3; i++) step();
    const copy = new Sequential(
      new Dense(3, 2, { dtype }),
      new BatchNorm(2, { momentum: 0.25, dtype }),
    );
    loadState(
      copy,
      averages.within(() => state(model)),
    );
    const evaluate = compile(() => averages.within(() => model.forward(x)));
    model.train(false);
    copy.train(false);
    expectSameBits(evaluate(), copy.forward(x));
    const weights = state(averages)["weights"];
    const { missing, left } = loadState(copy, weights as Record<string, Tensor>, { partial: true });
    expect([missing, left]).toEqual([["layers.1.runningMean", "layers.1.runningVariance"], []]);
  });

  describe("in a function inside of another", () => {
    const makeEvaluated = () => {
      const { model, averages, step } = makeTraining(0.9);
      for (let i = 0; i < 3; i++) step();
      model.train(false);
      const before = state({ model, averages });
      const own = model.forward(x);
      averages.swap();
      const averaged = model.forward(x);
      averages.swap();
      return { model, averages, before, own, averaged, evaluate: () => model.forward(x) };
    };
    const within = (averages: AveragedWeights, depth: number, fn: () => Tensor): Tensor =>
      depth === 0 ? fn() : averages.within(() => within(averages, depth - 1, fn));

    // The combinations of eager and compiled calls, from the outermost to the innermost.
    const nests = [1, 2, 3].flatMap((depth) =>
      Array.from({ length: 2 ** depth }, (_, bits) =>
        Array.from({ length: depth }, (_, i) => (bits >> i) % 2 === 1),
      ),
    );
    test.each(nests.map((nest) => [nest.map((each) => (each ? "compiled" : "eager")), nest]))(
      "stay in the model: %s",
      (_, nest) => {
        const { model, averages, before, own, averaged, evaluate } = makeEvaluated();
        const functions: (() => Tensor)[] = [evaluate];
        for (const isCompiled of nest.toReversed() as boolean[]) {
          const inner = functions.at(-1) as () => Tensor;
          const call = () => averages.within(inner);
          functions.push(isCompiled ? compile(call) : call);
        }
        // Each compiled function is also called directly before and after, and inside of an eager call.
        for (const each of [...functions.toReversed(), ...functions.slice(1)]) {
          expectSameBits(each(), each === evaluate ? own : averaged);
          expectSameBits(averages.within(each), averaged);
          expectSameBits(evaluate(), own);
        }
        expectSameLeaves(state({ model, averages }), before);
      },
    );

    test("stay in the model, after which it has its own weights, also after errors at any depth", () => {
      const { model, averages, before, own, averaged, evaluate } = makeEvaluated();
      const fail = () => {
        throw new Error("stop");
      };
      for (const depth of [1, 2, 3]) {
        expect(() => within(averages, depth, fail)).toThrow("stop");
        expect(() => compile(() => within(averages, depth, fail))()).toThrow("stop");
        const caught = averages.within(() => {
          expect(() => within(averages, depth, fail)).toThrow("stop");
          return evaluate();
        });
        expectSameBits(caught, averaged);
        expectSameBits(within(averages, depth, evaluate), averaged);
        expectSameBits(evaluate(), own);
      }
      expectSameLeaves(state({ model, averages }), before);
    });

    test("stay in a model that has them by swap; a compiled function refuses", () => {
      const { averages, own, averaged, evaluate } = makeEvaluated();
      const compiled = compile(() => averages.within(evaluate));
      expectSameBits(compiled(), averaged);
      averages.swap();
      expectSameBits(averages.within(evaluate), averaged);
      expectSameBits(evaluate(), averaged);
      expect(compiled).toThrow(
        "AveragedWeights.within: swapped: expected 0, a model that has its own weights: swap() them back, got 1",
      );
      averages.swap();
      expectSameBits(compiled(), averaged);
      expectSameBits(evaluate(), own);
    });
  });

  test("refuse an update while the model has them, eager and compiled", () => {
    const { averages } = makeTraining(0.9);
    const update = compile(() => averages.update());
    averages.swap();
    const message =
      "AveragedWeights.update: swapped: expected 0, a model that has its own weights: swap() them back, got 1";
    expect(() => averages.update()).toThrow(message);
    expect(() => update()).toThrow(message);
    averages.swap();
    update();
    expect(averages.count.value.item()).toBe(1);
  });

  test("follow what is frozen and thawed, and refuse other parts, and models without parameters", () => {
    expect(() => new AveragedWeights(new Tanh())).toThrow(
      "AveragedWeights: model: expected parameters, got none",
    );
    const model = { body: new Dense(2, 1), head: new Dense(2, 1) };
    freeze(model.body);
    const averages = new AveragedWeights(model, { decay: 0.5 });
    averages.update();
    unfreeze(model);
    const { weight } = model.body;
    const before = weight.value;
    weight.assign(before.add(1));
    averages.update();
    const average = averages.weights["body.weight"]?.value ?? before;
    expect(allClose(average, before.add(0.5), { relative: 1e-6 })).toBe(true);
    model.head = new Dense(2, 1);
    expect(() => averages.update()).toThrow(
      "AveragedWeights.update: model: expected the parameters that it had, got another, head.weight",
    );
    expect(() => new AveragedWeights(model, { decay: 1 })).toThrow("AveragedWeights: decay:");
  });

  test("stand in a loop of trainingStep", () => {
    const { model, optimizer, averages } = makeTraining(0.5);
    const twin = makeTraining(0.5);
    const step = trainingStep(
      model,
      (own: Sequential) => meanSquaredError(own.forward(x), y),
      optimizer,
    );
    for (let i = 0; i < 3; i++) {
      step();
      averages.update();
      twin.step();
    }
    expectSameState(averages, twin.averages);
  });
});
