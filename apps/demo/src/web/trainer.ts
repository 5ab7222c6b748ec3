/**
 * The training of a store: what is shown is what the engine has told, and where it should go stands in the link.
 */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { InputValues } from "../course/lesson.ts";
import { MOST_TRAINED } from "../instrument/link.ts";
import type { Store } from "./store.ts";

/** Training from some inputs on. */
export interface Run {
  readonly inputs: InputValues;
  /** Before each step, and that of the present parameters. */
  readonly errors: readonly number[];
  readonly parameters: InputValues;
}

/** How many updates were made. */
export const stepsOf = ({ errors }: Run) => errors.length - 1;

export class Trainer {
  /** The last run that the engine has told of. */
  readonly run: Signal<Run | undefined> = signal(undefined);
  readonly isBusy: Signal<boolean> = signal(false);
  readonly hasFailed: Signal<boolean> = signal(false);
  /** The run of the present inputs, where there are steps. */
  readonly shown: ReadonlySignal<Run | undefined>;
  readonly #store: Store;
  /** The inputs of the training that runs. */
  #going: InputValues | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.shown = computed(() => {
      const { inputs, trained } = store.state.value;
      const run = this.run.value;
      if (run?.inputs !== inputs || store.lesson.value.panel !== "training") return undefined;
      return stepsOf(run) > 0 && stepsOf(run) <= trained ? run : undefined;
    });
  }

  /** Follows the number of steps that stands in the link. Returns what ends it. */
  start(): () => void {
    const end = effect(() => {
      const { inputs, trained } = this.#store.state.value;
      // Numbers that were edited meanwhile begin anew.
      if (this.#going !== undefined && this.#going !== inputs) this.stop();
      if (this.#store.lesson.value.panel !== "training" || trained === 0) return;
      const run = this.run.peek();
      const isThere = run?.inputs === inputs && stepsOf(run) === trained;
      if (this.#going === undefined && !isThere) this.#go(inputs, trained);
    });
    return () => {
      end();
      this.stop();
    };
  }

  /** Makes more steps, or as many as lead to flat slopes. */
  train(steps: number | "flat"): void {
    const { shown, state } = { shown: this.shown.peek(), state: this.#store.state.peek() };
    const done = shown === undefined ? 0 : stepsOf(shown);
    batch(() => {
      this.#store.baseline.value = undefined;
      // The network is trained as it is, and not with what was added in its middle.
      if (Object.keys(state.adjusted).length > 0) this.#store.update({ adjusted: {} });
      const to = steps === "flat" ? "flat" : Math.min(MOST_TRAINED, done + steps);
      this.#go(this.#store.state.peek().inputs, to);
    });
  }

  /** Stays at the step that is shown. */
  stop(): void {
    this.#store.engine.stop();
    this.#end();
  }

  #end(): void {
    this.#going = undefined;
    this.isBusy.value = false;
  }

  #go(inputs: InputValues, to: number | "flat"): void {
    this.#going = inputs;
    this.isBusy.value = true;
    this.hasFailed.value = false;
    const run = this.run.peek();
    let errors: readonly number[] = run?.inputs === inputs ? run.errors : [];
    this.#store.engine.begin(
      { kind: "train", inputs, to, most: MOST_TRAINED },
      {
        news: ({ from, errors: more, parameters, isDone }) => {
          errors = [...errors.slice(0, from), ...more];
          batch(() => {
            this.run.value = { inputs, errors, parameters };
            this.#store.update({ trained: errors.length - 1 });
            if (isDone) this.#end();
          });
        },
        failed: () => {
          batch(() => {
            this.#end();
            this.hasFailed.value = true;
          });
        },
      },
    );
  }
}
