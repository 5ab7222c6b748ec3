/**
 * Training of the network: the weights are updated again and again, and every error is kept for the curve. It is
 * compiled, so the page has it in a worker.
 */

import { compile, type Tensor, valueAndGrad } from "@graddiff/core";
import type { InputValues } from "../course/lesson.ts";
import { networkValues, type Parameter, trainedNames } from "../course/lessons/network.ts";
import { E, updated } from "../course/programs/network.ts";
import { FLAT } from "./descent.ts";

type Parameters<Value> = Partial<Record<Parameter, Value>>;

type Network = globalThis.Parameters<typeof E>[0];

/** One update of the parameters, and the error before it. */
function step(parameters: Parameters<Tensor>, given: Network, rate: Tensor) {
  const error = (own: Parameters<Tensor>) => E({ ...given, ...own } as Network);
  const { value, gradient } = valueAndGrad(error)(parameters);
  const slopes = Object.values(gradient).map((each) => (each as Tensor).abs());
  const steepest = slopes.reduce((a, b) => a.maximum(b));
  const next = Object.entries(parameters).map(([name, parameter]) => [
    name,
    updated(parameter, gradient[name as Parameter] as Tensor, rate),
  ]);
  return { error: value, steepest, next: Object.fromEntries(next) as Record<string, Tensor> };
}

/** Compiled when the first weights are trained. */
const compiledStep = compile(step);

/** Training from some values on, with one rate. */
export class Training {
  readonly #given: Readonly<Record<string, number>>;
  readonly #rate: number;
  /** Before each step; the last is that of the present parameters. */
  readonly errors: number[] = [];
  /** The present parameters. */
  parameters: Readonly<Record<string, number>>;
  #next: Readonly<Record<string, number>>;
  #steepest = Infinity;

  constructor(values: InputValues) {
    this.#given = networkValues(values);
    this.#rate = values["rate"] ?? 0;
    this.parameters = Object.fromEntries(
      trainedNames(values).map((name) => [name, this.#given[name] ?? 0]),
    );
    this.#next = this.#look();
  }

  /** How many updates were made. */
  get steps(): number {
    return this.errors.length - 1;
  }

  /** Whether all slopes of what is trained are below {@link FLAT}. */
  get isFlat(): boolean {
    return this.#steepest < FLAT;
  }

  /** The error of the present parameters. */
  get error(): number {
    return this.errors.at(-1) ?? Number.NaN;
  }

  step(): void {
    this.parameters = this.#next;
    this.#next = this.#look();
  }

  /** Computes the error here, and gives the parameters after another step. */
  #look(): Readonly<Record<string, number>> {
    const { error, steepest, next } = compiledStep(
      this.parameters,
      this.#given as never,
      this.#rate as never,
    );
    this.errors.push(error.item());
    this.#steepest = steepest.item();
    return Object.fromEntries(Object.entries(next).map(([name, value]) => [name, value.item()]));
  }
}

/** Training that has made some steps. */
export function trainedFor(values: InputValues, steps: number): Training {
  const training = new Training(values);
  for (let i = 0; i < steps; i++) training.step();
  return training;
}
