/**
 * The training loop: epochs of compiled steps, with validation, metrics, early stopping and a state that is saved, from
 * which a run that was ended anywhere goes on with the same bits.
 */

import { ArgumentError, Layer, loadState, state } from "../../index.ts";
import {
  describe,
  leaveInEvaluation,
  listVariables,
  objectsInside,
  readPositive,
  refuseSurplus,
} from "../inside.ts";
import { BatchNorm } from "../layers/normalization.ts";
import type { Metric } from "../metrics/metric.ts";
import type { Optimizer } from "../optimizers/optimizers.ts";
import {
  type FitLoss,
  type FitMetrics,
  type FitOptions,
  type FitProgress,
  type FitStore,
  readFit,
  type Settings,
} from "./fitOptions.ts";
import { type EpochRow, type EpochValues, History } from "./history.ts";
import {
  compiledSteps,
  examplesOf,
  isPadded,
  type Measure,
  nothing,
  type Running,
  reasonOf,
  valuesOf,
} from "./measuring.ts";
import { loadTree, treeOf } from "./saving.ts";
import { Stopping } from "./stopping.ts";
import { Turns } from "./turns.ts";
import { visitEach } from "./visit.ts";

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
  readonly #stopping: Stopping;
  readonly #turns = new Turns();

  /** @internal */
  constructor(model: object, settings: Settings) {
    this.#model = model;
    this.#settings = settings;
    this.history = new History(settings.earlyStopping === undefined);
    this.#stopping = new Stopping(settings.earlyStopping);
    const { optimizer, data, schedule, others } = settings;
    // Its reader has seen the methods.
    this.#store = settings.saveTo as FitStore | undefined;
    if (this.#store?.every !== undefined) readPositive(OP, "saveTo.every", this.#store.every);
    const { train, evaluate } = compiledSteps(OP, model, settings);
    this.#train = train;
    this.#evaluate = evaluate;
    this.#parts = {
      model,
      // compiledSteps has seen what it is.
      optimizer: optimizer as Optimizer,
      ...(hasState(data) && { data }),
      ...(schedule && { schedule }),
      ...(others && { others }),
    };
    this.#running = nothing(this.#settings.metrics);
  }

  /** The reason for which the run is at its end; undefined where it would go on. */
  get ended(): "epochs" | "patience" | undefined {
    const { length } = this.history;
    if (this.#stopping.hasWaited(length)) return "patience";
    return length < this.#settings.epochs ? undefined : "epochs";
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
      const { best } = this.#stopping;
      if (this.#settings.earlyStopping && best) loadState(this.#model, best.weights);
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
    const training = valuesOf(this.#running, this.#settings.metrics);
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
    if (this.#stopping.note(OP, row.epoch, watched, () => state(this.#model))) {
      this.history.setBest(row.epoch);
    }
    this.#step = 0;
    this.#running = nothing(this.#settings.metrics);
    this.#report();
    await this.#save();
    await this.#turns.next();
    return row;
  }

  /** Runs the steps of an epoch, or of what is left of it; tells whether the signal has ended them. */
  async #batches(): Promise<boolean> {
    const { data } = this.#settings;
    // Data with a state know their place; of others as many are left out as were had.
    let surplus = hasState(data) ? 0 : this.#step;
    const mayPad = !hasBatchNorm(this.#model);
    if (this.#isAborted()) return true;
    return await visitEach(data, (batch) => {
      if (surplus-- > 0) return false;
      if (!mayPad && isPadded(batch)) throw paddingRefused();
      this.#running = this.#add(this.#running, batch, this.#train);
      this.#step++;
      this.#steps++;
      this.#report();
      if (this.#isAborted()) return true;
      const isSaved = this.#step % (this.#store?.every ?? Number.POSITIVE_INFINITY) === 0;
      return isSaved || this.#turns.isDue ? this.#rest(isSaved) : false;
    });
  }

  /** What a step waits for before the next one. */
  async #rest(isSaved: boolean): Promise<boolean> {
    if (isSaved) await this.#save();
    await this.#turns.next();
    return false;
  }

  async #validate(): Promise<EpochValues | undefined> {
    const { validation } = this.#settings;
    if (validation === undefined) return undefined;
    setMode(this.#model, false);
    // The same order in each run, wherever it began.
    const { seek } = Object(validation);
    if (typeof seek === "function") seek.call(validation, this.history.length);
    let running = nothing(this.#settings.metrics);
    let count = 0;
    await visitEach(validation, (batch) => {
      running = this.#add(running, batch, this.#evaluate);
      count++;
      return this.#turns.isDue ? this.#rest(false) : false;
    });
    if (count === 0) throw noBatches("validation");
    return valuesOf(running, this.#settings.metrics);
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

  #refuseLoss(value: number, batch: unknown): never {
    const loss = this.#settings.loss as (model: object, batch: unknown) => FitLoss;
    throw new ArgumentError({
      op: OP,
      argument: "loss",
      expected: "a finite number",
      got: `${value} at step ${this.#step} of epoch ${this.history.length}`,
      hint: `The weights are as they were before that step. ${reasonOf(OP, this.#parts, () => loss(this.#model, batch))}`,
    });
  }

  #report(): void {
    const { onProgress } = this.#settings;
    (onProgress as FitOptions<object, unknown>["onProgress"])?.(this.progress);
  }

  #isAborted(): boolean {
    return this.#settings.signal?.aborted === true;
  }

  async #save(): Promise<undefined> {
    if (this.#store === undefined) return;
    const position = {
      step: this.#step,
      steps: this.#steps,
      running: this.#running,
      best: this.#stopping.best,
    };
    const tree = treeOf(this.#parts, this.history, position);
    await this.#store.save(tree, { step: this.#steps });
    this.#savedSteps = this.#steps;
  }

  /** Goes on where a saved run was. */
  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    const tree = await this.#store?.load();
    this.#isLoaded = true;
    if (tree === undefined) return;
    const { metrics, epochs } = this.#settings;
    const names = [...metrics.keys()];
    const { step, steps, running, best } = loadTree(OP, this.#parts, this.history, tree, names);
    this.#step = step;
    this.#steps = steps;
    this.#savedSteps = steps;
    this.#running = running ?? this.#running;
    if (best !== undefined) {
      this.#stopping.best = best;
      this.history.setBest(best.epoch);
    }
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
  return new Fit(model, readFit(OP, options));
}
