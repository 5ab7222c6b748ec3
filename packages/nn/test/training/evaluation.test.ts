/**
 * fit leaves a model in evaluation mode. Training the model in that mode causes one warning.
 */

import { compile, tensor, valueAndGrad } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { watchWarnings } from "../../../core/test/support/warnings.ts";
import {
  BatchNorm,
  batches,
  Dense,
  Dropout,
  fit,
  LBFGS,
  meanSquaredError,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

const warned = watchWarnings();

const x = tensor([
  [1, 2],
  [3, 4],
  [5, 7],
]);
const y = tensor([[1], [2], [4]]);
const lossOf = (model: Sequential) => meanSquaredError(model.forward(x), y);

/** Returns a model that fit has trained for an epoch. */
async function fitted(...middle: readonly (Dropout | BatchNorm)[]): Promise<Sequential> {
  const model = new Sequential(
    new Dense(2, 3, { seed: 1 }),
    ...middle,
    new Dense(3, 1, { seed: 2 }),
  );
  await fit(model, {
    data: batches({ x, y }, { size: 3 }),
    loss: (own, batch) => meanSquaredError(own.forward(batch.x), batch.y),
    optimizer: new SGD(model, { learningRate: 0.01 }),
    epochs: 1,
  }).run();
  return model;
}

const sgd = (model: Sequential) => new SGD(model, { learningRate: 0.01 });

/** Functions that train a model for two steps, in different ways. */
const ways: Readonly<Record<string, (model: Sequential) => void>> = {
  trainingStep: (model) => {
    const step = trainingStep(model, lossOf, sgd(model));
    step();
    step();
  },
  "minimize, eager": (model) => {
    const optimizer = sgd(model);
    for (let i = 0; i < 2; i++) optimizer.minimize(() => lossOf(model));
  },
  "minimize, compiled": (model) => {
    const optimizer = sgd(model);
    const step = compile(() => optimizer.minimize(() => lossOf(model)));
    step();
    step();
  },
  "valueAndGrad and step": (model) => {
    const optimizer = sgd(model);
    for (let i = 0; i < 2; i++) {
      const { gradient } = valueAndGrad(() => lossOf(model), { variables: model.variables })();
      optimizer.step(gradient);
    }
  },
  "forward, backward and step": (model) => {
    const optimizer = sgd(model);
    for (let i = 0; i < 2; i++) {
      model.zeroGradient();
      model.backward(model.forward(x).sub(y));
      optimizer.step();
    }
  },
  "an optimizer of the last layer alone": (model) => {
    const optimizer = new SGD(model.layers.at(-1) as Dense, { learningRate: 0.01 });
    for (let i = 0; i < 2; i++) optimizer.minimize(() => lossOf(model));
  },
  LBFGS: (model) => {
    new LBFGS(model, { maxSteps: 2 }).minimize(() => lossOf(model));
  },
};

describe.each(Object.entries(ways))("training by %s", (_, train) => {
  test("is told once that the model is in evaluation", async () => {
    train(await fitted(new Dropout(0.5, { seed: 3 })));
    expect(warned.mock.calls.flat()).toEqual([
      expect.stringMatching(
        /^graddiff: .+ trains a model that fit has left in evaluation: Dropout computes as in evaluation\. Call model\.train\(\) before the steps, or model\.train\(false\) if that is meant\.$/,
      ),
    ]);
  });

  test.each([
    ["in training again", (model: Sequential) => model.train()],
    ["in evaluation on purpose", (model: Sequential) => model.train(false)],
  ])("is told nothing where the model is %s", async (_name, choose) => {
    const model = await fitted(new Dropout(0.5, { seed: 3 }), new BatchNorm(3));
    model.forward(x);
    choose(model);
    train(model);
    expect(warned).not.toHaveBeenCalled();
  });
});

test("frozen statistics are no surprise", async () => {
  const norm = new BatchNorm(3);
  const model = await fitted(norm);
  for (const variable of norm.variables) variable.trainable = false;
  ways["trainingStep"]?.(model);
  expect(warned).not.toHaveBeenCalled();
  const another = await fitted(new BatchNorm(3));
  ways["trainingStep"]?.(another);
  expect(warned).toHaveBeenCalledTimes(1);
});

test("prediction, another model and another fit are told nothing", async () => {
  const model = await fitted(new Dropout(0.5, { seed: 3 }));
  model.forward(x);
  const other = new Sequential(new Dense(2, 1, { seed: 4 }));
  ways["trainingStep"]?.(other);
  ways["trainingStep"]?.(await fitted());
  await fit(model, {
    data: batches({ x, y }, { size: 3 }),
    loss: (own, batch) => meanSquaredError(own.forward(batch.x), batch.y),
    optimizer: sgd(model),
    epochs: 1,
  }).run();
  expect(warned).not.toHaveBeenCalled();
});
