/** The part that all results share: the outcome of a run. */

import type { Tensor } from "@graddiff/core";

/** The status of a run that has converged. */
export const CONVERGED = 1;
/** The status of a run that began at a stationary point, and made no step that tells its kind. */
export const STATIONARY = 2;
/** The status of a run that the most iterations have ended. */
export const UNFINISHED = 0;
/** The status of a run that met NaN or infinity where it began, or where it could not go on without. */
export const NOT_FINITE = -1;
/** The status of a run whose steps have become too small to change anything. */
export const STALLED = -2;
/** The status of a run that has no step to make: a singular system. */
export const SINGULAR = -3;
/** The status of a minimization that has come to a point where the function curves downward. */
export const SADDLE = -4;

/** The numbers of a run, beside its result. */
export interface Progress {
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/** The result of a solver of vectors. */
export interface Found {
  readonly x: Tensor;
  readonly progress: Progress;
}

/** Sentences that take long to find, by the result that they are about. */
const explanations = new WeakMap<Outcome, () => string | undefined>();

/** The outcome of a run. */
export abstract class Outcome implements Progress {
  /** An int32 scalar: above 0 if the run converged, 0 if the most iterations came first, else below 0. */
  readonly status: Tensor;
  /** The steps that were made, an int32 scalar. */
  readonly iterations: Tensor;
  /** The number of times that the function was computed, without its derivatives, an int32 scalar. */
  readonly evaluations: Tensor;

  constructor({ status, iterations, evaluations }: Progress, explain?: () => string | undefined) {
    this.status = status;
    this.iterations = iterations;
    this.evaluations = evaluations;
    if (explain !== undefined) explanations.set(this, explain);
  }

  /**
   * `status` in words; of a batch, in words for each example.
   *
   * @throws RecordingError inside of recordings, where no value can be read.
   */
  get reason(): string {
    const all = Array.from(this.status.data(), (code) => this.say(code));
    const [first = ""] = all;
    if (all.length > 1) return all.map((words, i) => `${i}: ${words}`).join("; ");
    const isNotFinite = this.status.data()[0] === NOT_FINITE;
    const why = isNotFinite ? explanations.get(this)?.() : undefined;
    return `${first}${why === undefined ? "" : `: ${why}`}${this.remark()}`;
  }

  /** Returns the text after the status, with its separator. @internal */
  protected remark(): string {
    return "";
  }

  /** Returns a status in words. @internal */
  protected abstract say(status: number): string;
}
