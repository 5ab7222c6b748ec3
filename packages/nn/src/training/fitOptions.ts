/**
 * The options of {@link fit}, and how they are read.
 */

import {
  ArgumentError,
  type Backend,
  type Recordable,
  type RunnerName,
  type State,
  type Tensor,
  type TensorTree,
} from "@graddiff/core";
import {
  anything,
  argumentError,
  callable,
  describe,
  isPlainObject,
  nonNegativeInteger,
  oneOf,
  optional,
  optionsReader,
  positiveInteger,
  type Reader,
} from "@graddiff/core/extend";
import type { Metric, StreamingMetric } from "../metrics/metric.ts";
import type { AveragedWeights } from "../optimizers/averages.ts";
import type { LBFGS } from "../optimizers/lbfgs.ts";
import type { Optimizer } from "../optimizers/optimizers.ts";
import { type FitEvents, readEvents } from "./events.ts";
import type { FitProgress } from "./history.ts";
import { readOthers, readOwnBackend } from "./trainingStep.ts";

/**
 * The result of a loss: a scalar, or an object with the loss, scalars to be averaged, and the values that metrics
 * compare.
 */
export type FitLoss =
  | Tensor
  | { readonly loss: Tensor; readonly [name: string]: Tensor | undefined };

/** Batches: from `batches`, or from any other iterable, whose order `fit` does not change. */
export type FitData<Batch> = Iterable<Batch> | AsyncIterable<Batch>;

/** A store of states, such as `checkpoints(folder)` of `@graddiff/files/node`. */
export interface FitStore {
  /** Saves a state. `step` counts all steps of the run. */
  readonly save: (state: State, position: { readonly step: number }) => void | Promise<void>;
  /** Returns the newest state; undefined if there is none. */
  readonly load: () => TensorTree | undefined | Promise<TensorTree | undefined>;
  /** The number of steps between saves within an epoch. Default: only the end of an epoch is saved. */
  readonly every?: number;
}

/** The settings of early stopping. */
export interface EarlyStopping<Name extends string = string> {
  /** The number of successive epochs without an improvement after which the run ends. */
  readonly patience: number;
  /** The value that is watched, of the validation if there is one. Default "loss". */
  readonly metric?: Name;
  /** The aim: the least or the greatest value. Default "min". */
  readonly mode?: "min" | "max";
}

/** Metrics by name. */
export type FitMetrics = Readonly<Record<string, Metric | StreamingMetric>>;

/** The names of the values of an epoch: the loss, the further scalars that it returns, and the metrics. */
type ValueName<Metrics, Loss> =
  | "loss"
  | (keyof Metrics & string)
  | (Loss extends Tensor ? never : Exclude<keyof Loss & string, "predicted" | "expected" | "mask">);

/** The settings of {@link fit}, without the losses and optimizers. */
export interface FitSettings<Batch, Metrics extends FitMetrics, Name extends string = string> {
  /** The batches of an epoch: see {@link batches}. */
  readonly data: FitData<Batch>;
  /** The number of epochs of the whole run, including saved epochs of earlier calls. */
  readonly epochs: number;
  /**
   * The number of batches of an epoch, for data without an end, such as a generator: the next epoch continues after
   * them. Data that end start again. Default: an epoch is a loop over the data.
   */
  readonly stepsPerEpoch?: number;
  /**
   * The number of batches for each step of the optimizer, which gets the mean of their gradients by examples. If losses are
   * means, that is the gradient of one large batch. An epoch ends with a step. Default 1.
   */
  readonly accumulate?: number;
  /**
   * Averages of the weights of the model, updated after each step. The validation uses them, they are saved as the
   * weights of the best epoch, and the model has them at the end of the run; `average.swap()` restores its last
   * weights. Default: none.
   */
  readonly average?: AveragedWeights;
  /** Batches on which the model is evaluated after each epoch. Default: none. */
  readonly validation?: FitData<Batch>;
  /** Metrics by name, such as `{ accuracy }`, or `{ f1: f1.streaming({ classes: 3 }) }`. Default: none. */
  readonly metrics?: Metrics;
  /** Ends a run that no longer improves, and loads the weights of its best epoch. Default: never. */
  readonly earlyStopping?: EarlyStopping<Name>;
  /** Called with the loss of each epoch, of the validation if there is one, as `reduceOnPlateau(optimizer)`. Default: none. */
  readonly schedule?: { readonly step: (loss: Tensor | number) => void };
  /** Variables outside of the model that the loss reads. Default: none. */
  readonly others?: object;
  /**
   * The backend of the steps, as for `compile`. A backend whose results are awaited keeps the Variables in its memory:
   * they are fetched when they are saved and when the run ends. Up to two steps may be unfinished while the next one is
   * submitted. A signal and listeners hear of a step that much later; before a save, all steps are finished. Default:
   * as `setRunner` says.
   */
  readonly backend?: RunnerName | Backend;
  /** The store to which the run is saved, and from which an earlier one is loaded. Default: none. */
  readonly saveTo?: FitStore;
  /** Ends the run after a step, when the state has been saved. Default: none. */
  readonly signal?: { readonly aborted: boolean };
  /** Called after each step, and with the row of each epoch, such as `logProgress()`. Default: none. */
  readonly onProgress?: (progress: FitProgress) => void;
  /** Listeners by event. Default: none. */
  readonly on?: FitEvents;
}

/** The settings of {@link fit}. */
export interface FitOptions<
  Model extends object,
  Batch,
  Metrics extends FitMetrics = FitMetrics,
  Loss extends FitLoss = FitLoss,
> extends FitSettings<Batch, Metrics, NoInfer<ValueName<Metrics, Loss>>> {
  /**
   * `(model, batch) → loss`, a scalar, or `{ loss, … }`. Further scalars are averaged over an epoch; `predicted` and
   * `expected`, with an optional `mask`, go to the metrics.
   */
  readonly loss: (model: Model, batch: Batch) => Loss & Recordable<[Batch]>;
  /**
   * An optimizer of Variables of the model. A step of {@link LBFGS} is a whole search on its batch, of at most
   * `maxSteps` steps, which suits data of a single batch. The values of the step are those at the end of the search.
   */
  readonly optimizer: Optimizer | LBFGS;
  /** Not with one loss and its optimizer: see {@link FitSeveralOptions}. */
  readonly optimizers?: undefined;
}

/**
 * One loss of a {@link fit} with several optimizers, like {@link FitOptions.loss}, and the optimizer that minimizes it.
 */
export interface FitPart<Model extends object, Batch> {
  /** Returns the loss of a batch, a scalar, with further measured values. */
  readonly loss: (model: Model, batch: Batch) => FitLoss & Recordable<[Batch]>;
  /** The optimizer that takes a step down the loss. */
  readonly optimizer: Optimizer | LBFGS;
}

/**
 * The settings of {@link fit} with several optimizers, each with a loss of its own.
 *
 * @example
 * ```ts
 * import { normal, onesLike, relu, type Tensor, zerosLike } from "@graddiff/core";
 * import { Adam, batches, binaryCrossEntropy, Dense, fit, Sequential } from "@graddiff/nn";
 *
 * const generator = new Sequential(new Dense(1, 8), relu, new Dense(8, 1), { seed: 1 });
 * const critic = new Sequential(new Dense(1, 8), relu, new Dense(8, 1), { seed: 2 });
 * const drawn = (x: Tensor) => critic.forward(generator.forward(x));
 * const real = normal([64, 1], { seed: 3, mean: 4 });
 * const run = fit({ generator, critic }, {
 *   data: batches({ real, noise: normal([64, 1], { seed: 4 }) }, { size: 32 }),
 *   optimizers: {
 *     critic: {
 *       optimizer: new Adam(critic, { learningRate: 0.01 }),
 *       loss: (_, { real, noise }) => {
 *         const [right, wrong] = [critic.forward(real), drawn(noise)];
 *         const loss = binaryCrossEntropy(right, onesLike(right));
 *         return loss.add(binaryCrossEntropy(wrong, zerosLike(wrong)));
 *       },
 *     },
 *     generator: {
 *       optimizer: new Adam(generator, { learningRate: 0.01 }),
 *       loss: (_, { noise }) => binaryCrossEntropy(drawn(noise), onesLike(noise)),
 *     },
 *   },
 *   epochs: 2,
 * });
 * const history = await run.run();
 * console.log(Object.keys(history.rows[1]?.training ?? {})); // [ 'loss', 'critic', 'generator' ]
 * ```
 */
export interface FitSeveralOptions<
  Model extends object,
  Batch,
  Metrics extends FitMetrics = FitMetrics,
> extends FitSettings<Batch, Metrics> {
  /**
   * Losses and optimizers by name, whose steps are taken in this order for each batch: a later loss sees what the optimizers
   * before it have changed. The values of an epoch have each loss by its name, and their sum as `loss`.
   */
  readonly optimizers: Readonly<Record<string, FitPart<Model, Batch>>>;
  /** Not with several optimizers, each of which has a loss. */
  readonly loss?: undefined;
}

const objectWith =
  (...methods: string[]): Reader<object> =>
  (op, argument, value) => {
    const isFit = methods.every((name) => typeof Object(value)[name] === "function");
    if (isFit) return value as object;
    const expected = `an object with ${methods.join(" and ")}`;
    throw new ArgumentError(op, argument, expected, describe(value));
  };

/** The part of an AbortSignal that is read. */
interface Signal {
  readonly aborted: boolean;
}

const readSignal: Reader<Signal> = (op, argument, value) => {
  if (typeof Object(value).aborted === "boolean") return value as Signal;
  throw argumentError(
    op,
    argument,
    "an AbortSignal, or another object with aborted: true or false",
    value,
  );
};

const readData: Reader<FitData<unknown>> = (op, argument, value) => {
  const source = Object(value);
  if (Symbol.iterator in source || Symbol.asyncIterator in source) return source;
  throw new ArgumentError(
    op,
    argument,
    "batches, or another iterable of them",
    describe(value),
    "Write batches(data, { size: 32 })",
  );
};

const readStopping = optionsReader({
  patience: nonNegativeInteger,
  metric: optional((op, argument, value) => {
    if (typeof value === "string") return value;
    throw new ArgumentError(op, argument, "the name of a value", describe(value));
  }, "loss"),
  mode: optional<"min" | "max">(oneOf("min", "max"), "min"),
});

const readMetrics: Reader<ReadonlyMap<string, StreamingMetric>> = (op, argument, value) => {
  if (!isPlainObject(value)) {
    throw new ArgumentError(op, argument, "metrics by name", describe(value));
  }
  return new Map(
    Object.entries(value).map(([name, metric]) => {
      const { streaming } = Object(metric);
      const own = typeof streaming === "function" ? streaming() : metric;
      objectWith("start", "add", "result")(op, `${argument}.${name}`, own);
      return [name, own as StreamingMetric];
    }),
  );
};

/** The reader of {@link FitOptions}. */
export const readFit = optionsReader({
  data: readData,
  // partsOf reads the three.
  loss: anything,
  optimizer: anything,
  optimizers: anything,
  epochs: nonNegativeInteger,
  stepsPerEpoch: optional<number | undefined>(positiveInteger, undefined),
  accumulate: optional(positiveInteger, 1),
  average: optional<object | undefined>(objectWith("update", "swap", "within"), undefined),
  validation: optional<FitData<unknown> | undefined>(readData, undefined),
  metrics: optional<ReadonlyMap<string, StreamingMetric>>(readMetrics, new Map()),
  earlyStopping: optional<ReturnType<typeof readStopping> | undefined>(
    (op, _argument, value) => readStopping(`${op}: earlyStopping`, value),
    undefined,
  ),
  schedule: optional<object | undefined>(objectWith("step"), undefined),
  others: readOthers,
  backend: readOwnBackend,
  saveTo: optional<object | undefined>(objectWith("save", "load"), undefined),
  signal: optional<Signal | undefined>(readSignal, undefined),
  onProgress: optional<((...inputs: never) => unknown) | undefined>(callable, undefined),
  on: optional<FitEvents>(readEvents, {}),
});

/** The options as they were read. */
export type Settings = ReturnType<typeof readFit>;
