/**
 * The training of a store: the engine reports the steps that are shown, and the link has the wanted number of steps.
 */

import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { InputValues } from "../course/lesson.ts";
import { MOST_TRAINED } from "../instrument/link.ts";
import type { Store } from "./store.ts";
import type { Work } from "./work/engine.ts";

/** A training that begins with some inputs. */
export interface Run {
  readonly inputs: InputValues;
  /** The names of the parameters. */
  readonly names: readonly string[];
  /** The errors before each step, and the error of the present parameters. */
  readonly errors: readonly number[];
  /** The same errors on held-out points; empty if there are none. */
  readonly heldOut: readonly number[];
  /** The parameters before each step, and the present ones, in the order of their names. */
  readonly history: readonly (readonly number[])[];
}

/** A run with the step that is displayed. */
export interface ShownRun extends Run {
  /** The number of updates before the displayed step. */
  readonly at: number;
  readonly parameters: InputValues;
}

/** Returns the number of updates. */
export const stepsOf = ({ errors }: Run) => errors.length - 1;

export class Trainer {
  /** The last run that the engine has reported. */
  readonly run: Signal<Run | undefined> = signal(undefined);
  readonly isBusy: Signal<boolean> = signal(false);
  readonly hasFailed: Signal<boolean> = signal(false);
  /** The run of the present inputs with the displayed step; undefined without steps. */
  readonly shown: ReadonlySignal<ShownRun | undefined>;
  readonly #store: Store;
  /** The inputs of the training in progress. */
  #going: InputValues | undefined;
  #work: Work | undefined;
  /** The number of started trainings. */
  #begun = 0;

  constructor(store: Store) {
    this.#store = store;
    this.shown = computed(() => {
      const { inputs, trained, shown } = store.state.value;
      const run = this.run.value;
      if (run?.inputs !== inputs || store.lesson.value.training === undefined) return undefined;
      if (stepsOf(run) === 0 || stepsOf(run) > trained) return undefined;
      const at = Math.min(shown ?? stepsOf(run), stepsOf(run));
      return { ...run, at, parameters: parametersAt(run, at) };
    });
  }

  /** Trains to the number of steps in the link, whenever it changes. Returns a function that ends this. */
  start(): () => void {
    const end = effect(() => {
      const { inputs, trained } = this.#store.state.value;
      // If inputs were edited during the training, it is stopped.
      if (this.#going !== undefined && this.#going !== inputs) this.stop();
      if (this.#store.lesson.value.training === undefined || trained === 0) return;
      const run = this.run.peek();
      const isThere = run?.inputs === inputs && stepsOf(run) === trained;
      if (this.#going === undefined && !isThere) this.#go(inputs, trained);
    });
    return () => {
      end();
      this.stop();
    };
  }

  /** Makes more steps from the displayed one, or as many as are needed for flat slopes. */
  train(steps: number | "flat"): void {
    const { shown, state } = { shown: this.shown.peek(), state: this.#store.state.peek() };
    batch(() => {
      this.#store.baseline.value = undefined;
      // The program is trained without the differences that were added to nodes.
      if (Object.keys(state.adjusted).length > 0) this.#store.update({ adjusted: {} });
      this.#store.update({ shown: undefined });
      const to = steps === "flat" ? "flat" : Math.min(MOST_TRAINED, (shown?.at ?? 0) + steps);
      this.#go(this.#store.state.peek().inputs, to);
    });
  }

  /** Displays a step that was made. */
  lookAt(step: number): void {
    const run = this.run.peek();
    if (run === undefined) return;
    const at = Math.max(0, Math.min(step, stepsOf(run)));
    batch(() => {
      this.#store.baseline.value = undefined;
      this.#store.update({ shown: at === stepsOf(run) ? undefined : at });
    });
  }

  /** Stops the training at the displayed step. */
  stop(): void {
    this.#work?.stop();
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
    const { lesson, text, points } = this.#store.state.peek();
    const before = this.run.peek();
    let run: Run | undefined = before?.inputs === inputs ? before : undefined;
    const number = ++this.#begun;
    this.#work = this.#store.engine.begin(
      { kind: "train", lesson, text, points, inputs, to, most: MOST_TRAINED },
      {
        news: ({ from, names, errors, heldOut, history, isDone }) => {
          run = {
            inputs,
            names,
            errors: [...(run?.errors ?? []).slice(0, from), ...errors],
            heldOut: [...(run?.heldOut ?? []).slice(0, from), ...heldOut],
            history: [...(run?.history ?? []).slice(0, from), ...history],
          };
          const made = run;
          batch(() => {
            this.run.value = made;
            this.#store.update({ trained: stepsOf(made) });
            if (isDone) this.#end();
          });
        },
        failed: () => {
          batch(() => {
            this.#end();
            this.hasFailed.value = true;
          });
        },
        replaced: () => {
          if (number === this.#begun) this.#end();
        },
      },
    );
  }
}

/** Returns the parameters at a step by their names. */
export function parametersAt({ names, history }: Run, step: number): InputValues {
  const numbers = history[step] ?? [];
  return Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? Number.NaN]));
}
