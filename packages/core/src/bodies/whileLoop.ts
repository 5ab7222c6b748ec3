/**
 * Loops whose number of steps follows from values: `whileLoop`, and `forLoop` for a range.
 */

import {
  checkFunction,
  nonNegativeInteger,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import type { Recordable } from "../graph/recordable.ts";
import { fillerOf, leafTensor, leavesOfForm, type Mapped, type TreeLike } from "../graph/tree.ts";
import { less } from "../ops/comparison.ts";
import { castTo } from "../ops/promote.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { scalar, type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { openTree, otherForm, runLoop } from "./scan.ts";
import { scanOp, whileOp } from "./scanOp.ts";

/** The settings of {@link whileLoop}. */
export interface WhileOptions {
  /** The most steps; more are an error. Reverse mode needs it. Default: any number. */
  readonly maxSteps?: number;
}

const readOptions = optionsReader({
  maxSteps: optional<number | undefined>(nonNegativeInteger, undefined),
});

/** No rows. */
const NONE = { leaves: [], paths: [], form: undefined } as const;

/**
 * Returns a loop that goes on while a condition holds. Condition and body are recorded once, so no value can be read
 * inside; Variables that the body assigns change from step to step.
 *
 * Forward mode needs no more. Reverse mode keeps values of every step, so it needs `maxSteps`; time grows with the
 * steps that are made. Under `vectorize` it goes on until all examples have ended; those that have keep their
 * state.
 *
 * @param condition from the state to a bool scalar.
 * @param body from the state to the next one, of the same form, shapes and dtypes; plain numbers adapt.
 * @param init the first state, a tree of tensors and numbers.
 * @param options `maxSteps` (default: any number).
 * @returns the state for which the condition does not hold: `init` if it does not hold for that.
 * @throws ArgumentError if the condition still holds after `maxSteps` steps; DTypeError or ShapeError for a
 *   condition that is no bool scalar, or a body that changes the type of the state; DerivativeError for reverse mode
 *   without `maxSteps`.
 * @example
 * ```ts
 * import { grad, type Tensor, tensor, whileLoop } from "@graddiff/core";
 *
 * const root = (a: Tensor) =>
 *   whileLoop(
 *     (x: Tensor) => x.square().sub(a).abs().greater(1e-12),
 *     (x: Tensor) => x.add(a.div(x)).div(2),
 *     tensor(1, { dtype: "float64" }),
 *     { maxSteps: 50 },
 *   );
 * console.log(root(tensor(4, { dtype: "float64" })).item()); // 2.000000000000002
 * console.log(grad(root)(tensor(4, { dtype: "float64" })).item()); // 0.25000000000001177
 * ```
 */
export function whileLoop<State>(
  condition: (state: State) => (TensorLike | boolean) & Recordable<[State]>,
  body: (state: State) => TreeLike<State> & Recordable<[State]>,
  init: TreeLike<State>,
  options?: WhileOptions,
): Mapped<State, Tensor>;
export function whileLoop(
  condition: (state: never) => unknown,
  body: (state: never) => unknown,
  init: unknown,
  options?: unknown,
): unknown {
  refuseSurplus("whileLoop", 4, arguments);
  checkFunction("whileLoop", condition, "condition");
  checkFunction("whileLoop", body, "body");
  const { maxSteps } = readOptions("whileLoop", options);
  return loopWhile(
    "whileLoop",
    ({ state }) => condition(state as never),
    ({ state }) => ({ state: body(state as never) }),
    { state: init },
    maxSteps,
  )["state"];
}

/** The state of a loop by names, with whether it goes on and the number of its steps. */
type State = Readonly<Record<string, unknown>>;

function loopWhile(
  name: string,
  condition: (state: State) => unknown,
  body: (state: State) => State,
  init: State,
  maxSteps: number | undefined,
): State {
  const { form, leaves } = openTree(name, "init", init);
  const fill = fillerOf(form) as (leaves: readonly Tensor[]) => State;
  const first = readCondition(name, condition(fill(leaves)));
  const step = ({ goes: _goes, steps, ...state }: State) => {
    const next = leavesOfForm(name, form, body(state), otherForm(name)).map(({ leaf }) =>
      leafTensor(leaf),
    );
    // A state of other shapes is refused by its shapes, before the condition fails on it.
    const isLike = next.every(({ shape }, i) => sameShape(shape, at(leaves, i).shape));
    const goes = isLike ? readCondition(name, condition(fill(next))) : first;
    return [{ goes, steps: (steps as Tensor).add(1), ...fill(next) }, []];
  };
  const start = { goes: first, steps: scalar(0, "int32"), ...init };
  const length = maxSteps ?? Number.POSITIVE_INFINITY;
  const settings = { length, reverse: false, checkpoint: false, stops: true };
  const names = { op: whileOp, name, carry: "" };
  const [end] = runLoop(names, step as (carry: never) => unknown, start, NONE, settings);
  return end as State;
}

function readCondition(name: string, condition: unknown): Tensor {
  const test =
    typeof condition === "boolean"
      ? castTo(scalar(condition ? 1 : 0), "bool")
      : toTensor(name, "condition", condition as TensorLike);
  if (test.dtype !== "bool") {
    const expected = "a function that returns a bool scalar";
    const hint = "Compare, as in x.greater(0)";
    throw new DTypeError(name, "condition", expected, describe(condition), hint);
  }
  if (test.rank > 0) {
    const expected = "a function that returns a bool scalar";
    const hint = "Loop example by example with vectorize";
    throw new ShapeError(name, "condition", expected, `the shape ${formatShape(test.shape)}`, hint);
  }
  return test;
}

/**
 * Returns a loop over the whole numbers from `from` up to but without `to`. Where both are plain numbers, any
 * derivative may be taken of it; where one is a tensor, it is a {@link whileLoop}, and reverse mode needs `maxSteps`.
 *
 * @param from, to whole numbers, or int32 scalars.
 * @param body from (i, state) to the next state; i is an int32 scalar.
 * @param init the first state.
 * @param options `maxSteps` (default: any number), for bounds that are tensors.
 * @returns the last state: `init` if `to` is not greater than `from`.
 * @throws ArgumentError for bounds that are not whole; and what `whileLoop` throws.
 * @example
 * ```ts
 * import { forLoop, grad, type Tensor } from "@graddiff/core";
 *
 * const power = (x: Tensor) => forLoop(0, 5, (_i, y: Tensor) => y.mul(x), 1);
 * console.log(grad(power)(2).item()); // 80
 * ```
 */
export function forLoop<State>(
  from: TensorLike,
  to: TensorLike,
  body: (i: Tensor, state: State) => TreeLike<State> & Recordable<[State]>,
  init: TreeLike<State>,
  options?: WhileOptions,
): Mapped<State, Tensor>;
export function forLoop(
  from: TensorLike,
  to: TensorLike,
  body: (i: Tensor, state: never) => unknown,
  init: unknown,
  options?: unknown,
): unknown {
  refuseSurplus("forLoop", 5, arguments);
  checkFunction("forLoop", body, "body");
  const { maxSteps } = readOptions("forLoop", options);
  const [first, end] = [readBound("from", from), readBound("to", to)];
  const next = ({ i, state }: State) => ({
    i: (i as Tensor).add(1),
    state: body(i as Tensor, state as never),
  });
  const start = { i: first, state: init };
  if (typeof from === "number" && typeof to === "number") {
    const names = { op: scanOp, name: "forLoop", carry: "" };
    const step = (now: State) => [next(now), []];
    const length = Math.max(0, to - from);
    const settings = { length, reverse: false, checkpoint: false, stops: false };
    const [last] = runLoop(names, step as (carry: never) => unknown, start, NONE, settings);
    return (last as State)["state"];
  }
  const condition = ({ i }: State) => less(i as Tensor, end);
  return loopWhile("forLoop", condition, next, start, maxSteps)["state"];
}

/** Returns a bound of a range, as an int32 scalar. */
function readBound(argument: string, bound: unknown): Tensor {
  const expected = "a whole number, or an int32 scalar";
  if (typeof bound === "number") {
    if (Number.isInteger(bound) && Math.abs(bound) < 2 ** 31) return scalar(bound, "int32");
    throw new ArgumentError("forLoop", argument, expected, String(bound));
  }
  const tensor = toTensor("forLoop", argument, bound as TensorLike);
  if (tensor.dtype === "int32" && tensor.rank === 0) return tensor;
  throw new DTypeError("forLoop", argument, expected, describe(bound));
}
