/**
 * The command line: reads the options and writes the requested output.
 */

import { catalogueOf } from "../course/catalogue/index.ts";
import { initialInputs } from "../course/lesson.ts";
import { findLesson, told as lessons } from "../course/lessons.ts";
import { type Choice, help, readOptions, UsageError } from "./options.ts";
import { drawingOf, type Look, renderLesson, speedLines, timesOf } from "./render.ts";
import { styles } from "./style.ts";
import { renderList } from "./table.ts";

/** The output functions of the program, and their style. */
export interface Terminal {
  write(text: string): void;
  writeError(text: string): void;
  /** True if the terminal supports colours and bold text. */
  readonly styled: boolean;
  readonly version: string;
}

/**
 * Runs the program.
 *
 * @param argv the arguments after the program's name.
 * @returns the exit code: 0, or 2 for invalid arguments, for which one line was written to `writeError` and nothing to
 *   `write`.
 */
export function main(argv: readonly string[], terminal: Terminal): number {
  try {
    const choice = readOptions(argv);
    const text = textOf(choice, terminal);
    terminal.write(text.endsWith("\n") ? text : `${text}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.writeError(`graddiff demo: ${error.message}\n`);
    return 2;
  }
}

function textOf(choice: Choice, terminal: Terminal): string {
  const texts = catalogueOf(choice.language);
  const look: Look = { texts, digits: choice.digits, styles: styles(terminal) };
  switch (choice.show) {
    case "help":
      return help(choice.language);
    case "version":
      return terminal.version;
    case "list":
      return choice.json ? json(lessons.map(({ name }) => describe(name, look))) : list(look);
    case "lessons":
      return choice.json
        ? json(choice.lessons.map((each) => data(each, look)))
        : choice.lessons
            .map(({ lesson, inputs }) =>
              renderLesson(lesson, inputs, look, choice.forward).join("\n"),
            )
            .join("\n\n\n");
    case "start":
      return start(look);
    default:
      return choice.show satisfies never;
  }
}

/** Returns the text of the program without arguments: an example, and the other commands. */
function start(look: Look): string {
  const { texts, styles: style } = look;
  const snackTax = findLesson("snack-tax");
  if (snackTax === undefined) throw new Error("a lesson is missing");
  const inputs = initialInputs(snackTax);
  return [
    `${style.title("graddiff")}: ${texts.tagline}`,
    "",
    style.heading(texts.terminal.program),
    ...(snackTax.prints?.(inputs) ?? []),
    "",
    style.heading(texts.terminal.graph),
    ...drawingOf(snackTax.explain(inputs), look.digits),
    "",
    ...speedLines(inputs["purchases"] ?? 1, look),
    "",
    style.heading(texts.terminal.commands),
    ...renderList(
      lessons.map(({ name }) => [`npm start -- --lesson ${name}`, texts.lessons[name].title]),
    ),
    "",
    texts.terminal.page,
  ].join("\n");
}

function list({ texts }: Look): string {
  return renderList(lessons.map(({ name }) => [name, texts.lessons[name].title]))
    .map((line) => line.trimStart())
    .join("\n");
}

function describe(name: Choice["lessons"][number]["lesson"]["name"], { texts }: Look) {
  return { name, title: texts.lessons[name].title };
}

function data({ lesson, inputs }: Choice["lessons"][number], look: Look) {
  return {
    ...describe(lesson.name, look),
    read: lesson.own?.written,
    choices: lesson.own?.choices,
    inputs,
    prints: lesson.prints?.(inputs),
    graph: lesson.explain(inputs),
    times: lesson.isTimed ? timesOf(inputs["purchases"] ?? 1) : undefined,
  };
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
