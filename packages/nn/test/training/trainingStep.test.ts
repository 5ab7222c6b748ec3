/** The training step: a compiled function, which has to know all Variables that are trained. */

import { Layer, relu, type Tensor, tensor, uniform, Variable, valueAndGrad } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  Adam,
  accuracy,
  BatchNorm,
  crossEntropy,
  Dense,
  Dropout,
  meanSquaredError,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const batchOf = (size: number, seed: number): Batch => ({
  x: uniform([size, 2], { seed, low: -1, high: 1 }),
  y: uniform([size, 1], { seed: seed + 100 }),
});

const makeModel = () =>
  new Sequential(
    new Dense(2, 4, { seed: 1 }),
    new BatchNorm(4),
    relu,
    new Dropout(0.25, { seed: 2 }),
    new Dense(4, 1, { seed: 3 }),
  );

const lossOf = (model: Sequential, { x, y }: Batch) => meanSquaredError(model.forward(x), y);

describe("a training step", () => {
  test("has the bits of a step by hand, with modes, statistics and draws", () => {
    const [model, twin] = [makeModel(), makeModel()];
    const step = trainingStep(model, lossOf, new Adam(model, { learningRate: 0.01 }));
    const optimizer = new Adam(twin, { learningRate: 0.01 });
    for (let i = 0; i < 6; i++) {
      // The third batch is smaller, and the mode changes between steps.
      const batch = batchOf(i % 3 === 2 ? 3 : 8, i);
      for (const each of [model, twin]) each.train(i !== 4);
      const { value, gradient } = valueAndGrad(() => lossOf(twin, batch), {
        variables: twin.variables,
      })();
      optimizer.step(gradient);
      expectSameBits(step(batch), value);
    }
    twin.variables.forEach(({ value }, i) => {
      expectSameBits(model.variables[i]?.value as Tensor, value);
    });
  });

  test("returns metrics beside the loss", () => {
    const model = new Dense(2, 3, { seed: 1 });
    const step = trainingStep(
      model,
      (own: Dense, { x, y }: Batch) => {
        const scores = own.forward(x);
        return { loss: crossEntropy(scores, y), accuracy: accuracy(scores, y) };
      },
      new SGD(model, { learningRate: 1 }),
    );
    const batch = {
      x: tensor([
        [1, 0],
        [0, 1],
      ]),
      y: tensor([2, 0], { dtype: "int32" }),
    };
    for (let i = 0; i < 20; i++) step(batch);
    const { loss, accuracy: share } = step(batch);
    expect([loss.item() < 0.2, share.item()]).toEqual([true, 1]);
  });
});

describe("Variables outside of the model", () => {
  /** A layer with a private factor, which is not part of its state. */
  class Hidden extends Layer {
    readonly #factor = new Variable(tensor([2, 3]));
    override compute(x: Tensor): Tensor {
      return x.mul(this.#factor.value);
    }
  }

  test("are an error that names their reader", () => {
    const model = new Sequential(new Hidden(), new Dense(2, 1, { seed: 1 }));
    const step = trainingStep(model, lossOf, new SGD(model, { learningRate: 0.1 }));
    expect(() => step(batchOf(4, 1))).toThrow(
      "trainingStep: loss: expected no trained Variables but those in public properties of the model, got a Variable of float32 and shape [2], which Sequential.layers[0], Hidden reads.",
    );
    // A forward pass alone does not check this.
    expect(model.forward(batchOf(4, 1).x).shape).toEqual([4, 1]);
  });

  test("may be meant", () => {
    const temperature = new Variable(tensor(2));
    const model = new Dense(2, 1, { seed: 1 });
    const loss = (own: Dense, { x, y }: Batch) =>
      meanSquaredError(own.forward(x).div(temperature.value), y);
    const optimizer = new SGD(model, { learningRate: 0.1 });
    expect(() => trainingStep(model, loss, optimizer)(batchOf(4, 1))).toThrow("shape []");
    const step = trainingStep(model, loss, optimizer, { others: temperature });
    expect(step(batchOf(4, 1)).rank).toBe(0);
    temperature.trainable = false;
    expect(trainingStep(model, loss, optimizer)(batchOf(4, 1)).rank).toBe(0);
  });

  test("are no business of an optimizer", () => {
    const [model, other] = [new Dense(2, 1), new Dense(2, 1)];
    const optimizer = new SGD(other, { learningRate: 0.1 });
    expect(() =>
      trainingStep(model, (own, { x }: Batch) => own.forward(x).sum(), optimizer),
    ).toThrow(
      "trainingStep: optimizer: expected an optimizer of Variables of the model, got one that trains another: a Variable of float32 and shape [2, 1]",
    );
    expect(() => Reflect.apply(trainingStep, undefined, [model, lossOf, 3])).toThrow(
      "trainingStep: optimizer: expected an Optimizer",
    );
  });
});

test("a step of several arguments says how to hand them on", () => {
  const model = makeModel();
  const step = trainingStep(model, lossOf, new SGD(model, { learningRate: 0.1 }));
  const { x, y } = batchOf(4, 1);
  const message =
    "the step of trainingStep: expected one batch, got 2 arguments. Hand tensors on together, as in step({ x, y }): the loss takes (model, batch).";
  expect(() => Reflect.apply(step, undefined, [x, y])).toThrow(message);
  expect(() => Reflect.apply(step.program, step, [x, y])).toThrow(message);
  expect(step({ x, y }).rank).toBe(0);
});
