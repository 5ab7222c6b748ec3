/** Models that are trained on a GPU have the weights of WebAssembly, within a bound. */

import { relu, state, type Tensor, tensor, uniform } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { errorOf, openForTests } from "../../../core/test/webgpu/open.ts";
import {
  Adam,
  BatchNorm,
  batches,
  Conv2d,
  crossEntropy,
  Dense,
  Dropout,
  Flatten,
  fit,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

const gpu = await openForTests();

/** The largest difference of weights after 20 steps, relative to the largest weight. */
const BOUND = 1e-5;

const x = uniform([48, 6], { seed: 1, low: -1 });
const classes = tensor(
  Array.from({ length: 48 }, (_, i) => (i * 7) % 4),
  { dtype: "int32" },
);
const data = { x, y: classes };

const network = () =>
  new Sequential(new Dense(6, 16), relu, new Dropout(0.2, { seed: 9 }), new Dense(16, 4), {
    seed: 3,
  });

const optimizers = {
  SGD: (model: Sequential) => new SGD(model, { learningRate: 0.1, momentum: 0.9 }),
  Adam: (model: Sequential) => new Adam(model, { learningRate: 0.02 }),
};

const lossOf = (model: Sequential, batch: { x: Tensor; y: Tensor }) =>
  crossEntropy(model.forward(batch.x), batch.y);

async function expectNear(got: Sequential, expected: Sequential): Promise<void> {
  await gpu.read(got.variables);
  got.variables.forEach((variable, i) => {
    const want = expected.variables[i]?.value as Tensor;
    const scale = want.abs().max().item();
    expect(variable.value.sub(want).abs().max().item()).toBeLessThanOrEqual(BOUND * scale);
  });
}

describe.each(Object.entries(optimizers))("by %s", (_, make) => {
  test("20 steps of trainingStep", async () => {
    const [model, other, untrained] = [network(), network(), network()];
    for (const each of [model, other]) each.train();
    const step = trainingStep(model, lossOf, make(model), { backend: gpu });
    const expected = trainingStep(other, lossOf, make(other));
    for (let i = 0; i < 20; i++) {
      const want = expected(data).item();
      // Half of the losses are never read.
      const loss = step(data);
      if (i % 2 === 0) expect((await loss.read()).item()).toBeCloseTo(want, 4);
    }
    await expectNear(model, other);
    await expect(expectNear(untrained, other)).rejects.toThrow();
  });

  test("20 steps of fit, with a validation", async () => {
    const runs = [gpu, "wasm" as const].map((backend) => {
      const model = network();
      const run = fit(model, {
        data: batches(data, { size: 12, shuffle: true, seed: 4 }),
        loss: lossOf,
        optimizer: make(model),
        epochs: 5,
        validation: [data],
        backend,
      });
      return { model, run };
    });
    const [own, other] = runs as [(typeof runs)[0], (typeof runs)[0]];
    await own.run.run();
    await other.run.run();
    expect(own.run.history.length).toBe(5);
    own.run.history.rows.forEach((row, i) => {
      const want = other.run.history.rows[i];
      expect(row.training.loss).toBeCloseTo(want?.training.loss ?? 0, 4);
      expect(row.validation?.["loss"]).toBeCloseTo(want?.validation?.["loss"] ?? 0, 4);
    });
    // At the end of the run the host has the weights.
    expect(Number.isFinite(own.model.variables[0]?.value.sum().item())).toBe(true);
    await expectNear(own.model, other.model);
  });
});

describe.each(Object.entries(optimizers))("a batch norm, by %s", (_, make) => {
  const images = uniform([16, 1, 8, 8], { seed: 1, low: -1 });
  const batch = { x: images, y: classes.slice([0], [16]) };
  const normed = (bias: boolean) =>
    new Sequential(
      new Conv2d(1, 4, 3, { bias }),
      new BatchNorm(4),
      relu,
      new Flatten(),
      new Dense(144, 4),
      { seed: 3 },
    );

  /** Returns the largest difference of two tensors, relative to the largest element. */
  const distance = (got: Tensor, want: Tensor) =>
    got.sub(want).abs().max().item() / want.abs().max().item();

  async function trained(bias: boolean): Promise<readonly [Sequential, Sequential]> {
    const models = [normed(bias), normed(bias)] as const;
    const [own, other] = models;
    for (const model of models) model.train();
    const step = trainingStep(own, lossOf, make(own), { backend: gpu });
    const expected = trainingStep(other, lossOf, make(other));
    for (let i = 0; i < 20; i++) {
      step(batch);
      expected(batch);
    }
    await gpu.read(state(own));
    return models;
  }

  test("has the weights of WebAssembly, but for a bias before it, and the outputs in any case", async () => {
    const [own, other] = await trained(true);
    const { bias } = own.layers[0] as Conv2d;
    own.variables.forEach((variable, i) => {
      const want = other.variables[i]?.value as Tensor;
      // The gradient of the bias before the normalisation is only rounding errors, which Adam turns into steps of full
      // length.
      if (variable !== bias) expect(distance(variable.value, want)).toBeLessThanOrEqual(BOUND);
    });
    // The normalisation subtracts the mean, so the bias has no effect.
    expect(distance(own.forward(images), other.forward(images))).toBeLessThanOrEqual(BOUND);
  });

  test("without the bias has the outputs of an evaluation, too", async () => {
    const [own, other] = await trained(false);
    own.variables.forEach((variable, i) => {
      const want = other.variables[i]?.value as Tensor;
      expect(distance(variable.value, want)).toBeLessThanOrEqual(BOUND);
    });
    for (const model of [own, other]) model.train(false);
    expect(distance(own.forward(images), other.forward(images))).toBeLessThanOrEqual(BOUND);
  });
});

test("gradients of several batches are one step", async () => {
  const [one, two] = [gpu, "wasm" as const].map((backend) => {
    const model = network();
    const optimizer = new Adam(model, { learningRate: 0.02 });
    const run = fit(model, {
      data: batches(data, { size: 12 }),
      loss: lossOf,
      optimizer,
      epochs: 3,
      accumulate: 2,
      backend,
    });
    return { model, run };
  });
  await one?.run.run();
  await two?.run.run();
  await expectNear(one?.model as Sequential, two?.model as Sequential);
});

test("fit stops at a loss that is not finite, with the weights of before", async () => {
  const errors: string[] = [];
  const states: unknown[] = [];
  for (const backend of [gpu, "wasm" as const]) {
    const model = network();
    const optimizer = new Adam(model, { learningRate: 0.01 });
    const run = fit(model, {
      data: [data, data, { x: x.mul(0).div(0), y: classes }, data],
      loss: lossOf,
      optimizer,
      epochs: 2,
      backend,
    });
    errors.push((await errorOf(run.run())).message);
    await gpu.read(model);
    states.push(model.variables.map(({ value }) => value.isFinite().all().item()));
    expect(run.history.length).toBe(0);
  }
  expect(errors[0]).toMatch(/NaN at step 2 of epoch 0/);
  expect(errors[0]).toBe(errors[1]);
  expect(states[0]).toEqual(states[1]);
  expect(states[0]).not.toContain(false);
});

test("fit saves what is on the GPU, and goes on with it", async () => {
  const saved: { tree?: object } = {};
  const runOf = (epochs: number, store: boolean) => {
    const model = network();
    const run = fit(model, {
      data: batches(data, { size: 12, shuffle: true, seed: 4 }),
      loss: lossOf,
      optimizer: new Adam(model, { learningRate: 0.02 }),
      epochs,
      backend: gpu,
      ...(store && {
        saveTo: {
          save: (tree: object) => {
            saved.tree = tree;
          },
          load: () => saved.tree as never,
        },
      }),
    });
    return { model, run };
  };
  const whole = runOf(4, false);
  await whole.run.run();
  await runOf(2, true).run.run();
  const rest = runOf(4, true);
  await rest.run.run();
  expect(rest.run.history.length).toBe(4);
  rest.model.variables.forEach(({ value }, i) => {
    expect(value.toArray()).toEqual(whole.model.variables[i]?.value.toArray());
  });
});
