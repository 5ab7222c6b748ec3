/** The training of a page: it begins, stops and goes on, and tells what is trained and what is saved. */

import type { Fit, FitProgress, FitStore } from "@graddiff/nn";
import type { RunOptions } from "./training.ts";

/** The position of a training. */
export interface Position {
  /** The number of epochs that are complete. */
  readonly epochs: number;
  /** The number of steps of the next one. */
  readonly step: number;
}

/** The state of a training. */
export interface SessionState {
  readonly phase: "starting" | "elsewhere" | "ready" | "training" | "failed";
  /** The progress after the last step; undefined where there is no run. */
  readonly progress: FitProgress | undefined;
  /** The mean loss of the last complete epoch, which the curve ends with. */
  readonly lastLoss: number | undefined;
  /** The position of the checkpoint; undefined where there is none, "unread" where it was not loaded. */
  readonly saved: Position | "unread" | undefined;
  /** The epoch with which the last run was to end. */
  readonly goal: number | undefined;
  /** The mean of the steps of the epoch so far; undefined where there is none. */
  readonly milliseconds: number | undefined;
  /** The words for an error. */
  readonly error: string | undefined;
  /** True if JavaScript computes, where WebAssembly is forbidden. */
  readonly isSlow: boolean;
  /** The number of threads that compute. */
  readonly threads: number;
  /** The name of what computes; undefined before it is known. */
  readonly device: string | undefined;
}

export const STARTING: SessionState = {
  phase: "starting",
  progress: undefined,
  lastLoss: undefined,
  saved: "unread",
  goal: undefined,
  milliseconds: undefined,
  error: undefined,
  isSlow: false,
  threads: 1,
  device: undefined,
};

/** A checkpoint, and the goal of its run. */
export interface SessionStore extends FitStore {
  readonly loadGoal: () => Promise<number | undefined>;
  readonly saveGoal: (epochs: number) => Promise<void>;
  readonly clear: () => Promise<void>;
}

export interface SessionOptions {
  readonly store: SessionStore;
  /** A run of new weights. */
  readonly makeRun: (options: RunOptions) => Fit;
  /** Is called when a run is loaded, after each epoch, and at the end. */
  readonly show: (run: Fit) => void | Promise<void>;
  readonly tell: (state: SessionState) => void;
  readonly isSlow: () => boolean;
  readonly threads: () => number;
  readonly device: () => string;
}

export const positionOf = ({ epoch, step, row }: FitProgress): Position =>
  row ? { epochs: epoch + 1, step: 0 } : { epochs: epoch, step };

const NOWHERE = { progress: undefined, lastLoss: undefined, milliseconds: undefined };

const placeOf = ({ progress, history }: Fit) => ({
  progress,
  lastLoss: history.rows.at(-1)?.training.loss,
});

export class Session {
  readonly #options: SessionOptions;
  #state = STARTING;
  #signal = { aborted: false };

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Says that another tab has the training. */
  wait(): void {
    this.#tell({ phase: "elsewhere" });
  }

  /** Says why there is no training here. */
  fail(error: string): void {
    this.#tell({ phase: "failed", error });
  }

  /** Shows what is saved. */
  async open(): Promise<void> {
    const { store, show, device } = this.#options;
    this.#tell({ device: device() });
    await this.#attempt(async () => {
      const run = this.#makeRun(Number.MAX_SAFE_INTEGER);
      this.#tell({ goal: await store.loadGoal() });
      await run.load();
      const isEmpty = run.progress.step === 0;
      this.#tell({ ...placeOf(run), saved: isEmpty ? undefined : positionOf(run.progress) });
      await show(run);
    });
  }

  /** Trains up to an epoch, from where the checkpoint is or, with `again`, from the first step. */
  async train(goal: number, again: boolean): Promise<void> {
    const { store, show, isSlow, threads, device } = this.#options;
    this.#signal = { aborted: false };
    const computing = { isSlow: isSlow(), threads: threads(), device: device() };
    const start = { goal, error: undefined, ...computing };
    this.#tell({ phase: "training", ...start });
    await this.#attempt(async () => {
      if (again) {
        await store.clear();
        this.#tell({ ...NOWHERE, saved: undefined });
      }
      await store.saveGoal(goal);
      const run = this.#makeRun(goal);
      for await (const _row of run) await show(run);
      this.#tell(placeOf(run));
      // Stopped within an epoch, it has given no row of that.
      await show(run);
    });
  }

  /** Ends the run after its step. */
  stop(): void {
    this.#signal.aborted = true;
  }

  #makeRun(epochs: number): Fit {
    const { store, makeRun } = this.#options;
    let first = { step: Number.POSITIVE_INFINITY, time: 0 };
    const run = makeRun({
      epochs,
      signal: this.#signal,
      saveTo: {
        load: () => store.load(),
        save: async (tree, position) => {
          await store.save(tree, position);
          this.#tell({ saved: positionOf(run.progress) });
        },
      },
      onProgress: ({ step }) => {
        const time = performance.now();
        if (step <= first.step) first = { step, time };
        const steps = step - first.step;
        const milliseconds = steps > 0 ? (time - first.time) / steps : undefined;
        this.#tell({ ...placeOf(run), milliseconds });
      },
    });
    return run;
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#tell({ phase: "ready" });
    } catch (error) {
      this.#tell({ phase: "ready", error: inWords(error) });
    }
  }

  #tell(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.tell(this.#state);
  }
}

/** Returns an error as a sentence. */
export function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Browsers say no more of this error than its name.
  if (error.name === "QuotaExceededError") return "The storage of this browser is full.";
  return error.message || error.name;
}
