/**
 * The command line: reads the options, runs the lessons, writes them.
 */

import { lessons } from "../lessons/index.ts";
import { initialInputs, type Lesson } from "../lessons/lesson.ts";
import { type Choice, HELP, readOptions, UsageError } from "./options.ts";
import { renderLesson } from "./render.ts";
import { styles } from "./style.ts";

/** Where the program writes, and how. */
export interface Terminal {
  write(text: string): void;
  writeError(text: string): void;
  /** How many characters fit on a line. */
  readonly columns: number;
  /** Whether colours and bold text are understood. */
  readonly styled: boolean;
}

/**
 * Runs the program.
 *
 * @param argv the arguments after the program's name.
 * @returns the exit code: 0, or 2 for arguments that make no sense. Then one line has gone to
 *   `writeError` and nothing to `write`.
 */
export function main(argv: readonly string[], terminal: Terminal): number {
  try {
    run(readOptions(argv), terminal);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    terminal.writeError(`graddiff demo: ${error.message}\n`);
    return 2;
  }
}

function run(choice: Choice, terminal: Terminal): void {
  switch (choice.show) {
    case "help":
      terminal.write(HELP);
      return;
    case "list":
      terminal.write(choice.json ? json(lessons.map(describe)) : list());
      return;
    case "lessons":
      if (choice.json) {
        terminal.write(json(choice.lessons.map((lesson) => outcome(lesson, choice))));
        return;
      }
      choice.lessons.forEach((lesson, i) => {
        const { result } = outcome(lesson, choice);
        const separator = i === 0 ? "" : "\n\n";
        terminal.write(
          separator + renderLesson(lesson, result, terminal.columns, styles(terminal)),
        );
      });
      return;
    default:
      choice satisfies never;
  }
}

function list(): string {
  const widest = Math.max(...lessons.map(({ name }) => name.length));
  return lessons.map(({ name, title }) => `${name.padEnd(widest)}  ${title}\n`).join("");
}

function describe({ name, title }: Lesson) {
  return { name, title };
}

function outcome(
  lesson: Lesson,
  { inputs }: { readonly inputs: Readonly<Record<string, number>> },
) {
  const known = initialInputs(lesson);
  for (const [name, value] of Object.entries(inputs)) if (name in known) known[name] = value;
  return { ...describe(lesson), inputs: known, result: lesson.run(known) };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
