/** The losses and optimizers of a run: one of each, or several by name, as for a generator and its critic. */

import { ArgumentError, cond, type Tensor, Variable, zerosLike } from "@graddiff/core";
import { callable, checked, describe, isPlainObject, optionsReader } from "@graddiff/core/extend";
import { scalar } from "../basics.ts";
import type { MetricState } from "../metrics/metric.ts";
import type { LBFGS } from "../optimizers/lbfgs.ts";
import { gradientOfLoss } from "../optimizers/minimize.ts";
import type { Optimizer } from "../optimizers/optimizers.ts";
import type { FitLoss, Settings } from "./fitOptions.ts";
import { isSearching } from "./trainingStep.ts";

/** The result of a step: numbers to be averaged, and states of metrics. */
export interface Measured {
  readonly loss: Tensor;
  readonly scalars: Readonly<Record<string, Tensor>>;
  /** The states of metrics with this batch; for steps whose results are awaited, the values that metrics compare. */
  readonly states: Readonly<Record<string, MetricState>>;
  /** The checked results of the step before. */
  readonly seen?: readonly Tensor[];
}

/** A loss, and the optimizer of the Variables that minimize it. */
export interface Part {
  /** Undefined if the run has only one. */
  readonly name: string | undefined;
  /** The words before the name of an option in errors. */
  readonly prefix: string;
  readonly loss: (model: object, batch: unknown) => FitLoss;
  readonly optimizer: Optimizer | LBFGS;
}

const readPart = optionsReader({ loss: callable, optimizer: anyObject });

function anyObject(op: string, argument: string, value: unknown): object {
  if (typeof value === "object" && value !== null) return value;
  const expected = "an Optimizer, such as new Adam(model, { learningRate: 0.001 })";
  throw new ArgumentError(op, argument, expected, describe(value));
}

/**
 * Returns the parts of a run.
 *
 * @throws ArgumentError where there is none, and for a name that the values of an epoch have already.
 */
export function partsOf(op: string, { loss, optimizer, optimizers, metrics }: Settings): Part[] {
  if (optimizers === undefined) {
    const own = callable(op, "loss", loss);
    // The loss and the optimizer are checked where the step is compiled.
    return [{ name: undefined, prefix: "", loss: own, optimizer } as Part];
  }
  const argument = "optimizers";
  const entries = isPlainObject(optimizers) ? Object.entries(optimizers) : [];
  if (entries.length === 0) {
    const expected = "an object with at least one { loss, optimizer } by name";
    throw new ArgumentError(op, argument, expected, describe(optimizers));
  }
  const beside = { loss, optimizer };
  for (const [name, value] of Object.entries(beside)) {
    if (value === undefined) continue;
    const expected = "undefined beside optimizers, each of which has its own";
    throw new ArgumentError(op, name, expected, describe(value));
  }
  return entries.map(([name, given]) => {
    if (name === "loss" || metrics.has(name)) {
      const expected = "names that neither the loss nor a metric has";
      throw new ArgumentError(op, argument, expected, name);
    }
    const prefix = `${argument}.${name}.`;
    return { name, prefix, ...readPart(`${op}: ${argument}.${name}`, given) } as Part;
  });
}

/** A part with its loss as a function without arguments, which checks the Variables that it reads. */
export type Step = Part & { readonly measure: () => Measured };

/** Makes the step of a part, unless its loss is not finite: the step would make all weights NaN. */
export function takeStep(op: string, step: Step, isAwaited: boolean): Measured {
  const { optimizer, measure } = step;
  if (isSearching(optimizer)) {
    const measured = optimizer.stepOfFit(op, measure) as Measured;
    return isAwaited ? refusing(op, step, measured) : measured;
  }
  const { loss, gradient, returned } = gradientOfLoss(op, measure, optimizer.variables);
  return onlyFinite(op, step, isAwaited, loss, returned, () => optimizer.step([...gradient]));
}

/** The largest number of float32; greater losses count as infinite. */
const LARGEST = 2 ** 128 - 2 ** 104;

/**
 * Returns the measured values with a check of the loss. If the loss is not finite, the compiled function throws and
 * assigns nothing, and neither do later calls.
 */
export function refusing(op: string, { prefix }: Part, measured: Measured): Measured {
  const [low, high] = [-LARGEST, LARGEST];
  const demand = { op, argument: `${prefix}loss`, low, high, expected: FINITE };
  return { ...measured, loss: checked(measured.loss, demand) };
}

/**
 * Assigns Variables if a loss is finite, and returns the measured values.
 *
 * @param isAwaited true if the loss is known later.
 */
function onlyFinite(
  op: string,
  part: Part,
  isAwaited: boolean,
  loss: Tensor,
  returned: Measured,
  assign: () => void,
): Measured {
  if (!isAwaited) {
    onlyIf(loss.isFinite(), assign);
    return returned;
  }
  assign();
  return refusing(op, part, returned);
}

/** The expectation of a loss. */
export const FINITE = "a finite number";

/** Assigns Variables if a condition holds. */
export function onlyIf(condition: Tensor, assign: () => void): void {
  const run = () => {
    assign();
    return [];
  };
  cond(condition, run, () => []);
}

/** Sums of gradients over the batches of one step, weighted by their examples. */
export class Accumulated {
  /** The sums by part, for each parameter of its optimizer, frozen or not. */
  readonly sums: readonly (readonly Variable[])[];
  /** The examples in the sums. */
  readonly examples: Variable;
  readonly #sumByVariable: readonly ReadonlyMap<Variable, Variable>[];

  /** @throws ArgumentError for an optimizer that needs more than gradients. */
  constructor(op: string, parts: readonly Part[]) {
    this.#sumByVariable = parts.map(({ optimizer, prefix }) => {
      if (!isSearching(optimizer)) {
        return new Map(optimizer.all.map((own) => [own, zerosOf(own)] as const));
      }
      throw new ArgumentError(
        op,
        `${prefix}optimizer`,
        "one that steps by gradients, since accumulate is more than 1",
        describe(optimizer),
      );
    });
    this.sums = this.#sumByVariable.map((own) => [...own.values()]);
    this.examples = new Variable(scalar(0, "float64"), { trainable: false });
  }

  /** Adds the gradient of a batch, unless its loss is not finite. */
  add(op: string, index: number, step: Step, examples: Tensor, isAwaited: boolean): Measured {
    const { optimizer, measure } = step;
    const { variables } = optimizer;
    const { loss, gradient, returned } = gradientOfLoss(op, measure, variables);
    const sums = variables.map((own) => this.#sumOf(index, own));
    return onlyFinite(op, step, isAwaited, loss, returned, () => {
      sums.forEach((sum, i) => {
        const own = gradient[i] as Tensor;
        sum.assign(sum.value.add(own.mul(examples.cast(own.dtype))));
      });
    });
  }

  /** Takes the steps of all parts by the means of their gradients, and clears the sums. */
  step(parts: readonly Part[]): void {
    const examples = this.examples.value;
    parts.forEach(({ optimizer }, index) => {
      const { variables } = optimizer as Optimizer;
      const sums = variables.map((own) => this.#sumOf(index, own));
      const means = sums.map(({ value }) => value.div(examples.cast(value.dtype)));
      (optimizer as Optimizer).step(means);
      for (const sum of sums) sum.assign(zerosLike(sum.value));
    });
    this.examples.assign(scalar(0, "float64"));
  }

  #sumOf(index: number, variable: Variable): Variable {
    // The parameters of an optimizer never change.
    return this.#sumByVariable[index]?.get(variable) as Variable;
  }
}

function zerosOf({ value }: Variable): Variable {
  return new Variable(zerosLike(value), { trainable: false });
}
