/**
 * A law of `fit` on any backend. A run may be ended by a signal at any step, and resumed from its saved state. Weights,
 * history and saved state are then those of an uninterrupted run.
 */

import {
  relu,
  type State,
  state,
  type Tensor,
  type TensorTree,
  tensor,
  treeLeaves,
  treeMap,
  uniform,
} from "@graddiff/core";
import { expect, test } from "vitest";
import { sampled } from "../../../core/test/support/sampling.ts";
import {
  Adam,
  AveragedWeights,
  accuracy,
  batches,
  crossEntropy,
  Dense,
  Dropout,
  type Fit,
  type FitOptions,
  type FitStore,
  fit,
  meanSquaredError,
  RMSProp,
  reduceOnPlateau,
  Sequential,
  SGD,
} from "../../src/index.ts";

type Given = Pick<
  FitOptions<object, unknown>,
  "backend" | "signal" | "onProgress" | "saveTo" | "epochs"
>;

/** A training: its run, and all parts that have a state. */
interface Training {
  readonly parts: object;
  readonly run: Fit;
}

const EPOCHS = 3;
/** The number of steps in an epoch of every training. */
const STEPS = 5;

const x = uniform([20, 3], { seed: 1, low: -1 });
const y = tensor(
  Array.from({ length: 20 }, (_, i) => (i * 7) % 3),
  { dtype: "int32" },
);

interface Batch {
  readonly x: Tensor;
  readonly y: Tensor;
}

const network = () =>
  new Sequential(new Dense(3, 4), relu, new Dropout(0.2, { seed: 9 }), new Dense(4, 3), {
    seed: 3,
  });

const lossOf = (model: Sequential, batch: Batch) => {
  const predicted = model.forward(batch.x);
  return { loss: crossEntropy(predicted, batch.y), predicted, expected: batch.y };
};

const shuffled = () => batches({ x, y }, { size: 4, shuffle: true, seed: 4 });

const pieces = () =>
  [0, 4, 8, 12, 16].map((from) => ({
    x: x.slice([from, 0], [from + 4, 3]),
    y: y.slice([from], [from + 4]),
  }));

/** Yields examples without telling their number in advance. */
async function* stream(epoch: number) {
  for (let i = 0; i < 20; i++) {
    const own = (i * 3 + epoch) % 20;
    yield {
      x: x.slice([own, 0], [own + 1, 3]).reshape([3]),
      y: y.slice([own], [own + 1]).reshape([]),
    };
  }
}

/** Returns a training with one optimizer. */
function training(
  given: Given,
  options: Partial<Omit<FitOptions<Sequential, Batch>, "metrics">> = {},
  make: (model: Sequential) => FitOptions<Sequential, Batch>["optimizer"] = (model) =>
    new Adam(model, { learningRate: 0.05 }),
): Training {
  const model = network();
  const optimizer = make(model);
  const data = options.data ?? shuffled();
  const run = fit(model, { loss: lossOf, ...options, ...given, data, optimizer });
  return { parts: { model, optimizer }, run };
}

/** Returns a training of two layers, each with its own loss and optimizer. */
function several(given: Given, options: Partial<Omit<FitOptions<object, Batch>, "metrics">> = {}) {
  const [one, two] = [new Dense(3, 4, { seed: 1 }), new Dense(4, 3, { seed: 2 })];
  const model = { one, two };
  const loss =
    (factor: number) =>
    (own: typeof model, batch: Batch): Tensor =>
      meanSquaredError(own.two.forward(own.one.forward(batch.x)), batch.x.mul(factor));
  const optimizers = {
    first: { loss: loss(1), optimizer: new Adam(one, { learningRate: 0.02 }) },
    second: { loss: loss(2), optimizer: new SGD(two, { learningRate: 0.1, momentum: 0.5 }) },
  };
  const run = fit(model, {
    data: shuffled(),
    ...(options as object),
    ...given,
    optimizers,
  });
  return { parts: { model, first: optimizers.first.optimizer }, run } satisfies Training;
}

/** The trainings, by their special features. Each epoch has five steps. */
const TRAININGS: Readonly<Record<string, (given: Given) => Training>> = {
  "shuffled batches": training,
  "a validation, metrics, averages and a schedule": (given) => {
    const model = network();
    const optimizer = new Adam(model, { learningRate: 0.2 });
    const average = new AveragedWeights(model, { decay: 0.7 });
    const run = fit(model, {
      data: shuffled(),
      loss: lossOf,
      optimizer,
      validation: batches({ x, y }, { size: 8, shuffle: true, seed: 2 }),
      metrics: { accuracy },
      average,
      earlyStopping: { metric: "accuracy", mode: "max", patience: 9 },
      schedule: reduceOnPlateau(optimizer, { patience: 0 }),
      ...given,
    });
    return { parts: { model, optimizer, average }, run };
  },
  "gradients of two batches": (given) => training(given, { accumulate: 2 }),
  "two optimizers": several,
  "two optimizers, gradients of two batches and a validation": (given) =>
    several(given, { accumulate: 2, validation: batches({ x, y }, { size: 8 }) }),
  "epochs of some steps over shorter data": (given) =>
    training(given, {
      data: batches({ x, y }, { size: 5, shuffle: true, seed: 4 }),
      stepsPerEpoch: STEPS,
    }),
  "epochs of some steps over longer data, gradients of three batches": (given) =>
    training(
      given,
      { data: batches({ x, y }, { size: 2 }), stepsPerEpoch: STEPS, accumulate: 3 },
      (model) => new RMSProp(model, { learningRate: 0.01 }),
    ),
  "epochs of some steps over a list": (given) =>
    several(given, { data: pieces().slice(1), stepsPerEpoch: STEPS }),
  "a list, which has no position": (given) =>
    training(
      given,
      { data: pieces(), validation: pieces() },
      (model) => new SGD(model, { learningRate: 0.1, momentum: 0.9 }),
    ),
  "a stream, whose end is not known before": (given) =>
    training(given, { data: batches(stream, { size: 4 }).prefetch(2) }),
};

/**
 * The steps at which a signal ends the run: before the first, after each single one, and after every one of the same
 * run.
 */
const STOPS: readonly (number | "every")[] = [
  ...Array.from({ length: EPOCHS * STEPS + 1 }, (_, i) => i),
  "every",
];

/** Returns a store that keeps copies of states, as a file would. */
function storage(): FitStore & { readonly kept: () => State | undefined } {
  let kept: State | undefined;
  return {
    kept: () => kept,
    load: () => kept,
    save: (tree) => {
      const copy = (own: Tensor) =>
        tensor(own.data().slice(), { shape: own.shape, dtype: own.dtype });
      kept = treeMap(copy, tree) as State;
    },
  };
}

/** Returns the final results of a run. */
async function ending({ parts, run }: Training, store: ReturnType<typeof storage>) {
  const elements = (tree: object) => treeLeaves(tree as TensorTree).map((own) => own.toArray());
  const tensors = state(parts);
  await Promise.all(treeLeaves(tensors as TensorTree).map((own) => own.read()));
  return {
    ended: run.ended,
    history: run.history.toJSON(),
    parts: elements(tensors),
    saved: elements(store.kept() as State),
  };
}

/** Runs a training to its end, with a signal that ends it at a step, after which it is resumed. */
async function resumed(
  make: (given: Given) => Training,
  stop: number | "every" | undefined,
  goesOn: "loaded" | "same run",
  backend: Given["backend"],
) {
  const store = storage();
  const signal = { aborted: stop === 0 };
  let isDone = stop === undefined;
  let seen = 0;
  const onProgress: Given["onProgress"] = ({ row }) => {
    if (row !== undefined || isDone) return;
    seen++;
    if (stop === "every" || seen === stop) signal.aborted = true;
  };
  const common = { epochs: EPOCHS, saveTo: store, ...(backend && { backend }) };
  const begin = () => make({ ...common, signal, onProgress });
  let own = begin();
  let loops = 0;
  do {
    await own.run.run();
    signal.aborted = false;
    if (stop !== "every") isDone = true;
    if (own.run.ended === undefined && goesOn === "loaded") own = begin();
  } while (own.run.ended === undefined && ++loops < 2 * EPOCHS * STEPS);
  return await ending(own, store);
}

/**
 * Makes the tests of the law.
 *
 * @param every `npm test` tries one out of this number of stops.
 */
export function testResuming(backend: Given["backend"], every: number): void {
  Object.entries(TRAININGS).forEach(([name, make], index) => {
    test(`${name}: ended at any step and gone on is not ended`, async () => {
      const expected = await resumed(make, undefined, "loaded", backend);
      expect(expected.history.map(({ steps }) => steps)).toEqual(Array(EPOCHS).fill(STEPS));
      const cases = STOPS.flatMap((stop) => [
        [stop, "loaded"] as const,
        [stop, "same run"] as const,
      ]);
      for (const [stop, goesOn] of sampled(cases, every, index)) {
        const own = await resumed(make, stop, goesOn, backend);
        expect(own, `ended at step ${stop}, ${goesOn}`).toEqual(expected);
      }
    });
  });
}
