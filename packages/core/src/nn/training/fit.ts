/**
 * The training loop: epochs of compiled steps, with validation, metrics, early stopping and a state that is saved, from
 * which a run that was ended anywhere goes on with the same bits.
 */

import {
  ArgumentError,
  compile,
  cond,
  Draws,
  findNaN,
  Layer,
  loadState,
  ShapeError,
  type State,
  state,
  type Tensor,
  type TensorTree,
  treeLeaves,
} from "../../index.ts";
import {
  anything,
  at,
  describe,
  formatShape,
  isPlainObject,
  isTensor,
  leaveInEvaluation,
  leavesByName,
  listVariables,
  objectsInside,
  oneOf,
  optional,
  optionsReader,
  type Reader,
  type Recordable,
  readCount,
  readFunction,
  readPositive,
  refuseSurplus,
  scalar,
  unfit,
} from "../inside.ts";
import { BatchNorm } from "../layers/normalization.ts";
import type { Metric, MetricState, StreamingMetric } from "../metrics/metric.ts";
import { gradientOfLoss } from "../optimizers/minimize.ts";
import type { Optimizer } from "../optimizers/optimizers.ts";
import { Averages, type EpochRow, type EpochValues, History } from "./history.ts";
import { checkedLoss, guardModel, readOthers } from "./trainingStep.ts";

/** The result of a loss: itself, or an object with it, scalars to be averaged, and what metrics compare. */
export type FitLoss =
  | Tensor
  | { readonly loss: Tensor; readonly [name: string]: Tensor | undefined };

/** Batches: those of `batches`, or any others, whose order is the same in each epoch. */
export type FitData<Batch> = Iterable<Batch> | AsyncIterable<Batch>;

/** The progress after a step. */
export interface FitProgress {
  /** Counts from 0. */
  readonly epoch: number;
  readonly epochs: number;
  /** The steps of the epoch so far. */
  readonly step: number;
  /** The steps of an epoch, where the data tell. */
  readonly steps: number | undefined;
  /** The means of the epoch so far. */
  readonly training: EpochValues;
  /** The row of the history, where the epoch has ended with this step. */
  readonly row: EpochRow | undefined;
}

/** A place where states are kept, such as `checkpoints(folder)` of `@graddiff/files/node`. */
export interface FitStore {
  /** Keeps a state. `step` counts all steps of the run. */
  readonly save: (state: State, position: { readonly step: number }) => void | Promise<void>;
  /** The newest state; undefined where there is none. */
  readonly load: () => TensorTree | undefined | Promise<TensorTree | undefined>;
  /** The number of steps after which an epoch is saved in its middle. Default: never, but at its end. */
  readonly every?: number;
}

/** The settings of early stopping. */
export interface EarlyStopping<Name extends string = string> {
  /** The number of epochs in a row that may bring nothing better. */
  readonly patience: number;
  /** The value that is watched, of the validation if there is one. Default "loss". */
  readonly metric?: Name;
  /** Whether a "min" or a "max" of it is the aim. Default "min". */
  readonly mode?: "min" | "max";
}

/** Metrics by name. */
export type FitMetrics = Readonly<Record<string, Metric | StreamingMetric>>;

/** The names of the values of an epoch: the loss, the further scalars that it returns, and the metrics. */
type ValueName<Metrics, Loss> =
  | "loss"
  | (keyof Metrics & string)
  | (Loss extends Tensor ? never : Exclude<keyof Loss & string, "predicted" | "expected" | "mask">);

/** The settings of {@link fit}. */
export interface FitOptions<
  Model extends object,
  Batch,
  Metrics extends FitMetrics = FitMetrics,
  Loss extends FitLoss = FitLoss,
> {
  readonly data: FitData<Batch>;
  /**
   * `(model, batch) → loss`, a scalar, or `{ loss, … }`. Further scalars are averaged over an epoch; `predicted` and
   * `expected`, with an optional `mask`, go to the metrics.
   */
  readonly loss: (model: Model, batch: Batch) => Loss & Recordable<[Batch]>;
  readonly optimizer: Optimizer;
  /** The number of epochs of the whole run, those of earlier calls that were saved included. */
  readonly epochs: number;
  /** Batches on which the model is evaluated after each epoch. Default: none. */
  readonly validation?: FitData<Batch>;
  /** Metrics by name, such as `{ accuracy }`, or `{ f1: f1.streaming({ classes: 3 }) }`. Default: none. */
  readonly metrics?: Metrics;
  /** Ends a run that brings nothing better, and gives the model the weights of its best epoch. Default: never. */
  readonly earlyStopping?: EarlyStopping<NoInfer<ValueName<Metrics, Loss>>>;
  /** Is told the loss of each epoch, of the validation if there is one, as `reduceOnPlateau(optimizer)`. Default: none. */
  readonly schedule?: { readonly step: (loss: Tensor | number) => void };
  /** Variables outside of the model that the loss reads. Default: none. */
  readonly others?: object;
  /** Keeps the state of the run, and has that of an earlier one. Default: none. */
  readonly saveTo?: FitStore;
  /** Ends the run after a step, when the state has been saved. Default: none. */
  readonly signal?: { readonly aborted: boolean };
  /** Is called after each step, such as `logProgress()`. Default: nobody. */
  readonly onProgress?: (progress: FitProgress) => void;
}

/** What a run waits for between two turns of the event loop, in milliseconds: less than a frame of a page. */
const TURN = 12;

const objectWith =
  (...methods: string[]): Reader<object> =>
  (op, argument, value) => {
    const isFit = methods.every((name) => typeof Object(value)[name] === "function");
    if (isFit) return value as object;
    const expected = `an object with ${methods.join(" and ")}`;
    throw new ArgumentError({ op, argument, expected, got: describe(value) });
  };

/** What an AbortSignal has. */
interface Signal {
  readonly aborted: boolean;
}

const readSignal: Reader<Signal> = (op, argument, value) => {
  if (typeof Object(value).aborted === "boolean") return value as Signal;
  throw unfit(op, argument, "an AbortSignal, or another object with aborted: true or false", value);
};

const readData: Reader<FitData<unknown>> = (op, argument, value) => {
  const source = Object(value);
  if (Symbol.iterator in source || Symbol.asyncIterator in source) return source;
  throw new ArgumentError({
    op,
    argument,
    expected: "batches, or another iterable of them",
    got: describe(value),
    hint: "Write batches(data, { size: 32 })",
  });
};

const readStopping = optionsReader({
  patience: readCount,
  metric: optional((op, argument, value) => {
    if (typeof value === "string") return value;
    throw new ArgumentError({
      op,
      argument,
      expected: "the name of a value",
      got: describe(value),
    });
  }, "loss"),
  mode: optional<"min" | "max">(oneOf("min", "max"), "min"),
});

const readMetrics: Reader<ReadonlyMap<string, StreamingMetric>> = (op, argument, value) => {
  if (!isPlainObject(value)) {
    throw new ArgumentError({ op, argument, expected: "metrics by name", got: describe(value) });
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

const readOptions = optionsReader({
  data: readData,
  loss: readFunction,
  optimizer: anything,
  epochs: readCount,
  validation: optional<FitData<unknown> | undefined>(readData, undefined),
  metrics: optional<ReadonlyMap<string, StreamingMetric>>(readMetrics, new Map()),
  earlyStopping: optional<ReturnType<typeof readStopping> | undefined>(
    (op, _argument, value) => readStopping(`${op}: earlyStopping`, value),
    undefined,
  ),
  schedule: optional<object | undefined>(objectWith("step"), undefined),
  others: readOthers,
  saveTo: optional<object | undefined>(objectWith("save", "load"), undefined),
  signal: optional<Signal | undefined>(readSignal, undefined),
  onProgress: optional<((...inputs: never) => unknown) | undefined>(readFunction, undefined),
});

type Settings = ReturnType<typeof readOptions>;

/** The result of a step: numbers to be averaged, and states of metrics. */
interface Measured {
  readonly loss: Tensor;
  readonly scalars: Readonly<Record<string, Tensor>>;
  readonly states: Readonly<Record<string, MetricState>>;
}

/** The sums of an epoch so far. */
interface Running {
  averages: Averages;
  states: Readonly<Record<string, MetricState>>;
}

/** A compiled step, or the evaluation of a batch. */
type Measure = (batch: unknown, states: Running["states"]) => Measured;

const OP = "fit";

/** A run of {@link fit}. A loop over it, or `run()`, trains. */
export class Fit implements AsyncIterable<EpochRow> {
  /** A row for each epoch. */
  readonly history: History;
  readonly #model: object;
  readonly #settings: Settings;
  readonly #store: FitStore | undefined;
  readonly #parts: Record<string, object>;
  readonly #train: Measure;
  readonly #evaluate: Measure;
  #isRunning = false;
  #isLoaded = false;
  /** Steps of the epoch, and of the run. */
  #step = 0;
  #steps = 0;
  /** The steps that have been saved or loaded. */
  #savedSteps = 0;
  #running: Running;
  #best:
    | { readonly epoch: number; readonly value: number; readonly weights: TensorTree }
    | undefined;
  #turned = 0;

  /** @internal */
  constructor(model: object, settings: Settings) {
    this.#model = model;
    this.#settings = settings;
    this.history = new History(settings.earlyStopping === undefined);
    const { optimizer, data, schedule, others, loss } = settings;
    // Its reader has seen the methods.
    this.#store = settings.saveTo as FitStore | undefined;
    if (this.#store?.every !== undefined) readPositive(OP, "saveTo.every", this.#store.every);
    // What a training step trains and reads is checked there.
    const own = optimizer as Optimizer;
    const measured = this.#measured(loss as (model: object, batch: unknown) => FitLoss);
    const checked = checkedLoss(
      OP,
      model,
      (given: object, [batch, states]: [unknown, Running["states"]]) =>
        measured(given, batch, states),
      own,
      others,
    );
    this.#train = compile((batch: unknown, states: Running["states"]) => {
      const { loss, gradient, returned } = gradientOfLoss(
        OP,
        () => checked([batch, states]),
        own.variables,
      );
      // A step of a loss that is not finite would spoil all weights.
      const step = () => {
        own.step([...gradient]);
        return [];
      };
      cond(loss.isFinite(), step, () => []);
      return returned;
    }) as Measure;
    this.#evaluate = compile((batch: unknown, states: Running["states"]) => {
      guardModel(OP, model);
      return measured(model, batch, states);
    }) as Measure;
    this.#parts = {
      model,
      optimizer: own,
      ...(hasState(data) && { data }),
      ...(schedule && { schedule }),
      ...(others && { others }),
    };
    this.#running = this.#nothing();
  }

  /** The reason for which the run is at its end; undefined where it would go on. */
  get ended(): "epochs" | "patience" | undefined {
    const { earlyStopping, epochs } = this.#settings;
    const { length } = this.history;
    const waited = length - 1 - (this.#best?.epoch ?? -1);
    if (earlyStopping && waited > earlyStopping.patience) return "patience";
    return length < epochs ? undefined : "epochs";
  }

  /**
   * The progress after the last step of the run, or of the run that {@link load} has loaded, which may have been saved in
   * the middle of an epoch. Ahead of the first step, `step` is 0 and the loss NaN.
   *
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { Dense, fit, meanSquaredError, SGD } from "@graddiff/core/nn";
   *
   * const model = new Dense(1, 1, { seed: 1 });
   * const signal = { aborted: false };
   * const run = fit(model, {
   *   data: [tensor([[1]]), tensor([[2]]), tensor([[3]])],
   *   loss: (net, x) => meanSquaredError(net.forward(x), x),
   *   optimizer: new SGD(model, { learningRate: 0.01 }),
   *   epochs: 9,
   *   signal,
   *   onProgress: ({ epoch, step }) => {
   *     signal.aborted = epoch === 4 && step === 2;
   *   },
   * });
   * await run.run();
   * const { epoch, step, steps } = run.progress;
   * console.log(epoch, step, steps); // 4 2 3
   * ```
   */
  get progress(): FitProgress {
    const { epochs, data } = this.#settings;
    const { rows, length } = this.history;
    const { length: steps } = Object(data);
    const row = this.#step === 0 ? rows.at(-1) : undefined;
    return {
      epoch: row?.epoch ?? length,
      epochs,
      step: row?.steps ?? this.#step,
      steps: typeof steps === "number" ? steps : undefined,
      training: row?.training ?? this.#running.averages.means(),
      row,
    };
  }

  /**
   * Loads what `saveTo` has of an earlier run, without a step: to show a model and its history ahead of the next loop, which
   * would load it itself. Where nothing is saved, all stays as it is.
   *
   * @throws what loading throws, as for a state of another model.
   */
  async load(): Promise<History> {
    refuseSurplus(`${OP}.load`, 0, arguments);
    await this.#load();
    return this.history;
  }

  /** Trains to the end, and returns the history. */
  async run(): Promise<History> {
    refuseSurplus(`${OP}.run`, 0, arguments);
    for await (const _row of this);
    return this.history;
  }

  /** Trains, and gives the row of each epoch. A loop that is left ends the training; another one goes on. */
  async *[Symbol.asyncIterator](): AsyncGenerator<EpochRow, void, undefined> {
    if (this.#isRunning) {
      throw new ArgumentError({
        op: OP,
        expected: "one loop over a run at a time",
        got: "a second one",
      });
    }
    this.#isRunning = true;
    try {
      await this.#load();
      while (this.ended === undefined) {
        const row = await this.#epoch();
        if (row === undefined) return;
        yield row;
      }
      if (this.#settings.earlyStopping && this.#best) loadState(this.#model, this.#best.weights);
    } finally {
      this.#isRunning = false;
      setMode(this.#model, false);
      leaveInEvaluation(OP, objectsInside(OP, this.#model), listVariables(OP, this.#model));
    }
  }

  /** Runs an epoch, or what is left of it; undefined where the signal has ended it. */
  async #epoch(): Promise<EpochRow | undefined> {
    const { data, optimizer } = this.#settings;
    setMode(this.#model, true);
    let isAborted = await this.#batches();
    // Batches whose last loop was left behind the last of them go on with nothing.
    if (this.#step === 0 && !isAborted && hasState(data)) isAborted = await this.#batches();
    if (isAborted) return this.#steps === this.#savedSteps ? undefined : this.#save();
    if (this.#step === 0) throw noBatches("data");
    const validation = await this.#validate();
    const training = this.#valuesOf(this.#running);
    const watched = validation ?? training;
    const { schedule } = this.#settings;
    (schedule as FitOptions<object, unknown>["schedule"])?.step(watched.loss);
    const row: EpochRow = {
      epoch: this.history.length,
      steps: this.#step,
      learningRate: (optimizer as Optimizer).learningRate,
      training,
      ...(validation && { validation }),
    };
    this.history.push(row);
    this.#stopEarly(watched);
    this.#step = 0;
    this.#running = this.#nothing();
    this.#report();
    await this.#save();
    await this.#turn();
    return row;
  }

  /** Runs the steps of an epoch, or of what is left of it; tells whether the signal has ended them. */
  async #batches(): Promise<boolean> {
    const { data } = this.#settings;
    // Data with a state know their place; of others as many are left out as were had.
    let surplus = hasState(data) ? 0 : this.#step;
    const mayPad = !hasBatchNorm(this.#model);
    if (this.#isAborted()) return true;
    for await (const batch of data) {
      if (surplus-- > 0) continue;
      if (!mayPad && isPadded(batch)) throw paddingRefused();
      this.#running = this.#add(this.#running, batch, this.#train);
      this.#step++;
      this.#steps++;
      this.#report();
      if (this.#isAborted()) return true;
      if (this.#step % (this.#store?.every ?? Number.POSITIVE_INFINITY) === 0) await this.#save();
      await this.#turn();
    }
    return false;
  }

  async #validate(): Promise<EpochValues | undefined> {
    const { validation } = this.#settings;
    if (validation === undefined) return undefined;
    setMode(this.#model, false);
    // The same order in each run, wherever it began.
    const { seek } = Object(validation);
    if (typeof seek === "function") seek.call(validation, this.history.length);
    let running = this.#nothing();
    let count = 0;
    for await (const batch of validation) {
      running = this.#add(running, batch, this.#evaluate);
      count++;
      await this.#turn();
    }
    if (count === 0) throw noBatches("validation");
    return this.#valuesOf(running);
  }

  #nothing(): Running {
    const states = [...this.#settings.metrics].map(
      ([name, metric]) => [name, metric.start()] as const,
    );
    return { averages: new Averages(), states: Object.fromEntries(states) };
  }

  /** The sums with a batch more. */
  #add(running: Running, batch: unknown, compute: Measure): Running {
    const { loss, scalars, states } = compute(batch, running.states);
    const value = loss.item();
    if (!Number.isFinite(value)) this.#refuseLoss(value, batch);
    const { averages } = running;
    const weight = examplesOf(batch);
    averages.add("loss", value, weight);
    for (const [name, scalar] of Object.entries(scalars)) averages.add(name, scalar.item(), weight);
    return { averages, states };
  }

  /** The step has left the weights alone, so the loss can be looked at once more, with the same draws. */
  #refuseLoss(value: number, batch: unknown): never {
    const { loss } = this.#settings;
    const lossOf = loss as (model: object, batch: unknown) => FitLoss;
    const lossNow = () => {
      const returned = lossOf(this.#model, batch);
      return isTensor(returned) ? returned : returned.loss;
    };
    const report = withDrawsOfBefore(this.#parts, lossNow, () => findNaN(lossNow)());
    const where = report === undefined ? "Look at the loss with findNaN" : String(report);
    throw new ArgumentError({
      op: OP,
      argument: "loss",
      expected: "a finite number",
      got: `${value} at step ${this.#step} of epoch ${this.history.length}`,
      hint: `The weights are as they were before that step. ${where}`,
    });
  }

  #valuesOf({ averages, states }: Running): EpochValues {
    const metrics = [...this.#settings.metrics].map(([name, metric]) => {
      return [name, metric.result(states[name] as MetricState).item()] as const;
    });
    return { ...averages.means(), ...Object.fromEntries(metrics) };
  }

  /** The loss and what metrics and averages are made of, in ops. */
  #measured(loss: (model: object, batch: unknown) => FitLoss) {
    const { metrics } = this.#settings;
    return (model: object, batch: unknown, before: Running["states"]): Measured => {
      const returned: unknown = loss(model, batch);
      if (!isPlainObject(returned)) {
        if (metrics.size > 0) refuseUnfit("predicted", undefined);
        // The optimizer refuses what is no loss.
        return { loss: returned as Tensor, scalars: {}, states: {} };
      }
      const { loss: value, predicted, expected, mask, ...others } = returned;
      const states = [...metrics].map(([name, metric]) => {
        if (!isTensor(predicted)) refuseUnfit("predicted", predicted);
        if (!isTensor(expected)) refuseUnfit("expected", expected);
        const state = before[name] as MetricState;
        return [name, metric.add(state, predicted, expected, mask as Tensor | undefined)] as const;
      });
      for (const [name, scalar] of Object.entries(others)) checkScalar(name, scalar, metrics);
      return {
        loss: value as Tensor,
        scalars: others as Record<string, Tensor>,
        states: Object.fromEntries(states),
      };
    };
  }

  #stopEarly(values: EpochValues): void {
    const { earlyStopping } = this.#settings;
    if (earlyStopping === undefined) return;
    const { metric, mode } = earlyStopping;
    const value = values[metric];
    if (value === undefined) {
      throw new ArgumentError({
        op: OP,
        argument: "earlyStopping.metric",
        expected: `one of ${Object.keys(values).join(", ")}`,
        got: metric,
      });
    }
    const epoch = this.history.length - 1;
    const best = this.#best;
    const isBetter =
      best === undefined || (mode === "min" ? value < best.value : value > best.value);
    if (isBetter && !Number.isNaN(value)) {
      this.#best = { epoch, value, weights: state(this.#model) };
      this.history.setBest(epoch);
    }
  }

  #report(): void {
    const { onProgress } = this.#settings;
    (onProgress as FitOptions<object, unknown>["onProgress"])?.(this.progress);
  }

  #isAborted(): boolean {
    return this.#settings.signal?.aborted === true;
  }

  /** Gives the event loop a turn, where the last one is long ago. */
  async #turn(): Promise<void> {
    if (Date.now() - this.#turned < TURN) return;
    await nextTurn();
    this.#turned = Date.now();
  }

  async #save(): Promise<undefined> {
    if (this.#store === undefined) return;
    const { averages, states } = this.#running;
    const best = this.#best && {
      epoch: scalar(this.#best.epoch, "int32"),
      value: scalar(this.#best.value, "float64"),
      weights: this.#best.weights,
    };
    const own = {
      step: scalar(this.#step, "int32"),
      steps: scalar(this.#steps, "float64"),
      ...(this.history.length > 0 && { history: this.history.tensors() }),
      ...(this.#step > 0 && { sums: averages.tensors(), metrics: states }),
      ...(best && { best }),
    };
    // A tree of tensors, in which metrics have their states by name.
    const tree = { ...state(this.#parts), fit: own } as unknown as State;
    await this.#store.save(tree, { step: this.#steps });
    this.#savedSteps = this.#steps;
  }

  /** Goes on where a saved run was. Names of its own begin with "fit". */
  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    const tree = await this.#store?.load();
    this.#isLoaded = true;
    if (tree === undefined) return;
    const own = new Map<string, Tensor>();
    const parts: Record<string, Tensor> = {};
    for (const [name, { leaf }] of leavesByName(OP, "saveTo", tree)) {
      // loadState refuses what is no tensor.
      if (name.startsWith("fit.") && isTensor(leaf)) own.set(name.slice(4), leaf);
      else parts[name] = leaf as Tensor;
    }
    loadState(this.#parts, parts);
    const number = (name: string) => own.get(name)?.item();
    this.history.restore(below(own, "history."));
    this.#step = number("step") ?? 0;
    this.#steps = number("steps") ?? 0;
    this.#savedSteps = this.#steps;
    const names = [...this.#settings.metrics.keys()];
    const states = names.map((name) => [name, below(own, `metrics.${name}.`)] as const);
    if (this.#step > 0) {
      this.#running = {
        averages: Averages.of(below(own, "sums.")),
        states: Object.fromEntries(states),
      };
    }
    const [epoch, value] = [number("best.epoch"), number("best.value")];
    if (epoch !== undefined && value !== undefined) {
      this.#best = { epoch, value, weights: below(own, "best.weights.") };
      this.history.setBest(epoch);
    }
    const { epochs } = this.#settings;
    if (this.history.length > epochs && this.ended !== "patience") {
      throw new ArgumentError({
        op: OP,
        argument: "epochs",
        expected: `at least the ${this.history.length} of the saved run`,
        got: String(epochs),
        hint: "It counts the epochs of the whole run",
      });
    }
  }
}

/** The entries whose names begin with a text, without it. */
function below(tensors: ReadonlyMap<string, Tensor>, start: string): Record<string, Tensor> {
  const own = [...tensors].filter(([name]) => name.startsWith(start));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(start.length), tensor]));
}

function noBatches(argument: string): ArgumentError {
  const hint = "An iterator lasts for one loop: give an array, or batches";
  return new ArgumentError({ op: OP, argument, expected: "batches", got: "none", hint });
}

function hasState(data: unknown): data is { readonly state: object } {
  return typeof Object(data).state === "object";
}

/** Puts all layers of a model into training or evaluation. */
function setMode(model: object, on: boolean): void {
  if (model instanceof Layer) model.train(on);
  else for (const each of objectsInside(OP, model)) if (each instanceof Layer) each.train(on);
}

/** Whether a batch is one of `last: "pad"`. */
function isPadded(batch: unknown): batch is { readonly mask: Tensor } {
  return isPlainObject(batch) && "batch" in batch && isTensor(batch["mask"]);
}

/** Whether a model has layers in whose statistics repeated examples would count. */
function hasBatchNorm(model: object): boolean {
  return [...objectsInside(OP, model)].some((each) => each instanceof BatchNorm);
}

function paddingRefused(): ArgumentError {
  return new ArgumentError({
    op: OP,
    argument: "data",
    expected: `batches with last: "keep" or "drop", since the model has BatchNorm`,
    got: `last: "pad", whose repeated examples would count in its statistics`,
  });
}

/** The number of examples in a batch, by which its means count: the length of the first axis. */
function examplesOf(batch: unknown): number {
  if (isPadded(batch)) return batch.mask.cast("int32").sum().item();
  const whole = treeLeaves(batch).find(({ rank }) => rank > 0);
  return whole?.shape[0] ?? 1;
}

/** Looks at a run that has drawn, with the seeds that it had: they count up alike in each run. */
function withDrawsOfBefore<Result>(parts: object, run: () => unknown, look: () => Result): Result {
  const draws = listVariables(OP, parts).filter((variable) => variable instanceof Draws);
  const seeds = () => draws.map(({ value }) => value);
  const after = seeds();
  run();
  const further = seeds();
  draws.forEach((own, k) => {
    own.assign(at(after, k).sub(at(further, k).sub(at(after, k))));
  });
  try {
    return look();
  } finally {
    draws.forEach((own, k) => {
      own.assign(at(after, k));
    });
  }
}

function refuseUnfit(name: string, got: unknown): never {
  throw new ArgumentError({
    op: OP,
    argument: `loss.${name}`,
    expected: "a Tensor for the metrics",
    got: describe(got),
    hint: "Return { loss, predicted, expected } from the loss",
  });
}

function checkScalar(name: string, value: unknown, metrics: ReadonlyMap<string, unknown>): void {
  const argument = `loss.${name}`;
  if (!isTensor(value)) {
    throw new ArgumentError({
      op: OP,
      argument,
      expected: "a scalar Tensor",
      got: describe(value),
    });
  }
  if (value.rank > 0) {
    const got = formatShape(value.shape);
    throw new ShapeError({ op: OP, argument, expected: "a scalar, to be averaged", got });
  }
  if (!metrics.has(name)) return;
  const expected = "a name that no metric has";
  throw new ArgumentError({ op: OP, argument, expected, got: name });
}

interface Timers {
  readonly setImmediate?: (resolve: () => void) => void;
  readonly setTimeout: (resolve: () => void, milliseconds: number) => void;
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: number): void };
  };
}

/** Waits for a turn of the event loop. A page makes timers wait for 4 ms, and messages for nothing. */
function nextTurn(): Promise<void> {
  const { setImmediate, setTimeout, MessageChannel } = globalThis as unknown as Timers;
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    } else setTimeout(resolve, 0);
  });
}

/**
 * Trains a model: compiled steps over batches, epoch after epoch, with an evaluation after each. Nothing runs before the
 * result is iterated, or its `run()` is called; the event loop has a turn after the step that passes 12 ms, so longer
 * steps belong in a worker.
 *
 * During an epoch the layers are in training; behind it, and when the run has ended or was left, in evaluation. Values of
 * an epoch are means over batches, each by the length of its first axis. With `saveTo` the whole state (weights, optimizer,
 * seeds, the place in the data, sums, history, the best weights) is kept after each epoch, and loaded before the first: the
 * same program run again goes on where it was ended, with the same bits.
 *
 * @param model a layer, or whatever has Variables in its public properties.
 * @param options `data`, `loss`, `optimizer`, `epochs`; `validation`, `metrics`, `earlyStopping`, `schedule`, `others`,
 *   `saveTo`, `signal`, `onProgress`.
 * @returns a run: an async iterable of a row for each epoch, with `run()`, `history` and `ended`.
 * @throws ArgumentError for options that do not fit, and in the run for a loss that is not finite, data without batches,
 *   and a saved state of another model.
 * @example
 * ```ts
 * import { linspace } from "@graddiff/core";
 * import { Adam, batches, Dense, fit, meanSquaredError } from "@graddiff/core/nn";
 *
 * const x = linspace(-1, 1, 64).reshape([64, 1]);
 * const model = new Dense(1, 1, { seed: 1 });
 * const history = await fit(model, {
 *   data: batches({ x, y: x.mul(3).add(1) }, { size: 16, shuffle: true, seed: 1 }),
 *   loss: (net, batch) => meanSquaredError(net.forward(batch.x), batch.y),
 *   optimizer: new Adam(model, { learningRate: 0.05 }),
 *   epochs: 60,
 * }).run();
 * console.log(history.length, (history.rows[59]?.training.loss ?? 1) < 0.001); // 60 true
 * ```
 */
export function fit<
  Model extends object,
  Batch,
  const Metrics extends FitMetrics = Readonly<Record<never, Metric>>,
  Loss extends FitLoss = FitLoss,
>(model: Model, options: FitOptions<Model, Batch, Metrics, Loss>): Fit {
  refuseSurplus(OP, 2, arguments);
  if (typeof model !== "object" || model === null) {
    const expected = "a model, such as a layer";
    throw new ArgumentError({ op: OP, argument: "model", expected, got: describe(model) });
  }
  return new Fit(model, readOptions(OP, options));
}
