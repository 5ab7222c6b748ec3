/**
 * Runs a long lesson in a worker, so that the page stays alive meanwhile.
 */

import type { Lesson, LessonResult } from "../lessons/lesson.ts";

/** What the worker is sent. */
export interface Task {
  readonly name: string;
  readonly inputs: Readonly<Record<string, number>>;
}

/** What it answers. */
export type Answer = { readonly result: LessonResult } | { readonly error: string };

/** The result of a lesson. It must be plain data: graphs do not pass between threads. */
export function runInBackground(lesson: Lesson, inputs: Task["inputs"]): Promise<LessonResult> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const task: Task = { name: lesson.name, inputs };
  return new Promise<LessonResult>((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
      if ("result" in data) resolve(data.result);
      else reject(new Error(data.error));
    });
    worker.addEventListener("error", ({ message }) => {
      reject(new Error(message || "the worker could not be started"));
    });
    worker.postMessage(task);
  }).finally(() => worker.terminate());
}
