/** The input and its steps uphill: the start, the present numbers, and the neuron of each step. */

import { STEP, uphill } from "./inputs.ts";

/** A neuron, distinguished by its key: two operators may give their neurons the same name. */
export interface Neuron {
  readonly key: string;
  readonly name: string;
  readonly number: number;
}

export class Walk {
  #start: ArrayLike<number> = [];
  #numbers: ArrayLike<number> = [];
  #steps: readonly Neuron[] = [];

  /** The present numbers: brightness from 0 to 1 for a picture, else the numbers of the input. */
  get numbers(): ArrayLike<number> {
    return this.#numbers;
  }

  /** The neuron of each step, with its number before the step. */
  get steps(): readonly Neuron[] {
    return this.#steps;
  }

  /** Begins again with other numbers. */
  use(numbers: ArrayLike<number>): void {
    this.#start = numbers;
    this.back();
  }

  /** Undoes all steps. */
  back(): void {
    this.#numbers = this.#start;
    this.#steps = [];
  }

  /** Makes a step along the gradient of a neuron, which changes no number by more than {@link STEP}. */
  step(gradient: ArrayLike<number>, neuron: Neuron): void {
    this.#numbers = uphill(this.#numbers, gradient, STEP);
    this.#steps = [...this.#steps, neuron];
  }
}
