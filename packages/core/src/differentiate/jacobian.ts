/**
 * All first derivatives of a function, and all second ones of a scalar function: `jacobian` and `hessian`.
 *
 * The function runs once, on a tape. The tape is then walked for a whole basis at a time, as a batch of
 * `vectorize`: backwards from the elements of the results, or forwards from those of the inputs.
 */

import {
  checkFunction,
  nonNegativeInteger,
  oneOf,
  oneOrMany,
  optional,
  optionsReader,
  refuseSurplus,
} from "../arguments.ts";
import { DTypeError } from "../errors.ts";
import { below, isOf } from "../graph/apply.ts";
import { transformed } from "../graph/compiled.ts";
import type {
  ArgumentIndices,
  GradientOf,
  GradOptions,
  Hessian,
  Inputs,
  TensorFunction,
  TensorInputs,
  TensorParameters,
} from "../graph/functions.ts";
import type { AtOnce, OfTensors, Recordable } from "../graph/recordable.ts";
import { record } from "../graph/recording.ts";
import { formWith, type Mapped, walkTree } from "../graph/tree.ts";
import { reshape } from "../ops/view.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, numberAt } from "../tensor/shape.ts";
import { patterned } from "../tensor/symbolicConstant.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkInputs, readVariables, run } from "./grad.ts";
import { type Choice, checkTensor, refuseLost, watchCall } from "./inputs.ts";
import { ForwardRecording, walkForward } from "./pushing.ts";
import { GradientRecording, walkBack } from "./reverse.ts";
import { NodeGradients, type Tape } from "./tape.ts";
import { vectorize } from "./vectorize.ts";

/** The mode of a Jacobian, see {@link jacobian}. */
export type JacobianMode = "forward" | "reverse";

/** The arguments and Variables with respect to which a Hessian is taken. */
export type HessianOptions<List extends readonly unknown[], Argnums, Variables> = Omit<
  GradOptions<List, Argnums, Variables>,
  "hasAux"
>;

/** The arguments and Variables with respect to which a Jacobian is taken, and its mode. */
export interface JacobianOptions<List extends readonly unknown[], Argnums, Variables>
  extends HessianOptions<List, Argnums, Variables> {
  /** Default: "forward" where the inputs have fewer elements than the results, else "reverse". */
  readonly mode?: JacobianMode;
}

/** For each leaf of a result, the derivatives with respect to each leaf of what is chosen. */
export type Jacobian<Result, List extends readonly unknown[], Argnums, Variables> = Mapped<
  Result,
  GradientOf<List, Argnums, Variables>
>;

const readJacobian = optionsReader({
  argnums: optional(oneOrMany(nonNegativeInteger), undefined),
  variables: optional(readVariables, undefined),
  mode: optional(oneOf<JacobianMode>("forward", "reverse"), undefined),
});
const readHessian = optionsReader({
  argnums: optional(oneOrMany(nonNegativeInteger), undefined),
  variables: optional(readVariables, undefined),
});

/**
 * Returns all derivatives of a function's results with respect to its inputs.
 *
 * The function runs once. Forward mode goes through its ops with one direction for each element of the inputs, reverse
 * mode with one for each element of the results. All of them are one batch, so it takes the
 * memory of so many runs.
 *
 * @param fn a function whose result is a Tensor of floats or a tree of them.
 * @param options `argnums` and `variables`: with respect to what, as in {@link grad} (default: the first argument).
 *   `mode`: "forward" or "reverse" (default: forward where the inputs have fewer elements than the
 *   results, else reverse). In forward mode a `whileLoop` needs no `maxSteps`.
 * @returns a function of the same arguments. For a Tensor of a Tensor it returns one of the shape
 *   [...result.shape, ...input.shape] and of the input's dtype, zeros where the result does not depend on the input.
 *   For trees it is the result's tree with a tree of the inputs in the place of each leaf.
 * @throws DTypeError for an int32 or bool input or result; DerivativeError for a result that is no Tensor.
 * @example
 * ```ts
 * import { jacobian, type Tensor, tensor } from "@graddiff/core";
 *
 * const polar = ({ r, angle }: { r: Tensor; angle: Tensor }) => [r.mul(angle.cos()), r.mul(angle.sin())];
 * const [x, y] = jacobian(polar)({ r: 2, angle: 0 });
 * console.log(x?.r.item(), x?.angle.item(), y?.r.item(), y?.angle.item()); // 1 -0 0 2
 * console.log(jacobian((x) => x.square())(tensor([1, 2])).toArray()); // [ [ 2, 0 ], [ 0, 4 ] ]
 * ```
 */
export function jacobian<
  F extends TensorFunction<unknown>,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: F & OfTensors<ReturnType<F>> & AtOnce<ReturnType<F>>,
  options?: JacobianOptions<Parameters<F>, Argnums, Variables>,
): (...inputs: TensorInputs<F>) => Jacobian<ReturnType<F>, TensorParameters<F>, Argnums, Variables>;
export function jacobian<
  List extends readonly unknown[],
  Result,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: (...inputs: List) => Result & Recordable<List> & OfTensors<Result> & AtOnce<Result>,
  options?: JacobianOptions<List, Argnums, Variables>,
): (...inputs: Inputs<List>) => Jacobian<Result, List, Argnums, Variables>;
export function jacobian(fn: (...inputs: never) => unknown, options?: unknown): unknown {
  refuseSurplus("jacobian", 2, arguments);
  checkFunction("jacobian", fn);
  const read = readJacobian("jacobian", options);
  const { mode, ...chosen } = read;
  const all = (...inputs: readonly unknown[]) => {
    checkInputs("jacobian", fn, inputs, chosen);
    return derivatives("jacobian", fn, inputs, chosen, mode);
  };
  return transformed(fn, { name: "jacobian", options: read, fn: all });
}

/**
 * Returns all second derivatives of a function that returns a scalar Tensor: the {@link jacobian} of its {@link grad},
 * forward over reverse.
 *
 * It has n² numbers for n inputs. For its product with one direction, {@link hvp} needs the time and memory of a
 * few gradients.
 *
 * @param fn the function.
 * @param options `argnums` and `variables`: with respect to what, as in {@link grad} (default: the first
 *   argument).
 * @returns a function of the same arguments. For a Tensor it returns one of the shape [...x.shape, ...x.shape] and of
 *   its dtype. For a tree, or for several arguments, the gradient's tree with one more in the place of each
 *   leaf.
 * @throws what {@link grad} throws.
 * @example
 * ```ts
 * import { hessian, tensor } from "@graddiff/core";
 *
 * const h = hessian((x) => x.prod())(tensor([2, 3, 5]));
 * console.log(h.toArray()); // [ [ 0, 5, 3 ], [ 5, 0, 2 ], [ 3, 2, 0 ] ]
 * ```
 */
export function hessian<
  F extends TensorFunction<Tensor>,
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: F,
  options?: HessianOptions<Parameters<F>, Argnums, Variables>,
): (...inputs: TensorInputs<F>) => Hessian<TensorParameters<F>, Argnums, Variables>;
export function hessian<
  List extends readonly unknown[],
  const Argnums extends ArgumentIndices | undefined = undefined,
  const Variables = undefined,
>(
  fn: (...inputs: List) => Tensor & Recordable<List>,
  options?: HessianOptions<List, Argnums, Variables>,
): (...inputs: Inputs<List>) => Hessian<List, Argnums, Variables>;
export function hessian(fn: (...inputs: never) => unknown, options?: unknown): unknown {
  refuseSurplus("hessian", 2, arguments);
  checkFunction("hessian", fn);
  const chosen = readHessian("hessian", options);
  const all = (...inputs: readonly unknown[]) => {
    checkInputs("hessian", fn, inputs, chosen);
    const gradient = (...traced: unknown[]) => run("hessian", fn, traced, chosen).gradient;
    return derivatives("hessian", gradient, inputs, chosen, "forward");
  };
  return transformed(fn, { name: "hessian", options: chosen, fn: all });
}

/** A leaf of the results. */
interface Output {
  readonly value: Tensor;
  /** The index of the leaf on the tape; −1 for one that depends on no input. */
  readonly index: number;
}

/** The derivatives of an output by the id of the input, of the shape [...output.shape, ...input.shape]. */
type Blocks = Map<number, Tensor>;

function derivatives(
  op: string,
  fn: (...inputs: never) => unknown,
  inputs: readonly unknown[],
  chosen: Choice,
  mode: JacobianMode | undefined,
): unknown {
  const recording = mode === "forward" ? new ForwardRecording() : new GradientRecording();
  return record(recording, () => {
    const { traced, gradient } = watchCall(op, recording, inputs, chosen);
    const result: unknown = fn(...(traced as never));
    if (typeof result !== "object" || result === null) checkTensor(op, result);
    const outputs: Output[] = [];
    const read = (leaf: unknown, path: string) => {
      const tensor = checkFloats(op, path, leaf);
      const index = isOf(recording, tensor) ? tensor.index : -1;
      return outputs.push({ value: below(recording, tensor), index }) - 1;
    };
    const form = formWith(op, result, read, "result");
    refuseLost(
      op,
      recording,
      outputs.some(({ index }) => index >= 0),
    );
    const { tape } = recording;
    const leaves = tape.nodes.flatMap(({ kind }, id) => (kind === "argument" ? [id] : []));
    const elements = total(leaves.map((id) => tape.valueOf(id)));
    const fewer = elements < total(outputs.map(({ value }) => value));
    const blocks =
      (mode ?? (fewer ? "forward" : "reverse")) === "forward"
        ? forwards(tape, leaves, outputs)
        : backwards(tape, leaves, outputs);
    const fill = ({ value }: Output, blocks: Blocks | undefined) => {
      const block = (id: number) => blocks?.get(id) ?? none(value, tape.valueOf(id));
      return gradient({ maskedCotangent: (id) => ({ value: block(id), mask: undefined }) });
    };
    return walkTree(op, form, (number) => {
      const i = number as number;
      return fill(at(outputs, i), blocks[i]);
    });
  });
}

function checkFloats(op: string, path: string, leaf: unknown): Tensor {
  const tensor = checkTensor(op, leaf, path);
  if (isFloat(tensor.dtype)) return tensor;
  throw new DTypeError(op, path, "float32 or float64", tensor.dtype);
}

function total(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { size }) => sum + size, 0);
}

/** Returns one walk for each output, with a batch of one cotangent for each of its elements. */
function backwards(tape: Tape, leaves: readonly number[], outputs: readonly Output[]): Blocks[] {
  return outputs.map(({ value, index }) => {
    const blocks: Blocks = new Map();
    if (index < 0 || value.size === 0) return blocks;
    const pull = vectorize((row: Tensor) => {
      const gradients = new NodeGradients();
      gradients.add(index, reshape(row, value.shape));
      walkBack(tape, gradients);
      return leaves.map((id) => gradients.value(id));
    });
    pull(basis(value)).forEach((batch, k) => {
      const id = numberAt(leaves, k);
      if (batch !== undefined) blocks.set(id, block(batch, value, tape.valueOf(id)));
    });
    return blocks;
  });
}

/** Returns one walk for each input, with a batch of one tangent for each of its elements. */
function forwards(tape: Tape, leaves: readonly number[], outputs: readonly Output[]): Blocks[] {
  const all = outputs.map((): Blocks => new Map());
  for (const id of leaves) {
    const input = tape.valueOf(id);
    if (input.size === 0) continue;
    const push = (row: Tensor) => {
      const found = walkForward(tape, new Map([[id, reshape(row, input.shape)]]));
      return outputs.map(({ index }) => found[index]?.value);
    };
    vectorize(push, { outAxis: -1 })(basis(input)).forEach((batch, i) => {
      if (batch !== undefined) at(all, i).set(id, block(batch, at(outputs, i).value, input));
    });
  }
  return all;
}

/** Returns a batch of directions, one along each element. */
function basis({ size, dtype, weak }: Tensor): Tensor {
  return patterned([size, size], dtype, { kind: "identity", rows: size, columns: size }, weak);
}

function block(batch: Tensor, output: Tensor, { shape, dtype }: Tensor): Tensor {
  const whole = reshape(batch, [...output.shape, ...shape]);
  return whole.dtype === dtype ? whole : whole.cast(dtype);
}

function none(output: Tensor, { shape, dtype, weak }: Tensor): Tensor {
  return patterned([...output.shape, ...shape], dtype, { kind: "value", value: 0 }, weak);
}
