/**
 * The four ways to compute many purchases, and the types of their times.
 */

export const WAYS = ["loop", "loops", "javascript", "wasm"] as const;

export type Way = (typeof WAYS)[number];

/** The fastest run of each way, in milliseconds. */
export interface Timing {
  readonly purchases: number;
  readonly best: Readonly<Record<Way, number>>;
  /** True if the way "wasm" has run in WebAssembly. */
  readonly hasWasm: boolean;
  /** The number of threads of that way. */
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

/** The number of timed runs of each way. */
export const TIMED = 5;
