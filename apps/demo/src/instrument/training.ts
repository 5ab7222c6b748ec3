/**
 * Training of the network: the weights are updated again and again, and every error is kept for the curve.
 */

import { compile, type Tensor, valueAndGrad } from "@graddiff/core";
import type { InputValues } from "../course/lesson.ts";
import { networkValues, WEIGHTS } from "../course/lessons/network.ts";
import { E, updated } from "../course/programs/network.ts";
import { equation, type Lines } from "./equation.ts";
import type { Digits } from "./format.ts";

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
export const FLAT = 1e-4;

/** Slopes that are flat at a larger error lead to none that is smaller: it is stuck. */
const LEARNED = 0.01;

/** Training from some values on, with one rate. */
export class Training {
  readonly #given: Readonly<Record<string, number>>;
  readonly rate: number;
  /** Before each step; the last is that of the present weights. */
  readonly errors: number[] = [];
  /** The present weights. */
  weights: Weights<number>;
  #next: Weights<number>;
  #steepest = Infinity;

  constructor(values: InputValues) {
    this.#given = networkValues(values);
    this.rate = values["rate"] ?? 0;
    this.weights = mapWeights((name) => this.#given[name] ?? 0);
    this.#next = this.#look();
  }

  /** How many updates were made. */
  get steps(): number {
    return this.errors.length - 1;
  }

  /** Whether all slopes are as good as flat, so that more steps change nothing. */
  get isFlat(): boolean {
    return this.#steepest < FLAT;
  }

  /** Whether all slopes are flat where the error is still large. */
  get isStuck(): boolean {
    return this.isFlat && this.error > LEARNED;
  }

  /** The error of the present weights. */
  get error(): number {
    return this.errors.at(-1) ?? Number.NaN;
  }

  /** The weights after another step. */
  get next(): Weights<number> {
    return this.#next;
  }

  /** The values of the network with the present weights. */
  values(): InputValues {
    return { ...this.#given, ...this.weights, rate: this.rate };
  }

  step(): void {
    this.weights = this.#next;
    this.#next = this.#look();
  }

  /** Computes the error here, and gives the weights after another step. */
  #look(): Weights<number> {
    const { error, steepest, weights } = compiledStep(
      this.weights,
      this.#given as never,
      this.rate as never,
    );
    this.errors.push(error.item());
    this.#steepest = steepest.item();
    return mapWeights((name) => weights[name].item());
  }
}

/** Training that has made some steps. */
export function trainedFor(values: InputValues, steps: number): Training {
  const training = new Training(values);
  for (let i = 0; i < steps; i++) training.step();
  return training;
}

/** Whether a node is a weight, which training updates; biases are not. */
export function isWeight(name: string | undefined): name is Weight {
  return WEIGHTS.some((weight) => weight === name);
}

/** One update written out: `0.4 − 0.5 × 0.08217` and `≈ 0.3589`. */
export function updateLines(
  weight: number,
  rate: number,
  gradient: number,
  next: number,
  digits: Digits,
): Lines {
  return equation([weight, "−", [rate, "×", gradient]], next, digits);
}
