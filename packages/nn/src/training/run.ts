/**
 * The loop of a training: epochs of compiled steps, with validation, metrics and early stopping. Its state can be saved
 * after any step, and a run that is resumed from it has the same bits as an uninterrupted one.
 */

import { ArgumentError, loadState, state } from "@graddiff/core";
import { positiveInteger, refuseSurplus } from "@graddiff/core/extend";
import { namesOf } from "../model.ts";
import type { AveragedWeights } from "../optimizers/averages.ts";
import type { FitOptions, FitStore, Settings } from "./fitOptions.ts";
import { type Computed, Flight, readAll } from "./flight.ts";
import { type EpochRow, type EpochValues, type FitProgress, History } from "./history.ts";
import {
  compiledSteps,
  examplesOf,
  isPadded,
  nothing,
  type Running,
  reasonOf,
  type Steps,
  valuesOf,
} from "./measuring.ts";
import { hasBatchNorm, leaveTraining, setMode } from "./modes.ts";
import { Accumulated, FINITE, type Measured, type Part, partsOf } from "./parts.ts";
import { loadTree, treeOf } from "./saving.ts";
import { Stopping } from "./stopping.ts";
import { Turns } from "./turns.ts";
import { Endless, visitEach } from "./visit.ts";

const OP = "fit";

/**
 * A run of {@link fit}. A loop over it, or `run()`, trains.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { Adam, batches, Dense, fit, meanSquaredError } from "@graddiff/nn";
 *
 * const model = new Dense(1, 1, { seed: 1 });
 * const training = fit(model, {
 *   data: batches({ x: tensor([[1], [2]]), y: tensor([[2], [4]]) }, { size: 2 }),
 *   loss: (net, { x, y }) => meanSquaredError(net.forward(x), y),
 *   optimizer: new Adam(model, { learningRate: 0.01 }),
 *   epochs: 1,
 * });
 * for await (const { epoch } of training) {
 *   console.log(epoch); // 0
 * }
 * ```
 */
export class Fit implements AsyncIterable<EpochRow> {
  /** A row for each epoch. */
  readonly history: History;
  readonly #model: object;
  readonly #settings: Settings;
  readonly #store: FitStore | undefined;
  /** The objects that are saved, by name. */
  readonly #saved: Record<string, object>;
  readonly #parts: readonly Part[];
  readonly #compiled: Steps;
  readonly #average: AveragedWeights | undefined;
  /** True if the results of steps have to be awaited. */
  readonly #isAwaited: boolean;
  /** The endless loop over the data of a run with the option `stepsPerEpoch`; undefined without it. */
  readonly #endless: Endless | undefined;
  #isRunning = false;
  #isLoaded = false;
  /** Steps of the epoch, and of the run. */
  #step = 0;
  #steps = 0;
  /** True if all steps of the epoch have been made, but not yet its validation and its row. */
  #isAtEnd = false;
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
    const { data, schedule, others, accumulate, stepsPerEpoch } = settings;
    // The readers of the options have checked that the methods exist.
    this.#store = settings.saveTo as FitStore | undefined;
    this.#average = settings.average as AveragedWeights | undefined;
    if (this.#store?.every !== undefined) positiveInteger(OP, "saveTo.every", this.#store.every);
    this.#isAwaited = typeof settings.backend === "object";
    if (this.#average) refuseStrangeAverage(model, this.#average);
    this.#endless = stepsPerEpoch === undefined ? undefined : new Endless(data);
    this.#parts = partsOf(OP, settings);
    const accumulated = accumulate > 1 ? new Accumulated(OP, this.#parts) : undefined;
    this.#compiled = compiledSteps(OP, model, this.#parts, settings, accumulated);
    const [first] = this.#parts;
    this.#saved = {
      model,
      ...(first?.name === undefined
        ? { optimizer: (first as Part).optimizer }
        : {
            optimizers: Object.fromEntries(
              this.#parts.map(({ name, optimizer }) => [name, optimizer]),
            ),
          }),
      ...(hasState(data) && { data }),
      ...(schedule && { schedule }),
      ...(others && { others }),
      ...(this.#average && { average: this.#average }),
      ...(accumulated && { accumulated }),
    };
    this.#running = nothing(this.#settings.metrics);
  }

  /** The reason why the run has ended; undefined if a loop would continue it. */
  get ended(): "epochs" | "patience" | undefined {
    const { length } = this.history;
    if (this.#stopping.hasWaited(length)) return "patience";
    return length < this.#settings.epochs ? undefined : "epochs";
  }

  /**
   * The progress after the last step of the run, or of the run that {@link load} has loaded, which may have been saved in
   * the middle of an epoch. Before the first step, `step` is 0 and the loss NaN.
   *
   * @example
   * ```ts
   * import { tensor } from "@graddiff/core";
   * import { Dense, fit, meanSquaredError, SGD } from "@graddiff/nn";
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
    const { epochs, data, stepsPerEpoch } = this.#settings;
    const { rows, length } = this.history;
    const { length: steps = stepsPerEpoch } = stepsPerEpoch === undefined ? Object(data) : {};
    const row = this.#step === 0 ? rows.at(-1) : undefined;
    return {
      epoch: row?.epoch ?? length,
      epochs,
      step: row?.steps ?? this.#step,
      steps: typeof steps === "number" ? steps : undefined,
      training: row?.training ?? this.#running.averages.means(),
      row,
      ended: row && this.ended,
    };
  }

  /**
   * Loads the saved state of an earlier run from `saveTo`, without making a step, for example to show the model and its
   * history before the next loop. (A loop loads the state, too.) If nothing is saved, nothing changes.
   *
   * @throws the errors of loading, such as those for the state of another model.
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

  /** Trains, and yields the row of each epoch. Leaving the loop ends the training; another loop continues it. */
  async *[Symbol.asyncIterator](): AsyncGenerator<EpochRow, void, undefined> {
    if (this.#isRunning) {
      throw new ArgumentError(OP, "", "one loop over a run at a time", "a second one");
    }
    this.#isRunning = true;
    const { on } = this.#settings;
    try {
      await this.#load();
      if (this.ended === undefined) this.#setAveraged(false);
      await on.start?.(this.progress);
      while (this.ended === undefined) {
        const row = await this.#epoch();
        if (row === undefined) break;
        yield row;
      }
      if (this.ended !== undefined) {
        this.#setAveraged(true);
        const { best } = this.#stopping;
        if (this.#settings.earlyStopping && best) loadState(this.#model, best.weights);
        await this.#endless?.close();
      }
      if (this.#isAwaited) await readAll(state(this.#saved));
      this.#leave();
      await on.end?.(this.ended ?? "signal");
    } finally {
      this.#leave();
    }
  }

  /** Puts the model into evaluation. */
  #leave(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    leaveTraining(OP, this.#model);
  }

  /** Puts the averages of the weights into the model, or takes them out again; without averages it does nothing. */
  #setAveraged(isAveraged: boolean): void {
    const average = this.#average;
    if (average && (average.swapped.value.item() === 1) !== isAveraged) average.swap();
  }

  /** Runs an epoch, or the rest of it, and returns its row; undefined if the signal has ended it. */
  async #epoch(): Promise<EpochRow | undefined> {
    const { data, on, accumulate } = this.#settings;
    setMode(OP, this.#model, true);
    let isAborted = await this.#batches();
    // If the last loop over data with a state was left after its last batch, the first attempt finds no batch.
    if (this.#step === 0 && !isAborted && hasState(data)) isAborted = await this.#batches();
    if (isAborted) return this.#steps === this.#savedSteps ? undefined : this.#save();
    if (this.#step === 0) throw noBatches("data");
    if (this.#step % accumulate > 0) this.#compiled.finish();
    this.#setAveraged(true);
    const validation = await this.#validate();
    const training = valuesOf(this.#running, this.#settings.metrics);
    const watched = validation ?? training;
    const isBest = this.#stopping.note(OP, this.history.length, watched, () => state(this.#model));
    this.#setAveraged(false);
    const { schedule } = this.#settings;
    (schedule as FitOptions<object, unknown>["schedule"])?.step(watched.loss);
    const rates = this.#parts.map(({ name, optimizer }) => [name, optimizer.learningRate] as const);
    const row: EpochRow = {
      epoch: this.history.length,
      steps: this.#step,
      learningRate: rates[0]?.[1] ?? Number.NaN,
      ...(rates[0]?.[0] !== undefined && { learningRates: Object.fromEntries(rates) }),
      training,
      ...(validation && { validation }),
    };
    this.history.push(row);
    if (isBest) this.history.setBest(row.epoch);
    this.#step = 0;
    this.#isAtEnd = false;
    this.#running = nothing(this.#settings.metrics);
    this.#report();
    await on.epoch?.(row);
    if (this.history.best === row) await on.best?.(row);
    await this.#save();
    await this.#turns.next();
    return row;
  }

  /** Runs the steps of an epoch, or of the rest of it. Returns true if the signal has ended them. */
  async #batches(): Promise<boolean> {
    const { data, accumulate, on } = this.#settings;
    const endless = this.#endless;
    // Data with a state continue at their position. Of other data, the batches that were already used are skipped.
    const had = endless ? (endless.isOpen ? 0 : this.#steps) : this.#step;
    let surplus = hasState(data) ? 0 : had;
    const mayPad = !hasBatchNorm(OP, this.#model);
    if (this.#isAborted()) return true;
    // The next loop over data with a state would be the next epoch.
    if (this.#isAtEnd && this.#step > 0) return false;
    const every = this.#store?.every ?? Number.POSITIVE_INFINITY;
    const finish = (steps: number) => {
      if (accumulate > 1 && steps % accumulate === 0) this.#compiled.finish();
    };
    const take = (computed: Computed) => {
      this.#running = this.#with(this.#running, computed);
      this.#step++;
      this.#steps++;
      // If results are awaited, the optimizer step is submitted before the loss is known; if it is refused, so is the
      // step.
      if (!this.#isAwaited) finish(this.#step);
      this.#report();
      on.step?.(this.progress);
      if (this.#isAborted()) return true;
      const isSaved = this.#step % every === 0;
      return isSaved || this.#turns.isDue ? this.#rest(isSaved) : false;
    };
    const flight = this.#flight(take);
    const visit = (batch: unknown) => {
      if (surplus-- > 0) return false;
      if (!mayPad && isPadded(batch)) throw paddingRefused();
      const measured = this.#compiled.train(batch, this.#running.states, ...flight.last);
      const steps = this.#step + flight.length + 1;
      if (this.#isAwaited) finish(steps);
      // A state is saved only when no step is unfinished.
      return flight.add({ batch, measured }, steps % every === 0 ? 0 : undefined);
    };
    let ends = false;
    try {
      ends = await this.#visit(visit, surplus);
      // The signal may still be noticed below, when an unfinished step is taken.
      this.#isAtEnd = !ends;
    } finally {
      ends = (await flight.landed()) || ends;
    }
    return ends;
  }

  /** Visits the batches of an epoch. `surplus` is the number of batches that `visit` skips. */
  async #visit(
    visit: (batch: unknown) => boolean | Promise<boolean>,
    surplus: number,
  ): Promise<boolean> {
    const { data, stepsPerEpoch } = this.#settings;
    if (this.#endless === undefined) return await visitEach(data, visit);
    const count = (stepsPerEpoch as number) - this.#step;
    return await this.#endless.visit(count + Math.max(surplus, 0), visit, (visited) =>
      noBatches("data", `${count} for the epoch`, `an end after ${visited}`),
    );
  }

  #flight(take: (computed: Computed) => boolean | Promise<boolean>): Flight {
    return new Flight(this.#isAwaited, take, (error, { batch }) => this.#refused(error, batch));
  }

  /** Waits between two steps, for the saving of the state and for the event loop. */
  async #rest(isSaved: boolean): Promise<boolean> {
    if (isSaved) await this.#save();
    await this.#turns.next();
    return false;
  }

  async #validate(): Promise<EpochValues | undefined> {
    const { validation } = this.#settings;
    if (validation === undefined) return undefined;
    setMode(OP, this.#model, false);
    // The order of the validation depends on the number of the epoch, so that resumed runs have the same order.
    const { seek } = Object(validation);
    if (typeof seek === "function") seek.call(validation, this.history.length);
    let running = nothing(this.#settings.metrics);
    let count = 0;
    const flight = this.#flight((computed) => {
      running = this.#with(running, computed);
      return this.#turns.isDue ? this.#rest(false) : false;
    });
    await visitEach(validation, (batch) => {
      count++;
      return flight.add({ batch, measured: this.#compiled.evaluate(batch, running.states) });
    });
    await flight.landed();
    if (count === 0) throw noBatches("validation");
    return valuesOf(running, this.#settings.metrics);
  }

  /** Returns the error for a batch with a refused loss, after fetching the values of the Variables before its step. */
  async #refused(error: unknown, batch: unknown): Promise<unknown> {
    const part = this.#parts.find((own) => isRefusedLoss(error, own));
    if (part === undefined) return error;
    await readAll(state(this.#saved));
    return this.#lossError(part, Number((error as ArgumentError).complaint.got), batch);
  }

  /** Returns the sums of the epoch with a batch added. */
  #with({ averages, states }: Running, { batch, measured }: Computed): Running {
    const { loss, scalars } = measured;
    const value = loss.item();
    if (!Number.isFinite(value)) throw this.#refusedLoss(value, scalars, batch);
    const weight = examplesOf(batch);
    averages.add("loss", value, weight);
    for (const [name, scalar] of Object.entries(scalars)) averages.add(name, scalar.item(), weight);
    return { averages, states: this.#compiled.count(states, measured.states) };
  }

  #refusedLoss(value: number, scalars: Measured["scalars"], batch: unknown): Error {
    const lossOf = ({ name = "" }: Part) => scalars[name]?.item() ?? value;
    const part = this.#parts.find((own) => !Number.isFinite(lossOf(own))) as Part;
    return this.#lossError(part, lossOf(part), batch);
  }

  #lossError({ name, prefix, loss }: Part, value: number, batch: unknown): Error {
    const whose = name === undefined ? "The weights" : `The weights of ${name}`;
    const look = () => loss(this.#model, batch);
    const reason = reasonOf(OP, this.#saved, look, this.#isAwaited);
    return new ArgumentError(
      OP,
      `${prefix}loss`,
      FINITE,
      `${value} at step ${this.#step} of epoch ${this.history.length}`,
      `${whose} are as they were before that step. ${reason}`,
    );
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
      isAtEnd: this.#isAtEnd,
      running: this.#running,
      best: this.#stopping.best,
    };
    const tree = treeOf(this.#saved, this.history, position);
    if (this.#isAwaited) await readAll(tree);
    await this.#store.save(tree, { step: this.#steps });
    this.#savedSteps = this.#steps;
    await this.#settings.on.save?.(this.progress);
  }

  /** Loads the saved state of the run, once. */
  async #load(): Promise<void> {
    if (this.#isLoaded) return;
    const tree = await this.#store?.load();
    this.#isLoaded = true;
    if (tree === undefined) return;
    const { metrics, epochs } = this.#settings;
    const names = [...metrics.keys()];
    const position = loadTree(OP, this.#saved, this.history, tree, names);
    const { step, steps, isAtEnd, running, best } = position;
    this.#step = step;
    this.#steps = steps;
    this.#isAtEnd = isAtEnd;
    this.#savedSteps = steps;
    this.#running = running ?? this.#running;
    if (best !== undefined) {
      this.#stopping.best = best;
      this.history.setBest(best.epoch);
    }
    if (this.history.length > epochs && this.ended !== "patience") {
      throw new ArgumentError(
        OP,
        "epochs",
        `at least the ${this.history.length} of the saved run`,
        String(epochs),
        "It counts the epochs of the whole run",
      );
    }
  }
}

function noBatches(argument: string, expected = "batches", got = "none"): ArgumentError {
  const hint = "An iterator lasts for one loop: give an array, or batches";
  return new ArgumentError(OP, argument, expected, got, hint);
}

/** Throws an ArgumentError if the option `average` has averages of another model. */
function refuseStrangeAverage(model: object, { sources }: AveragedWeights): void {
  const own = namesOf(OP, model);
  if ([...sources].every((variable) => own.has(variable))) return;
  throw new ArgumentError(
    OP,
    "average",
    "averages of Variables of the model",
    "those of another model",
    "Write new AveragedWeights(model)",
  );
}

function hasState(data: unknown): data is { readonly state: object } {
  return typeof Object(data).state === "object";
}

function paddingRefused(): ArgumentError {
  return new ArgumentError(
    OP,
    "data",
    `batches with last: "keep" or "drop", since the model has BatchNorm`,
    `last: "pad", whose repeated examples would count in its statistics`,
  );
}

/** True if an error says that the loss of a part is not finite. */
function isRefusedLoss(error: unknown, { prefix }: Part): boolean {
  if (!(error instanceof ArgumentError)) return false;
  const { op, argument, expected } = error.complaint;
  return op === OP && argument === `${prefix}loss` && expected === FINITE;
}
