/**
 * Optimizers: rules by which gradients change Variables. Their state stands in Variables too, so a
 * training step compiles as a whole.
 */

import { checkMethod, numberThat, optional, optionsReader, refuseSurplus } from "../arguments.ts";
import type { TensorTree } from "../graph/tree.ts";
import { Variable } from "../graph/variable.ts";
import type { Inside } from "../graph/variableTree.ts";
import { pow, sub } from "../ops/arithmetic.ts";
import { zerosLike } from "../tensor/create.ts";
import { at } from "../tensor/shape.ts";
import { scalar, type Tensor } from "../tensor/tensor.ts";
import { readGradients, readTrained, type Trained, useAccumulated } from "./gradients.ts";

/** What every optimizer needs. */
export interface OptimizerOptions {
  /** The length of a step. It may be changed at any time, also between compiled steps. */
  readonly learningRate: number;
}

const setting = numberThat(
  (value) => Number.isFinite(value) && value >= 0,
  "a finite number from 0",
);
const share = numberThat((value) => value >= 0 && value < 1, "a number from 0 to below 1");

const NOTHING = {};

/** Where the Variables that can be trained are looked for: those of an optimizer itself are not among them. */
export const insideTrained: Inside = (value) => (value instanceof Optimizer ? NOTHING : value);

/** The base of all optimizers. */
export abstract class Optimizer {
  /** What is being trained, each Variable once. */
  readonly variables: readonly Variable[];
  readonly #trained: Trained;
  readonly #rate: Variable;

  /**
   * @param variables what is to be trained: a Variable, a list or a tree of them, or a layer.
   * @throws ArgumentError if there are no Variables, if a list has one twice, or if the learning rate is no
   *   number.
   */
  constructor(variables: object, options: OptimizerOptions) {
    const op = new.target.name;
    // Options of a class of one's own may stand beside it.
    const learningRate = setting(op, "learningRate", options?.learningRate);
    this.#trained = readTrained(op, variables, insideTrained);
    this.variables = this.#trained.variables;
    this.#rate = new Variable(scalar(learningRate));
  }

  /** The length of a step. */
  get learningRate(): number {
    return this.#rate.value.item();
  }

  set learningRate(value: number) {
    this.#rate.assign(scalar(setting(this.constructor.name, "learningRate", value)));
  }

  /**
   * The Variables of the optimizer itself by name, for `state`; what it trains is not among them. Those in
   * public properties of a class of one's own are found; one with private Variables adds them here.
   */
  get state(): Readonly<Record<string, unknown>> {
    const { variables: _, ...own } = this;
    return { learningRate: this.#rate, ...own };
  }

  /**
   * Changes every Variable by its gradient.
   *
   * @param gradients one for each Variable: a list in their order, or a tree with their names, as
   *   `valueAndGrad` with the option `variables` gives it. Default: what the `backward` of layers has added up
   *   in `variable.gradient`.
   * @throws ArgumentError without gradients where no `backward` has added any since the last step or
   *   `zeroGradient`; ShapeError for another number of gradients, or a gradient of another shape.
   */
  step(gradients?: TensorTree): void {
    if (arguments.length > 1) refuseSurplus(`${this.constructor.name}.step`, 1, arguments);
    const op = `${this.constructor.name}.step`;
    checkMethod(op, this.update, "update");
    // All are checked before any Variable changes.
    const list =
      gradients === undefined
        ? useAccumulated(op, this.variables)
        : readGradients(op, gradients, this.#trained);
    const rate = this.#rate.value;
    this.beginStep();
    this.variables.forEach((variable, i) => {
      variable.assign(this.update(variable, at(list, i), i, rate));
    });
  }

  /** What happens once for each step, before the Variables are changed. */
  protected beginStep(): void {}

  /** The new value of a Variable. */
  protected abstract update(
    variable: Variable,
    gradient: Tensor,
    index: number,
    rate: Tensor,
  ): Tensor;
}

/** The settings of {@link SGD}. */
export interface SGDOptions extends OptimizerOptions {
  /** How much of the last step's direction is kept. Default 0. */
  readonly momentum?: number;
}

const readSGD = optionsReader({ learningRate: setting, momentum: optional(setting, 0) });

/**
 * Stochastic gradient descent: v ← momentum · v + gradient, w ← w − rate · v. Without momentum
 * w ← w − rate · gradient. (Sutskever et al., ICML 2013, in PyTorch's form.)
 *
 * @example
 * ```ts
 * import { SGD, tensor, Variable, valueAndGrad } from "@graddiff/core";
 *
 * const w = new Variable(tensor([4, 8]));
 * const optimizer = new SGD([w], { learningRate: 0.25 });
 * const loss = valueAndGrad(() => w.value.square().sum(), { variables: [w] });
 * optimizer.step(loss().gradient);
 * console.log(String(w.value)); // [2. 4.]
 * ```
 */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #velocities: readonly Variable[];

  /** @throws ArgumentError for settings that are no numbers. */
  constructor(variables: object, options: SGDOptions) {
    if (arguments.length > 2) refuseSurplus("SGD", 2, arguments);
    const { learningRate, momentum } = readSGD("SGD", options);
    super(variables, { learningRate });
    this.#momentum = momentum;
    this.#velocities = momentum === 0 ? [] : statesLike(this.variables);
  }

  override get state(): Readonly<Record<string, unknown>> {
    return { ...super.state, velocities: this.#velocities };
  }

  protected override update(
    variable: Variable,
    gradient: Tensor,
    index: number,
    rate: Tensor,
  ): Tensor {
    const velocity = this.#velocities[index];
    if (velocity === undefined) return variable.value.sub(gradient.mul(rate));
    velocity.assign(velocity.value.mul(this.#momentum).add(gradient));
    return variable.value.sub(velocity.value.mul(rate));
  }
}

/** The settings of {@link Adam}. */
export interface AdamOptions extends OptimizerOptions {
  /** How slowly the mean of gradients changes. Default 0.9. */
  readonly beta1?: number;
  /** How slowly the mean of squared gradients changes. Default 0.999. */
  readonly beta2?: number;
  /** Keeps the division from becoming one by 0. Default 1e-8. */
  readonly epsilon?: number;
}

const readAdam = optionsReader({
  learningRate: setting,
  beta1: optional(share, 0.9),
  beta2: optional(share, 0.999),
  epsilon: optional(setting, 1e-8),
});

/**
 * Adam: steps of about equal length in every direction (Kingma and Ba, ICLR 2015, algorithm 1).
 * m and v are running means of the gradient and its square, corrected for having begun at zero.
 */
export class Adam extends Optimizer {
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #means: readonly Variable[];
  readonly #squares: readonly Variable[];
  readonly #count = new Variable(scalar(0));

  /** @throws ArgumentError for settings that are no numbers. */
  constructor(variables: object, options: AdamOptions) {
    if (arguments.length > 2) refuseSurplus("Adam", 2, arguments);
    const { learningRate, ...settings } = readAdam("Adam", options);
    super(variables, { learningRate });
    this.#beta1 = settings.beta1;
    this.#beta2 = settings.beta2;
    this.#epsilon = settings.epsilon;
    this.#means = statesLike(this.variables);
    this.#squares = statesLike(this.variables);
  }

  override get state(): Readonly<Record<string, unknown>> {
    return { ...super.state, count: this.#count, means: this.#means, squares: this.#squares };
  }

  protected override beginStep(): void {
    this.#count.assign(this.#count.value.add(1));
  }

  protected override update(
    variable: Variable,
    gradient: Tensor,
    index: number,
    rate: Tensor,
  ): Tensor {
    const mean = this.#means[index];
    const square = this.#squares[index];
    if (mean === undefined || square === undefined) return variable.value;
    mean.assign(mean.value.mul(this.#beta1).add(gradient.mul(1 - this.#beta1)));
    square.assign(square.value.mul(this.#beta2).add(gradient.square().mul(1 - this.#beta2)));
    const count = this.#count.value;
    const step = rate.div(sub(1, pow(this.#beta1, count)));
    const scale = sub(1, pow(this.#beta2, count)).sqrt();
    const size = square.value.sqrt().div(scale).add(this.#epsilon);
    return variable.value.sub(mean.value.div(size).mul(step));
  }
}

function statesLike(variables: readonly Variable[]): Variable[] {
  return variables.map((variable) => new Variable(zerosLike(variable.value)));
}
