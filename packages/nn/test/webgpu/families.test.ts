/**
 * A model of each family, trained on a GPU with exact roundings: after some steps all weights have WebAssembly's bits.
 */

import {
  cond,
  cumulativeSum,
  normal,
  relu,
  sort,
  type Tensor,
  takeAlongAxis,
  tensor,
  topK,
  uniform,
  variables,
} from "@graddiff/core";
import { expect, test } from "vitest";
import { WHOLE } from "../../../core/test/support/sampling.ts";
import { openForTests } from "../../../core/test/webgpu/open.ts";
import {
  Adam,
  BatchNorm,
  Conv2d,
  crossEntropy,
  Dense,
  Embedding,
  Flatten,
  GRU,
  MaxPool2d,
  meanSquaredError,
  Sequential,
  TransformerBlock,
  trainingStep,
} from "../../src/index.ts";

const gpu = await openForTests({ exact: true });

const STEPS = 6;

const integers = (count: number, most: number) =>
  tensor(
    Array.from({ length: count }, (_, i) => (i * 7 + (i % 3)) % most),
    { dtype: "int32" },
  );

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

async function expectSameWeights<M extends object>(
  make: () => M,
  loss: (model: M, batch: Batch) => Tensor,
  batch: Batch,
): Promise<void> {
  const [own, other] = [make(), make()];
  const before = variables(other).map(({ value }) => value);
  const steps = [own, other].map((model, i) => {
    if (model instanceof Sequential) model.train();
    const optimizer = new Adam(model, { learningRate: 0.01 });
    return trainingStep(model, loss, optimizer, i === 0 ? { backend: gpu } : undefined);
  });
  for (let i = 0; i < STEPS; i++) for (const step of steps) step(batch);
  await gpu.read(own);
  const expected = variables(other);
  variables(own).forEach(({ value }, i) => {
    expect(value.toArray()).toEqual(expected[i]?.value.toArray());
  });
  expect(expected.some(({ value }, i) => value !== before[i])).toBe(true);
}

const classes = (model: Sequential, { x, y }: Batch) => crossEntropy(model.forward(x), y);

test.runIf(WHOLE)("images: convolutions, batch normalisation, pools", async () => {
  const make = () =>
    new Sequential(
      ...[new Conv2d(1, 4, 3, { padding: 1 }), new BatchNorm(4), relu, new MaxPool2d(2)],
      ...[new Conv2d(4, 6, 3, { stride: 2 }), relu, new Flatten(), new Dense(54, 4)],
      { seed: 1 },
    );
  await expectSameWeights(make, classes, {
    x: uniform([8, 1, 14, 14], { seed: 2, low: -1 }),
    y: integers(8, 4),
  });
});

test.runIf(WHOLE)("words: rows of a table and a recurrent layer", async () => {
  const make = () =>
    new Sequential(...[new Embedding(30, 6), new GRU(6, 8, { output: "last" }), new Dense(8, 5)], {
      seed: 1,
    });
  await expectSameWeights(make, classes, {
    x: integers(6 * 7, 30).reshape([6, 7]),
    y: integers(6, 5),
  });
});

test.runIf(WHOLE)("attention, with angles as places", async () => {
  const placed = (x: Tensor) => x.add(cumulativeSum(x.mul(0).add(0.3), 1).sin());
  const make = () =>
    new Sequential(
      ...[placed, new TransformerBlock(8, 2), (x: Tensor) => x.mean(1), new Dense(8, 3)],
      { seed: 4 },
    );
  await expectSameWeights(make, classes, {
    x: uniform([4, 6, 8], { seed: 6, low: -1 }),
    y: integers(4, 3),
  });
});

test("orders: experts that are chosen, and sorted results", async () => {
  const make = () => ({
    gate: new Dense(5, 4, { seed: 1 }),
    experts: new Dense(5, 4, { seed: 2 }),
  });
  const loss = ({ gate, experts }: ReturnType<typeof make>, { x, y }: Batch) => {
    const { values, indices } = topK(gate.forward(x), 2);
    const own = takeAlongAxis(experts.forward(x), indices, 1);
    return meanSquaredError(sort(own.mul(values.softmax(1)).sum(1)), sort(y));
  };
  await expectSameWeights(make, loss, {
    x: uniform([20, 5], { seed: 3, low: -1 }),
    y: uniform([20], { seed: 4 }),
  });
});

test.runIf(WHOLE)("noise, powers, and a loss that takes a branch", async () => {
  const loss = (model: Sequential, { x, y }: Batch) => {
    const noisy = x.add(normal(x.shape, { seed: 5 }).mul(0.1));
    const error = model.forward(noisy).sub(y).abs().add(0.1).pow(1.5).mean();
    return cond(
      error.greater(0.6),
      () => error.mul(0.5),
      () => error.square(),
    );
  };
  await expectSameWeights(
    () => new Sequential(new Dense(4, 8), relu, new Dense(8, 3), { seed: 1 }),
    loss,
    { x: uniform([9, 4], { seed: 1, low: -1 }), y: uniform([9, 3], { seed: 2 }) },
  );
});
