/**
 * The fields of a lesson's inputs.
 */

import { complaintAbout, initialInputs, type Lesson, readNumber } from "../lessons/lesson.ts";
import { element } from "./element.ts";

/**
 * A form with a field for every input. While a field is wrong it says so, and `changed` is not
 * called, so the page keeps what it showed.
 *
 * @param changed is called with all inputs after every change, if all are good.
 */
export function inputForm(
  lesson: Lesson,
  changed: (inputs: Readonly<Record<string, number>>) => void,
): HTMLFormElement {
  const inputs = initialInputs(lesson);
  const wrong = new Set<string>();
  const fields = Object.entries(lesson.inputs).map(([name, input]) => {
    const id = `${lesson.name}-${name}`;
    const field = element("input", {
      id,
      name,
      type: "number",
      step: input.whole === true ? "1" : "any",
      min: input.minimum?.toString(),
      max: input.maximum?.toString(),
      inputmode: "decimal",
      autocomplete: "off",
      value: String(input.initial),
      "aria-describedby": `${id}-message`,
    });
    const message = element("p", { id: `${id}-message`, class: "message", role: "alert" });
    field.addEventListener("input", () => {
      const value = readNumber(field.value);
      const complaint = complaintAbout(input, value);
      message.textContent = complaint === undefined ? "" : `${input.label} ${complaint}.`;
      field.setAttribute("aria-invalid", String(complaint !== undefined));
      if (complaint === undefined) {
        wrong.delete(name);
        inputs[name] = value;
      } else {
        wrong.add(name);
      }
      if (wrong.size === 0) changed({ ...inputs });
    });
    return element(
      "div",
      { class: "field" },
      element("label", { for: id }, input.label),
      field,
      message,
    );
  });
  const reset = element("button", { type: "reset" }, "Reset");
  const form = element(
    "form",
    { class: "inputs", "aria-label": "Inputs" },
    ...fields,
    element("div", { class: "actions" }, reset),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    Object.assign(inputs, initialInputs(lesson));
    wrong.clear();
    for (const message of form.querySelectorAll(".message")) message.textContent = "";
    for (const field of form.querySelectorAll("input")) field.removeAttribute("aria-invalid");
    changed({ ...inputs });
  });
  return form;
}
