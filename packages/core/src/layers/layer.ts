/**
 * The layer: a node of a computational graph that a person can hold. `forward` computes and keeps
 * what it saw; `backward` applies the chain rule: it multiplies the incoming gradient by the local
 * derivative of each input.
 *
 * There is no second set of derivatives here: a layer records what it computes and walks back over
 * it, so the backward of a primitive layer is the rule of its op.
 *
 * In: inputs of `forward`, and a cotangent of its result for `backward`. Out: the result, and cotangents of the inputs.
 *
 * Invariant: `forward` is `vjp` of `compute` with the trained Variables beside the inputs. Its pullback is kept until `backward`,
 * or until the recording around it closes.
 */

import { checkCall, checkMethod, flag, refuseSurplus } from "../arguments.ts";
import { type Copy, THIS_COPY } from "../copies.ts";
import { runWithPullback } from "../differentiate/vjp.ts";
import { describe, formatShape, RecordingError, ShapeError } from "../errors.ts";
import { guardProperties, Switch } from "../graph/guards.ts";
import { chooseMode, noteEvaluated } from "../graph/modes.ts";
import { whenRecordingCloses } from "../graph/recording.ts";
import { formOfTree, leavesOfForm, treeLeaves, treeMap, walkTree } from "../graph/tree.ts";
import type { Variable } from "../graph/variable.ts";
import { objectsInside, variablesInside } from "../graph/variableTree.ts";
import { isFloat } from "../tensor/dtype.ts";
import { at, sameShape } from "../tensor/shape.ts";
import { isTensor, type Tensor, toTensor } from "../tensor/tensor.ts";
import { enter, finish, leave, placed } from "./layerPath.ts";
import type {
  BackwardResult,
  Cotangent,
  ForwardArguments,
  ForwardInputs,
  ForwardResult,
  ForwardSource,
  SourceResult,
  TensorArguments,
  TensorResult,
} from "./types.ts";

/** The inputs and the pullback that a layer kept of its last forward pass. */
interface Saved {
  readonly output: unknown;
  readonly variables: readonly Variable[];
  /** The indices of the inputs that have gradients. */
  readonly argnums: readonly number[];
  readonly inputs: number;
  /** True if all inputs were plain numbers: then the gradients are, too. */
  readonly plain: boolean;
  readonly pull: ReturnType<typeof runWithPullback>["pull"];
}

/**
 * The base of all layers. Your layer class extends it, keeps its weights in public properties that hold Variables
 * or layers, and says in `compute` what it does. `forward` and `backward` have their types from that. Inputs and
 * results may be trees, such as the state of an LSTM. Variables in private fields (`#weight`) are seen by nobody, so
 * they are neither trained nor saved.
 *
 * Plain numbers in give plain numbers out, forward and backward; as soon as one input or the
 * gradient is a Tensor, everything is. Inputs of integers, which `compute` declares as {@link Indices}, have no gradient:
 * `backward` returns undefined for them. A class that extends `Layer<"declared">` says in an interface of its name what
 * `forward` takes, with a separate docstring.
 *
 * @example
 * ```ts
 * import { Layer, ones, type Tensor, tensor, Variable } from "@graddiff/core";
 *
 * class Scale extends Layer {
 *   readonly factor: Variable;
 *   constructor(size: number) {
 *     super();
 *     this.factor = new Variable(ones([size]));
 *   }
 *   compute(x: Tensor): Tensor {
 *     return x.mul(this.factor.value);
 *   }
 * }
 * const scale = new Scale(2);
 * scale.forward(tensor([3, 4]));
 * console.log(String(scale.backward(tensor([1, 10]))), String(scale.factor.gradient)); // [ 1. 10.] [ 3. 40.]
 * ```
 */
export abstract class Layer<Source extends ForwardSource = "compute"> {
  readonly #training = new Switch(true);
  #saved: Saved | undefined;
  readonly #forget = () => {
    this.#saved = undefined;
  };

  /** @internal The copy of the package that it is from. */
  copyOfGraddiff(): Copy {
    return THIS_COPY;
  }

  /** Returns the result for some inputs, those of {@link forward}: your layer writes it with ops and layers. */
  abstract compute(...inputs: never[]): unknown;

  /**
   * The parameters in this layer's public properties, in order, each once, frozen or not: those of inner layers, objects
   * and arrays included, as `variables(model)` finds them. `trained(layer)` has those that are not frozen.
   */
  get variables(): Variable[] {
    return variablesInside(this.constructor.name, this, "isParameter");
  }

  /** True if the layer is in training, as at first, or in evaluation: what Dropout and BatchNorm do depends on it. */
  get training(): boolean {
    const on = this.#training.read();
    if (!on) noteEvaluated(this);
    return on;
  }

  /**
   * Puts this layer and all layers in it into training, or into evaluation. Compiled functions that depend on it notice.
   *
   * @param on false for evaluation. Default true.
   * @returns the layer itself.
   * @throws ArgumentError for anything but true or false; RecordingError inside a compiled function.
   */
  train(on = true): this {
    const op = `${this.constructor.name}.train`;
    refuseSurplus(op, 1, arguments);
    flag(op, "on", on);
    for (const each of objectsInside(op, this)) {
      if (!(each instanceof Layer)) continue;
      each.#training.set(on, op);
      chooseMode(each);
    }
    return this;
  }

  /** Returns the name in messages, such as `Dense 4 → 2`. Default: that of the class. */
  toString(): string {
    return this.constructor.name;
  }

  /** Sets the accumulated gradient of every Variable to zeros. */
  zeroGradient(): void {
    refuseSurplus(`${this.constructor.name}.zeroGradient`, 0, arguments);
    for (const variable of this.variables) variable.zeroGradient();
  }

  /**
   * Computes the result, and keeps what `backward` needs.
   *
   * @param inputs those of `compute`; a number in the place of a Tensor is a scalar.
   * @returns what `compute` returns, with numbers in the place of Tensors if all inputs are numbers.
   */
  forward(
    ...inputs: TensorArguments<Source, this["compute"]>
  ): SourceResult<Source, TensorResult<this["compute"]>>;
  forward<const Inputs extends ForwardInputs<this["compute"]>>(
    ...inputs: ForwardArguments<Source, this["compute"], Inputs>
  ): SourceResult<Source, ForwardResult<this["compute"], Inputs>>;
  forward(...inputs: readonly unknown[]): unknown {
    const op = `${this.constructor.name}.forward`;
    enter(this);
    guardProperties(this);
    try {
      checkMethod(op, this.compute, "compute");
      this.checkInputs(op, inputs);
      const result = this.runForward(inputs);
      finish(this, result);
      return result;
    } catch (error) {
      throw placed(this, error);
    } finally {
      leave();
    }
  }

  /** Refuses arguments that `compute` does not take. A layer with options overrides it, and names them. */
  protected checkInputs(op: string, inputs: readonly unknown[]): void {
    // Only missing arguments are counted, since reading the length of `arguments` takes longer.
    if (inputs.length !== this.compute.length) checkCall(op, this.compute, inputs);
  }

  /**
   * Returns the result of {@link forward}, and keeps what {@link backward} needs. A layer that is a chain of others overrides
   * both, so that each of them keeps what it saw, as `Sequential` does.
   */
  protected runForward(inputs: readonly unknown[]): unknown {
    const op = `${this.constructor.name}.forward`;
    const argnums: number[] = [];
    let plain = inputs.length > 0;
    for (let i = 0; i < inputs.length; i++) {
      if (hasGradient(op, i, inputs[i])) argnums.push(i);
      if (typeof inputs[i] !== "number") plain = false;
    }
    const variables = variablesInside(op, this, "trainable");
    const compute = (...traced: never[]): unknown => checked(op, this.compute(...traced));
    const { value, pull } = runWithPullback(op, compute, inputs, argnums, variables, true);
    this.#saved = { output: value, variables, argnums, inputs: inputs.length, plain, pull };
    // A result that was computed inside a recording must not outlive it.
    whenRecordingCloses(this.#forget);
    return plain ? asNumbers(value) : value;
  }

  /**
   * Returns the gradients of the inputs; those of the Variables are added to `variable.gradient`.
   *
   * @param gradient that of the result: a tree of the same form.
   * @returns the gradient of the only input, or a list of those of several; undefined for inputs of integers.
   * @throws RecordingError before forward; ShapeError for a gradient of another shape than the
   *   result.
   */
  backward<Gradient extends Cotangent<this["compute"]>>(
    gradient: Gradient,
  ): BackwardResult<this["compute"], Gradient> {
    refuseSurplus(`${this.constructor.name}.backward`, 1, arguments);
    // The type follows from compute.
    return this.runBackward(gradient) as BackwardResult<this["compute"], Gradient>;
  }

  /** Returns the gradients of the inputs, and adds to those of Variables. */
  protected runBackward(gradient: unknown): unknown {
    const op = `${this.constructor.name}.backward`;
    const saved = this.#saved;
    if (saved === undefined) {
      const expected = "a forward pass before";
      const got = "none, or one inside a recording that has closed";
      const hint = "Call forward first: it keeps the inputs that backward needs";
      throw new RecordingError(op, "", expected, got, hint);
    }
    const { output, variables, argnums, inputs, plain, pull } = saved;
    checkLike(op, output, gradient);
    const { ofArguments, ofVariables } = pull(gradient);
    // The gradients of a list are a list.
    const list = ofVariables as readonly Tensor[];
    variables.forEach((variable, i) => {
      variable.accumulateGradient(at(list, i));
    });
    const numbers = plain && typeof gradient === "number";
    const gradients = Array.from({ length: inputs }, (_, i) => {
      const index = argnums.indexOf(i);
      if (index < 0) return undefined;
      const gradient = ofArguments[index];
      return numbers ? asNumbers(gradient) : gradient;
    });
    return gradients.length === 1 ? gradients[0] : gradients;
  }
}

/** True if an input has a gradient, or a leaf of it: numbers and floats have, integers have not. */
function hasGradient(op: string, index: number, input: unknown): boolean {
  if (typeof input === "number") return true;
  if (isTensor(input)) return isFloat(input.dtype);
  let has = false;
  walkTree(
    op,
    input,
    (leaf) => {
      has ||= typeof leaf === "number" || isFloat(leaf.dtype);
      return leaf;
    },
    { path: `input ${index}` },
  );
  return has;
}

/** Returns the result of compute. @throws RecordingError for what is no tree of Tensors. */
function checked(op: string, result: unknown): unknown {
  if (isTensor(result)) return result;
  let tensors = 0;
  const refuse = (path: string, got: unknown) =>
    new RecordingError(op, path, "a Tensor from compute, or a tree of them", describe(got));
  walkTree(
    op,
    result,
    (leaf, path) => {
      if (!isTensor(leaf)) throw refuse(path, leaf);
      tensors++;
      return leaf;
    },
    { path: "result" },
  );
  if (tensors === 0) throw refuse("result", result);
  return result;
}

/** @throws ShapeError for a gradient that is not like the result. */
function checkLike(op: string, output: unknown, gradient: unknown): void {
  const refuse = (argument: string, expected: string, got: string) =>
    new ShapeError(op, argument, expected, got);
  const checkShape = (gradient: unknown, { shape }: Tensor, argument: string) => {
    const { shape: actual } = toTensor(op, argument, gradient);
    if (sameShape(actual, shape)) return;
    throw refuse(argument, `the output's shape ${formatShape(shape)}`, formatShape(actual));
  };
  if (isTensor(output)) {
    checkShape(gradient, output, "gradient");
    return;
  }
  const form = formOfTree(op, output);
  const leaves = leavesOfForm(
    op,
    form,
    gradient,
    (path, got) => refuse(path, "a gradient for each Tensor of the result", got),
    "gradient",
  );
  treeLeaves(output).forEach((tensor, i) => {
    const { leaf, path } = at(leaves, i);
    checkShape(leaf, tensor, path);
  });
}

/** Returns a tree of Tensors as numbers. */
function asNumbers(tree: unknown): unknown {
  if (isTensor(tree)) return tree.item();
  return treeMap((leaf) => leaf.item(), tree);
}
