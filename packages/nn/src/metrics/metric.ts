/**
 * Metrics: how good predictions are, for people to read. Each is one function of all predictions, and has a form that
 * adds up batches.
 *
 * Both are the same three steps: a state of nothing, to which batches are added, and the result of a state. So the
 * whole is one batch, and agrees with its parts.
 */

import type { Tensor, TensorLike } from "@graddiff/core";
import {
  argumentError,
  isPlainObject,
  optionsReader,
  type Readers,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { readMask } from "../losses/reducing.ts";

/**
 * The state of a metric that adds up: tensors by name. It may be an argument and a result of a compiled function, and
 * be saved.
 */
export type MetricState = Readonly<Record<string, Tensor>>;

/** A metric that adds up batches. Its functions keep nothing: all that they know is in the state. */
export interface StreamingMetric {
  /** Returns the state of no predictions. */
  start(): MetricState;
  /**
   * Returns the state with one more batch, of any size.
   *
   * @param mask bools that broadcast to the shape of the right answers, true where an element takes part. Default: all
   *   do.
   */
  add(
    state: MetricState,
    predicted: TensorLike,
    expected: TensorLike,
    mask?: Tensor | undefined,
  ): MetricState;
  /** Returns the metric of all that was added. */
  result(state: MetricState): Tensor;
}

/** The option that every metric has. */
export interface MetricOptions {
  /** Bools that broadcast to the shape of the right answers, true where an element takes part. Default: all do. */
  readonly mask?: Tensor;
}

/** A metric of all predictions at once. */
export interface Metric<Options extends object = Record<never, never>> {
  (predicted: TensorLike, expected: TensorLike, options?: Options & MetricOptions): Tensor;
  /** Returns the form that adds up batches, of the same options but for the mask, which comes with each batch. */
  streaming(options?: Options): StreamingMetric;
}

/** The two tensors of a batch, and which of their elements take part. */
export interface Batch {
  readonly predicted: Tensor;
  readonly expected: Tensor;
  readonly mask: Tensor | undefined;
}

/** The whole knowledge of a metric. */
export interface MetricDefinition<Known extends Readers, Settings> {
  readonly name: string;
  readonly options: Known;
  /** The settings by the options, for a batch that is the whole, or without one for batches to come. */
  readonly settings: (
    options: ReturnType<ReturnType<typeof optionsReader<Known>>>,
    whole?: Batch,
  ) => Settings;
  readonly start: (settings: Settings) => MetricState;
  /** The state with a batch more. */
  readonly add: (state: MetricState, batch: Batch, settings: Settings) => MetricState;
  readonly result: (state: MetricState, settings: Settings) => Tensor;
}

function readState(op: string, state: MetricState): MetricState {
  if (isPlainObject(state)) return state;
  throw argumentError(op, "state", "a state by start() or add(…) of this metric", state);
}

/** Defines a metric. */
/* @__NO_SIDE_EFFECTS__ */
export function metric<Options extends object, Known extends Readers, Settings>(
  definition: MetricDefinition<Known, Settings>,
): Metric<Options> {
  const { name, start, add, result } = definition;
  const readOwn = optionsReader(definition.options);
  const readAll = optionsReader({ ...definition.options, mask: readMask });
  const batchOf = (op: string, predicted: unknown, expected: unknown, mask: unknown): Batch => ({
    predicted: toTensor(op, "predicted", predicted),
    expected: toTensor(op, "expected", expected),
    mask: readMask(op, "mask", mask),
  });
  const whole = function (
    predicted: TensorLike,
    expected: TensorLike,
    options?: Options & MetricOptions,
  ): Tensor {
    refuseSurplus(name, 3, arguments);
    const { mask, ...own } = readAll(name, options);
    const batch = batchOf(name, predicted, expected, mask);
    // Without the mask they are the options of the definition.
    const settings = definition.settings(own as ReturnType<typeof readOwn>, batch);
    return result(add(start(settings), batch, settings), settings);
  };
  const streaming = function (options?: Options): StreamingMetric {
    const op = `${name}.streaming`;
    refuseSurplus(op, 1, arguments);
    const settings = definition.settings(readOwn(op, options));
    return {
      start() {
        refuseSurplus(`${name}.start`, 0, arguments);
        return start(settings);
      },
      add(state, predicted, expected, mask) {
        const op = `${name}.add`;
        refuseSurplus(op, 4, arguments);
        const batch = batchOf(op, predicted, expected, mask);
        return add(readState(op, state), batch, settings);
      },
      result(state) {
        const op = `${name}.result`;
        refuseSurplus(op, 1, arguments);
        return result(readState(op, state), settings);
      },
    };
  };
  Object.defineProperty(whole, "name", { value: name });
  return Object.assign(whole, { streaming });
}
