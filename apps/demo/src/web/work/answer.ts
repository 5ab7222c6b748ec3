/**
 * The work that needs the compiler: training, and the times of the four ways. It runs in a worker.
 */

import type { InputValues } from "../../course/lesson.ts";
import { timing } from "../../course/lessons/timing.ts";
import type { Timing, TimingProgress } from "../../course/lessons/ways.ts";
import { findLesson, type OwnPoints } from "../../course/lessons.ts";
import { Training } from "../../instrument/training.ts";
import "../../own/register.ts";

/**
 * A request to train from some values: up to a number of steps, or until the slopes are flat, with at most `most`
 * steps.
 */
export interface TrainingRequest {
  readonly kind: "train";
  /**
   * The name of the lesson. With its text and points, it identifies the lesson for the worker, since functions cannot
   * be posted.
   */
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

/** The progress of a training. */
export interface TrainingNews {
  /** The index of the first reported error; the error 0 is that of the initial values. */
  readonly from: number;
  readonly names: readonly string[];
  readonly errors: readonly number[];
  /** The errors on held-out points; empty if there are none. */
  readonly heldOut: readonly number[];
  /** The parameters for each error, in the order of their names. */
  readonly history: readonly (readonly number[])[];
  readonly isDone: boolean;
}

export type TimingNews = { readonly progress: TimingProgress } | { readonly result: Timing };

/** The news of each request. */
export interface News {
  readonly train: TrainingNews;
  readonly time: TimingNews;
}

/** The milliseconds of work between two reports. */
const SLICE = 24;

/** A function that answers a request, and reports its progress. */
type Answer = (request: Request, tell: (news: News[Request["kind"]]) => void) => void;

/**
 * Answers requests, one after another. It keeps the last training, so that more steps continue from it.
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
