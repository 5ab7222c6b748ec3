/**
 * Early stopping: keeps the best epoch of a run, and ends the run if no better one follows for some epochs.
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

/**
 * The state of early stopping. Without {@link FitOptions.earlyStopping} there is no best epoch, and the run is not ended.
 */
export class Stopping {
  readonly #settings: Settings["earlyStopping"];
  best: Best | undefined;

  constructor(settings: Settings["earlyStopping"]) {
    this.#settings = settings;
  }

  /** True if, after `epochs` epochs, more epochs than the patience have passed without an improvement. */
  hasWaited(epochs: number): boolean {
    const waited = epochs - 1 - (this.best?.epoch ?? -1);
    return this.#settings !== undefined && waited > this.#settings.patience;
  }

  /**
   * Compares the values of an epoch with the best one, and returns true if it is better.
   *
   * @throws ArgumentError if the watched value is not among them.
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
