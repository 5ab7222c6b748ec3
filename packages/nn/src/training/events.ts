/**
 * The events of a run, each with its listener.
 */

import { ArgumentError } from "@graddiff/core";
import {
  argumentError,
  callable,
  describe,
  isPlainObject,
  optional,
  optionsReader,
  type Reader,
} from "@graddiff/core/extend";
import type { EpochRow, FitProgress } from "./history.ts";

/** Listeners by event. Each, except `step`, may return a promise, for which the run waits. */
export interface FitEvents {
  /** A loop over the run begins; what is saved has been loaded. */
  readonly start?: (progress: FitProgress) => void | Promise<void>;
  /** A batch has been trained on. */
  readonly step?: (progress: FitProgress) => void;
  /** An epoch has ended. */
  readonly epoch?: (row: EpochRow) => void | Promise<void>;
  /** The best epoch so far has ended; called after `epoch`: see {@link History.best}. */
  readonly best?: (row: EpochRow) => void | Promise<void>;
  /** The state has been saved by `saveTo`. */
  readonly save?: (progress: FitProgress) => void | Promise<void>;
  /** The run has come to its end, or its signal has ended it. The model is in evaluation. */
  readonly end?: (reason: "epochs" | "patience" | "signal") => void | Promise<void>;
}

type Listener = (given: never) => unknown;

/** A listener may be async; the run awaits its promise. */
const listener = optional<Listener | undefined>((op, argument, value) => {
  if (typeof value === "function") return value as Listener;
  throw argumentError(op, argument, "a function", value);
}, undefined);

const readListeners = optionsReader({
  start: listener,
  step: optional(callable as Reader<Listener>, undefined),
  epoch: listener,
  best: listener,
  save: listener,
  end: listener,
});

/** The reader of {@link FitEvents}. */
export const readEvents: Reader<FitEvents> = (op, argument, value) => {
  if (!isPlainObject(value)) {
    const expected = "functions by event: start, step, epoch, best, save, end";
    throw new ArgumentError(op, argument, expected, describe(value));
  }
  return readListeners(`${op}: ${argument}`, value) as FitEvents;
};
