/**
 * One lesson: its text, its inputs, and the result of the last inputs that were good.
 */

import { initialInputs, type Lesson, type LessonResult } from "../lessons/lesson.ts";
import { runInBackground } from "./background.ts";
import { element } from "./element.ts";
import { inputForm } from "./inputForm.ts";
import { prose } from "./prose.ts";
import { sectionView } from "./sectionView.ts";

/** The elements of a lesson. Both passes run again at every change of an input. */
export function lessonView(lesson: Lesson): HTMLElement[] {
  const result = element("div", { class: "result" });
  const head = [
    element("h1", {}, lesson.title),
    element("p", { class: "explanation" }, ...prose(lesson.explanation)),
  ];
  const show = ({ sections }: LessonResult) => {
    result.replaceChildren(...sections.map(sectionView));
  };
  if (lesson.long === true) return [...head, ...longLesson(lesson, show), result];
  const form = inputForm(lesson, (inputs) => show(lesson.run(inputs)));
  show(lesson.run(initialInputs(lesson)));
  return [...head, form, result];
}

/** A lesson that waits for a button and computes in the background. */
function longLesson(lesson: Lesson, show: (result: LessonResult) => void): HTMLElement[] {
  let inputs: Readonly<Record<string, number>> = initialInputs(lesson);
  const button = element("button", { type: "button", class: "run" }, "Run");
  const status = element("p", { class: "status", role: "status" });
  button.addEventListener("click", async () => {
    button.disabled = true;
    status.textContent = "Computing …";
    try {
      show(await runInBackground(lesson, inputs));
      status.textContent = "";
    } catch (error) {
      status.textContent = `This did not work: ${error instanceof Error ? error.message : error}`;
    } finally {
      button.disabled = false;
    }
  });
  const form = inputForm(lesson, (changed) => {
    inputs = changed;
  });
  return [form, element("div", { class: "actions" }, button, status)];
}
