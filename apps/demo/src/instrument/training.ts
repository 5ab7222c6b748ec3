/**
 * Training of the network: the weights are updated again and again, and every error is kept for the curve.
 */

import { compile, type Tensor, valueAndGrad } from "@graddiff/core";
import type { InputValues } from "../course/lesson.ts";
import { networkValues, WEIGHTS } from "../course/lessons/network.ts";
import { E, updated } from "../course/programs/network.ts";
import { formatNumber } from "./format.ts";

type Weight = (typeof WEIGHTS)[number];
type Weights<Value> = Record<Weight, Value>;

type Parameters = globalThis.Parameters<typeof E>[0];

/** One update of all weights, and the error before it. */
function step(weights: Weights<Tensor>, given: Parameters, rate: Tensor) {
  const error = (own: Weights<Tensor>) => E({ ...given, ...own });
  const { value, gradient } = valueAndGrad(error)(weights);
  const steepest = WEIGHTS.map((name) => gradient[name].abs()).reduce((a, b) => a.maximum(b));
  const next = mapWeights((name) => updated(weights[name], gradient[name], rate));
  return { error: value, steepest, weights: next };
}

function mapWeights<Value>(map: (name: Weight) => Value): Weights<Value> {
  return Object.fromEntries(WEIGHTS.map((name) => [name, map(name)])) as Weights<Value>;
}

/** Compiled when the first weights are trained. */
const compiledStep = compile(step);

/** A gradient below this changes nothing that could be seen. */
const FLAT = 1e-4;

/** Training from some values on, with one rate. */
export class Training {
  readonly #given: Readonly<Record<string, number>>;
  readonly #rate: number;
  /** Before each step; the last is that of the present weights. */
  readonly errors: number[] = [];
  /** The present weights. */
  weights: Weights<number>;
  #next: Weights<number> | undefined;
  #steepest = Infinity;

  constructor(values: InputValues) {
    this.#given = networkValues(values);
    this.#rate = values["rate"] ?? 0;
    this.weights = mapWeights((name) => this.#given[name] ?? 0);
    this.#look();
  }

  /** How many updates were made. */
  get steps(): number {
    return this.errors.length - 1;
  }

  /** Whether all slopes are as good as flat, so that more steps change nothing. */
  get isFlat(): boolean {
    return this.#steepest < FLAT;
  }

  /** Whether it has learned nothing on the way there. */
  get hasDiverged(): boolean {
    const [first = 0] = this.errors;
    return this.isFlat && (this.errors.at(-1) ?? 0) > first;
  }

  /** The values of the network with the present weights. */
  values(): InputValues {
    return { ...this.#given, ...this.weights, rate: this.#rate };
  }

  step(): void {
    if (this.#next === undefined) return;
    this.weights = this.#next;
    this.#look();
  }

  /** Computes the error here, and the weights after another step. */
  #look(): void {
    const { error, steepest, weights } = compiledStep(
      this.weights,
      this.#given as never,
      this.#rate as never,
    );
    this.errors.push(error.item());
    this.#steepest = steepest.item();
    this.#next = mapWeights((name) => weights[name].item());
  }
}

/** Digits in which an error is compared with a published one. */
const PUBLISHED_DIGITS = 9;

/** The error after some steps from given values on, to compare with a published one. */
export function errorAfter(values: InputValues, steps: number): string {
  const training = new Training(values);
  for (let i = 0; i < steps; i++) training.step();
  return formatNumber(training.errors.at(-1) ?? Number.NaN, PUBLISHED_DIGITS);
}
