/**
 * Optimizers: rules by which gradients change Variables. The state of an optimizer is in Variables, too, so that a
 * whole training step can be compiled.
 */

import {
  ArgumentError,
  type GradientTree,
  type Tensor,
  type Trainable,
  Variable,
  zerosLike,
} from "@graddiff/core";
import {
  describe,
  guardProperties,
  isFloat,
  isVariable,
  nonNegative,
  type Options,
  optional,
  type Readers,
  refuseSurplus,
  toTensor,
} from "@graddiff/core/extend";
import { at, scalar } from "../basics.ts";
import { warnOfEvaluation } from "../evaluation.ts";
import { elementsOf, transformed } from "../inside.ts";
import { readGradients, readTrained, type Trained, useAccumulated } from "./gradients.ts";
import { gradientOfLoss, type Loss } from "./minimize.ts";
import { type ReadableRule, readRule } from "./rule.ts";
import {
  type LearningRate,
  type OptimizerOptions,
  readRate,
  readTransform,
  unchanged,
} from "./settings.ts";
import { shrinkWeight } from "./states.ts";

const readDecay = optional(nonNegative, 0);

/** The number of steps that a Variable has skipped. It calls a function when it may become other than 0. */
class Skipped extends Variable {
  readonly #tell: () => void;

  constructor(tell: () => void) {
    super(scalar(0));
    this.#tell = tell;
  }

  override assign(value: Tensor): void {
    super.assign(value);
    if (elementsOf(value, "assign")?.[0] !== 0) this.#tell();
  }
}

/** The base of optimizers, however they step: Variables to train, a learning rate, and a state. */
export abstract class OptimizerBase {
  readonly #trained: Trained;
  readonly #rate: Variable | Exclude<LearningRate, number>;
  readonly #kept: Record<string, unknown> = {};
  #count: Variable | undefined;
  #skipped: readonly Variable[] = [];
  /** True once a Variable has skipped a step. It is a guard: programs that were recorded before are recorded again. */
  readonly #marks = { hasSkipped: false };

  /**
   * @param variables what is to be trained: a Variable, a model, or a list or tree of them.
   * @throws ArgumentError if no Variable is trained, if a list has one twice, or if the learning rate is neither
   *   a number nor a function.
   */
  constructor(variables: Trainable, options: OptimizerOptions) {
    const op = new.target.name;
    // A class of a user may have further options.
    const rate = readRate(op, "learningRate", options?.learningRate);
    this.#trained = readTrained(op, variables);
    this.#rate = typeof rate === "number" ? new Variable(scalar(rate)) : rate;
    if (typeof rate === "function") this.countSteps();
  }

  /** Returns the copy of core that its Variables are from, by which errors distinguish two copies. @internal */
  copyOfGraddiff(): unknown {
    return (this.all[0] as Variable & { copyOfGraddiff(): unknown }).copyOfGraddiff();
  }

  /** True: the Variables of its state do not belong to a model. @internal */
  get isOptimizer(): true {
    return true;
  }

  /**
   * The Variables that are trained now, each once, in the order of the gradients that `step` takes. Frozen Variables
   * are not among them; they are trained again once they are unfrozen.
   */
  get variables(): readonly Variable[] {
    return this.all.filter(({ trainable }) => trainable);
  }

  /** All parameters, including frozen ones. The states of a parameter have its index in this list. */
  get all(): readonly Variable[] {
    return this.#trained.variables;
  }

  /**
   * Returns the gradients of a step in the order of {@link all}; undefined for a frozen Variable.
   *
   * @throws ArgumentError or ShapeError for gradients that do not fit the Variables.
   * @internal
   */
  protected gradientsOf(op: string, gradients: GradientTree): (Tensor | undefined)[] {
    return gradients === undefined
      ? useAccumulated(op, this.all)
      : readGradients(op, gradients, this.#trained);
  }

  /** The learning rate of the next step. It can be set, unless a schedule gives it. */
  get learningRate(): number {
    return this.nextRate.item();
  }

  set learningRate(value: number) {
    const op = this.constructor.name;
    const number = nonNegative(op, "learningRate", value);
    if (isVariable(this.#rate)) this.#rate.assign(scalar(number));
    else {
      throw new ArgumentError(
        op,
        "learningRate",
        "no assignment, since a schedule gives it",
        String(number),
        "Make the optimizer with a number to set its rate by hand",
      );
    }
  }

  /** The learning rate of the next step as a tensor: in compiled steps it follows its schedule. @internal */
  protected get nextRate(): Tensor {
    const rate = this.#rate;
    if (isVariable(rate)) return rate.value;
    const op = this.constructor.name;
    const value = toTensor(op, "learningRate", rate(this.stepCount));
    if (value.rank === 0 && isFloat(value.dtype)) return value;
    throw new ArgumentError(
      op,
      "learningRate",
      "a scalar of floats from the schedule",
      describe(value),
    );
  }

  /**
   * The Variables of the optimizer itself by name, for `state`; the Variables that it trains are not among them. Public
   * properties of a subclass are found; a subclass with private Variables adds them here.
   */
  get state(): Readonly<Record<string, unknown>> {
    const { ...own }: object = this;
    const rate = isVariable(this.#rate) && { learningRate: this.#rate };
    const count = this.#count !== undefined && { count: this.#count };
    return { ...rate, ...count, ...this.#kept, ...own };
  }

  /** Adds states to {@link state} under a name, and returns them: Variables, in arrays or objects. */
  protected register<States>(name: string, states: States): States {
    this.#kept[name] = states;
    return states;
  }

  /** Makes a state of zeros for each parameter of {@link all}, under a name in {@link state}. */
  protected keep(name: string): readonly Variable[] {
    const states = this.all.map(({ value }) => new Variable(zerosLike(value)));
    return this.register(name, states);
  }

  /** Turns on the counting of steps. The count is part of the state. */
  protected countSteps(): void {
    this.#count ??= new Variable(scalar(0));
  }

  /**
   * Turns on the counting of steps of each Variable. A Variable that was frozen has taken fewer steps than the
   * optimizer, and corrections by the number of steps need this number. The number of skipped steps of each Variable is
   * part of the state.
   */
  protected countOwnSteps(): void {
    this.countSteps();
    const tell = () => {
      this.#marks.hasSkipped = true;
    };
    this.#skipped = this.register(
      "skipped",
      this.all.map(() => new Skipped(tell)),
    );
  }

  /** The number of steps of the Variable at an index of {@link all} that have begun. */
  protected stepsOf(index: number): Tensor {
    guardProperties(this.#marks);
    // As long as no Variable has skipped a step, all share one count, so that a correction is computed once.
    const skipped = this.#marks.hasSkipped ? this.#skipped[index]?.value : undefined;
    return skipped === undefined ? this.stepCount : this.stepCount.sub(skipped);
  }

  /** The number of steps that have begun, where they are counted. */
  protected get stepCount(): Tensor {
    return this.#count?.value ?? scalar(0);
  }

  /** Counts a step that begins. @internal */
  protected countStep(): void {
    this.#count?.assign(this.stepCount.add(1));
    this.#skipped.forEach((skipped, i) => {
      if (this.all[i]?.trainable === false) skipped.assign(skipped.value.add(1));
    });
  }
}

/**
 * The base class of optimizers whose step needs only gradients. A subclass computes the new value of a Variable.
 *
 * @example
 * ```ts
 * import { type Tensor, tensor, Variable } from "@graddiff/core";
 * import { Optimizer } from "@graddiff/nn";
 *
 * class SignDescent extends Optimizer {
 *   override update(variable: Variable, gradient: Tensor, _index: number, rate: Tensor): Tensor {
 *     return variable.value.sub(gradient.sign().mul(rate));
 *   }
 * }
 * const w = new Variable(tensor([1, -2]));
 * new SignDescent(w, { learningRate: 0.5 }).minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [ 0.5 -1.5]
 * ```
 */
export abstract class Optimizer extends OptimizerBase {
  readonly #weightDecay: number;
  readonly #transform: Required<OptimizerOptions>["transformGradients"];
  readonly #rule: ReadableRule | undefined;
  readonly #settings: object;
  readonly #states: readonly Readonly<Record<string, Variable | undefined>>[];
  /** True if a step has changed a property of the optimizer, as a user's class may. Such steps cannot be programs. */
  #changesItself = false;

  /**
   * @param variables what is to be trained: a Variable, a model, or a list or tree of them.
   * @param rule the options, states and formula of the class; default: it overrides {@link update}.
   * @throws ArgumentError if no Variable is trained, if a list has one twice, or if the learning rate is neither
   *   a number nor a function.
   */
  constructor(variables: Trainable, options: OptimizerOptions, rule?: ReadableRule) {
    const op = new.target.name;
    const settings = readRule(op, "rule", rule)?.read(op, options) ?? options;
    super(variables, settings);
    this.#weightDecay = readDecay(op, "weightDecay", settings.weightDecay);
    this.#transform = readTransform(op, "transformGradients", settings.transformGradients);
    this.#rule = rule;
    this.#settings = settings;
    this.#states = this.#statesOf(rule);
    if (rule?.countsSteps) this.countOwnSteps();
  }

  /** Makes the states of each Variable that a rule has. */
  #statesOf(rule: ReadableRule | undefined): readonly Record<string, Variable | undefined>[] {
    const states = this.all.map((): Record<string, Variable | undefined> => ({}));
    for (const [name, make] of Object.entries(rule?.states ?? {})) {
      const made = this.all.flatMap(({ value }, i) => {
        // Functions such as zerosLike refuse surplus arguments.
        const inputs = [value, this.#settings].slice(0, make.length);
        const first = Reflect.apply(make, undefined, inputs) as Tensor | undefined;
        const state = first && new Variable(first);
        Object.assign(at(states, i), { [name]: state });
        return state ?? [];
      });
      if (made.length > 0) this.register(name, made);
    }
    return states;
  }

  /**
   * Changes every Variable by its gradient.
   *
   * @param gradients one for each Variable: a list in their order, or a tree with their names, as `valueAndGrad` with
   *   the option `variables` returns it. Default: the gradients that `backward` of layers has accumulated in
   *   `variable.gradient`. A step does not clear them: call `zeroGradient` of the layer before the next `backward`.
   * @throws ArgumentError without gradients where no `backward` has added any since the last step or
   *   `zeroGradient`; ShapeError for another number of gradients, or a gradient of another shape.
   */
  step(gradients?: GradientTree): void {
    const op = `${this.constructor.name}.step`;
    refuseSurplus(op, 1, arguments);
    if (this.#rule === undefined && this.update === Optimizer.prototype.update) {
      throw new ArgumentError(
        op,
        "",
        "a class with a method update",
        "one without",
        "This class is to be extended",
      );
    }
    // All are checked before any Variable changes.
    const given = this.gradientsOf(op, gradients);
    const list = this.#transform === unchanged ? given : this.#transformed(op, given);
    warnOfEvaluation(op, this.all);
    const rate = this.nextRate;
    this.countStep();
    this.beginStep();
    const decay = this.#weightDecay;
    this.all.forEach((variable, i) => {
      const raw = list[i];
      if (raw === undefined) return;
      const own = rate.weak ? rate : rate.cast(variable.dtype);
      const gradient = decay === 0 ? raw : this.decay(variable, raw, own, decay);
      variable.assign(this.update(variable, gradient, i, own));
    });
  }

  /**
   * Computes the gradient of a loss with respect to {@link variables}, and makes a step: `valueAndGrad` and {@link
   * step} in one call, eagerly and inside of compiled functions.
   *
   * @param fn computes the loss from the Variables. It returns a scalar Tensor, or an object with it as `loss` and
   *   further entries, such as metrics.
   * @returns the result of `fn`, as values.
   * @throws ArgumentError where no Variable is trained or `fn` returns no loss; ShapeError for a loss that is no
   *   scalar; DerivativeError for one that depends on no trained Variable; and what {@link step} throws.
   * @example
   * ```ts
   * import { compile, tensor } from "@graddiff/core";
   * import { Adam, Dense, meanSquaredError } from "@graddiff/nn";
   *
   * const model = new Dense(1, 1, { seed: 1 });
   * const optimizer = new Adam(model, { learningRate: 0.1 });
   * const x = tensor([[0], [1], [2]]);
   * const step = compile(() => optimizer.minimize(() => meanSquaredError(model.forward(x), x.mul(2).add(1))));
   * const first = step().item();
   * for (let i = 0; i < 200; i++) step();
   * console.log(step().item() < first / 1000); // true
   * ```
   */
  minimize<Result extends Loss>(fn: () => Result): Result {
    const op = `${this.constructor.name}.minimize`;
    refuseSurplus(op, 1, arguments);
    const minimized = () => {
      const { gradient, returned } = gradientOfLoss(op, fn, this.variables);
      const before = Object.values(this);
      this.step(gradient);
      this.#changesItself ||= Object.values(this).some((value, i) => value !== before[i]);
      return returned;
    };
    // In a program, a number in a property, such as a count of steps, would change only while the program is recorded.
    const own = this.#changesItself
      ? minimized
      : transformed(fn, { name: "minimize", options: this, fn: minimized });
    // A compiled function returns its results in the form that was recorded.
    return Reflect.apply(own, undefined, []) as Result;
  }

  /** Returns the gradients that `transformGradients` makes of a list. */
  #transformed(op: string, list: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    const changed = this.#transform(list.filter((gradient) => gradient !== undefined));
    if (Array.isArray(changed)) return this.gradientsOf(`${op}: transformGradients`, changed);
    const expected = "an array of gradients";
    const argument = "the result of transformGradients";
    throw new ArgumentError(op, argument, expected, describe(changed));
  }

  /** A hook that runs once for each step, before the Variables are changed. */
  protected beginStep(): void {}

  /**
   * Returns the gradient plus the weight decay λ · w. It is called only if λ is not 0. A class with decoupled weight
   * decay overrides it, and assigns w · (1 − rate · λ) to the Variable, which {@link update} then reads.
   */
  protected decay(variable: Variable, gradient: Tensor, rate: Tensor, decay: number): Tensor {
    if (!this.#rule?.decoupledDecay) return gradient.add(variable.value.mul(decay));
    shrinkWeight(variable, rate, decay);
    return gradient;
  }

  /** Returns the new value of a Variable: by the rule, or by `update` of a class without one. */
  protected update(variable: Variable, gradient: Tensor, index: number, rate: Tensor): Tensor {
    // `step` refuses a class that has neither a rule nor an `update`, so there is a rule here.
    const rule = this.#rule as ReadableRule;
    const stepsOf = () => this.stepsOf(index);
    return rule.update({
      value: variable.value,
      gradient,
      rate,
      // The property is a getter, so that the count is a part of the program only if the formula reads it.
      get steps() {
        return stepsOf();
      },
      options: this.#settings as Options<Readers>,
      states: at(this.#states, index) as Record<string, Variable>,
    });
  }
}
