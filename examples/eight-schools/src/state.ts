/** The state of the runs, which the worker sends and the page shows. */

import type { SummaryRow } from "@graddiff/stats";
import { DRAWS, type Form } from "./settings.ts";

/** The results of a run so far. */
export interface Run {
  readonly seed: number;
  /** The number of transitions of the warm-up that each chain has made. */
  readonly warmed: number;
  /** The number of draws of each chain. */
  readonly draws: number;
  /** The number of divergent transitions among the draws of all chains. */
  readonly divergences: number;
  /** The time that the sampler computed, in milliseconds, without plots and waits. */
  readonly milliseconds: number;
  /** The summary of the draws; undefined while they are made, and where there are none. */
  readonly rows: readonly SummaryRow[] | undefined;
  readonly warnings: readonly string[];
}

/** The state of a session. */
export interface SessionState {
  readonly phase: "starting" | "ready" | "drawing" | "stopping" | "failed";
  /** The form that is shown. */
  readonly form: Form;
  /** The last run of each form. */
  readonly runs: Readonly<Partial<Record<Form, Run>>>;
  /** The words for an error. */
  readonly error: string | undefined;
  /** True if JavaScript computes, where WebAssembly is forbidden. */
  readonly isSlow: boolean;
}

export const STARTING: SessionState = {
  phase: "starting",
  form: "centred",
  runs: {},
  error: undefined,
  isSlow: false,
};

export const isWhole = ({ draws }: Run): boolean => draws === DRAWS;
