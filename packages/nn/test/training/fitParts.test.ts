/** Runs of fit with several optimizers, losses or other parts: each has the bits of a loop by hand. */

import {
  allClose,
  normal,
  relu,
  type State,
  state,
  type Tensor,
  type TensorTree,
  tensor,
  treeLeaves,
  uniform,
} from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import {
  Adam,
  AveragedWeights,
  accuracy,
  batches,
  binaryCrossEntropy,
  Dense,
  type EpochRow,
  type FitStore,
  fit,
  LBFGS,
  meanSquaredError,
  Sequential,
  SGD,
  trainingStep,
} from "../../src/index.ts";

const dtype = "float64";
const x = uniform([37, 2], { seed: 1, low: -1, dtype });
const y = x.square().sum(1, { keepDims: true });
const makeModel = () =>
  new Sequential(new Dense(2, 8, { seed: 1, dtype }), relu, new Dense(8, 1, { seed: 2, dtype }));
type Batch = { readonly x: Tensor; readonly y: Tensor };
const lossOf = (model: Sequential, batch: Batch) =>
  meanSquaredError(model.forward(batch.x), batch.y);
const rows = (from: number, to: number): Batch => ({ x: x.at([from, to]), y: y.at([from, to]) });
const pieces = [rows(0, 8), rows(8, 16), rows(16, 24), rows(24, 32), rows(32, 37)];

function expectSameState(first: object, second: object): void {
  const [own, other] = [treeLeaves(state(first)), treeLeaves(state(second))];
  expect(own.length).toBe(other.length);
  own.forEach((value, i) => {
    expectSameBits(value, other[i] as Tensor);
  });
}

/** Returns a store that keeps the last state. */
function makeStore(every?: number): FitStore & { last: State | undefined } {
  const store = {
    last: undefined as State | undefined,
    save(tree: State) {
      store.last = tree;
    },
    load: (): TensorTree | undefined => store.last,
    ...(every !== undefined && { every }),
  };
  return store;
}

describe("accumulate", () => {
  test("takes a step for several batches as for one of all of them, and one for what is left", async () => {
    const [model, twin] = [makeModel(), makeModel()];
    const run = fit(model, {
      data: pieces,
      accumulate: 4,
      loss: lossOf,
      optimizer: new Adam(model, { learningRate: 0.01 }),
      epochs: 3,
    });
    await run.run();
    const step = trainingStep(twin, lossOf, new Adam(twin, { learningRate: 0.01 }));
    for (let epoch = 0; epoch < 3; epoch++)
      for (const each of [rows(0, 32), rows(32, 37)]) step(each);
    treeLeaves(state(model)).forEach((value, i) => {
      const expected = treeLeaves(state(twin))[i] as Tensor;
      expect(allClose(value, expected, { relative: 1e-10, absolute: 1e-12 })).toBe(true);
    });
    expect(run.history.rows[2]?.steps).toBe(5);
  });

  test("weighs batches by their examples", async () => {
    const [model, twin] = [makeModel(), makeModel()];
    await fit(model, {
      data: [rows(0, 3), rows(3, 20)],
      accumulate: 2,
      loss: lossOf,
      optimizer: new SGD(model, { learningRate: 0.1 }),
      epochs: 1,
    }).run();
    trainingStep(twin, lossOf, new SGD(twin, { learningRate: 0.1 }))(rows(0, 20));
    treeLeaves(state(model)).forEach((value, i) => {
      const expected = treeLeaves(state(twin))[i] as Tensor;
      expect(allClose(value, expected, { relative: 1e-12, absolute: 1e-14 })).toBe(true);
    });
  });

  test("goes on in the middle of a step with the same bits", async () => {
    const run = (store: FitStore, aborted?: { aborted: boolean }) => {
      const model = makeModel();
      return fit(model, {
        data: pieces,
        accumulate: 4,
        loss: lossOf,
        optimizer: new Adam(model, { learningRate: 0.01 }),
        epochs: 2,
        saveTo: store,
        ...(aborted && {
          signal: aborted,
          onProgress: ({ epoch, step }) => {
            aborted.aborted = epoch === 1 && step === 2;
          },
        }),
      });
    };
    const [whole, stopped] = [makeStore(), makeStore()];
    await run(whole).run();
    await run(stopped, { aborted: false }).run();
    await run(stopped).run();
    expect(stopped.last).toBeDefined();
    expectSameLeaves(stopped.last, whole.last);
  });

  test("refuses a search, which is a step of its own, and trains what is thawed later", async () => {
    const model = makeModel();
    const common = { data: pieces, loss: lossOf, epochs: 1, accumulate: 2 };
    expect(() => fit(model, { ...common, optimizer: new LBFGS(model) })).toThrow(
      "fit: optimizer: expected one that steps by gradients, since accumulate is more than 1, got an LBFGS",
    );
    const weight = (model.layers[0] as Dense).weight;
    weight.trainable = false;
    const run = fit(model, { ...common, optimizer: new SGD(model, { learningRate: 0.1 }) });
    const before = weight.value;
    weight.trainable = true;
    await run.run();
    expect(weight.value.sub(before).abs().max().item()).toBeGreaterThan(0);
  });
});

function expectSameLeaves(first: TensorTree | undefined, second: TensorTree | undefined): void {
  const [own, other] = [treeLeaves(first), treeLeaves(second)] as [Tensor[], Tensor[]];
  expect(own.length).toBe(other.length);
  own.forEach((value, i) => {
    expectSameBits(value, other[i] as Tensor);
  });
}

describe("several optimizers", () => {
  const dense = (inputs: number, outputs: number, seed: number) =>
    new Dense(inputs, outputs, { seed, dtype });
  const makeGan = () => ({
    generator: new Sequential(dense(2, 8, 1), relu, dense(8, 2, 2)),
    critic: new Sequential(dense(2, 8, 3), relu, dense(8, 1, 4)),
  });
  type Gan = ReturnType<typeof makeGan>;
  interface Pair {
    readonly real: Tensor;
    readonly noise: Tensor;
  }
  const data = Array.from({ length: 3 }, (_, i) => ({
    real: normal([6, 2], { seed: i, mean: 3, dtype }),
    noise: normal([6, 2], { seed: 100 + i, dtype }),
  }));
  const criticLoss = ({ generator, critic }: Gan, { real, noise }: Pair) => {
    const [right, wrong] = [critic.forward(real), critic.forward(generator.forward(noise))];
    const [yes, no] = [right.mul(0).add(1), wrong.mul(0)];
    return binaryCrossEntropy(right, yes).add(binaryCrossEntropy(wrong, no));
  };
  const generatorLoss = ({ generator, critic }: Gan, { noise }: Pair) => {
    const answer = critic.forward(generator.forward(noise));
    return { loss: binaryCrossEntropy(answer, answer.mul(0).add(1)), answer: answer.mean() };
  };
  const optimizers = (gan: Gan) => ({
    critic: { loss: criticLoss, optimizer: new Adam(gan.critic, { learningRate: 0.01 }) },
    generator: { loss: generatorLoss, optimizer: new Adam(gan.generator, { learningRate: 0.02 }) },
  });

  test("have the bits of a loop by hand, and their losses by name", async () => {
    const [gan, twin] = [makeGan(), makeGan()];
    const run = fit(gan, { data, optimizers: optimizers(gan), epochs: 4, validation: data });
    await run.run();
    const own = optimizers(twin);
    const steps = [
      trainingStep(twin, criticLoss, own.critic.optimizer),
      trainingStep(twin, generatorLoss, own.generator.optimizer),
    ] as const;
    const last = { critic: 0, generator: 0, answer: 0 };
    for (let epoch = 0; epoch < 4; epoch++) {
      Object.assign(last, { critic: 0, generator: 0, answer: 0 });
      for (const batch of data) {
        last.critic += steps[0](batch).item();
        const { loss, answer } = steps[1](batch);
        last.generator += loss.item();
        last.answer += answer.item();
      }
    }
    expectSameState(gan, twin);
    const row = run.history.rows[3] as EpochRow;
    for (const [name, sum] of Object.entries(last)) {
      expect(row.training[name]).toBeCloseTo(sum / 3, 12);
    }
    expect(row.training.loss).toBeCloseTo((last.critic + last.generator) / 3, 12);
    expect(row.learningRate).toBeCloseTo(0.01, 8);
    expect(row.learningRates).toEqual({
      critic: expect.closeTo(0.01, 8),
      generator: expect.closeTo(0.02, 8),
    });
    expect(Object.keys(row.validation ?? {})).toEqual(["loss", "critic", "generator", "answer"]);
    expect(run.history.svg()).toContain("learning rate of generator");
  });

  test("are saved by their names, and go on with the same bits", async () => {
    const run = (store: FitStore, epochs: number) => {
      const gan = makeGan();
      return fit(gan, { data, optimizers: optimizers(gan), epochs, saveTo: store }).run();
    };
    const [whole, parts] = [makeStore(), makeStore()];
    const history = await run(whole, 4);
    await run(parts, 2);
    expect((await run(parts, 4)).rows).toEqual(history.rows);
    expectSameLeaves(parts.last, whole.last);
    expect(Object.keys(parts.last?.["optimizers"] ?? {})).toEqual(["critic", "generator"]);
  });

  test("gather gradients, and average the weights of all", async () => {
    const [gan, twin] = [makeGan(), makeGan()];
    const average = new AveragedWeights(gan, { decay: 0.5 });
    await fit(gan, { data, optimizers: optimizers(gan), epochs: 2, accumulate: 3, average }).run();
    expect(average.count.value.item()).toBe(2);
    const { generator } = optimizers(twin);
    const all = {
      real: tensor(
        data.flatMap(({ real }) => real.toArray() as number[][]),
        { dtype },
      ),
      noise: tensor(
        data.flatMap(({ noise }) => noise.toArray() as number[][]),
        { dtype },
      ),
    };
    const averages = new AveragedWeights(twin, { decay: 0.5 });
    const ofCritic = new Adam(twin.critic, { learningRate: 0.01 });
    // Both gradients are computed with the weights from before either step.
    for (let epoch = 0; epoch < 2; epoch++) {
      const before = twin.critic.variables.map(({ value }) => value);
      trainingStep(twin, criticLoss, ofCritic)(all);
      const after = twin.critic.variables.map(({ value }) => value);
      const setCritic = (values: readonly Tensor[]) => {
        for (const [i, own] of twin.critic.variables.entries()) own.assign(values[i] as Tensor);
      };
      setCritic(before);
      trainingStep(twin, generatorLoss, generator.optimizer)(all);
      setCritic(after);
      averages.update();
    }
    averages.swap();
    treeLeaves(state(gan)).forEach((value, i) => {
      const expected = treeLeaves(state(twin))[i] as Tensor;
      expect(allClose(value, expected, { relative: 1e-9, absolute: 1e-11 })).toBe(true);
    });
  });

  test("have metrics of the loss that gives what they compare", async () => {
    const model = { net: makeModel() };
    const optimizer = () => new SGD(model, { learningRate: 0 });
    const predicted = tensor([[1, 0]]);
    const compared = () => ({
      loss: y.mean(),
      predicted,
      expected: tensor([0], { dtype: "int32" }),
    });
    const plain = (own: typeof model) => own.net.forward(x).mean();
    const withLoss = (own: typeof model) => ({ ...compared(), loss: plain(own) });
    const options = { data: pieces, metrics: { accuracy }, epochs: 1 };
    const run = (losses: Record<string, (own: typeof model) => { loss: Tensor } | Tensor>) =>
      fit(model, {
        ...options,
        optimizers: Object.fromEntries(
          Object.entries(losses).map(([name, loss]) => [name, { loss, optimizer: optimizer() }]),
        ),
      }).run();
    const history = await run({ first: plain, second: withLoss });
    expect(history.rows[0]?.training["accuracy"]).toBe(1);
    await expect(run({ first: plain })).rejects.toThrow(
      "fit: optimizers.predicted: expected a Tensor for the metrics, got undefined",
    );
    await expect(run({ first: withLoss, second: withLoss })).rejects.toThrow(
      "fit: optimizers.second.loss.predicted: expected undefined, since another loss gives what the metrics compare, got a Tensor",
    );
  });

  test("name the loss that is not finite", async () => {
    const gan = makeGan();
    const bad = {
      ...optimizers(gan).generator,
      loss: (own: Gan, { noise }: Pair) => own.generator.forward(noise).mean().div(0),
    };
    const run = fit(gan, { data, optimizers: { ...optimizers(gan), generator: bad }, epochs: 1 });
    await expect(run.run()).rejects.toThrow(
      /^fit: optimizers\.generator\.loss: expected a finite number, got -?Infinity at step 0 of epoch 0\. The weights of generator are as they were before that step\./,
    );
  });

  test("are refused where they do not fit", () => {
    const gan = makeGan();
    const own = optimizers(gan);
    const attempt = (options: object) => () =>
      Reflect.apply(fit, undefined, [gan, { data, epochs: 1, ...options }]);
    expect(attempt({ optimizers: own, loss: criticLoss })).toThrow(
      "fit: loss: expected undefined beside optimizers, each of which has its own, got the function criticLoss",
    );
    expect(attempt({ optimizers: {} })).toThrow(
      "fit: optimizers: expected an object with at least one { loss, optimizer } by name, got an object",
    );
    expect(attempt({ optimizers: { loss: own.critic } })).toThrow(
      "fit: optimizers: expected names that neither the loss nor a metric has, got loss",
    );
    expect(attempt({ optimizers: { critic: { loss: criticLoss } } })).toThrow(
      "fit: optimizers.critic: optimizer: expected an Optimizer",
    );
    const strange = { loss: criticLoss, optimizer: new SGD(makeGan(), { learningRate: 1 }) };
    expect(attempt({ optimizers: { critic: strange } })).toThrow(
      "fit: optimizers.critic.optimizer: expected an optimizer of Variables of the model",
    );
    expect(attempt({})).toThrow("fit: loss: expected a function");
  });
});

describe("average", () => {
  const settings = (model: Sequential) => ({
    data: pieces,
    loss: lossOf,
    optimizer: new SGD(model, { learningRate: 0.3, momentum: 0.9 }),
    validation: [rows(0, 37)],
  });

  test("is updated by each step, validated, and what the model has at the end", async () => {
    const [model, twin] = [makeModel(), makeModel()];
    const average = new AveragedWeights(model, { decay: 0.8 });
    const run = fit(model, { ...settings(model), average, epochs: 3 });
    const averages = new AveragedWeights(twin, { decay: 0.8 });
    const step = trainingStep(twin, lossOf, settings(twin).optimizer);
    for await (const { validation } of run) {
      for (const each of pieces) {
        step(each);
        averages.update();
      }
      expectSameState(model, twin);
      expect(validation?.loss).toBe(averages.within(() => lossOf(twin, rows(0, 37)).item()));
    }
    averages.swap();
    expectSameState(model, twin);
    average.swap();
    averages.swap();
    expectSameState(model, twin);
  });

  test("has the weights of the best epoch, and goes on with the same bits", async () => {
    const train = async (store: FitStore, epochs: number) => {
      const model = makeModel();
      const average = new AveragedWeights(model, { decay: 0.8 });
      const earlyStopping = { patience: 100 };
      const run = fit(model, { ...settings(model), average, epochs, earlyStopping, saveTo: store });
      const history = await run.run();
      const loss = lossOf(model, rows(0, 37)).item();
      expect(loss).toBe(history.best?.validation?.loss);
      // Running a finished run again changes nothing.
      await run.run();
      expect(lossOf(model, rows(0, 37)).item()).toBe(loss);
      return { history, model };
    };
    const [whole, parts] = [makeStore(), makeStore()];
    const first = await train(whole, 6);
    await train(parts, 2);
    const second = await train(parts, 6);
    expectSameState(second.model, first.model);
    expect(second.history.rows).toEqual(first.history.rows);
    expectSameLeaves(parts.last, whole.last);
  });

  test("is refused of another model", () => {
    const model = makeModel();
    const average = new AveragedWeights(makeModel());
    expect(() => fit(model, { ...settings(model), average, epochs: 1 })).toThrow(
      "fit: average: expected averages of Variables of the model, got those of another model",
    );
  });
});

describe("stepsPerEpoch", () => {
  function* endless() {
    for (let i = 0; ; i++) yield pieces[i % 3] as Batch;
  }
  const train = (
    data: Iterable<Batch> | AsyncIterable<Batch>,
    more: { saveTo?: FitStore; epochs?: number; stepsPerEpoch?: number } = {},
  ) => {
    const model = makeModel();
    const optimizer = new Adam(model, { learningRate: 0.01 });
    const own = { stepsPerEpoch: 4, epochs: 3, ...more };
    return { model, run: fit(model, { data, loss: lossOf, optimizer, ...own }) };
  };

  test("cuts data without an end into epochs, each of which goes on after the last", async () => {
    const { model, run } = train(endless());
    const steps: unknown[] = [];
    for await (const row of run) steps.push([row.steps, run.progress.steps]);
    expect(steps).toEqual(Array(3).fill([4, 4]));
    const all = Array.from({ length: 12 }, (_, i) => pieces[i % 3] as Batch);
    const whole = train(all, { stepsPerEpoch: 12, epochs: 1 });
    await whole.run.run();
    expectSameState(model, whole.model);
  });

  test("begins data with an end anew, also such as come later and have a state", async () => {
    const { model, run } = train(pieces.slice(0, 3));
    await run.run();
    const cycle = train(endless());
    await cycle.run.run();
    expectSameState(model, cycle.model);
    async function* later() {
      for (const each of endless()) yield await Promise.resolve(each);
    }
    const waiting = train(later());
    await waiting.run.run();
    expectSameState(waiting.model, model);
    const data = () => batches({ x, y }, { size: 8, shuffle: true, seed: 3 });
    const [five, four] = [
      train(data(), { stepsPerEpoch: 5, epochs: 4 }),
      train(data(), { stepsPerEpoch: 4, epochs: 5 }),
    ];
    for (const each of [five, four]) await each.run.run();
    expectSameState(five.model, four.model);
  });

  test("goes on with the same bits, in a new program and in a new loop", async () => {
    const whole = train(endless());
    await whole.run.run();
    const store = makeStore();
    await train(endless(), { epochs: 2, saveTo: store }).run.run();
    const { model, run } = train(endless(), { saveTo: store });
    await run.run();
    expectSameState(model, whole.model);
    const looped = train(endless());
    for await (const { epoch } of looped.run) if (epoch === 1) break;
    await looped.run.run();
    expectSameState(looped.model, whole.model);
  });

  test("says where a generator has ended, and closes what it does not need", async () => {
    let isClosed = false;
    function* some(count: number) {
      try {
        for (let i = 0; i < count; i++) yield pieces[0] as Batch;
      } finally {
        isClosed = true;
      }
    }
    await expect(train(some(6)).run.run()).rejects.toThrow(
      "fit: data: expected 4 for the epoch, got an end after 2. An iterator lasts for one loop",
    );
    isClosed = false;
    await train(some(13)).run.run();
    expect(isClosed).toBe(true);
    expect(() => train(pieces, { stepsPerEpoch: 0 })).toThrow("fit: stepsPerEpoch: expected");
  });
});

describe("events", () => {
  test("come in order, and are waited for", async () => {
    const model = makeModel();
    const told: string[] = [];
    const signal = { aborted: false };
    const run = () =>
      fit(model, {
        data: pieces.slice(0, 2),
        loss: lossOf,
        optimizer: new SGD(model, { learningRate: 0 }),
        epochs: 2,
        saveTo: { save: () => {}, load: () => undefined },
        signal,
        on: {
          start: ({ epoch, step }) => void told.push(`start ${epoch} ${step}`),
          step: ({ epoch, step }) => void told.push(`step ${epoch} ${step}`),
          async epoch({ epoch }) {
            await Promise.resolve();
            told.push(`epoch ${epoch}`);
          },
          best: ({ epoch }) => void told.push(`best ${epoch}`),
          save: ({ ended }) => void told.push(`save ${ended}`),
          end: (reason) => void told.push(`end ${reason} ${model.training}`),
        },
      });
    await run().run();
    const steps = (epoch: number) => [`step ${epoch} 1`, `step ${epoch} 2`, `epoch ${epoch}`];
    expect(told).toEqual([
      "start 0 0",
      ...steps(0),
      "best 0",
      "save undefined",
      ...steps(1),
      "save epochs",
      "end epochs false",
    ]);
    told.length = 0;
    signal.aborted = true;
    await run().run();
    expect(told).toEqual(["start 0 0", "end signal false"]);
  });

  test("that there are not are refused", () => {
    const model = makeModel();
    const options = { data: pieces, loss: lossOf, optimizer: new SGD(model, { learningRate: 0 }) };
    const attempt = (on: unknown) => () =>
      Reflect.apply(fit, undefined, [model, { ...options, epochs: 1, on }]);
    expect(attempt({ batch: () => {} })).toThrow(
      "fit: on: options: expected no others than start, step, epoch, best, save, end",
    );
    expect(attempt({ step: 3 })).toThrow("fit: on: step: expected a function");
    expect(attempt(3)).toThrow(
      "fit: on: expected functions by event: start, step, epoch, best, save, end, got 3",
    );
  });
});
