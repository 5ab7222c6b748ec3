/** The training of the page: it begins and stops, and tells of what settings its results are. */

import { type Backend, type Tensor, trained } from "@graddiff/core";
import type { WebGpu } from "@graddiff/core/webgpu";
import type { Fit, FitProgress } from "@graddiff/nn";
import { type Digits, fiveDigits } from "./data.ts";
import {
  agreement,
  exported,
  type Reader,
  readerOfFile,
  readerOfTuned,
  type Shares,
  sharesOf,
} from "./models.ts";
import { FIRST, type Part, Tuned, training } from "./training.ts";

/** The number of held-out images that the page shows. */
const SHOWN = 8;

/** The seed of the program in Node, so that both give the same numbers. */
export const SEED = 1;

/** The settings of the form. */
export interface Settings {
  readonly train: Part;
  readonly epochs: number;
}

/** A training, running or at its end: all in it is of its settings. */
export interface Run {
  readonly settings: Settings;
  readonly progress: FitProgress;
  /** The mean loss of the last complete epoch. */
  readonly loss: number | undefined;
  /** The number of weights that are trained. */
  readonly weights: number;
  /** The digits that the network reads in the images that are shown. */
  readonly answers: readonly number[];
  /** The images that the network reads rightly, and its file; undefined while it trains. */
  readonly result:
    | {
        readonly shares: Shares;
        readonly bytes: number;
        /**
         * The number of held-out images that the file, imported again, answers as the network does, and the number of
         * all.
         */
        readonly same: number;
        readonly held: number;
      }
    | undefined;
}

/** The state of the session. */
export interface SessionState {
  readonly phase: "starting" | "ready" | "training" | "failed";
  /** The model as it came: what it reads rightly, and its answers to the images that are shown. */
  readonly came: { readonly shares: Shares; readonly answers: readonly number[] } | undefined;
  /**
   * The share of images that a network with a new last layer reads rightly before any training; the weights that would
   * be trained play no part.
   */
  readonly untrained: Shares | undefined;
  readonly run: Run | undefined;
  /** The words for an error. */
  readonly error: string | undefined;
  /** True if JavaScript computes, where WebAssembly is forbidden. */
  readonly isSlow: boolean;
  /** The name of what trains, and why it is no GPU; undefined before it is known. */
  readonly device: string | undefined;
}

export const STARTING: SessionState = {
  phase: "starting",
  came: undefined,
  untrained: undefined,
  run: undefined,
  error: undefined,
  isSlow: false,
  device: undefined,
};

export interface SessionOptions {
  readonly tell: (state: SessionState) => void;
  /** Is called when a run begins, after each epoch, and at the end. */
  readonly show: (run: Fit) => void;
  /** Is given the trained network as ONNX. */
  readonly keep: (file: Uint8Array<ArrayBuffer>) => void;
  readonly isSlow: () => boolean;
  /** The GPU that is to train; undefined where there is none. */
  readonly gpu: () => Gpu | undefined;
}

/** The part of a GPU that is used here. */
export type Gpu = Backend & Pick<WebGpu, "read">;

interface Signal {
  readonly aborted: boolean;
}

interface Files {
  readonly digits: Digits;
  readonly model: Uint8Array;
}

/** Returns the first of the images that are held out. */
export function shownOf(digits: Digits): Digits {
  const { images, labels } = fiveDigits(digits, FIRST).held;
  return { images: images.slice([0], [SHOWN]), labels: labels.slice([0], [SHOWN]) };
}

export class Session {
  readonly #options: SessionOptions;
  #state = STARTING;
  #files: Files | undefined;
  #signal = { aborted: false };

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Says why there is no training here. */
  fail(error: unknown): void {
    this.#tell({ phase: "failed", error: inWords(error) });
  }

  /** Shows what the old model makes of the images, and a network before its first epoch. */
  open(files: Files): void {
    this.#files = files;
    const { digits, model } = files;
    const old = readerOfFile(model, 0);
    const tuned = new Tuned(model, { train: "head", seed: SEED });
    const came = { shares: sharesOf(old, digits), answers: this.#answers(old) };
    const untrained = sharesOf(readerOfTuned(tuned), digits);
    this.#tell({ phase: "ready", came, untrained, device: this.#deviceOf(this.#options.gpu()) });
  }

  /** Trains a network from the first step. */
  async train(settings: Settings): Promise<void> {
    const signal = { aborted: false };
    this.#signal = signal;
    const isSlow = this.#options.isSlow();
    this.#tell({ phase: "training", run: undefined, error: undefined, isSlow });
    try {
      await this.#runSomewhere(settings, signal);
      this.#tell({ phase: "ready" });
    } catch (error) {
      this.#tell({ phase: "ready", error: inWords(error) });
    }
  }

  /** Ends the run after its step. */
  stop(): void {
    this.#signal.aborted = true;
  }

  /** Trains on the GPU; without it where there is none, or where it refuses the model. */
  async #runSomewhere(settings: Settings, signal: Signal): Promise<void> {
    const gpu = this.#options.gpu();
    this.#tell({ device: this.#deviceOf(gpu) });
    if (gpu === undefined) return this.#run(settings, signal);
    try {
      await this.#run(settings, signal, gpu);
    } catch (error) {
      // Epochs that are complete are not thrown away.
      if (this.#state.run?.progress.row) throw error;
      this.#tell({ device: this.#deviceOf(undefined, `since the GPU refuses: ${inWords(error)}`) });
      await this.#run(settings, signal);
    }
  }

  #deviceOf(gpu: Gpu | undefined, reason = "without a GPU"): string {
    return gpu?.name ?? `${this.#options.isSlow() ? "JavaScript" : "WebAssembly"}, ${reason}`;
  }

  async #run(settings: Settings, signal: Signal, backend?: Gpu): Promise<void> {
    if (this.#files === undefined) throw new Error("The files are not loaded yet.");
    const { digits, model } = this.#files;
    const { train, epochs } = settings;
    const tuned = new Tuned(model, { train, seed: SEED });
    const read = readerOfTuned(tuned);
    const fives = fiveDigits(digits, FIRST);
    const options = { epochs, seed: SEED, signal, ...(backend && { backend }) };
    const current = training(tuned, fives, options);
    const weights = trained(tuned).reduce((sum, { value }) => sum + value.size, 0);
    const show = async (result?: Run["result"]) => {
      await backend?.read(tuned);
      const { progress, history } = current;
      const loss = history.rows.at(-1)?.training.loss;
      const answers = this.#answers(read);
      this.#tell({ run: { settings, progress, loss, weights, answers, result } });
      this.#options.show(current);
    };
    await show();
    for await (const _row of current) await show();

    // The type of a copy says that its memory is not shared, as a Blob needs it.
    const bytes = Uint8Array.from(exported(tuned).bytes);
    const { images, labels } = fives.held;
    const same = agreement(readerOfFile(bytes, FIRST)(images), read(images));
    this.#options.keep(bytes);
    const shares = sharesOf(read, digits);
    await show({ shares, bytes: bytes.length, same, held: labels.size });
  }

  #answers(read: Reader): readonly number[] {
    if (this.#files === undefined) return [];
    const answers: Tensor = read(shownOf(this.#files.digits).images);
    return Array.from(answers.data());
  }

  #tell(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.tell(this.#state);
  }
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
