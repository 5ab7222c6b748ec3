/** The worker's work: a detector is trained or opened, and then listens. Its messages have no texts of the page. */

import type { Fit } from "@graddiff/nn";
import { Detector } from "./model/detector.ts";
import { exported, type Listener, listenerOf } from "./model/files.ts";
import { EPOCHS, type Takes } from "./model/settings.ts";
import { examplesOf, recorded, training } from "./model/training.ts";
import { type Run, type SessionState, STARTING } from "./state.ts";

const SEED = 1;

export interface SessionOptions {
  readonly tell: (state: SessionState) => void;
  /** A callback when a run begins, after each epoch, and at the end. */
  readonly show: (run: Fit) => void;
  /** A callback that receives the trained detector as ONNX. */
  readonly keep: (word: string, file: Uint8Array<ArrayBuffer>) => void;
  readonly isSlow: () => boolean;
}

export class Session {
  readonly #options: SessionOptions;
  #state = STARTING;
  #network: Uint8Array | undefined;
  #listener: Listener | undefined;
  #signal = { aborted: false };

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Reports why training is not possible. */
  fail(error: unknown): void {
    this.#tell({ phase: "failed", error: inWords(error) });
  }

  /** Sets the network from which trainings start. */
  start(network: Uint8Array): void {
    this.#network = network;
    this.#tell({ phase: "ready" });
  }

  /** Trains a detector from the first step; it listens at the end. */
  async train(word: string, takes: Takes): Promise<void> {
    const signal = { aborted: false };
    this.#signal = signal;
    const isSlow = this.#options.isSlow();
    this.#tell({
      phase: "preparing",
      run: undefined,
      refusal: undefined,
      error: undefined,
      isSlow,
    });
    try {
      await this.#run(word, takes, signal);
      this.#tell({ phase: "ready" });
    } catch (error) {
      this.#tell({ phase: "ready", error: inWords(error) });
    }
  }

  /** Ends the run after the current step. */
  stop(): void {
    this.#signal.aborted = true;
  }

  /** Listens with a detector that was downloaded before. */
  open(word: string, file: Uint8Array): void {
    try {
      this.#listener = listenerOf(file);
      this.#tell({ listener: { word, from: "file" }, refusal: undefined });
    } catch (error) {
      this.#tell({ refusal: inWords(error) });
    }
  }

  /** Returns the probability of the word in a clip; undefined while nothing listens. */
  hear(clip: Float32Array): number | undefined {
    return this.#listener?.(clip);
  }

  async #run(word: string, takes: Takes, signal: { readonly aborted: boolean }): Promise<void> {
    if (this.#network === undefined) throw new Error("the network is not loaded yet");
    const detector = new Detector(this.#network, SEED);
    const examples = examplesOf(takes, SEED);
    const asRecorded = recorded(takes);
    const current = training(detector, { examples, takes: asRecorded }, { seed: SEED, signal });
    const counts = { word: takes.word.length, other: takes.other.length };
    const show = (result?: Run["result"]) => {
      const { progress, history } = current;
      const accuracy = history.rows.at(-1)?.validation?.["accuracy"];
      this.#tell({
        phase: "training",
        run: { word, takes: counts, progress, epochs: EPOCHS, accuracy, result },
      });
      this.#options.show(current);
    };
    show();
    for await (const _row of current) show();

    // The bytes are copied, since a Blob needs an array whose type excludes shared memory.
    const file = Uint8Array.from(exported(detector).bytes);
    const listener = listenerOf(file);
    const own = detector.forward(asRecorded.spectrograms).sigmoid().data();
    const differences = [...takes.word, ...takes.other].map((clip, i) =>
      Math.abs(listener(clip) - (own[i] ?? Number.NaN)),
    );
    this.#listener = listener;
    this.#options.keep(word, file);
    show({ bytes: file.length, difference: Math.max(...differences) });
    this.#tell({ listener: { word, from: "training" } });
  }

  #tell(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.tell(this.#state);
  }
}

function inWords(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
