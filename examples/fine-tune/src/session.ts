/** The training of the page: it starts and stops runs, and keeps the settings of the results. */

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

/** A running or finished training: all of its results are for its settings. */
export interface Run {
  readonly settings: Settings;
  readonly progress: FitProgress;
  /** The mean loss of the last complete epoch. */
  readonly loss: number | undefined;
  /** The number of trained weights. */
  readonly weights: number;
  /** The answers of the network for the shown images. */
  readonly answers: readonly number[];
  /** The accuracy of the network, and its file; undefined while it trains. */
  readonly result:
    | {
        readonly shares: Shares;
        readonly bytes: number;
        /**
         * The number of held-out images for which the imported file gives the network's answer, and the number of all
         * of them.
         */
        readonly same: number;
        readonly held: number;
      }
    | undefined;
}

/** The state of the session. */
export interface SessionState {
  readonly phase: "starting" | "ready" | "training" | "failed";
  /** The original model: its accuracy, and its answers for the shown images. */
  readonly came: { readonly shares: Shares; readonly answers: readonly number[] } | undefined;
  /**
   * The accuracy of a network with a new last layer before training, which does not depend on the choice of trained
   * weights.
   */
  readonly untrained: Shares | undefined;
  readonly run: Run | undefined;
  /** The message of an error. */
  readonly error: string | undefined;
  /** True if JavaScript computes, since WebAssembly is forbidden. */
  readonly isSlow: boolean;
  /** The name of the device that trains, with the reason if it is not a GPU; undefined until it is known. */
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
  /** A callback when a run begins, after each epoch, and at the end. */
  readonly show: (run: Fit) => void;
  /** A callback that receives the trained network as ONNX. */
  readonly keep: (file: Uint8Array<ArrayBuffer>) => void;
  readonly isSlow: () => boolean;
  /** The GPU for training; undefined if there is none. */
  readonly gpu: () => Gpu | undefined;
}

/** The part of the GPU backend that this module uses. */
export type Gpu = Backend & Pick<WebGpu, "read">;

interface Signal {
  readonly aborted: boolean;
}

interface Files {
  readonly digits: Digits;
  readonly model: Uint8Array;
}

/** Returns the first held-out images, which the page shows. */
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

  /** Reports why training is not possible. */
  fail(error: unknown): void {
    this.#tell({ phase: "failed", error: inWords(error) });
  }

  /** Shows the answers of the old model, and the accuracy of a network before its first epoch. */
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

  /** Ends the run after the current step. */
  stop(): void {
    this.#signal.aborted = true;
  }

  /** Trains on the GPU, or without it if there is none or if it refuses the model. */
  async #runSomewhere(settings: Settings, signal: Signal): Promise<void> {
    const gpu = this.#options.gpu();
    this.#tell({ device: this.#deviceOf(gpu) });
    if (gpu === undefined) return this.#run(settings, signal);
    try {
      await this.#run(settings, signal, gpu);
    } catch (error) {
      // After a complete epoch, the error is reported, so that its result is kept.
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

    // The bytes are copied, since a Blob needs an array whose type excludes shared memory.
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
