/**
 * The layer: a node of a computational graph that a person can hold. `forward` computes and keeps
 * what it saw; `backward` applies the chain rule: it multiplies the incoming gradient by the local
 * derivative of each input.
 *
 * There is no second set of derivatives here: a layer records what it computes and walks back over
 * it, so the backward of a primitive layer is the rule of its op.
 */

import { checkMethod } from "../arguments.ts";
import { runWithPullback } from "../differentiate/vjp.ts";
import { describe, formatShape, RecordingError, ShapeError } from "../errors.ts";
import { runningRecording } from "../graph/recording.ts";
import type { Variable } from "../graph/variable.ts";
import { variablesInside } from "../graph/variableTree.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { enter, leave, placed } from "./place.ts";

/** What a layer kept of its last forward pass. */
interface Saved {
  readonly output: Tensor;
  readonly variables: readonly Variable[];
  /** Whether all inputs were plain numbers: then the gradients are, too. */
  readonly plain: boolean;
  readonly pull: (cotangent: Tensor) => {
    readonly ofArguments: readonly Tensor[];
    readonly ofVariables: readonly Tensor[];
  };
}

/**
 * The base of all layers. Most are made by {@link layer} or come ready-made; a class of one's own
 * extends this one, keeps its weights in public properties that hold Variables, and says in
 * `compute` what it does. Variables in private fields (`#weight`) are seen by nobody, so they are neither
 * trained nor saved.
 *
 * Plain numbers in give plain numbers out, forward and backward; as soon as one input or the
 * gradient is a Tensor, everything is.
 */
export abstract class Layer {
  #saved: Saved | undefined;
  readonly #forget = () => {
    this.#saved = undefined;
  };

  /** The computation, written in ops. */
  protected abstract compute(...inputs: Tensor[]): Tensor;

  /**
   * All Variables in this layer's public properties, in order, each once: those of inner layers, objects and
   * arrays included, as `variables(model)` and `state(model)` find them.
   */
  get variables(): Variable[] {
    return variablesInside(this.constructor.name, this);
  }

  /** The name in messages, such as `Dense 4 → 2`. Default: that of the class. */
  toString(): string {
    return this.constructor.name;
  }

  /** Sets the accumulated gradient of every Variable to zeros. */
  zeroGradient(): void {
    for (const variable of this.variables) variable.zeroGradient();
  }

  /** Computes the output and keeps what backward needs. */
  protected runForward(inputs: readonly TensorLike[]): TensorLike {
    enter(this);
    try {
      return this.#forward(inputs);
    } catch (error) {
      throw placed(this, error);
    } finally {
      leave();
    }
  }

  #forward(inputs: readonly TensorLike[]): TensorLike {
    const { name } = this.constructor;
    checkMethod(`${name}.forward`, this.compute, "compute");
    const plain = inputs.every((input) => typeof input === "number");
    const tensors = inputs.map((input, i) => toTensor(`${name}.forward`, `input ${i}`, input));
    const { variables } = this;
    const { value, pull } = runWithPullback(
      name,
      (...traced: Tensor[]) => this.compute(...traced),
      tensors,
      tensors.map((_, i) => i),
      variables,
    );
    if (!(value instanceof Tensor)) {
      throw new RecordingError({
        op: `${name}.forward`,
        argument: "result",
        expected: "a Tensor from compute",
        got: describe(value),
      });
    }
    this.#saved = { output: value, variables, plain, pull };
    // What was computed inside a recording must not outlive it.
    runningRecording()?.whenClosed.add(this.#forget);
    return plain ? value.item() : value;
  }

  /**
   * The gradients of the inputs; those of the Variables are added to `variable.gradient`.
   * @throws RecordingError before forward; ShapeError for a gradient of another shape than the
   *   output.
   */
  protected runBackward(gradient: TensorLike): readonly TensorLike[] {
    const op = `${this.constructor.name}.backward`;
    const saved = this.#saved;
    if (saved === undefined) {
      throw new RecordingError({
        op,
        expected: "a forward pass before",
        got: "none, or one inside a recording that has closed",
        hint: "Call forward first: it keeps the inputs that backward needs",
      });
    }
    const { output, variables, plain, pull } = saved;
    const given = toTensor(op, "gradient", gradient);
    if (!sameShape(given.shape, output.shape)) {
      throw new ShapeError({
        op,
        argument: "gradient",
        expected: `the output's shape ${formatShape(output.shape)}`,
        got: formatShape(given.shape),
      });
    }
    const { ofArguments, ofVariables } = pull(given);
    variables.forEach((variable, i) => {
      variable.accumulateGradient(at(ofVariables, i));
    });
    const numbers = plain && typeof gradient === "number";
    return numbers ? ofArguments.map((item) => item.item()) : ofArguments;
  }
}
