/**
 * The training of the moment: it follows from the inputs and the number of steps, which stand in the link.
 */

import { signal } from "@preact/signals";
import type { InputValues } from "../course/lesson.ts";
import { MOST_TRAINED } from "../instrument/link.ts";
import { Training } from "../instrument/training.ts";
import type { Store } from "./store.ts";

let kept: { readonly inputs: InputValues; readonly training: Training } | undefined;

/** The training from the given inputs on, after at least so many steps; more than that start anew. */
export function trainingOf(inputs: InputValues, steps: number): Training {
  if (kept?.inputs !== inputs || kept.training.steps > steps) {
    kept = { inputs, training: new Training(inputs) };
  }
  const { training } = kept;
  while (training.steps < steps) training.step();
  return training;
}

/** Whether steps are being made. */
export const isTraining = signal(false);

/** Milliseconds of work between two frames. */
const SLICE = 12;

/** Makes some steps, or as many as lead to flat slopes, in slices. */
export function train(store: Store, steps: number | "flat"): void {
  const { trained, inputs } = store.state.value;
  const most = Math.min(MOST_TRAINED, steps === "flat" ? Infinity : trained + steps);
  if (trained >= most) return;
  isTraining.value = true;
  store.baseline.value = undefined;
  // The network is trained as it is, and not with what was added in its middle.
  store.update({ adjusted: {} });
  const work = () => {
    const state = store.state.value;
    if (!isTraining.value || state.inputs !== inputs) {
      isTraining.value = false;
      return;
    }
    const training = trainingOf(inputs, state.trained);
    const end = performance.now() + SLICE;
    do training.step();
    while (
      training.steps < most &&
      !(steps === "flat" && training.isFlat) &&
      performance.now() < end
    );
    store.update({ trained: training.steps });
    if (training.steps < most && !(steps === "flat" && training.isFlat)) {
      setTimeout(work);
    } else isTraining.value = false;
  };
  work();
}
