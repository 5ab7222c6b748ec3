/**
 * Forward mode: every tensor carries its tangent, the derivative along one direction of the inputs.
 *
 * It needs no rules of its own: partial derivatives multiply the tangents, a linear op applies to
 * them, and what has only a reverse rule gets its tangent by differentiating that rule.
 */

import { checkCall, checkFunction, listOf } from "../arguments.ts";
import { DTypeError, formatShape, ShapeError } from "../errors.ts";
import { apply, applyAll, below, isOf } from "../graph/apply.ts";
import { type Attributes, type BodyTransforms, type Op, pullbackOf } from "../graph/op.ts";
import { Recording, record } from "../graph/recording.ts";
import { replayBody } from "../graph/replay.ts";
import { TraceRecording } from "../graph/tracing.ts";
import { formOfTree, leafTensor, leavesOfForm, type Mapped, walkTree } from "../graph/tree.ts";
import { add } from "../ops/arithmetic.ts";
import { broadcastTo } from "../ops/view.ts";
import { zerosLike } from "../tensor/create.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { Tensor, type TensorLike } from "../tensor/tensor.ts";
import {
  GradientRecording,
  jointOf,
  missingRule,
  noDerivative,
  pullbackOfBody,
  refuse,
  refuseInside,
  scale,
  walkBack,
} from "./reverse.ts";

/** Tangents are kept by the place of their tensor; undefined means zero. */
class TangentRecording extends Recording {
  readonly unreadable = undefined;
  #tangents: Tensor[] = [];

  /** A tensor with a tangent. */
  leaf(value: Tensor, tangent: Tensor): Tensor {
    this.#tangents.push(tangent);
    const place = this.#tangents.length - 1;
    return new Tensor(value.shape, value.dtype, value.weak, undefined, this, place, value);
  }

  /** The tangent of a tensor; undefined for one that does not depend on the inputs. */
  tangentOf(tensor: Tensor): Tensor | undefined {
    return isOf(this, tensor) ? this.#tangents[tensor.index] : undefined;
  }

  override apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    refuse(op, attributes);
    const values = inputs.map((input) => below(this, input));
    const output = apply(op, values, attributes);
    if (!isFloat(output.dtype)) return output;
    const tangents = inputs.map((input) => this.tangentOf(input));
    const tangent = pushForward(op, { inputs: values, output, attributes }, tangents);
    return tangent === undefined ? output : this.leaf(output, broadcastTo(tangent, output.shape));
  }

  override applyAll(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[] {
    const values = inputs.map((input) => below(this, input));
    const given = inputs.map((input) => this.tangentOf(input));
    const wanted = given.map((tangent) => tangent !== undefined);
    if (!wanted.includes(true)) return applyAll(op, values, attributes);
    refuseInside(attributes, wanted);
    const context = { op, inputs: values, attributes, wanted };
    const { results, tangents } = jointOf(op).jvp(context, given, {
      pullback: pullbackOfBody,
      pushforward: pushforwardOfBody,
    });
    return results.map((result, i) => {
      const tangent = tangents[i];
      return tangent === undefined ? result : this.leaf(result, tangent);
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
const pushforwardOfBody: BodyTransforms["pushforward"] = (body, moving) =>
  record(new TraceRecording(), (tracing) => {
    const inputs = body.parameters.map((type) => tracing.argument(type));
    const directions = inputs.map((input, k) => (moving[k] ? tracing.argument(input) : undefined));
    const outputs = record(new TangentRecording(), (recording) => {
      const leaves = inputs.map((input, k) => {
        const direction = directions[k];
        return direction === undefined ? input : recording.leaf(input, direction);
      });
      const results = replayBody(body, leaves);
      const values = results.map((result) => below(recording, result));
      const tangents = results.flatMap((result, i) =>
        isFloat(result.dtype) ? [recording.tangentOf(result) ?? zerosLike(at(values, i))] : [],
      );
      return [...values, ...tangents];
    });
    return tracing.trace(outputs);
  });

interface Step {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly attributes: Attributes;
}

/** The tangent of an op's output from those of its inputs. */
function pushForward(
  op: Op,
  step: Step,
  tangents: readonly (Tensor | undefined)[],
): Tensor | undefined {
  const { derivative, kernel } = op;
  const { inputs, output, attributes } = step;
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
      return total(
        tangents.map((tangent, index) => {
          const pullback = pullbackOf(derivative, index);
          return tangent === undefined || pullback === undefined
            ? undefined
            : transposed((cotangent) => pullback(cotangent, { ...step, index }), output, tangent);
        }),
      );
    case "none":
      throw noDerivative(op, derivative.why);
    case undefined: {
      if (kernel.kind !== "composite") throw missingRule(op);
      const { body } = kernel;
      return record(new TangentRecording(), (recording) => {
        const leaves = inputs.map((input, k) => {
          const tangent = tangents[k];
          return tangent === undefined ? input : recording.leaf(input, tangent);
        });
        return recording.tangentOf(body(leaves, attributes));
      });
    }
    case "joint":
      throw new Error(`${op.name} has several results: its tangents are those of all together`);
    default:
      return derivative satisfies never;
  }
}

function total(terms: readonly (Tensor | undefined)[]): Tensor | undefined {
  const present = terms.filter((term) => term !== undefined);
  return present.length === 0 ? undefined : present.reduce((sum, term) => add(sum, term));
}

/**
 * The tangent from a pullback: a pullback P is linear, and the tangent is its transpose applied
 * to the input's tangent, which is the gradient of ⟨P(c), tangent⟩ with respect to c.
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
    const seeds = new Map([[pulled.index, tangent]]);
    return walkBack(recording.tape, seeds, (place) => place === cotangent.index)[cotangent.index];
  });
}

/**
 * The value of a function and its derivative along a direction (the Jacobian–vector product).
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
export function jvp<Result>(
  fn: (...inputs: Tensor[]) => Result,
): (
  inputs: readonly TensorLike[],
  tangents: readonly TensorLike[],
) => { value: Mapped<Result, Tensor>; tangent: Mapped<Result, Tensor> };
export function jvp<Parameters extends readonly unknown[], Result>(
  fn: (...inputs: Parameters) => Result,
): (
  inputs: { readonly [Key in keyof Parameters]: Mapped<Parameters[Key], TensorLike> },
  tangents: { readonly [Key in keyof Parameters]: Mapped<Parameters[Key], TensorLike> },
) => { value: Mapped<Result, Tensor>; tangent: Mapped<Result, Tensor> };
export function jvp(fn: (...inputs: never) => unknown): unknown {
  checkFunction("jvp", fn);
  return (inputs: unknown, tangents: unknown) =>
    record(new TangentRecording(), (recording) => {
      checkCall("jvp", fn, readArguments("jvp", "inputs", inputs));
      readArguments("jvp", "tangents", tangents);
      const form = formOfTree("jvp", inputs);
      const directions = leavesOfForm("jvp", form, tangents, noTangent);
      let number = 0;
      const traced = walkTree("jvp", inputs, (leaf, path) => {
        const value = leafTensor(leaf);
        const direction = leafTensor(at(directions, number++).leaf);
        return recording.leaf(value, checkTangent(path, value, direction));
      });
      const result: unknown = fn(...(traced as never));
      return {
        value: walkTree("jvp", result, (leaf) => below(recording, leafTensor(leaf))),
        tangent: walkTree("jvp", result, (leaf) => {
          const tensor = leafTensor(leaf);
          return recording.tangentOf(tensor) ?? zerosLike(below(recording, tensor));
        }),
      };
    });
}

const readArguments = listOf(
  (_op, _argument, value) => value,
  "an array, in the order of the parameters",
);

function noTangent(path: string, got: string): ShapeError {
  return new ShapeError({
    op: "jvp",
    argument: `tangents${path}`,
    expected: "a tangent for each leaf of the inputs",
    got,
  });
}

function checkTangent(path: string, value: Tensor, tangent: Tensor): Tensor {
  const argument = `tangents${path}`;
  if (!isFloat(value.dtype)) {
    throw new DTypeError({
      op: "jvp",
      argument: `inputs${path}`,
      expected: "float32 or float64 to differentiate with respect to",
      got: value.dtype,
    });
  }
  if (!sameShape(tangent.shape, value.shape)) {
    throw new ShapeError({
      op: "jvp",
      argument,
      expected: `a tangent of the input's shape ${formatShape(value.shape)}`,
      got: formatShape(tangent.shape),
    });
  }
  if (tangent.weak) return value.weak ? tangent : tangent.cast(value.dtype);
  if (tangent.dtype !== value.dtype) {
    throw new DTypeError({
      op: "jvp",
      argument,
      expected: `the input's dtype ${value.dtype}`,
      got: tangent.dtype,
    });
  }
  return tangent;
}
