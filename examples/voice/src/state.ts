/** The state that the worker tells of itself. */

import type { FitProgress } from "@graddiff/nn";

/** A training, running or at its end. */
export interface Run {
  readonly word: string;
  /** The numbers of takes of the word, and of anything else. */
  readonly takes: { readonly word: number; readonly other: number };
  readonly progress: FitProgress;
  readonly epochs: number;
  /** The share of the takes, as they were recorded, that is recognised, after the last complete epoch. */
  readonly accuracy: number | undefined;
  /** The file, at the end: its bytes, and how far its probabilities of the takes are from the network's at most. */
  readonly result: { readonly bytes: number; readonly difference: number } | undefined;
}

export interface SessionState {
  readonly phase: "starting" | "ready" | "preparing" | "training" | "failed";
  readonly run: Run | undefined;
  /** The model that listens: its word, and whether it was trained here or came as a file. */
  readonly listener: { readonly word: string; readonly from: "training" | "file" } | undefined;
  /** The words about the file that was opened last and refused. */
  readonly refusal: string | undefined;
  /** The words for an error. */
  readonly error: string | undefined;
  /** True if JavaScript computes, where WebAssembly is forbidden. */
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
