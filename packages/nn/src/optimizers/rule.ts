/**
 * Update rules: the options, the states of each Variable and the formula that define an optimizer whose step needs only
 * gradients.
 */

import type { Tensor, Variable } from "@graddiff/core";
import {
  argumentError,
  type Options,
  type Reader,
  type Readers,
  refuseSurplus,
} from "@graddiff/core/extend";
import { checkFunctions, checkReaders } from "../definitions.ts";
import { type OptimizerOptions, settingsReader } from "./settings.ts";

/** A function that returns the initial value of a state of a Variable; undefined if the options do not need the state. */
type StateMaker<Own extends Readers> = (value: Tensor, options: Options<Own>) => Tensor | undefined;

/** The states of one Variable, typed by the functions that make their initial values. */
type States<Makers> = {
  readonly [Name in keyof Makers]: Makers[Name] extends (...given: never) => Tensor
    ? Variable
    : Variable | undefined;
};

/** The arguments of the formula of an update rule, for one Variable. */
export interface Update<Own extends Readers = Readers, Makers = Record<string, StateMaker<Own>>> {
  /** The value of the Variable, after decoupled weight decay. */
  readonly value: Tensor;
  /** The gradient, including weight decay that is not decoupled. */
  readonly gradient: Tensor;
  /** The learning rate, in the Variable's dtype. */
  readonly rate: Tensor;
  /** The number of steps of this Variable, including the present one, if the rule counts them. */
  readonly steps: Tensor;
  /** The values of all options. */
  readonly options: Options<Own>;
  /** The states: the formula assigns their next values. */
  readonly states: States<Makers>;
}

/** The definition of an optimizer whose step needs only gradients, without its options. */
export interface UpdateRule<
  Own extends Readers = Readers,
  Makers = Record<string, StateMaker<Own>>,
> {
  /** The functions that return the initial values of the states of each Variable, by name. Default: none. */
  readonly states?: Makers;
  /** True if the steps of each Variable are counted. The counts are part of the state. Default false. */
  readonly countsSteps?: boolean;
  /**
   * True if weight decay is decoupled: it multiplies the weight by 1 − rate · λ, and is not in the gradient. Default
   * false.
   */
  readonly decoupledDecay?: boolean;
  /** Returns the next value of a Variable. */
  readonly update: (update: Update<Own, Makers>) => Tensor;
}

/** An update rule with the reader of its options. */
export interface ReadableRule extends UpdateRule {
  /** Returns the values of the options. @throws ArgumentError for others. */
  readonly read: (op: string, options: unknown) => Options<Readers> & Required<OptimizerOptions>;
}

/** The rules that {@link updateRule} has returned, the only ones that {@link readRule} accepts. */
const RULES = new WeakSet<object>();

/**
 * Returns the rule of an optimizer, which its class passes to the constructor of {@link Optimizer}.
 *
 * @param readers the readers of options, which are added to those of all optimizers or replace them.
 * @param rule `states` (functions that return initial values, by name), `countsSteps`, `decoupledDecay`, and `update`,
 *   the formula.
 * @throws ArgumentError for readers, states and a formula that are not functions.
 * @example
 * ```ts
 * import { type Tensor, tensor, type Trainable, Variable, zerosLike } from "@graddiff/core";
 * import { fractionBelowOne, optional } from "@graddiff/core/extend";
 * import { Optimizer, type OptimizerOptions, updateRule } from "@graddiff/nn";
 *
 * const rule = updateRule(
 *   { beta: optional(fractionBelowOne, 0.5) },
 *   {
 *     states: { means: zerosLike },
 *     update({ value, gradient, rate, options: { beta }, states: { means } }): Tensor {
 *       means.assign(means.value.mul(beta).add(gradient.mul(1 - beta)));
 *       return value.sub(means.value.mul(rate));
 *     },
 *   },
 * );
 *
 * class Damped extends Optimizer {
 *   constructor(variables: Trainable, options: OptimizerOptions & { beta?: number }) {
 *     super(variables, options, rule);
 *   }
 * }
 * const w = new Variable(tensor([4, -8]));
 * new Damped(w, { learningRate: 0.5 }).minimize(() => w.value.square().sum());
 * console.log(String(w.value)); // [ 2. -4.]
 * ```
 */
/* @__NO_SIDE_EFFECTS__ */
export function updateRule<
  Own extends Readers,
  Makers extends Readonly<Record<string, StateMaker<Own>>>,
>(readers: Own, rule: UpdateRule<Own, Makers>): ReadableRule {
  const op = "updateRule";
  refuseSurplus(op, 2, arguments);
  checkReaders(op, "readers", readers);
  checkFunctions(op, "rule", rule, ["update"]);
  if (rule.states !== undefined) checkReaders(op, "rule.states", rule.states);
  const read = settingsReader(readers);
  // The class with the rule calls its functions with the results of its own readers and makers.
  const readable = { ...rule, read } as unknown as ReadableRule;
  RULES.add(readable);
  return readable;
}

/** The reader of the rule that a class of optimizers passes; undefined if it passes none. */
export const readRule: Reader<ReadableRule | undefined> = (op, argument, value) => {
  if (value === undefined || RULES.has(Object(value))) return value as ReadableRule | undefined;
  throw argumentError(op, argument, "what updateRule has returned", value);
};
