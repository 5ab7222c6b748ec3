/**
 * Early stopping: the best epoch of a run, and when the run ends for want of a better one.
 */

import { ArgumentError, type TensorTree } from "@graddiff/core";
import type { Settings } from "./fitOptions.ts";
import type { EpochValues } from "./history.ts";

/** The best epoch so far. */
export interface Best {
  readonly epoch: number;
  /** The value that is watched. */
  readonly value: number;
  /** The state of the model after the epoch. */
  readonly weights: TensorTree;
}

/** The best epoch of a run with {@link FitOptions.earlyStopping}; of one without there is none. */
export class Stopping {
  readonly #settings: Settings["earlyStopping"];
  best: Best | undefined;

  constructor(settings: Settings["earlyStopping"]) {
    this.#settings = settings;
  }

  /** True if more epochs than the patience have brought nothing better, of the `epochs` that were run. */
  hasWaited(epochs: number): boolean {
    const waited = epochs - 1 - (this.best?.epoch ?? -1);
    return this.#settings !== undefined && waited > this.#settings.patience;
  }

  /**
   * Notes the values of an epoch, and returns true if it is the best.
   *
   * @throws ArgumentError where the watched value is not among them.
   */
  note(op: string, epoch: number, values: EpochValues, weights: () => TensorTree): boolean {
    if (this.#settings === undefined) return false;
    const { metric, mode } = this.#settings;
    const value = values[metric];
    if (value === undefined) {
      throw new ArgumentError(
        op,
        "earlyStopping.metric",
        `one of ${Object.keys(values).join(", ")}`,
        metric,
      );
    }
    const { best } = this;
    const isBetter =
      best === undefined || (mode === "min" ? value < best.value : value > best.value);
    if (!isBetter || Number.isNaN(value)) return false;
    this.best = { epoch, value, weights: weights() };
    return true;
  }
}
