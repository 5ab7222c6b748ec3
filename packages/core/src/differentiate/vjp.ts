/**
 * Vector–Jacobian products: the pullback of a function with any result.
 */

import { checkCall, checkFunction, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import { DTypeError, formatShape, ShapeError } from "../errors.ts";
import { below, isOf } from "../graph/apply.ts";
import { passedThrough, released, staticsOf } from "../graph/compiled.ts";
import type {
  ArgnumOptions,
  GradientsOf,
  Inputs,
  TensorFunction,
  TensorInputs,
  TensorParameters,
} from "../graph/functions.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import { record } from "../graph/recording.ts";
import type { Mapped, ModelGradient } from "../graph/tree.ts";
import { formOfTree, leafTensor, leavesOfForm, walkTree } from "../graph/tree.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, sameShape } from "../tensor/shape.ts";
import type { Tensor, TensorLike } from "../tensor/tensor.ts";
import { readVariables } from "./grad.ts";
import {
  argumentName,
  checkArgnums,
  constants,
  Leaves,
  readArgnums,
  refuseLost,
  treeOf,
} from "./inputs.ts";
import { GradientRecording, walkBack } from "./reverse.ts";
import { NodeGradients } from "./tape.ts";

/** The result of {@link vjp}. */
export interface Vjp<Result, Gradients> {
  /** The value of the function. */
  readonly value: Mapped<Result, Tensor>;
  /**
   * The gradients of all arguments for given gradients of the result. May be called again.
   */
  readonly pullback: (cotangent: Mapped<Result, TensorLike>) => Gradients;
}

/** With respect to what a {@link vjp} is taken. */
export interface VjpOptions<List extends readonly unknown[], Argnums, Variables>
  extends ArgnumOptions<List, Argnums> {
  /** A Variable that the function reads, a model, or a tree of them; their gradients are a tree of the same names. */
  readonly variables?: Variables;
}

/** The gradients of the chosen arguments, of Variables, or of both. */
type Pulled<List extends readonly unknown[], Argnums, Variables> = [Variables] extends [undefined]
  ? GradientsOf<List, Argnums>
  : [Argnums] extends [undefined]
    ? ModelGradient<Variables>
    : { arguments: GradientsOf<List, Argnums>; variables: ModelGradient<Variables> };

const readOptions = optionsReader({
  argnums: optional(readArgnums, undefined),
  variables: optional(readVariables, undefined),
});

/**
 * Returns the value of a function, and the map that takes a gradient of its result back to gradients of its arguments.
 *
 * @param fn a function whose result is a Tensor or a tree of Tensors.
 * @param options `argnums`: the indices of the arguments to take gradients of. Default: all. `variables`: a Variable, a
 *   model or a tree of them, in place of arguments; with both, the gradients are `{ arguments, variables }`.
 * @returns a function that returns `{ value, pullback }`; `pullback(cotangent)` returns an array
 *   with one gradient for each chosen argument, or the gradients of the Variables.
 * @throws DTypeError for an int32 or bool argument; the pullback throws ShapeError or DTypeError
 *   for a cotangent that differs from the result.
 * @example
 * ```ts
 * import { tensor, vjp } from "@graddiff/core";
 *
 * const { value, pullback } = vjp((x, y) => x.mul(y))(tensor([1, 2]), tensor([3, 4]));
 * console.log(String(value), pullback(tensor([1, 10])).map(String)); // [3. 8.] [ '[ 3. 40.]', '[ 1. 20.]' ]
 * ```
 */
export function vjp<
  F extends TensorFunction<unknown>,
  const Argnums extends readonly number[] | undefined = undefined,
  const Variables = undefined,
>(
  fn: F & AtOnce<ReturnType<F>>,
  options?: VjpOptions<Parameters<F>, Argnums, Variables>,
): (
  ...inputs: TensorInputs<F>
) => Vjp<ReturnType<F>, Pulled<TensorParameters<F>, Argnums, Variables>>;
export function vjp<
  List extends readonly unknown[],
  Result,
  const Argnums extends readonly number[] | undefined = undefined,
  const Variables = undefined,
>(
  fn: (...inputs: List) => Result & Recordable<List> & AtOnce<Result>,
  options?: VjpOptions<List, Argnums, Variables>,
): (...inputs: Inputs<List>) => Vjp<Result, Pulled<List, Argnums, Variables>>;
export function vjp(fn: (...inputs: never) => unknown, options?: unknown): unknown {
  refuseSurplus("vjp", 2, arguments);
  checkFunction("vjp", fn);
  const { argnums, variables } = readOptions("vjp", options);
  const statics = staticsOf(fn);
  return (...args: unknown[]) => {
    const inputs = passedThrough(args, statics);
    checkCall("vjp", fn, inputs);
    const list = argnums ?? (variables === undefined ? inputs.map((_, i) => i) : []);
    checkArgnums("vjp", list, inputs.length);
    const state = treeOf("vjp", variables);
    const { value, pull } = runWithPullback("vjp", fn, inputs, list, state);
    const pullback = (cotangent: unknown) => {
      const { ofArguments: all, ofVariables } = pull(cotangent);
      const ofArguments = statics.length === 0 ? all : all.map(released);
      if (variables === undefined) return ofArguments;
      return argnums === undefined
        ? ofVariables
        : { arguments: ofArguments, variables: ofVariables };
    };
    return { value, pullback };
  };
}

/**
 * Runs a function on a tape and returns its pullback: vjp, for a caller that has read the arguments.
 *
 * @param floats true if integers in the chosen arguments are constants, as in layers.
 * @internal
 */
export function runWithPullback(
  op: string,
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
  argnums: readonly number[],
  variables?: unknown,
  floats = false,
): {
  value: unknown;
  pull: (cotangent: unknown) => { ofArguments: unknown[]; ofVariables: unknown };
} {
  const recording = new GradientRecording();
  const taped = runOnTape(op, recording, fn, inputs, argnums, variables, floats);
  const { tape, value, outputs, watched, state } = taped;
  const form = formOfTree(op, value);
  const pull = (cotangent: unknown) => {
    const gradients = walkBack(tape, readSeeds(op, cotangent, form, outputs));
    return {
      ofArguments: watched.map((each) => each.gradient(gradients)),
      ofVariables: state.gradient(gradients),
    };
  };
  return { value, pull };
}

/** Runs a function whose result may be any tree on a tape that outlives the recording. @internal */
export function runOnTape<Argument>(
  op: string,
  recording: GradientRecording,
  fn: (...inputs: never) => unknown,
  inputs: readonly Argument[],
  argnums: readonly number[],
  variables: unknown = undefined,
  floats = false,
) {
  return record(recording, () => {
    const leaves = new Leaves(op, recording);
    const watched = argnums.map((i) =>
      leaves.watch(inputs[i] as Argument, argumentName(i), floats),
    );
    const traced = inputs.map((input, i) => {
      const watchedInput = watched[argnums.indexOf(i)];
      return watchedInput === undefined ? constants(op, input) : watchedInput.traced;
    });
    const state = leaves.watch(variables, "variables");
    const result: unknown = fn(...(traced as never));
    // The recording empties its list when it closes.
    const { tape } = recording;
    const outputs: Output[] = [];
    const value = walkTree(
      op,
      result,
      (leaf) => {
        const tensor = leafTensor(leaf);
        const index = isOf(recording, tensor) ? tensor.index : -1;
        const output = { value: below(recording, tensor), index };
        outputs.push(output);
        return output.value;
      },
      { path: "result" },
    );
    refuseLost(
      op,
      recording,
      outputs.some(({ index }) => index >= 0),
    );
    return { tape, value, outputs, watched, state };
  });
}

interface Output {
  readonly value: Tensor;
  /** The index of the result on the tape; −1 for one that depends on no leaf. */
  readonly index: number;
}

/** Checks a tree of cotangents against the results, and gives each to its value on the tape. */
function readSeeds(
  op: string,
  cotangent: unknown,
  form: unknown,
  outputs: readonly Output[],
): NodeGradients {
  const refuse = (path: string, got: string) =>
    new ShapeError(`the pullback of ${op}`, path, "a cotangent for each leaf of the result", got);
  const seeds = new NodeGradients();
  leavesOfForm(op, form, cotangent, refuse, "result").forEach(({ leaf, path }, i) => {
    const { value, index } = at(outputs, i);
    const seed = checkCotangent(op, path, leafTensor(leaf), value);
    if (index >= 0 && isFloat(seed.dtype)) seeds.add(index, seed);
  });
  return seeds;
}

/** Returns a cotangent in the shape and dtype of its result; a plain number adapts to a scalar. */
export function checkCotangent(op: string, path: string, cotangent: Tensor, like: Tensor): Tensor {
  if (!sameShape(cotangent.shape, like.shape)) {
    const expected = `a cotangent of the result's shape ${formatShape(like.shape)}`;
    throw new ShapeError(`the pullback of ${op}`, path, expected, formatShape(cotangent.shape));
  }
  if (cotangent.weak && isFloat(like.dtype))
    return like.weak ? cotangent : cotangent.cast(like.dtype);
  if (cotangent.dtype !== like.dtype) {
    const expected = `a cotangent of the result's dtype ${like.dtype}`;
    throw new DTypeError(`the pullback of ${op}`, path, expected, cotangent.dtype);
  }
  return cotangent;
}
