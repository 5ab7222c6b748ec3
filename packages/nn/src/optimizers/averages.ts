/**
 * Moving averages of weights over the steps of a training. They often generalise better than the weights of the last
 * step.
 */

import { ArgumentError, type Tensor, Variable, where } from "@graddiff/core";
import {
  callable,
  checked,
  fractionBelowOne,
  guardProperties,
  optional,
  optionsReader,
  refuseSurplus,
} from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import { elementsOf } from "../inside.ts";
import { namesOf } from "../model.ts";

/** The settings of {@link AveragedWeights}. */
export interface AveragedWeightsOptions {
  /**
   * The weight of the previous average in a step, from 0 and below 1. Default 0.999, which averages over some 1,000
   * steps.
   */
  readonly decay?: number;
}

const readOptions = optionsReader({ decay: optional(fractionBelowOne, 0.999) });

/**
 * Exponential moving averages of the parameters of a model, frozen or not (Polyak and Juditsky, SIAM J. Control Optim. 1992):
 * average ← decay · average + (1 − decay) · weight after each step; after the first step the average is the weight, as
 * in PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`. Averages are Variables, so compiled steps update them and
 * `state(averages)` saves them. The running statistics of `BatchNorm` are not averaged: they stay those of the model.
 *
 * Pass them to `fit` as its option `average`. In a hand-written loop, call {@link update} after each step.
 *
 * @example
 * ```ts
 * import { compile, tensor } from "@graddiff/core";
 * import { AveragedWeights, Dense, meanSquaredError, SGD } from "@graddiff/nn";
 *
 * const model = new Dense(1, 1, { seed: 1 });
 * const optimizer = new SGD(model, { learningRate: 0.1 });
 * const averages = new AveragedWeights(model, { decay: 0.9 });
 * const x = tensor([[0], [1], [2]]);
 * const loss = () => meanSquaredError(model.forward(x), x.mul(3));
 * const step = compile(() => {
 *   const own = optimizer.minimize(loss);
 *   averages.update();
 *   return own;
 * });
 * for (let i = 0; i < 100; i++) step();
 * console.log(averages.within(loss).item() < 0.01, loss().item() < 0.01); // true true
 * ```
 */
export class AveragedWeights {
  /** The averages by the names that the weights have in the model; while they are swapped, the weights. */
  readonly weights: Readonly<Record<string, Variable>>;
  /** The number of updates, an int32 scalar. */
  readonly count: Variable;
  /** 1 while the model has the averages, see {@link swap}; else 0. An int32 scalar. */
  readonly swapped: Variable;
  readonly #model: object;
  readonly #sources: ReadonlyMap<Variable, Variable>;
  readonly #decay: number;
  /** True while {@link within} runs a function, which is a guard of compiled functions. */
  readonly #marks = { isWithin: false };

  /**
   * @param model whatever has Variables in its public properties. Its parameters are averaged.
   * @param options `decay`.
   * @throws ArgumentError for a model without parameters, and for a decay that is no number from 0 and below 1.
   */
  constructor(model: object, options?: AveragedWeightsOptions) {
    const op = "AveragedWeights";
    refuseSurplus(op, 2, arguments);
    this.#decay = readOptions(op, options).decay;
    const made = parametersOf(op, model).map(([name, weight]) => {
      return [name, weight, new Variable(weight.value, { trainable: false })] as const;
    });
    if (made.length === 0) {
      const expected = "parameters";
      throw new ArgumentError(op, "model", expected, "none");
    }
    this.#model = model;
    this.#sources = new Map(made.map(([, weight, average]) => [weight, average]));
    this.weights = Object.fromEntries(made.map(([name, , average]) => [name, average]));
    this.count = new Variable(scalar(0, "int32"));
    this.swapped = new Variable(scalar(0, "int32"));
  }

  /**
   * Adds the weights of the model to the averages, eagerly or in a compiled function: call it after each step.
   *
   * @throws ArgumentError while the model has the averages, and for a parameter that the model did not have when
   *   the averages were made.
   */
  update(): void {
    const op = "AveragedWeights.update";
    refuseSurplus(op, 0, arguments);
    for (const [name, weight] of parametersOf(op, this.#model)) {
      if (this.#sources.has(weight)) continue;
      throw new ArgumentError(
        op,
        "model",
        "the parameters that it had",
        `another, ${name}`,
        "Make them anew",
      );
    }
    this.#take(checked(this.count.value, ownWeights(op), this.swapped.value));
  }

  /** {@link update} without checking the model, for a step that cannot fail. @internal */
  take(): void {
    this.#take(this.count.value);
  }

  /** The weights that are averaged. @internal */
  get sources(): Iterable<Variable> {
    return this.#sources.keys();
  }

  #take(count: Tensor): void {
    const isFirst = count.equal(0);
    for (const [{ value }, average] of this.#sources) {
      const change = value.sub(average.value).mul(1 - this.#decay);
      average.assign(where(isFirst, value, average.value.add(change)));
    }
    this.count.assign(count.add(1));
  }

  /** Exchanges the weights of the model and their averages; a second call undoes it. */
  swap(): void {
    refuseSurplus("AveragedWeights.swap", 0, arguments);
    for (const [weight, average] of this.#sources) {
      const { value } = weight;
      weight.assign(average.value);
      average.assign(value);
    }
    this.swapped.assign(this.swapped.value.mul(-1).add(1));
  }

  /**
   * Runs a function while the model has the averages, such as `() => state(model)` or an evaluation. Afterwards, also where
   * it throws, the model has its own weights again. It nests: a call inside of another, or while the model has the averages
   * by {@link swap}, leaves them there. Asynchronous code goes between two calls of {@link swap}.
   *
   * @returns the result of the function.
   * @throws ArgumentError in a compiled function that runs while the model has the averages by {@link swap}.
   */
  within<Result>(fn: () => Result): Result {
    const op = "AveragedWeights.within";
    refuseSurplus(op, 1, arguments);
    callable(op, "fn", fn);
    const { value } = this.swapped;
    // A recorded function cannot read the value.
    const now = elementsOf(value, op)?.[0];
    const marks = this.#marks;
    guardProperties(marks);
    if (now === undefined ? marks.isWithin : now === 1) return fn();
    this.swap();
    const restore = now === undefined ? this.#checkLater(op, value) : undefined;
    const before = marks.isWithin;
    marks.isWithin = true;
    try {
      return fn();
    } finally {
      marks.isWithin = before;
      this.swap();
      restore?.();
    }
  }

  /**
   * Adds a check to a recorded function: when it runs, it throws if the model already had the averages by {@link swap}.
   *
   * @returns a function that removes the check from averages that did not change, so that they are not written back.
   */
  #checkLater(op: string, swapped: Tensor): () => void {
    const made = [...this.#sources].map(([weight, average]) => {
      const { value } = weight;
      const examined = checked(value, ownWeights(op), swapped);
      weight.assign(examined);
      return { average, value, examined };
    });
    return () => {
      for (const { average, value, examined } of made) {
        if (average.value === examined) average.assign(value);
      }
    };
  }
}

/** Returns the check of `swapped` that the model has its own weights. */
const ownWeights = (op: string) => ({
  op,
  argument: "swapped",
  low: 0,
  high: 0,
  expected: "0, a model that has its own weights: swap() them back",
});

function parametersOf(op: string, model: object): readonly (readonly [string, Variable])[] {
  const named = [...namesOf(op, model)].map(([variable, name]) => [name, variable] as const);
  return named.filter(([, { isParameter }]) => isParameter);
}
