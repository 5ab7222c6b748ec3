/** The training loop: it gives the results of a loop by hand, also if a run is interrupted and resumed. */

import {
  log,
  relu,
  type State,
  state,
  type Tensor,
  tensor,
  treeLeaves,
  treeMap,
  uniform,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  Adam,
  accuracy,
  BatchNorm,
  batches,
  crossEntropy,
  Dense,
  Dropout,
  type Fit,
  type FitOptions,
  type FitProgress,
  f1,
  fit,
  meanSquaredError,
  reduceOnPlateau,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const points = uniform([50, 2], { seed: 1, low: -1, high: 1 });
const classes = points.square().sum(1).greater(0.7).cast("int32");
const [seen, held] = [
  { x: points.slice([0, 0], [37, 2]), y: classes.slice([0], [37]) },
  { x: points.slice([37, 0], [50, 2]), y: classes.slice([37], [50]) },
];

const makeModel = () =>
  new Sequential(
    new Dense(2, 8, { seed: 1 }),
    new BatchNorm(8),
    relu,
    new Dropout(0.25, { seed: 2 }),
    new Dense(8, 2, { seed: 3 }),
  );

const makeData = () => batches(seen, { size: 8, shuffle: true, seed: 4 });
const lossOf = (model: Sequential, { x, y }: Batch) => crossEntropy(model.forward(x), y);
const compared = (model: Sequential, { x, y }: Batch) => {
  const predicted = model.forward(x);
  return { loss: crossEntropy(predicted, y), predicted, expected: y };
};

function expectSameState(first: object, second: object): void {
  const [own, other] = [treeLeaves(state(first)), treeLeaves(state(second))];
  expect(own.length).toBe(other.length);
  own.forEach((value, i) => {
    expectSameBits(value, other[i] as Tensor);
  });
}

describe("fit", () => {
  test("has the bits of a loop by hand, and its means count examples", async () => {
    const [model, twin] = [makeModel(), makeModel()];
    const optimizer = new Adam(model, { learningRate: 0.01 });
    const run = fit(model, { data: makeData(), loss: lossOf, optimizer, epochs: 3 });
    const history = await run.run();
    const own = new Adam(twin, { learningRate: 0.01 });
    const step = trainingStep(twin, lossOf, own);
    const data = makeData();
    const means: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      let sum = 0;
      for (const batch of data) sum += step(batch).item() * (batch.x.shape[0] ?? 0);
      means.push(sum / 37);
    }
    expectSameState(model, twin);
    expectSameState(optimizer, own);
    expect(history.rows.map(({ training }) => training.loss)).toEqual(means);
    expect(
      history.rows.map(({ epoch, steps, learningRate }) => [epoch, steps, learningRate]),
    ).toEqual([
      [0, 5, expect.closeTo(0.01, 8)],
      [1, 5, expect.closeTo(0.01, 8)],
      [2, 5, expect.closeTo(0.01, 8)],
    ]);
    expect([run.ended, model.training]).toEqual(["epochs", false]);
  });

  test("evaluates the validation without changing anything, by the metrics of the whole", async () => {
    const model = makeModel();
    const run = fit(model, {
      data: makeData(),
      validation: batches(held, { size: 4 }),
      loss: compared,
      metrics: { accuracy, f1: f1.streaming({ average: "macro", classes: 2 }) },
      optimizer: new Adam(model, { learningRate: 0.01 }),
      epochs: 2,
    });
    for await (const { validation } of run) {
      const before = JSON.stringify(state(model));
      const logits = model.train(false).forward(held.x);
      expect(validation?.["accuracy"]).toBe(accuracy(logits, held.y).item());
      const whole = f1(logits, held.y, { average: "macro", classes: 2 }).item();
      expect(validation?.["f1"]).toBeCloseTo(whole, 6);
      expect(validation?.loss).toBeCloseTo(crossEntropy(logits, held.y).item(), 5);
      expect(JSON.stringify(state(model))).toBe(before);
    }
    expect(Object.keys(run.history.rows[1]?.training ?? {})).toEqual(["loss", "accuracy", "f1"]);
  });

  test("averages other scalars of the loss", async () => {
    const model = new Dense(2, 1, { seed: 1 });
    const history = await fit(model, {
      data: [
        { x: tensor([[1, 2]]) },
        {
          x: tensor([
            [3, 4],
            [5, 6],
            [7, 8],
          ]),
        },
      ],
      loss: (net, { x }) => ({ loss: net.forward(x).square().mean(), first: x.at(0, 0) }),
      optimizer: new SGD(model, { learningRate: 0 }),
      epochs: 1,
    }).run();
    expect(history.rows[0]?.training["first"]).toBe((1 * 1 + 3 * 3) / 4);
    expect(JSON.parse(JSON.stringify(history))).toEqual(history.rows);
  });

  test("stops early, with the weights of the best epoch", async () => {
    const model = new Dense(1, 1, { seed: 1 });
    const x = tensor([[1], [2]]);
    const all: State[] = [];
    const run = fit(model, {
      data: [x],
      // Growing steps overshoot after some epochs.
      loss: (net, batch) => meanSquaredError(net.forward(batch), batch.mul(2)),
      optimizer: new SGD(model, { learningRate: (step) => step.mul(0.06) }),
      epochs: 100,
      earlyStopping: { patience: 2 },
      onProgress: ({ row }) => {
        if (row) all.push(state(model));
      },
    });
    expect(run.history.best).toBe(undefined);
    const { best: bestRow, rows } = await run.run();
    const losses = rows.map(({ training }) => training.loss);
    const best = losses.indexOf(Math.min(...losses));
    expect([run.ended, rows.length]).toEqual(["patience", best + 4]);
    expect(bestRow).toBe(rows[best]);
    expect(JSON.stringify(state(model))).toBe(JSON.stringify(all[best]));
  });
});

describe("a run that was ended", () => {
  const make = (options: Partial<FitOptions<Sequential, Batch>> = {}) => {
    const model = makeModel();
    const optimizer = new Adam(model, { learningRate: 0.02 });
    const run = fit(model, {
      data: makeData(),
      validation: batches(held, { size: 5 }),
      loss: compared,
      metrics: { accuracy },
      optimizer,
      schedule: reduceOnPlateau(optimizer, { patience: 0, factor: 0.5 }),
      epochs: 8,
      earlyStopping: { metric: "accuracy", mode: "max", patience: 3 },
      ...options,
    });
    return { model, optimizer, run };
  };

  /** Returns a store that keeps states like a file: as a flat record with copied arrays. */
  function storage(every?: number) {
    let kept: Record<string, Tensor> | undefined;
    let saves = 0;
    const flat = (tree: object, start: string): [string, Tensor][] =>
      Object.entries(tree).flatMap(([key, inner]) =>
        treeLeaves(inner).length === 1 && "shape" in inner
          ? [[start + key, inner as Tensor] satisfies [string, Tensor]]
          : flat(inner, `${start}${key}.`),
      );
    return {
      saves: () => saves,
      store: {
        load: () => kept,
        save: (tree: State) => {
          saves++;
          const copy = (x: Tensor) => tensor(x.data().slice(), { shape: x.shape, dtype: x.dtype });
          kept = Object.fromEntries(flat(treeMap(copy, tree), ""));
        },
        ...(every !== undefined && { every }),
      },
    };
  }

  /** Runs until a number of steps is done, and then throws. */
  async function killed(run: (watch: (progress: FitProgress) => void) => Fit, after: number) {
    let steps = 0;
    const dying = run(({ row }) => {
      if (row === undefined && ++steps > after) throw new Error("killed");
    });
    await expect(dying.run()).rejects.toThrow("killed");
  }

  test("can be looked at without a step, and saves nothing then", async () => {
    let kept: State | undefined;
    let saves = 0;
    const saveTo = {
      save: (tree: State) => {
        kept = tree;
        saves++;
      },
      load: () => kept,
    };
    const first = make({ saveTo, epochs: 2 });
    await first.run.run();
    expect(saves).toBe(2);
    const next = make({ saveTo, epochs: 5, signal: { aborted: true } });
    const { rows } = await next.run.load();
    expect(rows.length).toBe(2);
    const [, row] = rows;
    expect(next.run.progress).toMatchObject({ epoch: 1, epochs: 5, step: row?.steps, row });
    expect(next.run.progress.training).toEqual(row?.training);
    expect(JSON.stringify(state(next.model))).toBe(JSON.stringify(state(first.model)));
    expect((await next.run.run()).length).toBe(2);
    expect(saves).toBe(2);
    kept = undefined;
    const fresh = make({ saveTo, signal: { aborted: true } });
    expect((await fresh.run.load()).length).toBe(0);
    await fresh.run.run();
    expect(saves).toBe(2);
  });

  test("goes on from wherever it was saved, to the same bits", async () => {
    const whole = make();
    const history = await whole.run.run();
    for (let seed = 0; seed < 6; seed++) {
      const { store, saves } = storage(1 + (seed % 3));
      const first = uniform([], { seed, high: 18 }).item();
      await killed((onProgress) => make({ saveTo: store, onProgress }).run, Math.floor(first));
      await killed((onProgress) => make({ saveTo: store, onProgress }).run, seed);
      expect(saves()).toBeGreaterThan(0);
      const { model, optimizer, run } = make({ saveTo: store });
      expect((await run.run()).rows).toEqual(history.rows);
      expectSameState(model, whole.model);
      expectSameState(optimizer, whole.optimizer);
      expect(run.ended).toBe(whole.run.ended);
    }
  });

  test("goes on with data that know no position", async () => {
    const list = [0, 1, 2, 3].map((i) => ({
      x: seen.x.slice([8 * i, 0], [8 * i + 8, 2]),
      y: seen.y.slice([8 * i], [8 * i + 8]),
    }));
    const whole = make({ data: list });
    await whole.run.run();
    const { store } = storage(1);
    await killed((onProgress) => make({ data: list, saveTo: store, onProgress }).run, 6);
    const { model, run } = make({ data: list, saveTo: store });
    await run.run();
    expectSameState(model, whole.model);
  });

  test("is saved by a signal, which ends it after a step", async () => {
    const { store, saves } = storage();
    const signal = { aborted: false };
    let told: FitProgress | undefined;
    const onProgress = (progress: FitProgress) => {
      told = progress;
      signal.aborted = progress.step === 3;
    };
    const { run } = make({ saveTo: store, signal, onProgress });
    expect(run.progress).toMatchObject({ epoch: 0, step: 0, training: { loss: Number.NaN } });
    expect((await run.run()).length).toBe(0);
    expect([saves(), run.ended]).toEqual([1, undefined]);
    const whole = make();
    const again = make({ saveTo: store });
    await again.run.load();
    expect([told?.epoch, told?.step]).toEqual([0, 3]);
    expect(again.run.progress).toEqual(told);
    expect(run.progress).toEqual(told);
    expect((await again.run.run()).rows).toEqual((await whole.run.run()).rows);
    expectSameState(again.model, whole.model);
  });

  test("that has come to its end changes nothing more, and takes more epochs", async () => {
    const { store } = storage();
    const options = { saveTo: store, earlyStopping: { patience: 100 } };
    const first = make({ ...options, epochs: 2 });
    await first.run.run();
    const second = make({ ...options, epochs: 2 });
    expect((await second.run.run()).rows).toEqual(first.run.history.rows);
    expectSameState(second.model, first.model);
    const third = make({ ...options, epochs: 4 });
    const whole = make({ epochs: 4, earlyStopping: { patience: 100 } });
    expect((await third.run.run()).rows).toEqual((await whole.run.run()).rows);
    await expect(make({ ...options, epochs: 1 }).run.run()).rejects.toThrow(
      "fit: epochs: expected at least the 4 of the saved run, got 1",
    );
    const other = new Dense(2, 2, { seed: 1 });
    const strange = fit(other, {
      data: makeData(),
      loss: (net, { x, y }) => crossEntropy(net.forward(x), y),
      optimizer: new SGD(other, { learningRate: 1 }),
      epochs: 9,
      saveTo: store,
    });
    await expect(strange.run()).rejects.toThrow(
      "Make the model as it was when its state was taken",
    );
  });

  test("that nothing was better in stays ended, though it has no best epoch", async () => {
    const { store } = storage();
    const options: Partial<FitOptions<Sequential, Batch>> = {
      saveTo: store,
      loss: (net, batch) => ({ loss: lossOf(net, batch), worth: tensor(Number.NaN) }),
      metrics: {},
      earlyStopping: { metric: "worth", patience: 1 },
    };
    const first = make(options);
    await first.run.run();
    const second = make(options);
    await second.run.run();
    const ends = [first, second].map(({ run }) => [run.ended, run.history.length]);
    expect(ends).toEqual([
      ["patience", 2],
      ["patience", 2],
    ]);
  });

  test("is left by break, and goes on in the next loop", async () => {
    const whole = make();
    await whole.run.run();
    const { model, run } = make();
    for await (const { epoch } of run) {
      expect(model.training).toBe(false);
      if (epoch === 1) break;
    }
    await run.run();
    expectSameState(model, whole.model);
  });
});

describe("fit refuses", () => {
  const model = makeModel();
  const optimizer = new SGD(model, { learningRate: 0.1 });
  const base = { data: makeData(), loss: lossOf, optimizer, epochs: 1 };
  const told = async (options: object, own: object = model) => {
    try {
      await (Reflect.apply(fit, undefined, [own, { ...base, ...options }]) as Fit).run();
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing";
  };

  test.each([
    [{ data: 3 }, "fit: data: expected batches, or another iterable of them, got 3"],
    [{ loss: 3 }, "fit: loss: expected a function"],
    [{ optimizer: {} }, "fit: optimizer: expected an Optimizer"],
    [{ epochs: -1 }, "fit: epochs: expected"],
    [{ epoch: 3 }, "fit: options: expected no others than data"],
    [{ metrics: { accuracy: 3 } }, "fit: metrics.accuracy: expected an object with start and add"],
    [
      { metrics: { accuracy } },
      "fit: loss.predicted: expected a Tensor for the metrics, got undefined",
    ],
    [
      { earlyStopping: { patience: 1, metric: "f1" } },
      "fit: earlyStopping.metric: expected one of loss",
    ],
    [{ earlyStopping: {} }, "patience"],
    [{ data: [] }, "fit: data: expected batches, got none"],
    [{ validation: [] }, "fit: validation: expected batches, got none"],
    [{ saveTo: {} }, "fit: saveTo: expected an object with save and load"],
    [{ optimizer: new SGD(new Dense(1, 1), { learningRate: 1 }) }, "of Variables of the model"],
    [
      {
        data: batches(seen, { size: 8, last: "pad" }),
        loss: (net: Sequential, { batch }: { batch: Batch }) => lossOf(net, batch),
      },
      "since the model has BatchNorm",
    ],
    [
      { loss: (net: Sequential, batch: Batch) => ({ loss: lossOf(net, batch), all: batch.x }) },
      "fit: loss.all: expected a scalar, to be averaged",
    ],
  ] as [object, string][])("%o", async (options, message) => {
    expect(await told(options)).toContain(message);
  });

  test("a loss that is not finite, and leaves the weights as they were", async () => {
    const before = JSON.stringify(model.variables.map(({ value }) => value));
    const loss = (net: Sequential, batch: Batch) => log(lossOf(net, batch).mul(0)).mul(0);
    const message = await told({ loss });
    expect(message).toContain("fit: loss: expected a finite number, got NaN at step 0 of epoch 0");
    expect(message).toMatch(/The value of log is not finite\.\n {2}line .*fit\.test\.ts:\d+:\d+/);
    expect(JSON.stringify(model.variables.map(({ value }) => value))).toBe(before);
  });

  test.each([1, 2, 3, 4, 5])(
    "and the op that made it, with the draws of its step: seed %i",
    async (seed) => {
      const drop = new Dropout(0.5, { seed });
      const dropping = new Sequential(new Dense(1, 1, { seed }), drop);
      const run = fit(dropping, {
        data: [tensor([[1]]), tensor([[2]])],
        // The loss is infinite where the dropout removes the only number, which happens in half of the steps.
        loss: (net, x) => log(net.forward(x).square().sum()),
        optimizer: new SGD(dropping, { learningRate: 0 }),
        epochs: 50,
      });
      let steps = 0;
      const first = drop.draws.value.item();
      const message = await (async () => {
        try {
          for await (const row of run) steps += row.steps;
        } catch (error) {
          return String(error);
        }
        return "no error";
      })();
      expect(message).toContain("got -Infinity at step");
      expect(message).toMatch(/The value of log is not finite\.\n/);
      // Only the steps advance the seed of the dropout, and not the search for the op.
      const at = Number(/at step (\d+) of/.exec(message)?.[1]);
      expect(drop.draws.value.item() - first).toBe(steps + at + 1);
    },
  );

  test("two loops at once, and a model that is none", async () => {
    const run = fit(model, { ...base, epochs: 2 });
    for await (const _row of run) {
      await expect(run.run()).rejects.toThrow("fit: expected one loop over a run at a time");
    }
    expect(() => Reflect.apply(fit, undefined, [3, base])).toThrow("fit: model: expected a model");
  });
});
