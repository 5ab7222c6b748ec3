/**
 * The worker of `background.ts`.
 */

import { findLesson } from "../lessons/index.ts";
import type { Answer, Task } from "./background.ts";

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  postMessage(answer(data));
});

function answer({ name, inputs }: Task): Answer {
  try {
    const lesson = findLesson(name);
    if (lesson === undefined) return { error: `there is no lesson ${name}` };
    return { result: lesson.run(inputs) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
