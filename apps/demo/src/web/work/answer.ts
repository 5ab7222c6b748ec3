/**
 * The work that needs the compiler: training, and the times of the four ways. It runs in a worker.
 */

import type { InputValues } from "../../course/lesson.ts";
import { timing } from "../../course/lessons/timing.ts";
import type { Timing, TimingProgress } from "../../course/lessons/ways.ts";
import { Training } from "../../instrument/training.ts";

/** Training from some values on: that many steps, or until the slopes are flat, and `most` steps at most. */
export interface TrainingRequest {
  readonly kind: "train";
  readonly inputs: InputValues;
  readonly to: number | "flat";
  readonly most: number;
}

export interface TimingRequest {
  readonly kind: "time";
  readonly purchases: number;
}

export type Request = TrainingRequest | TimingRequest;

/** What training has come to. */
export interface TrainingNews {
  /** The errors from the one of this number on; the first is that of the values at the start. */
  readonly from: number;
  readonly errors: readonly number[];
  readonly parameters: InputValues;
  readonly isDone: boolean;
}

export type TimingNews = { readonly progress: TimingProgress } | { readonly result: Timing };

/** What is told of each request. */
export interface News {
  readonly train: TrainingNews;
  readonly time: TimingNews;
}

/** Milliseconds of work between two pieces of news. */
const SLICE = 24;

/** Answers requests, one after another. It keeps its training, so that more steps go on from there. */
export function answers(): (request: Request, tell: (news: News[Request["kind"]]) => void) => void {
  let kept: { readonly inputs: string; readonly training: Training } | undefined;
  return (request, tell) => {
    if (request.kind === "time") {
      const run = timing(request.purchases);
      let step = run.next();
      while (!step.done) {
        tell({ progress: step.value });
        step = run.next();
      }
      tell({ result: step.value });
      return;
    }
    const { to, most } = request;
    const inputs = JSON.stringify(request.inputs);
    const last = to === "flat" ? most : Math.min(to, most);
    if (kept?.inputs !== inputs || kept.training.steps > last) {
      kept = { inputs, training: new Training(request.inputs) };
    }
    const { training } = kept;
    const isDone = () => training.steps >= last || (to === "flat" && training.isFlat);
    let from = 0;
    for (;;) {
      const end = performance.now() + SLICE;
      while (!isDone() && performance.now() < end) training.step();
      const { parameters, errors } = training;
      tell({ from, errors: errors.slice(from), parameters, isDone: isDone() });
      from = errors.length;
      if (isDone()) return;
    }
  };
}
