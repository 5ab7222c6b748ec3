/**
 * The four ways to compute many purchases, and what their times are told by.
 */

export const WAYS = ["loop", "loops", "javascript", "wasm"] as const;

export type Way = (typeof WAYS)[number];

/** The fastest run of each way, in milliseconds. */
export interface Timing {
  readonly purchases: number;
  readonly best: Readonly<Record<Way, number>>;
  /** True if WebAssembly computed what is called so. */
  readonly hasWasm: boolean;
  /** The number of threads that computed it. */
  readonly threads: number;
  /** True if all ways have the same gradients, to the last bit, and totals that agree in 12 digits. */
  readonly agree: boolean;
}

/** The computation that is being timed, and its progress. */
export interface TimingProgress {
  readonly way: Way;
  readonly done: number;
  readonly of: number;
}

/** Runs of each way that are timed. */
export const TIMED = 5;
