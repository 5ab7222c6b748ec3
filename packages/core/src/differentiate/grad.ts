/**
 * Gradients of scalar functions: `grad` and `valueAndGrad`.
 */

import {
  checkFunction,
  checkSurplus,
  flag,
  nonNegativeInteger,
  oneOrMany,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
} from "../arguments.ts";
import {
  ArgumentError,
  DerivativeError,
  DTypeError,
  describe,
  formatShape,
  ShapeError,
} from "../errors.ts";
import { below, isOf } from "../graph/apply.ts";
import { transformed } from "../graph/compiled.ts";
import type {
  ArgumentIndices,
  AuxOptions,
  GradientOf,
  GradOptions,
  Inputs,
  TensorFunction,
  TensorInputs,
  TensorParameters,
} from "../graph/functions.ts";
import type { Recordable } from "../graph/recordable.ts";
import { record } from "../graph/recording.ts";
import { walkTree } from "../graph/tree.ts";
import { treeOfVariables } from "../graph/variableTree.ts";
import { onesLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { Tensor } from "../tensor/tensor.ts";
import { type Choice, checkTensor, refuseLost, watchCall } from "./inputs.ts";
import { GradientRecording, walkBack } from "./reverse.ts";
import { NodeGradients } from "./tape.ts";

/** The result of {@link grad} with `hasAux`. */
export interface AuxAndGradient<Aux, Gradients> {
  /** The gradient, like the chosen arguments and Variables. */
  readonly gradient: Gradients;
  /** The auxiliary value that the function returned beside its scalar. */
  readonly aux: Aux;
}

/** The result of {@link valueAndGrad}. */
export interface ValueAndGradient<Gradients> {
  /** The scalar that the function returned. */
  readonly value: Tensor;
  /** The gradient, like the chosen arguments and Variables. */
  readonly gradient: Gradients;
}

/**
 * Returns the gradient of a function that returns a scalar Tensor, as a function of the same arguments.
 *
 * The function runs as ordinary JavaScript: loops, conditions on `item()` and calls of other
 * functions work. Numbers among the arguments reach it as scalar Tensors. Arguments may be trees:
 * nested arrays and objects of tensors, numbers and Variables; the gradient has the same form.
 *
 * @param fn the function to differentiate. With `hasAux` it returns `[result, aux]`.
 * @param options `argnums`: the index of the argument (default 0), or an array of indices, which
 *   gives an array of gradients. `variables` and `hasAux`: see {@link valueAndGrad}.
 * @returns a function that returns the gradient, with the shape and dtype of the argument.
 * @throws DerivativeError if the result is no Tensor, or depends on nothing that it is taken of, while an array of that was
 *   read, as by `toArray()`; ShapeError if it is no scalar; DTypeError for an int32 or bool argument.
 * @example
 * ```ts
 * import { grad, type Tensor } from "@graddiff/core";
 *
 * const cube = (x: Tensor) => x.mul(x).mul(x);
 * console.log(grad(cube)(2).item(), grad(grad(cube))(2).item()); // 12 12
 * ```
 */
export function grad<
  F extends TensorFunction<readonly [Tensor, unknown]>,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: F,
  options: AuxOptions<Parameters<F>, Argnums, Variables>,
): (
  ...inputs: TensorInputs<F>
) => AuxAndGradient<ReturnType<F>[1], GradientOf<TensorParameters<F>, Argnums, Variables>>;
export function grad<
  List extends readonly unknown[],
  Aux,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: (...inputs: List) => readonly [Tensor, Aux] & Recordable<List>,
  options: AuxOptions<List, Argnums, Variables>,
): (...inputs: Inputs<List>) => AuxAndGradient<Aux, GradientOf<List, Argnums, Variables>>;
export function grad<
  F extends TensorFunction<Tensor>,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: F,
  options?: GradOptions<Parameters<F>, Argnums, Variables>,
): (...inputs: TensorInputs<F>) => GradientOf<TensorParameters<F>, Argnums, Variables>;
export function grad<
  List extends readonly unknown[],
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: (...inputs: List) => Tensor & Recordable<List>,
  options?: GradOptions<List, Argnums, Variables>,
): (...inputs: Inputs<List>) => GradientOf<List, Argnums, Variables>;
export function grad(fn: (...inputs: never) => unknown, gradOptions?: unknown): unknown {
  refuseSurplus("grad", 2, arguments);
  checkFunction("grad", fn);
  const options = readOptions("grad", gradOptions);
  const gradientOf = (...inputs: readonly unknown[]) => {
    const { gradient, aux } = run("grad", fn, inputs, options);
    return options.hasAux ? { gradient, aux } : gradient;
  };
  return transformed(fn, { name: "grad", options, fn: gradientOf });
}

/**
 * Returns the value and the gradient of a function that returns a scalar Tensor, from one run.
 *
 * @param fn the function to differentiate. With `hasAux` it returns `[result, aux]`, where aux is
 *   any tree that is returned undifferentiated.
 * @param options `argnums` as in {@link grad}; or `variables`, a Variable, a model or a tree of them. The gradient is a
 *   plain tree of its float Variables, trained or not, by the names that `state` has for them, which an
 *   optimizer of the model takes. With both, the gradient is `{ arguments, variables }`. `hasAux`, default false.
 * @returns a function that returns `{ value, gradient }`, and `aux` with `hasAux`.
 * @throws what {@link grad} throws.
 * @example
 * ```ts
 * import { type Tensor, tensor, valueAndGrad } from "@graddiff/core";
 *
 * interface Line { weight: Tensor; bias: Tensor }
 * const loss = ({ weight, bias }: Line) => weight.mul(3).add(bias).square().sum();
 * const { value, gradient } = valueAndGrad(loss)({ weight: tensor([1, 2]), bias: 0.5 });
 * console.log(value.item(), String(gradient.weight), gradient.bias.item()); // 54.5 [21. 39.] 20
 * ```
 * @example
 * ```ts
 * import { tensor, valueAndGrad } from "@graddiff/core";
 * import { Dense, SGD } from "@graddiff/nn";
 *
 * const model = new Dense(2, 1, { seed: 1 });
 * const loss = () => model.forward(tensor([[1, 2]])).sum();
 * const { gradient } = valueAndGrad(loss, { variables: model })();
 * console.log(String(gradient.weight.flatten()), String(gradient.bias)); // [1. 2.] [1.]
 * new SGD(model, { learningRate: 0.1 }).step(gradient);
 * ```
 */
export function valueAndGrad<
  F extends TensorFunction<readonly [Tensor, unknown]>,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: F,
  options: AuxOptions<Parameters<F>, Argnums, Variables>,
): (...inputs: TensorInputs<F>) => ValueAndGradient<
  GradientOf<TensorParameters<F>, Argnums, Variables>
> & {
  readonly aux: ReturnType<F>[1];
};
export function valueAndGrad<
  List extends readonly unknown[],
  Aux,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: (...inputs: List) => readonly [Tensor, Aux] & Recordable<List>,
  options: AuxOptions<List, Argnums, Variables>,
): (
  ...inputs: Inputs<List>
) => ValueAndGradient<GradientOf<List, Argnums, Variables>> & { readonly aux: Aux };
export function valueAndGrad<
  F extends TensorFunction<Tensor>,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: F,
  options?: GradOptions<Parameters<F>, Argnums, Variables>,
): (
  ...inputs: TensorInputs<F>
) => ValueAndGradient<GradientOf<TensorParameters<F>, Argnums, Variables>>;
export function valueAndGrad<
  List extends readonly unknown[],
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: (...inputs: List) => Tensor & Recordable<List>,
  options?: GradOptions<List, Argnums, Variables>,
): (...inputs: Inputs<List>) => ValueAndGradient<GradientOf<List, Argnums, Variables>>;
export function valueAndGrad(fn: (...inputs: never) => unknown, gradOptions?: unknown): unknown {
  refuseSurplus("valueAndGrad", 2, arguments);
  checkFunction("valueAndGrad", fn);
  const options = readOptions("valueAndGrad", gradOptions);
  const both = (...inputs: readonly unknown[]) => {
    const { value, gradient, aux } = run("valueAndGrad", fn, inputs, options);
    return options.hasAux ? { value, gradient, aux } : { value, gradient };
  };
  return transformed(fn, { name: "valueAndGrad", options, fn: both });
}

/**
 * The reader of a tree whose Variables get gradients. Each call reads the tree again, since the parts of a model may
 * have changed.
 */
export const readVariables: Reader<unknown> = (op, argument, value) => {
  treeOfVariables(op, argument, value);
  return value;
};

const readOptions = optionsReader({
  argnums: optional(oneOrMany(nonNegativeInteger), undefined),
  variables: optional(readVariables, undefined),
  hasAux: optional(flag, false),
});

interface Evaluation {
  readonly value: Tensor;
  readonly gradient: unknown;
  readonly aux: unknown;
}

interface RunOptions extends Choice {
  readonly hasAux?: boolean;
  /** Returns the error for a result that depends on no input. Default: its gradient is 0. */
  readonly refuseConstant?: () => Error;
}

/** Returns the value and the gradient of a function, for whoever has read the options. */
export function run(
  op: string,
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
  options: RunOptions,
): Evaluation {
  checkInputs(op, fn, inputs, options);
  return record(new GradientRecording(), (recording) => {
    const { traced, gradient } = watchCall(op, recording, inputs, options);
    const returned: unknown = fn(...(traced as never));
    const [result, aux] = options.hasAux ? splitAux(op, returned) : [returned, undefined];
    const output = checkScalar(op, result);
    const gradients = new NodeGradients();
    const depends = isOf(recording, output);
    if (!depends && options.refuseConstant) throw options.refuseConstant();
    refuseLost(op, recording, depends);
    if (depends) gradients.add(output.index, onesLike(below(recording, output)));
    walkBack(recording.tape, gradients);
    return {
      value: below(recording, output),
      gradient: gradient(gradients),
      aux: walkTree(op, aux, (leaf) => (leaf instanceof Tensor ? below(recording, leaf) : leaf)),
    };
  });
}

/** Refuses surplus arguments, and a call in which nothing can be differentiated. @internal */
export function checkInputs(
  op: string,
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
  { variables }: Choice,
): void {
  checkSurplus(op, fn, inputs);
  if (inputs.length + fn.length === 0 && variables === undefined) throw nothingToDifferentiate(op);
}

function nothingToDifferentiate(op: string): ArgumentError {
  const expected = "the Variables to differentiate with respect to, since there are no arguments";
  const hint = `Name what the function reads, as in ${op}(fn, { variables: model.variables })`;
  return new ArgumentError(op, "variables", expected, "none", hint);
}

function splitAux(op: string, returned: unknown): readonly [unknown, unknown] {
  if (Array.isArray(returned) && returned.length === 2) return [returned[0], returned[1]];
  throw new DerivativeError(op, "result", "[result, aux], since hasAux is set", describe(returned));
}

function checkScalar(op: string, result: unknown): Tensor {
  const output = checkTensor(op, result);
  if (output.rank !== 0) {
    const hint = "Reduce it with sum() or mean(), or use vjp for other results";
    throw new ShapeError(op, "result", "a scalar", formatShape(output.shape), hint);
  }
  if (!isFloat(output.dtype)) {
    throw new DTypeError(op, "result", "float32 or float64", output.dtype);
  }
  return output;
}
