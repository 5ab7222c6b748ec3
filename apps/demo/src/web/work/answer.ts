/**
 * The work that needs the compiler: training, and the times of the four ways. It runs in a worker.
 */

import type { InputValues } from "../../course/lesson.ts";
import { timing } from "../../course/lessons/timing.ts";
import type { Timing, TimingProgress } from "../../course/lessons/ways.ts";
import { findLesson, type OwnPoints } from "../../course/lessons.ts";
import { Training } from "../../instrument/training.ts";
import "../../own/register.ts";

/** Training from some values on: that many steps, or until the slopes are flat, and `most` steps at most. */
export interface TrainingRequest {
  readonly kind: "train";
  /** The lesson with its text and its points, of which only names and numbers go to a worker. */
  readonly lesson: string;
  readonly text: string;
  readonly points: OwnPoints;
  readonly inputs: InputValues;
  readonly to: number | "flat";
  readonly most: number;
}

export interface TimingRequest {
  readonly kind: "time";
  readonly purchases: number;
}

export type Request = TrainingRequest | TimingRequest;

/** The state that training has come to. */
export interface TrainingNews {
  /** The errors from the one of this number on; the first is that of the values at the start. */
  readonly from: number;
  readonly names: readonly string[];
  readonly errors: readonly number[];
  /** The errors on points that are held out; empty where there are none. */
  readonly heldOut: readonly number[];
  /** The parameters of each, in the order of their names. */
  readonly history: readonly (readonly number[])[];
  readonly isDone: boolean;
}

export type TimingNews = { readonly progress: TimingProgress } | { readonly result: Timing };

/** The news of each request. */
export interface News {
  readonly train: TrainingNews;
  readonly time: TimingNews;
}

/** Milliseconds of work between two pieces of news. */
const SLICE = 24;

/** Answers a request, and tells news of it. */
type Answer = (request: Request, tell: (news: News[Request["kind"]]) => void) => void;

/**
 * Answers requests, one after another. It keeps its training, so that more steps go on from there.
 *
 * @param threads the number of threads that compute. Default: one.
 */
export function answers(threads: () => number = () => 1): Answer {
  let kept: { readonly key: string; readonly training: Training } | undefined;
  return (request, tell) => {
    if (request.kind === "time") {
      const run = timing(request.purchases, threads());
      let step = run.next();
      while (!step.done) {
        tell({ progress: step.value });
        step = run.next();
      }
      tell({ result: step.value });
      return;
    }
    const { to, most, lesson, text, points, inputs } = request;
    const plan = findLesson(lesson, text, points)?.training;
    if (plan === undefined) throw new Error(`nothing is trained in ${lesson}`);
    const key = JSON.stringify([lesson, text, points, inputs]);
    const last = to === "flat" ? most : Math.min(to, most);
    if (kept?.key !== key || kept.training.steps > last) {
      kept = { key, training: new Training(plan, inputs) };
    }
    const { training } = kept;
    const names = plan.parameters(inputs);
    const isDone = () =>
      training.steps >= last || training.isLost || (to === "flat" && training.isFlat);
    let from = 0;
    for (;;) {
      const end = performance.now() + SLICE;
      while (!isDone() && performance.now() < end) training.step();
      const { errors, heldOutErrors, history } = training;
      tell({
        from,
        names,
        errors: errors.slice(from),
        heldOut: heldOutErrors.slice(from),
        history: history.slice(from),
        isDone: isDone(),
      });
      from = errors.length;
      if (isDone()) return;
    }
  };
}
