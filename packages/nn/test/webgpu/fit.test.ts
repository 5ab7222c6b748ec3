/** All of `fit` on a GPU with exact roundings has the same bits as on WebAssembly, though losses are known later. */

import {
  relu,
  state,
  type Tensor,
  type TensorTree,
  take,
  tensor,
  treeLeaves,
  uniform,
} from "@graddiff/core";
import type { WebGpu } from "@graddiff/core/webgpu";
import { describe, expect, test } from "vitest";
import { WHOLE } from "../../../core/test/support/sampling.ts";
import { errorOf, openForTests } from "../../../core/test/webgpu/open.ts";
import {
  Adam,
  AveragedWeights,
  accuracy,
  batches,
  crossEntropy,
  Dense,
  Dropout,
  f1,
  fit,
  meanSquaredError,
  reduceOnPlateau,
  Sequential,
  SGD,
  topKAccuracy,
} from "../../src/index.ts";
import { testResuming } from "../support/resuming.ts";

const gpu = await openForTests({ exact: true });

type Backend = WebGpu | "wasm";

/** The number of steps that may be started before their losses are known. */
const MOST = 2;

const x = uniform([48, 6], { seed: 1, low: -1 });
const y = tensor(
  Array.from({ length: 48 }, (_, i) => (i * 7) % 4),
  { dtype: "int32" },
);

const network = () =>
  new Sequential(new Dense(6, 16), relu, new Dropout(0.2, { seed: 9 }), new Dense(16, 4), {
    seed: 3,
  });

type Batch = { readonly x: Tensor; readonly y: Tensor };

const lossOf = (model: Sequential, batch: Batch) => {
  const predicted = model.forward(batch.x);
  return {
    loss: crossEntropy(predicted, batch.y),
    predicted,
    expected: batch.y,
    size: predicted.square().mean(),
  };
};

const metrics = {
  accuracy,
  top: topKAccuracy.streaming({ k: 2 }),
  f1: f1.streaming({ classes: 4, average: "macro" }),
};

/** Returns the elements of all tensors in a tree. */
const elementsOf = (tree: object) => treeLeaves(tree as TensorTree).map((own) => own.toArray());

/** Runs a function on both backends, and expects equal results. */
async function expectSame(run: (backend: Backend) => Promise<unknown>): Promise<void> {
  const [own, expected] = [await run(gpu), await run("wasm")];
  expect(own).toEqual(expected);
}

describe("the bits of WebAssembly", () => {
  test.runIf(WHOLE)(
    "metrics, averages, early stopping, a schedule, and what is saved",
    async () => {
      const saved: unknown[] = [];
      await expectSame(async (backend) => {
        const model = network();
        const optimizer = new Adam(model, { learningRate: 0.2 });
        const average = new AveragedWeights(model, { decay: 0.7 });
        const trees: unknown[] = [];
        const run = fit(model, {
          data: batches({ x, y }, { size: 12, shuffle: true, seed: 4 }),
          loss: lossOf,
          optimizer,
          epochs: 12,
          validation: batches({ x, y }, { size: 20 }),
          metrics,
          average,
          earlyStopping: { metric: "loss", patience: 1 },
          schedule: reduceOnPlateau(optimizer, { patience: 0 }),
          saveTo: {
            every: 3,
            save: (tree: TensorTree, { step }) => {
              trees.push([step, elementsOf(tree)]);
            },
            load: () => undefined,
          },
          backend,
        });
        await run.run();
        saved.push(trees.length);
        return [
          run.history.toJSON(),
          run.ended,
          trees,
          elementsOf(state({ model, optimizer, average })),
        ];
      });
      expect(saved[0]).toBeGreaterThan(4);
    },
  );

  test.runIf(WHOLE)(
    "masks, several losses, and epochs of some steps with gradients of several batches",
    async () => {
      await expectSame(async (backend) => {
        const model = network();
        const run = fit(model, {
          data: batches({ x, y }, { size: 20, last: "pad" }),
          loss: (own, { batch, mask }: { batch: Batch; mask: Tensor }) => {
            const predicted = own.forward(batch.x);
            return {
              loss: crossEntropy(predicted, batch.y, { mask }),
              predicted,
              expected: batch.y,
              mask,
            };
          },
          optimizer: new SGD(model, { learningRate: 0.1 }),
          epochs: 3,
          metrics: { accuracy },
          backend,
        });
        await run.run();
        return [run.history.toJSON(), elementsOf(state(model))];
      });
      await expectSame(async (backend) => {
        const [one, two] = [new Dense(6, 4, { seed: 1 }), new Dense(4, 6, { seed: 2 })];
        const model = { one, two };
        const run = fit(model, {
          data: batches({ x }, { size: 12 }),
          optimizers: {
            first: {
              loss: (own: typeof model, batch: { x: Tensor }) =>
                meanSquaredError(own.two.forward(own.one.forward(batch.x)), batch.x),
              optimizer: new Adam(one, { learningRate: 0.02 }),
            },
            second: {
              loss: (own: typeof model, batch: { x: Tensor }) =>
                meanSquaredError(own.two.forward(own.one.forward(batch.x)), batch.x.mul(2)),
              optimizer: new Adam(two, { learningRate: 0.02 }),
            },
          },
          epochs: 2,
          stepsPerEpoch: 5,
          accumulate: 2,
          backend,
        });
        await run.run();
        return [run.history.toJSON(), elementsOf(state(model))];
      });
    },
  );
});

describe("steps that are on their way", () => {
  /** Yields batches, of which one (`bad`) has NaN, or an index out of range. */
  function* batchesWith(bad: number, what: "NaN" | "index", count: number, ask: () => void) {
    for (let i = 0; i < count; i++) {
      ask();
      const own = i === bad;
      yield {
        x: own && what === "NaN" ? x.mul(Number.NaN) : x.mul(1 + i / 10),
        rows: tensor([0, own && what === "index" ? 48 : i], { dtype: "int32" }),
        y,
      };
    }
  }

  const taking = (model: Sequential, { x, y, rows }: Batch & { readonly rows: Tensor }) =>
    crossEntropy(model.forward(x), y).add(take(x, rows, 0).mean());

  /** Trains on batches, and returns the error and the final state. */
  async function trained(backend: Backend, data: () => Generator<Batch & { rows: Tensor }>) {
    const model = network();
    const optimizer = new Adam(model, { learningRate: 0.05 });
    const average = new AveragedWeights(model);
    const run = fit(model, { data: data(), loss: taking, optimizer, epochs: 1, average, backend });
    const error = await run.run().then(
      () => undefined,
      (reason: Error) => reason.message,
    );
    await gpu.read([model.variables, state(optimizer), state(average)]);
    if (error === undefined) average.swap();
    const { swapped, ...averages } = state(average) as Record<string, Tensor>;
    expect(swapped?.item()).toBe(0);
    return {
      error,
      progress: run.progress.step,
      state: elementsOf([state(model), state(optimizer), averages]),
    };
  }

  test.each(["NaN", "index"] as const)("%s at any step leaves what was before it", async (what) => {
    for (const bad of [0, 1, 2, 4, 5]) {
      const own = await trained(gpu, () => batchesWith(bad, what, 6, () => {}));
      const expected = await trained("wasm", () => batchesWith(bad, what, 6, () => {}));
      expect(own.error).toMatch(
        what === "NaN" ? `NaN at step ${bad} of epoch 0` : /48 at position 1/,
      );
      expect(own.error).toBe(expected.error);
      expect(own.progress).toBe(bad);
      if (bad === 0) continue;
      // The state is the same as if the data had ended before the bad batch.
      const ended = await trained(gpu, () => batchesWith(-1, what, bad, () => {}));
      expect(ended.error).toBeUndefined();
      expect(own.state).toEqual(ended.state);
    }
  });

  test("are two at most, and none where there is nothing to wait for", async () => {
    for (const backend of [gpu, "wasm" as const]) {
      const behind: number[] = [];
      const model = network();
      let handed = 0;
      const run = fit(model, {
        data: batchesWith(-1, "NaN", 9, () => behind.push(handed++ - run.progress.step)),
        loss: taking,
        optimizer: new SGD(model, { learningRate: 0.1 }),
        epochs: 1,
        backend,
      });
      await run.run();
      expect(behind.length).toBe(9);
      expect(Math.max(...behind)).toBe(backend === gpu ? MOST : 0);
      expect(run.history.rows[0]?.steps).toBe(9);
    }
  });

  test("a signal ends the run after them, two steps later at most", async () => {
    const model = network();
    const signal = { aborted: false };
    const run = fit(model, {
      data: batches({ x, y }, { size: 6, shuffle: true, seed: 4 }),
      loss: lossOf,
      optimizer: new Adam(model, { learningRate: 0.02 }),
      epochs: 2,
      signal,
      onProgress: ({ step }) => {
        signal.aborted ||= step === 3;
      },
      backend: gpu,
    });
    await run.run();
    expect(run.progress.step).toBeGreaterThanOrEqual(3);
    expect(run.progress.step).toBeLessThanOrEqual(3 + MOST);
  });

  test("steps after an error of a listener are counted, as the weights have them", async () => {
    const whole = network();
    const optionsOf = (model: Sequential) => ({
      data: batches({ x, y }, { size: 6, shuffle: true, seed: 4 }),
      loss: lossOf,
      optimizer: new Adam(model, { learningRate: 0.02 }),
      epochs: 2,
      backend: gpu,
    });
    await fit(whole, optionsOf(whole)).run();
    for (const stop of [3, 6, 7, 8]) {
      const model = network();
      let isThrown = false;
      const run = fit(model, {
        ...optionsOf(model),
        on: {
          step: ({ step }) => {
            if (isThrown || step !== stop) return;
            isThrown = true;
            throw new Error("thrown");
          },
        },
      });
      expect((await errorOf(run.run())).message).toBe("thrown");
      const { rows } = await run.run();
      expect(rows.map(({ steps }) => steps)).toEqual([8, 8]);
      expect(elementsOf(state(model))).toEqual(elementsOf(state(whole)));
    }
  });

  test("data that throw lose none of them", async () => {
    const model = network();
    const run = fit(model, {
      data: batchesWith(-1, "NaN", 9, () => {
        if (run.progress.step >= 3) throw new Error("no more");
      }),
      loss: taking,
      optimizer: new SGD(model, { learningRate: 0.1 }),
      epochs: 1,
      backend: gpu,
    });
    expect((await errorOf(run.run())).message).toBe("no more");
    expect(run.progress.step).toBe(3 + MOST);
  });

  test("a validation that is not finite is refused, too", async () => {
    const model = network();
    const run = fit(model, {
      data: [{ x, y }],
      loss: lossOf,
      optimizer: new SGD(model, { learningRate: 0.1 }),
      epochs: 1,
      validation: [
        { x, y },
        { x: x.div(0), y },
        { x, y },
      ],
      backend: gpu,
    });
    expect((await errorOf(run.run())).message).toMatch(/got NaN at step 1 of epoch 0/);
  });
});

describe("a run", () => testResuming(gpu, 8));
