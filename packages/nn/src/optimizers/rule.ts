/**
 * Update rules: an optimizer whose step needs gradients alone is its options, the states of each Variable, and a formula.
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

/** Returns the first value of a state of a Variable; undefined where the options need none. */
type StateMaker<Own extends Readers> = (value: Tensor, options: Options<Own>) => Tensor | undefined;

/** The states of one Variable, by the functions that make their first values. */
type States<Makers> = {
  readonly [Name in keyof Makers]: Makers[Name] extends (...given: never) => Tensor
    ? Variable
    : Variable | undefined;
};

/** The arguments of the formula of an update rule, for one Variable. */
export interface Update<Own extends Readers = Readers, Makers = Record<string, StateMaker<Own>>> {
  /** The value of the Variable, weight decay that is decoupled from the gradient included. */
  readonly value: Tensor;
  /** The gradient, other weight decay included. */
  readonly gradient: Tensor;
  /** The learning rate, in the Variable's dtype. */
  readonly rate: Tensor;
  /** The number of steps of this Variable that have begun, this one included, where the rule counts them. */
  readonly steps: Tensor;
  /** The values of all options. */
  readonly options: Options<Own>;
  /** The states: the formula assigns their next values. */
  readonly states: States<Makers>;
}

/** The definition of an optimizer whose step needs gradients alone, beside its options. */
export interface UpdateRule<
  Own extends Readers = Readers,
  Makers = Record<string, StateMaker<Own>>,
> {
  /** The states of each Variable: the functions that return their first values, by name. Default: none. */
  readonly states?: Makers;
  /** True if the steps of each Variable are counted, which is a state, too. Default false. */
  readonly countsSteps?: boolean;
  /** True if weight decay shrinks a weight by rate · λ beside its step, and is no part of the gradient. Default false. */
  readonly decoupledDecay?: boolean;
  /** Returns the next value of a Variable. */
  readonly update: (update: Update<Own, Makers>) => Tensor;
}

/** An update rule with the reader of its options. */
export interface ReadableRule extends UpdateRule {
  /** Returns the values of the options. @throws ArgumentError for others. */
  readonly read: (op: string, options: unknown) => Options<Readers> & Required<OptimizerOptions>;
}

/** All that {@link updateRule} has returned. */
const RULES = new WeakSet<object>();

/**
 * Makes the rule of an optimizer, which its class hands to {@link Optimizer}: its options, its states and its formula.
 *
 * @param readers the readers of the options that it has beside those of all optimizers, or in their place.
 * @param rule `states` (functions that return first values, by name), `countsSteps`, `decoupledDecay`, and `update`, the
 *   formula.
 * @throws ArgumentError for readers, states and a formula that are no functions.
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

/** The rule of a class of optimizers; undefined for none. */
export const readRule: Reader<ReadableRule | undefined> = (op, argument, value) => {
  if (value === undefined || RULES.has(Object(value))) return value as ReadableRule | undefined;
  throw argumentError(op, argument, "what updateRule has returned", value);
};
