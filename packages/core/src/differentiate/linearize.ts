/**
 * A function near one point: `linearize`, and `hvp` for the gradient of a function.
 */

import {
  checkCall,
  checkFunction,
  checkSurplus,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { ArgumentError, describe, ShapeError } from "../errors.ts";
import { isOf } from "../graph/apply.ts";
import { passedThrough, staticsOf, transformed } from "../graph/compiled.ts";
import type {
  ArgnumOptions,
  Inputs,
  TangentsOf,
  TensorFunction,
  TensorInputs,
  WithDirection,
} from "../graph/functions.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import { record } from "../graph/recording.ts";
import {
  formOfTree,
  type Gradient,
  type Input,
  leafTensor,
  leavesOfForm,
  type Mapped,
  walkTree,
} from "../graph/tree.ts";
import { add } from "../ops/arithmetic.ts";
import { at, numberAt } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { checkTangent } from "./forward.ts";
import { run } from "./grad.ts";
import { checkArgnums, constants, Leaves, readArgnums } from "./inputs.ts";
import { ForwardRecording, walkForward } from "./pushing.ts";
import { derivativeLike } from "./tangents.ts";
import type { Tape } from "./tape.ts";
import { runOnTape } from "./vjp.ts";

/** The result of {@link linearize}. */
export interface Linearized<Result, Tangents extends readonly unknown[]> {
  /** The value of the function. */
  readonly value: Mapped<Result, Tensor>;
  /**
   * The derivative along a direction: of one tangent for each argument to a tangent of the result. It is linear,
   * and may be called again.
   */
  readonly pushforward: (...tangents: Tangents) => Mapped<Result, Tensor>;
}

const readOptions = optionsReader({ argnums: optional(readArgnums, undefined) });

/**
 * Returns the value of a function at a point, and the linear map that is its derivative there.
 *
 * The function runs once; each call of the map takes the values that were computed then, where {@link jvp} would
 * run the function again. Only the bodies of `scan`, `cond` and their kin are computed anew.
 *
 * @param fn a function whose result is a Tensor or a tree of Tensors.
 * @param options `argnums`: the indices of the arguments that move. Default: all.
 * @returns a function that returns `{ value, pushforward }`. The pushforward takes a tangent for each of these
 *   arguments, of the same form, shapes and dtypes, and returns a tangent of the result.
 * @throws DTypeError for an int32 or bool argument; the pushforward throws ShapeError or DTypeError for a tangent
 *   that differs from its argument.
 * @example
 * ```ts
 * import { linearize, tensor } from "@graddiff/core";
 *
 * const { value, pushforward } = linearize((x, y) => x.mul(y))(tensor([1, 2]), tensor([3, 4]));
 * console.log(String(value)); // [3. 8.]
 * console.log(String(pushforward(tensor([1, 0]), tensor([0, 0])))); // [3. 0.]
 * console.log(String(pushforward(tensor([0, 0]), tensor([1, 1])))); // [1. 2.]
 * ```
 */
export function linearize<
  F extends TensorFunction<unknown>,
  const Argnums extends readonly number[] | undefined = undefined,
>(
  fn: F & AtOnce<ReturnType<F>>,
  options?: ArgnumOptions<Parameters<F>, Argnums>,
): (...inputs: TensorInputs<F>) => Linearized<ReturnType<F>, TangentsOf<TensorInputs<F>, Argnums>>;
export function linearize<
  List extends readonly unknown[],
  Result,
  const Argnums extends readonly number[] | undefined = undefined,
>(
  fn: (...inputs: List) => Result & Recordable<List> & AtOnce<Result>,
  options?: ArgnumOptions<List, Argnums>,
): (...inputs: Inputs<List>) => Linearized<Result, TangentsOf<List, Argnums>>;
export function linearize(fn: (...inputs: never) => unknown, options?: unknown): unknown {
  refuseSurplus("linearize", 2, arguments);
  checkFunction("linearize", fn);
  const { argnums } = readOptions("linearize", options);
  const statics = staticsOf(fn);
  return (...args: unknown[]) => {
    const inputs = passedThrough(args, statics);
    checkCall("linearize", fn, inputs);
    const list = argnums ?? inputs.map((_, i) => i);
    checkArgnums("linearize", list, inputs.length);
    const recording = new ForwardRecording();
    const taped = runOnTape("linearize", recording, fn, inputs, list);
    const { tape, value, outputs, watched } = taped;
    const form = formOfTree(
      "linearize",
      list.map((i) => inputs[i]),
    );
    const indices = watched.flatMap((each) => each.indices);
    const op = "the pushforward of linearize";
    const pushforward = (...tangents: unknown[]) => {
      refuseSurplus(op, list.length, tangents);
      const args = tangents.slice(0, list.length);
      const found = walkForward(tape, readTangents(op, "tangents", form, args, tape, indices));
      let number = 0;
      return walkTree("linearize", value, () => {
        const output = at(outputs, number++);
        return derivativeLike(found[output.index]?.value, output.value);
      });
    };
    return { value, pushforward };
  };
}

/**
 * Returns the product of the Hessian of a function with a direction: the derivative of its gradient along v, forward
 * over reverse. It takes the time and memory of a few gradients, however many inputs there are.
 *
 * @param fn a function that returns a scalar Tensor.
 * @returns a function of x, the first argument of `fn`, of v, a direction of the same form, shapes and dtypes, and
 *   of the other arguments of `fn`, which stay. It returns the product in the form of x, with its shapes and dtypes.
 *   x may be a tree, also of Variables; several arguments that move together are one tree.
 * @throws what {@link grad} throws; ShapeError or DTypeError for a v that differs from x.
 * @example
 * ```ts
 * import { hvp, type Tensor, tensor } from "@graddiff/core";
 *
 * const loss = (w: Tensor, x: Tensor) => w.mul(x).square().sum();
 * const product = hvp(loss)(tensor([1, 1]), tensor([1, 0]), tensor([3, 4]));
 * console.log(String(product)); // [18.  0.]
 * ```
 */
export function hvp<F extends TensorFunction<Tensor>>(
  fn: F,
): (...inputs: WithDirection<TensorInputs<F>>) => Tensor;
export function hvp<X, Others extends readonly unknown[]>(
  fn: (x: X, ...others: Others) => Tensor & Recordable<[x: X, ...others: Others]>,
): (x: Input<X>, v: Gradient<X, TensorLike>, ...others: Inputs<Others>) => Gradient<X>;
export function hvp(fn: (...inputs: never) => unknown): unknown {
  refuseSurplus("hvp", 1, arguments);
  checkFunction("hvp", fn);
  const product = (...args: readonly unknown[]) => {
    if (args.length <= Math.max(1, fn.length)) throw tooFew(fn, args.length);
    const [x, v, ...others] = args;
    checkSurplus(`hvp of ${describe(fn)}`, fn, [x, ...others]);
    const recording = new ForwardRecording();
    return record(recording, () => {
      const input = new Leaves("hvp", recording).watch(x, "x");
      const rest = others.map((other) => constants("hvp", other));
      const form = formOfTree("hvp", x);
      const { tape } = recording;
      const tangents = readTangents("hvp", "v", form, v, tape, input.indices);
      const { gradient } = run("hvp", fn, [input.traced, ...rest], {});
      const found = walkForward(tape, tangents);
      return walkTree("hvp", gradient, (leaf) => {
        const slope = leafTensor(leaf);
        const tangent = isOf(recording, slope) ? found[slope.index] : undefined;
        return derivativeLike(tangent?.value, slope);
      });
    });
  };
  // The direction follows the first argument.
  const shift = (argument: number) => (argument === 0 ? 0 : argument + 1);
  return transformed(fn, { name: "hvp", options: undefined, fn: product, shift });
}

function tooFew(fn: (...inputs: never) => unknown, count: number): ArgumentError {
  const others = fn.length > 1 ? `, and ${fn.length - 1} more for ${describe(fn)}` : "";
  const expected = `x and v${others}`;
  const hint =
    "x is the first argument of the function and v its direction; what moves together is one tree";
  return new ArgumentError("hvp", "", expected, `${count} argument${count === 1 ? "" : "s"}`, hint);
}

/** Tangents for the leaves of a tape that have some indices, in order. */
function readTangents(
  op: string,
  argument: string,
  form: unknown,
  tangents: unknown,
  tape: Tape,
  indices: readonly number[],
): ReadonlyMap<number, Tensor> {
  const refuse = (path: string, got: string) =>
    new ShapeError(op, path, "a tangent for each leaf of the inputs", got);
  const found = new Map<number, Tensor>();
  leavesOfForm(op, form, tangents, refuse, argument).forEach(({ leaf, path }, i) => {
    const index = numberAt(indices, i);
    const names = { value: "inputs", tangent: path };
    const tangent = checkTangent(op, names, tape.valueOf(index), leafTensor(leaf));
    const before = found.get(index);
    // A Variable that occurs twice in a tree moves by the sum.
    found.set(index, before === undefined ? tangent : add(before, tangent));
  });
  return found;
}
