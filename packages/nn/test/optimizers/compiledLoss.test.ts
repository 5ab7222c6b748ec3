/**
 * `minimize` of a compiled loss: one program, with the bits of an eager step.
 */

import { compile, type Tensor, tensor, uniform, Variable } from "@graddiff/core";
import { expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  Adam,
  cosineDecay,
  Dense,
  LBFGS,
  meanSquaredError,
  Optimizer,
  RMSProp,
  SGD,
} from "../../src/index.ts";

const x = uniform([6, 3], { seed: 1 });
const y = uniform([6, 2], { seed: 2 });

/** Returns a model, and its loss, eager and compiled. */
function make() {
  const model = new Dense(3, 2, { seed: 3 });
  let calls = 0;
  const loss = () => {
    calls++;
    return { loss: meanSquaredError(model.forward(x), y), most: model.forward(x).max() };
  };
  return { model, loss, compiled: compile(loss), calls: () => calls };
}

const OPTIMIZERS: Readonly<Record<string, (model: Dense) => Optimizer>> = {
  SGD: (model) => new SGD(model, { learningRate: 0.1, momentum: 0.9 }),
  Adam: (model) => new Adam(model, { learningRate: cosineDecay(0.1, { steps: 10 }) }),
  RMSProp: (model) =>
    new RMSProp(model, {
      learningRate: 0.01,
      transformGradients: (all) => all.map((g) => g.mul(2)),
    }),
};

test.each(Object.entries(OPTIMIZERS))("%s takes the steps of the loss itself", (_name, of) => {
  const [plain, own] = [make(), make()];
  const [eager, fast] = [of(plain.model), of(own.model)];
  for (let i = 0; i < 5; i++) {
    const [expected, found] = [eager.minimize(plain.loss), fast.minimize(own.compiled)];
    expectSameBits(found.loss, expected.loss);
    expectSameBits(found.most, expected.most);
  }
  expectSameBits(own.model.weight.value, plain.model.weight.value);
  expect(own.calls()).toBe(1);
});

test("a new learning rate, and Variables that are trained no more, count", () => {
  const [plain, own] = [make(), make()];
  const [eager, fast] = [plain, own].map(({ model }) => new SGD(model, { learningRate: 0.1 }));
  const both = () => {
    eager?.minimize(plain.loss);
    fast?.minimize(own.compiled);
    expectSameBits(own.model.weight.value, plain.model.weight.value);
    expectSameBits((own.model.bias as Variable).value, (plain.model.bias as Variable).value);
  };
  both();
  for (const optimizer of [eager, fast]) if (optimizer) optimizer.learningRate = 0.5;
  both();
  for (const { model } of [plain, own]) model.weight.trainable = false;
  both();
  for (const { model } of [plain, own]) model.weight.trainable = true;
  both();
});

test("two optimizers of one loss, and one that counts its steps in a property", () => {
  class Counting extends Optimizer {
    steps = 0;

    constructor(model: Dense) {
      super(model, { learningRate: 0.1 });
    }

    protected override beginStep(): void {
      this.steps++;
    }

    protected override update(
      variable: Variable,
      gradient: Tensor,
      _i: number,
      rate: Tensor,
    ): Tensor {
      return variable.value.sub(gradient.mul(rate).div(this.steps));
    }
  }
  const [plain, own] = [make(), make()];
  const [eager, counting] = [new Counting(plain.model), new Counting(own.model)];
  const other = new SGD(own.model, { learningRate: 0 });
  for (let i = 0; i < 4; i++) {
    eager.minimize(plain.loss);
    other.minimize(own.compiled);
    counting.minimize(own.compiled);
    expectSameBits(own.model.weight.value, plain.model.weight.value);
  }
  expect(counting.steps).toBe(4);
});

test("LBFGS of a compiled loss goes the way of the loss itself", () => {
  const ends = [false, true].map((isCompiled) => {
    const w = new Variable(tensor([-1.2, 1], { dtype: "float64" }));
    const loss = () => {
      const [a, b] = [w.value.slice([0], [1]), w.value.slice([1])];
      return a.square().sub(b).square().mul(100).add(a.sub(1).square()).sum();
    };
    const { steps, evaluations } = new LBFGS(w).minimize(isCompiled ? compile(loss) : loss);
    return { steps, evaluations, w: w.value };
  });
  const [plain, own] = ends as [(typeof ends)[0], (typeof ends)[0]];
  expect([own.steps, own.evaluations]).toEqual([plain.steps, plain.evaluations]);
  expectSameBits(own.w, plain.w);
});
