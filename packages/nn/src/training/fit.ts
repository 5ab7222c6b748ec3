/**
 * The training of a model in one call.
 */

import { ArgumentError } from "@graddiff/core";
import { describe, refuseSurplus } from "@graddiff/core/extend";
import type { Metric } from "../metrics/metric.ts";
import {
  type FitLoss,
  type FitMetrics,
  type FitOptions,
  type FitSeveralOptions,
  readFit,
} from "./fitOptions.ts";
import { Fit } from "./run.ts";

const OP = "fit";

/**
 * Trains a model: compiled steps over batches, epoch after epoch, with an evaluation after each. Nothing runs before the
 * result is iterated, or its `run()` is called. The event loop has a turn after the step that passes 12 ms, so longer
 * steps belong in a worker.
 *
 * During an epoch the layers are in training; after it, and when the run has ended or was left, in evaluation. Values of
 * an epoch are means over batches, each by the length of its first axis. With `saveTo` the whole state (weights, optimizer,
 * seeds, the position in the data, sums, history, the best weights) is saved after each epoch, and loaded before the
 * first. The same program, run again, continues where it was ended, with the same bits.
 *
 * A run has one `loss` and its `optimizer`, or `optimizers` with a loss each, as a generator and its critic have: see
 * {@link FitSeveralOptions}.
 *
 * @param model a layer, or an object with Variables in its public properties.
 * @param options `data`, `loss`, `optimizer` or `optimizers`, `epochs`; `stepsPerEpoch`, `accumulate`, `average`,
 *   `validation`, `metrics`, `earlyStopping`, `schedule`, `others`, `backend`, `saveTo`, `signal`, `onProgress`, `on`.
 * @returns a run: an async iterable of a row for each epoch, with `run()`, `history` and `ended`.
 * @throws ArgumentError for options that do not fit, and in the run for a loss that is not finite, data without batches,
 *   and a saved state of another model.
 * @example
 * ```ts
 * import { linspace } from "@graddiff/core";
 * import { Adam, batches, Dense, fit, meanSquaredError } from "@graddiff/nn";
 *
 * const x = linspace(-1, 1, 64).reshape([64, 1]);
 * const model = new Dense(1, 1, { seed: 1 });
 * const history = await fit(model, {
 *   data: batches({ x, y: x.mul(3).add(1) }, { size: 16, shuffle: true, seed: 1 }),
 *   loss: (net, batch) => meanSquaredError(net.forward(batch.x), batch.y),
 *   optimizer: new Adam(model, { learningRate: 0.05 }),
 *   epochs: 60,
 * }).run();
 * console.log(history.length, (history.rows[59]?.training.loss ?? 1) < 0.001); // 60 true
 * ```
 */
export function fit<
  Model extends object,
  Batch,
  const Metrics extends FitMetrics = Readonly<Record<never, Metric>>,
  Loss extends FitLoss = FitLoss,
>(
  model: Model,
  options: FitOptions<Model, Batch, Metrics, Loss> | FitSeveralOptions<Model, Batch, Metrics>,
): Fit {
  refuseSurplus(OP, 2, arguments);
  if (typeof model !== "object" || model === null) {
    const expected = "a model, such as a layer";
    throw new ArgumentError(OP, "model", expected, describe(model));
  }
  return new Fit(model, readFit(OP, options));
}
