/**
 * Forward mode: every tensor carries its tangent, the derivative along one direction of the inputs.
 *
 * It needs no rules besides those of reverse mode: partial derivatives multiply the tangents, a linear op applies to
 * them, and an op that has only a reverse rule gets its tangent by differentiating that rule.
 */

import { checkCall, checkFunction, type Reader, refuseSurplus } from "../arguments.ts";
import { ArgumentError, DTypeError, describe, formatShape, ShapeError } from "../errors.ts";
import { apply, applyAll, below, isOf } from "../graph/apply.ts";
import { passedThrough, staticsOf, transformed } from "../graph/compiled.ts";
import type { Inputs, TensorFunction, TensorInputs } from "../graph/functions.ts";
import type { Pushforward, Tangent, Tangents } from "../graph/joint.ts";
import { type Op, pullbackOf } from "../graph/op.ts";
import type { AtOnce, Recordable } from "../graph/recordable.ts";
import { Recording, record } from "../graph/recording.ts";
import { replayBody } from "../graph/replay.ts";
import {
  formOfTree,
  type Gradient,
  leafTensor,
  leavesOfForm,
  type Mapped,
  walkTree,
} from "../graph/tree.ts";
import type { Attributes } from "../graph/types.ts";
import { Variable } from "../graph/variable.ts";
import { add } from "../ops/arithmetic.ts";
import { makeBody } from "../ops/bodies.ts";
import { logicalAnd, masked } from "../ops/comparison.ts";
import { joined, maskOf } from "../ops/tangents.ts";
import { broadcastTo } from "../ops/view.ts";
import { zerosLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { Tensor, type TensorLike } from "../tensor/tensor.ts";
import { refuseLost } from "./inputs.ts";
import { GradientRecording, walkBack } from "./reverse.ts";
import {
  type Computed,
  differentiatedBody,
  noDerivative,
  refuse,
  refuseInside,
  scale,
} from "./rules.ts";
import { derivativeLike, padded, tangentTypes, tensorsOf, unpackTangents } from "./tangents.ts";
import { NodeGradients } from "./tape.ts";

/** Tangents are kept by the index of their tensor; a tensor without one does not depend on the inputs. */
export class TangentRecording extends Recording {
  readonly unreadable = undefined;
  #tangents: Tensor[] = [];
  /** By index; undefined for most computations, which have no masks. */
  #masks: Map<number, Tensor> | undefined;

  /** Returns a tensor with a tangent. */
  leaf(value: Tensor, tangent: Tensor, mask?: Tensor): Tensor {
    const index = this.#tangents.push(tangent) - 1;
    if (mask !== undefined) {
      this.#masks ??= new Map();
      this.#masks.set(index, mask);
    }
    return new Tensor(value.shape, value.dtype, value.weak, undefined, this, index, value);
  }

  /** Returns the tangent of a tensor; undefined for one that does not depend on the inputs. */
  tangentOf(tensor: Tensor): Tensor | undefined {
    return isOf(this, tensor) ? this.#tangents[tensor.index] : undefined;
  }

  /** Returns the same with its mask. */
  maskedTangentOf(tensor: Tensor): Tangent | undefined {
    const value = this.tangentOf(tensor);
    return value && { value, mask: this.#masks?.get(tensor.index) };
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const { derivative } = op;
    const values = inputs.map((input) => below(this, input));
    if (derivative?.kind === "joint") {
      const inputTangents = inputs.map((input) => this.maskedTangentOf(input));
      const wanted = inputTangents.map((tangent) => tangent !== undefined);
      if (!wanted.includes(true)) return applyAll(op, values, attributes);
      refuseInside(attributes, wanted);
      const context = { op, inputs: values, attributes, wanted };
      const { results, tangents } = derivative.jvp(context, inputTangents, pushforwardOfBody);
      return this.#withTangents(results, tangents);
    }
    refuse(op, attributes);
    const results = applyAll(op, values, attributes);
    const inputTangents = inputs.map((input) => this.maskedTangentOf(input));
    return this.#withTangents(
      results,
      tangentsThrough(op, { inputs: values, attributes }, results, inputTangents),
    );
  }

  #withTangents(results: readonly Tensor[], tangents: Tangents): Tensor[] {
    return results.map((result, i) => {
      const tangent = tangents[i];
      return tangent === undefined ? result : this.leaf(result, tangent.value, tangent.mask);
    });
  }

  override lower(tensor: Tensor): Tensor {
    return below(this, tensor);
  }

  override close(): void {
    this.#tangents = [];
  }
}

/** The pushforward of a body as a body. */
export const pushforwardOfBody: Pushforward = (body, statuses, wanted) =>
  makeBody([...body.parameters, ...tangentTypes(body.parameters, statuses)], (list) => {
    const inputs = list.slice(0, body.parameters.length);
    const directions = unpackTangents(list.slice(inputs.length), statuses);
    return record(new TangentRecording(), (recording) => {
      const results = replayBody(
        body,
        inputs.map((input, k) => {
          const direction = directions[k];
          return direction ? recording.leaf(input, direction.value, direction.mask) : input;
        }),
      );
      const values = results.map((result) => below(recording, result));
      const tangents = results.map((result, i) =>
        padded(recording.maskedTangentOf(result), wanted[i], at(values, i)),
      );
      return [...values, ...tensorsOf(tangents)];
    });
  });

/**
 * Returns the tangents of an op's results from those of its inputs, in the results' shapes; undefined for zero. Ops
 * with one rule for all inputs use that rule.
 */
export function tangentsThrough(
  op: Op,
  { inputs, attributes }: Omit<Computed, "output">,
  outputs: readonly Tensor[],
  inputTangents: Tangents,
): Tangents {
  if (outputs.length !== 1) return throughBody(op, { inputs, attributes }, inputTangents);
  const output = at(outputs, 0);
  if (!isFloat(output.dtype)) return [];
  const computed = { inputs, output, attributes };
  const isMasked = op.mask !== undefined || inputTangents.some((tangent) => tangent?.mask);
  const tangent = isMasked
    ? maskedThrough(op, computed, inputTangents)
    : plainThrough(op, computed, inputTangents);
  return tangent ? [{ value: broadcastTo(tangent.value, output.shape), mask: tangent.mask }] : [];
}

/** Returns the tangent of an op's output from the tangents of all inputs together. */
function plainThrough(op: Op, computed: Computed, inputTangents: Tangents): Tangent | undefined {
  const tangents = inputTangents.map((tangent) => tangent?.value);
  const value = pushForward(op, computed, tangents);
  return value && { value, mask: undefined };
}

/** Returns the tangents of the results of a composite without a derivative rule: those of its body. */
function throughBody(
  op: Op,
  { inputs, attributes }: Omit<Computed, "output">,
  inputTangents: Tangents,
): Tangents {
  const body = differentiatedBody(op);
  return record(new TangentRecording(), (recording) => {
    const leaves = inputs.map((input, k) => {
      const tangent = inputTangents[k];
      return tangent === undefined ? input : recording.leaf(input, tangent.value, tangent.mask);
    });
    return body(leaves, attributes).map((result) => recording.maskedTangentOf(result));
  });
}

/** Returns the tangent of an op's output from those of its inputs, some of which have masks. */
function maskedThrough(op: Op, computed: Computed, inputTangents: Tangents): Tangent | undefined {
  if (op.derivative?.kind === "linear") {
    // The op maps zeros to zeros, so all tangents are pushed together.
    const value = plainThrough(op, computed, inputTangents)?.value;
    const common = maskOf(inputTangents);
    const used = op.mask === undefined ? undefined : at(computed.inputs, op.mask);
    const mask = common && used ? logicalAnd(common, used) : (common ?? used);
    return value && { value, mask };
  }
  return inputTangents.reduce<Tangent | undefined>((sum, tangent, k) => {
    if (tangent === undefined) return sum;
    const { mask } = tangent;
    const pushed = pushForward(
      op,
      computed,
      inputTangents.map((_, i) => (i === k ? tangent.value : undefined)),
    );
    if (pushed === undefined) return sum;
    const value = mask === undefined ? pushed : masked(mask, pushed);
    if (sum === undefined) return { value, mask };
    return { value: add(sum.value, value), mask: joined(sum.mask, mask) };
  }, undefined);
}

/** Returns the tangent of an op's output from tangents without masks. */
function pushForward(
  op: Op,
  computed: Computed,
  tangents: readonly (Tensor | undefined)[],
): Tensor | undefined {
  const { derivative } = op;
  const { inputs, output, attributes } = computed;
  switch (derivative?.kind) {
    case "partials":
      return total(
        tangents.map((tangent, k) => {
          const partial = tangent && derivative.partials[k]?.(...inputs, output);
          return tangent === undefined || partial === undefined || partial === 0
            ? undefined
            : scale(tangent, partial);
        }),
      );
    case "linear": {
      const directions = inputs.map((input, k) =>
        pullbackOf(derivative, k) === undefined ? input : (tangents[k] ?? zerosLike(input)),
      );
      return apply(op, directions, attributes);
    }
    case "multilinear":
      return total(
        tangents.map((tangent, k) =>
          tangent === undefined
            ? undefined
            : apply(
                op,
                inputs.map((input, other) => (other === k ? tangent : input)),
                attributes,
              ),
        ),
      );
    case "rule":
      if (derivative.tangent) return derivative.tangent(tangents, computed);
      return total(
        tangents.map((tangent, index) => {
          const pullback = pullbackOf(derivative, index);
          if (tangent === undefined || pullback === undefined) return undefined;
          const context = { ...computed, index };
          return transposed((cotangent) => pullback(cotangent, context), output, tangent);
        }),
      );
    case "none":
      throw noDerivative(op, derivative.why);
    case undefined: {
      const unmasked = tangents.map((value) => value && { value, mask: undefined });
      return throughBody(op, computed, unmasked)[0]?.value;
    }
    case "joint":
      throw new Error(`${op.name} has several results: its tangents are those of all together`);
    default:
      return derivative satisfies never;
  }
}

function total(terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const defined = terms.filter((term) => term !== undefined);
  return defined.length === 0 ? undefined : defined.reduce((sum, term) => add(sum, term));
}

/**
 * Returns the tangent from a pullback: a pullback P is linear, and the tangent is its transpose applied to the input's
 * tangent, which is the gradient of ⟨P(c), tangent⟩ with respect to c.
 */
function transposed(
  pullback: (cotangent: Tensor) => Tensor,
  output: Tensor,
  tangent: Tensor,
): Tensor | undefined {
  return record(new GradientRecording(), (recording) => {
    const cotangent = recording.leaf(zerosLike(output));
    const pulled = pullback(cotangent);
    if (!isOf(recording, pulled)) return undefined;
    const found = new NodeGradients();
    found.add(pulled.index, tangent);
    return walkBack(recording.tape, found).value(cotangent.index);
  });
}

/**
 * Returns the value of a function and its derivative along a direction (the Jacobian–vector product).
 *
 * @param fn a function whose result is a Tensor or a tree of Tensors.
 * @returns a function of the arguments and of their tangents, each an array in the order of the
 *   parameters, of the same form, shapes and dtypes; it returns `{ value, tangent }`.
 * @throws ShapeError or DTypeError for a tangent that differs from its argument.
 * @example
 * ```ts
 * import { jvp } from "@graddiff/core";
 *
 * const { value, tangent } = jvp((x, y) => x.mul(y))([3, 4], [1, 0]);
 * console.log(value.item(), tangent.item()); // 12 4
 * ```
 */
export function jvp<F extends TensorFunction<unknown>>(
  fn: F & AtOnce<ReturnType<F>>,
): (
  inputs: Readonly<TensorInputs<F>>,
  tangents: Readonly<TensorInputs<F>>,
) => { value: Mapped<ReturnType<F>, Tensor>; tangent: Mapped<ReturnType<F>, Tensor> };
export function jvp<List extends readonly unknown[], Result>(
  fn: (...inputs: List) => Result & Recordable<List> & AtOnce<Result>,
): (
  inputs: Readonly<Inputs<List>>,
  tangents: { readonly [Key in keyof List]: Gradient<List[Key], TensorLike> },
) => { value: Mapped<Result, Tensor>; tangent: Mapped<Result, Tensor> };
export function jvp(fn: (...inputs: never) => unknown): unknown {
  refuseSurplus("jvp", 1, arguments);
  checkFunction("jvp", fn);
  const pushed = (args: unknown, directions: unknown) =>
    record(new TangentRecording(), (recording) => {
      const inputs = readArguments("jvp", "inputs", args);
      checkCall("jvp", fn, inputs);
      const tangents = readArguments("jvp", "tangents", directions);
      const traced = moveLeaves(recording, inputs, tangents);
      const result: unknown = fn(...(traced as never));
      let moves = false;
      const tangent = walkTree("jvp", result, (leaf) => {
        const tensor = leafTensor(leaf);
        const tangent = recording.tangentOf(tensor);
        moves ||= tangent !== undefined;
        return derivativeLike(tangent, below(recording, tensor));
      });
      refuseLost("jvp", recording, moves);
      return {
        value: walkTree("jvp", result, (leaf) => below(recording, leafTensor(leaf))),
        tangent,
      };
    });
  const run = transformed(fn, { name: "jvp", options: undefined, fn: pushed, shift: () => -1 });
  const statics = staticsOf(fn);
  if (statics.length === 0) return run;
  return (args: unknown, directions: unknown) => {
    const inputs = passedThrough(readArguments("jvp", "inputs", args), statics);
    const tangents = readArguments("jvp", "tangents", directions).map((tangent, i) =>
      statics.includes(i) ? inputs[i] : tangent,
    );
    return Reflect.apply(run, undefined, [inputs, tangents]);
  };
}

/**
 * Returns the arguments with leaves that move along their tangents. A Variable stays, and what reads it sees the leaf;
 * one that occurs several times in the tree moves by the sum.
 */
function moveLeaves(recording: TangentRecording, inputs: unknown, tangents: unknown): unknown {
  const directions = leavesOfForm("jvp", formOfTree("jvp", inputs), tangents, noTangent);
  let count = 0;
  return walkTree("jvp", inputs, (leaf, _path, isInside) => {
    const isCell = leaf instanceof Variable;
    if (isCell && isInside && !leaf.isDifferentiable) return leaf;
    const { leaf: source, path } = at(directions, count++);
    const value = leafTensor(leaf);
    const names = { value: `inputs${path}`, tangent: `tangents${path}` };
    const tangent = checkTangent("jvp", names, value, leafTensor(source));
    if (!isCell) return recording.leaf(value, tangent);
    const before = recording.leaves.get(leaf.cell);
    const sum = before === undefined ? tangent : add(recording.tangentOf(before) ?? 0, tangent);
    recording.leaves.set(
      leaf.cell,
      recording.leaf(before === undefined ? value : below(recording, before), sum),
    );
    return leaf;
  });
}

const readArguments: Reader<readonly unknown[]> = (op, argument, value) => {
  // Holes are arguments that were left out.
  if (Array.isArray(value)) return Array.from(value);
  const expected = "an array, in the order of the parameters";
  throw new ArgumentError(op, argument, expected, describe(value));
};

function noTangent(path: string, got: string): ShapeError {
  return new ShapeError("jvp", `tangents${path}`, "a tangent for each leaf of the inputs", got);
}

/**
 * Returns a tangent of the shape and dtype of its value; a plain number adapts to a scalar.
 *
 * @param names what the two are called in errors.
 */
export function checkTangent(
  op: string,
  names: { readonly value: string; readonly tangent: string },
  value: Tensor,
  tangent: Tensor,
): Tensor {
  const argument = names.tangent;
  if (!isFloat(value.dtype)) {
    const expected = "float32 or float64 to differentiate with respect to";
    throw new DTypeError(op, names.value, expected, value.dtype);
  }
  if (!sameShape(tangent.shape, value.shape)) {
    const expected = `a tangent of the input's shape ${formatShape(value.shape)}`;
    throw new ShapeError(op, argument, expected, formatShape(tangent.shape));
  }
  if (tangent.weak) return value.weak ? tangent : tangent.cast(value.dtype);
  if (tangent.dtype !== value.dtype) {
    throw new DTypeError(op, argument, `the input's dtype ${value.dtype}`, tangent.dtype);
  }
  return tangent;
}
