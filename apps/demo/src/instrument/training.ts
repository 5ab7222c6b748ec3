/**
 * Training by a plan: parameters are updated repeatedly, and the loss and the parameters of every step are kept, so
 * that a learner can go back. It needs the compiler, so the page runs it in a worker.
 */

import { compile, type Tensor, valueAndGrad } from "@graddiff/core";
import type { InputValues } from "../course/lesson.ts";
import type { TrainingPlan } from "../course/plan.ts";
import { updated } from "../course/programs/network.ts";
import { FLAT } from "./descent.ts";
import { columnsOf, lossOn } from "./loss.ts";

/** One update of the parameters, with the loss before it and the loss on held-out points. */
interface Step {
  readonly error: Tensor;
  readonly heldOut: Tensor;
  readonly steepest: Tensor;
  readonly next: readonly Tensor[];
}

type StepFunction = (
  parameters: readonly Tensor[],
  fixed: readonly Tensor[],
  columns: readonly Tensor[],
  heldOut: readonly Tensor[],
  rate: Tensor,
) => Step;

/** The compiled steps of each plan, by the names of the parameters, since a plan may freeze some. */
const compiledSteps = new WeakMap<TrainingPlan, Map<string, StepFunction>>();

function compiledStep(plan: TrainingPlan, parameters: readonly string[]): StepFunction {
  const known = compiledSteps.get(plan) ?? new Map<string, StepFunction>();
  compiledSteps.set(plan, known);
  const key = parameters.join(" ");
  const before = known.get(key);
  if (before !== undefined) return before;
  const fixedNames = fixedOf(plan, parameters);
  const step: StepFunction = (trained, fixed, columns, heldOut, rate) => {
    const others = fixedNames.map((name, i) => [name, fixed[i]] as const);
    const on = (points: readonly Tensor[]) => (own: readonly Tensor[]) => {
      const entries = parameters.map((name, i) => [name, own[i]] as const);
      // Object.fromEntries also supports names such as `__proto__`.
      const given = Object.fromEntries([...others, ...entries]) as Record<string, Tensor>;
      return lossOn(plan, given, points);
    };
    const { value, gradient } = valueAndGrad(on(columns))([...trained]);
    const slopes = (gradient as readonly Tensor[]).map((each) => each.abs());
    const steepest = slopes.reduce((a, b) => a.maximum(b));
    const next = trained.map((parameter, i) => {
      const slope = (gradient as readonly Tensor[])[i];
      return slope === undefined ? parameter : updated(parameter, slope, rate);
    });
    return {
      error: value,
      heldOut: heldOut.length === 0 ? value : on(heldOut)(trained),
      steepest,
      next,
    };
  };
  const compiled = compile(step as never) as unknown as StepFunction;
  known.set(key, compiled);
  return compiled;
}

function fixedOf({ names, data }: TrainingPlan, parameters: readonly string[]): readonly string[] {
  return names.filter((name) => !parameters.includes(name) && !data?.names.includes(name));
}

/** A training that begins with some values and has one rate. */
export class Training {
  readonly #plan: TrainingPlan;
  readonly #values: InputValues;
  readonly #names: readonly string[];
  readonly #columns: readonly Tensor[];
  readonly #heldOut: readonly Tensor[];
  /** The errors before each step; the last is the error of the present parameters. */
  readonly errors: number[] = [];
  /** The mean errors on held-out points, in the same order; empty if there are none. */
  readonly heldOutErrors: number[] = [];
  /** The parameters before each step, in the order of their names. */
  readonly history: (readonly number[])[] = [];
  #next: readonly number[];
  #steepest = Infinity;

  constructor(plan: TrainingPlan, values: InputValues) {
    this.#plan = plan;
    this.#values = values;
    this.#names = plan.parameters(values);
    this.#columns = columnsOf(plan.data, plan.data?.points ?? []);
    this.#heldOut = columnsOf(plan.data, plan.data?.heldOut ?? []);
    this.history.push(this.#names.map((name) => values[name] ?? 0));
    this.#next = this.#look();
  }

  /** The number of updates. */
  get steps(): number {
    return this.errors.length - 1;
  }

  /** True if the slopes of all parameters are below {@link FLAT}. */
  get isFlat(): boolean {
    return this.#steepest < FLAT;
  }

  /** True if the loss is not finite, so that training cannot continue. */
  get isLost(): boolean {
    return !Number.isFinite(this.error);
  }

  /** The error of the present parameters. */
  get error(): number {
    return this.errors.at(-1) ?? Number.NaN;
  }

  /** The present parameters by their names. */
  get parameters(): InputValues {
    const last = this.history.at(-1) ?? [];
    return Object.fromEntries(this.#names.map((name, i) => [name, last[i] ?? 0]));
  }

  step(): void {
    this.history.push(this.#next);
    this.#next = this.#look();
  }

  /** Computes the error of the present parameters, and returns the parameters after another step. */
  #look(): readonly number[] {
    const present = this.history.at(-1) ?? [];
    const { error, heldOut, steepest, next } = compiledStep(this.#plan, this.#names)(
      present as never,
      fixedOf(this.#plan, this.#names).map((name) => this.#values[name] ?? 0) as never,
      this.#columns,
      this.#heldOut,
      (this.#values[this.#plan.rate ?? "rate"] ?? 0) as never,
    );
    this.errors.push(error.item());
    if (this.#heldOut.length > 0) this.heldOutErrors.push(heldOut.item());
    this.#steepest = steepest.item();
    return next.map((value) => value.item());
  }
}

/** Returns a training that has made some steps. */
export function trainedFor(plan: TrainingPlan, values: InputValues, steps: number): Training {
  const training = new Training(plan, values);
  for (let i = 0; i < steps; i++) training.step();
  return training;
}
