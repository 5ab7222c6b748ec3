/** The state that the worker reports. */

import type { FitProgress } from "@graddiff/nn";

/** A running or finished training. */
export interface Run {
  readonly word: string;
  /** The numbers of takes of the word, and of anything else. */
  readonly takes: { readonly word: number; readonly other: number };
  readonly progress: FitProgress;
  readonly epochs: number;
  /** The share of the original takes that is recognised after the last complete epoch. */
  readonly accuracy: number | undefined;
  /**
   * The exported file, at the end: its bytes, and the largest difference of its probabilities for the takes from the
   * network's.
   */
  readonly result: { readonly bytes: number; readonly difference: number } | undefined;
}

export interface SessionState {
  readonly phase: "starting" | "ready" | "preparing" | "training" | "failed";
  readonly run: Run | undefined;
  /** The model that listens: its word, and its origin: a training on this page, or a file. */
  readonly listener: { readonly word: string; readonly from: "training" | "file" } | undefined;
  /** The message about the last opened file, if it was refused. */
  readonly refusal: string | undefined;
  /** The message of an error. */
  readonly error: string | undefined;
  /** True if JavaScript computes, since WebAssembly is forbidden. */
  readonly isSlow: boolean;
}

export const STARTING: SessionState = {
  phase: "starting",
  run: undefined,
  listener: undefined,
  refusal: undefined,
  error: undefined,
  isSlow: false,
};
