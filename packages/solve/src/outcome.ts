/** The base class of all results: the status of a run, its counts, and its reason in words. */

import type { Tensor } from "@graddiff/core";

/** The status of a run that has converged. */
export const CONVERGED = 1;
/** The status of a run that began at a stationary point, without a step that shows whether it is a minimum. */
export const STATIONARY = 2;
/** The status of a run that reached the greatest number of iterations. */
export const UNFINISHED = 0;
/** The status of a run that met NaN or infinity at its start, or could not avoid them later. */
export const NOT_FINITE = -1;
/** The status of a run whose steps have become too small to change the unknowns. */
export const STALLED = -2;
/** The status of a run that found no step because the system is singular. */
export const SINGULAR = -3;
/** The status of a minimization that reached a point with negative curvature. */
export const SADDLE = -4;

/** The status and counts of a run. */
export interface Progress {
  readonly status: Tensor;
  readonly iterations: Tensor;
  readonly evaluations: Tensor;
}

/** The result of a solver that works with vectors. */
export interface Found {
  readonly x: Tensor;
  readonly progress: Progress;
}

/** Functions that find an explanation of a result, which takes long, by result. */
const explanations = new WeakMap<Outcome, () => string | undefined>();

/** The outcome of a run. */
export abstract class Outcome implements Progress {
  /**
   * The status, an int32 scalar: above 0 if the run converged, 0 if it reached the greatest number of iterations, else
   * below 0.
   */
  readonly status: Tensor;
  /** The number of steps, an int32 scalar. */
  readonly iterations: Tensor;
  /** The number of evaluations of the function, not counting its derivatives, an int32 scalar. */
  readonly evaluations: Tensor;

  constructor({ status, iterations, evaluations }: Progress, explain?: () => string | undefined) {
    this.status = status;
    this.iterations = iterations;
    this.evaluations = evaluations;
    if (explain !== undefined) explanations.set(this, explain);
  }

  /**
   * The `status` in words; for a batch, in words for each example.
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
