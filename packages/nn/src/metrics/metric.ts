/**
 * Metrics: measures of the quality of predictions, for people to read. Each is a function of all predictions, and has a
 * streaming form, which adds up batches.
 *
 * Both forms use the same three functions: `start` makes an empty state, `add` adds a batch, and `result` computes the
 * metric. The function of all predictions adds them as one batch, so both forms agree.
 */

import type { Tensor, TensorLike } from "@graddiff/core";
import {
  argumentError,
  isPlainObject,
  isTensor,
  type Options,
  optionsReader,
  type Readers,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { checkFunctions, checkName, checkReaders } from "../definitions.ts";
import { readMask } from "../losses/reducing.ts";

/**
 * The state of a metric that adds up: tensors by name. It may be an argument and a result of a compiled function, and
 * be saved.
 */
export type MetricState = Readonly<Record<string, Tensor>>;

/** A metric that adds up batches. Its functions are pure: everything is in the state. */
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

/** The options of every metric. */
export interface MetricOptions {
  /** Bools that broadcast to the shape of the right answers, true where an element takes part. Default: all do. */
  readonly mask?: Tensor;
}

/** A metric of all predictions at once. */
export interface Metric<Options extends object = Record<never, never>> {
  (predicted: TensorLike, expected: TensorLike, options?: Options & MetricOptions): Tensor;
  /** Returns the form that adds up batches, with the same options except the mask, which is passed with each batch. */
  streaming(options?: Options): StreamingMetric;
}

/** The tensors of a batch of a metric. */
export interface MetricBatch {
  /** The predictions. */
  readonly predicted: Tensor;
  /** The right answers. */
  readonly expected: Tensor;
  /** Bools that are true where an element takes part; undefined where all do. */
  readonly mask: Tensor | undefined;
}

/** The definition of a metric, from which {@link metric} makes its two forms. */
export interface MetricDefinition<Known extends Readers, Settings, State extends MetricState> {
  /** The name, for errors. */
  readonly name: string;
  /** The reader of each option but `mask`. */
  readonly options: Known;
  /**
   * Returns the settings from the options. `whole` is the batch with all predictions; undefined in the streaming form.
   */
  readonly settings: (options: Options<Known>, whole?: MetricBatch) => Settings;
  /** Returns the state of no predictions. */
  readonly start: (settings: Settings) => State;
  /** Returns the state with a batch more. */
  readonly add: (state: State, batch: MetricBatch, settings: Settings) => State;
  /** Returns the metric of a state. */
  readonly result: (state: State, settings: Settings) => Tensor;
}

/** Returns a state if it has the tensors of the empty state `first`. @throws ArgumentError otherwise. */
function readState<State extends MetricState>(op: string, state: MetricState, first: State): State {
  const expected = "a state by start() or add(…) of this metric";
  if (!isPlainObject(state)) throw argumentError(op, "state", expected, state);
  const missing = Object.keys(first).find((name) => !isTensor(state[name]));
  if (missing === undefined) return state as State;
  throw argumentError(op, "state", `${expected}, with the tensor ${missing}`, state);
}

/**
 * Returns the metric of a definition: a function of all predictions, with a streaming form that adds up batches. Both
 * use the same functions, so they agree.
 *
 * @param definition `name`, `options` (their readers), `settings` (from the options), `start`, `add` and `result`.
 * @returns the metric. It reads its arguments, options and states, and throws ArgumentError for others.
 * @throws ArgumentError for a definition without these parts.
 * @example
 * ```ts
 * import { tensor, zeros } from "@graddiff/core";
 * import { metric } from "@graddiff/nn";
 *
 * const meanError = metric({
 *   name: "meanError",
 *   options: {},
 *   settings: () => undefined,
 *   start: () => ({ sum: zeros([]), count: zeros([]) }),
 *   add: ({ sum, count }, { predicted, expected }) => ({
 *     sum: sum.add(predicted.sub(expected).abs().sum()),
 *     count: count.add(predicted.size),
 *   }),
 *   result: ({ sum, count }) => sum.div(count),
 * });
 * console.log(meanError(tensor([1, 2]), tensor([1, 4])).item()); // 1
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function metric<
  Given extends object,
  Known extends Readers,
  Settings,
  State extends MetricState,
>(definition: MetricDefinition<Known, Settings, State>): Metric<Given> {
  const op = "metric";
  refuseSurplus(op, 1, arguments);
  checkFunctions(op, "definition", definition, ["settings", "start", "add", "result"]);
  const { name, start, add, result } = definition;
  checkName(op, "definition.name", name);
  checkReaders(op, "definition.options", definition.options);
  const readOwn = optionsReader(definition.options);
  const readAll = optionsReader({ ...definition.options, mask: readMask });
  const batchOf = (
    op: string,
    predicted: unknown,
    expected: unknown,
    mask: unknown,
  ): MetricBatch => ({
    predicted: toTensor(op, "predicted", predicted),
    expected: toTensor(op, "expected", expected),
    mask: readMask(op, "mask", mask),
  });
  const whole = function (
    predicted: TensorLike,
    expected: TensorLike,
    options?: Given & MetricOptions,
  ): Tensor {
    refuseSurplus(name, 3, arguments);
    const { mask, ...own } = readAll(name, options);
    const batch = batchOf(name, predicted, expected, mask);
    // Without the mask they are the options of the definition.
    const settings = definition.settings(own as ReturnType<typeof readOwn>, batch);
    return result(add(start(settings), batch, settings), settings);
  };
  const streaming = function (options?: Given): StreamingMetric {
    const op = `${name}.streaming`;
    refuseSurplus(op, 1, arguments);
    const settings = definition.settings(readOwn(op, options));
    const first = start(settings);
    return {
      start() {
        refuseSurplus(`${name}.start`, 0, arguments);
        return start(settings);
      },
      add(state, predicted, expected, mask) {
        const op = `${name}.add`;
        refuseSurplus(op, 4, arguments);
        const batch = batchOf(op, predicted, expected, mask);
        return add(readState(op, state, first), batch, settings);
      },
      result(state) {
        const op = `${name}.result`;
        refuseSurplus(op, 1, arguments);
        return result(readState(op, state, first), settings);
      },
    };
  };
  Object.defineProperty(whole, "name", { value: name });
  return Object.assign(whole, { streaming });
}
