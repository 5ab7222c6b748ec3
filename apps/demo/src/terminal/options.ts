/**
 * The options of the command line, and clear words for whatever does not fit.
 */

import { parseArgs } from "node:util";
import { findLesson, lessons } from "../lessons/index.ts";
import { complaintAbout, type Lesson, type LessonInput, readNumber } from "../lessons/lesson.ts";
import { snackTax } from "../lessons/snackTax.ts";
import { nearest } from "./nearest.ts";

/** Arguments that make no sense; the message is one line. */
export class UsageError extends Error {}

/** What the arguments ask for. */
export type Choice =
  | { readonly show: "help" }
  | { readonly show: "list"; readonly json: boolean }
  | {
      readonly show: "lessons";
      readonly json: boolean;
      readonly lessons: readonly Lesson[];
      /** Given for the snack-tax lesson. */
      readonly inputs: Readonly<Record<string, number>>;
    };

export const HELP = `Usage: npm start -- [options]

Lessons on computational graphs and back-propagation; all of them by default.

Options:
  --lesson NAME   only this lesson; may be repeated, or a list with commas
  --list          the names and titles of the lessons
  --snack NUMBER  the price of a snack in the lesson snack-tax (${snackTax.inputs.snack.initial})
  --count NUMBER  the count of snacks (${snackTax.inputs.count.initial})
  --tax NUMBER    the tax factor (${snackTax.inputs.tax.initial})
  --json          results as JSON instead of text
  --help          this text

Lessons:
${lessons.map(({ name }) => `  ${name}\n`).join("")}
Examples:
  npm start -- --lesson snack-tax
  npm start -- --snack 250 --count 4 --tax 1.08
  npm --silent start -- --json --lesson chain-rule,batch

The same lessons, to click and to change, in the browser: npm run demo:web
`;

const FLAGS = {
  list: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;
const SNACK_INPUTS: Readonly<Record<string, LessonInput>> = snackTax.inputs;
const OPTIONS = {
  ...FLAGS,
  lesson: { type: "string" },
  ...Object.fromEntries(
    Object.keys(SNACK_INPUTS).map((name) => [name, { type: "string" } as const]),
  ),
} as const;

/**
 * Reads the arguments.
 * @throws UsageError for anything unknown or out of range.
 */
export function readOptions(argv: readonly string[]): Choice {
  // Not strict, because the messages of parseArgs speak to programmers.
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const flags = new Set<string>();
  const chosen = new Set<Lesson>();
  const inputs: Record<string, number> = {};
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      throw new UsageError(
        `unexpected argument ${JSON.stringify(token.value)}${hintFor(token.value)}`,
      );
    }
    const { name, rawName, value } = token;
    if (!Object.hasOwn(OPTIONS, name))
      throw new UsageError(`unknown option ${rawName}${similar(name)}`);
    if (Object.hasOwn(FLAGS, name)) {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
      flags.add(name);
    } else if (name === "lesson") {
      for (const lesson of readLessons(value)) chosen.add(lesson);
    } else {
      inputs[name] = readInput(name, value);
    }
  }
  if (flags.has("help")) return { show: "help" };
  const json = flags.has("json");
  if (flags.has("list")) return { show: "list", json };
  return { show: "lessons", json, lessons: selectLessons(chosen, inputs), inputs };
}

function selectLessons(
  chosen: ReadonlySet<Lesson>,
  inputs: Readonly<Record<string, number>>,
): readonly Lesson[] {
  const [option] = Object.keys(inputs);
  if (chosen.size === 0) return option === undefined ? lessons : [snackTax];
  if (option !== undefined && !chosen.has(snackTax)) {
    throw new UsageError(
      `--${option} is for the lesson snack-tax, which is not among those chosen`,
    );
  }
  return [...chosen];
}

function readLessons(value: string | undefined): readonly Lesson[] {
  const names = (value ?? "").split(",").map((name) => name.trim());
  return names.map((name) => {
    if (name === "" || name.startsWith("--")) {
      throw new UsageError("--lesson needs the name of a lesson; --list shows them");
    }
    const lesson = findLesson(name);
    if (lesson !== undefined) return lesson;
    const known = lessons.map((each) => each.name);
    const guess = nearest(name, known);
    const hint = guess === undefined ? "" : ` Did you mean ${guess}?`;
    throw new UsageError(
      `unknown lesson ${JSON.stringify(name)}.${hint} Lessons: ${known.join(", ")}`,
    );
  });
}

function readInput(name: string, value: string | undefined): number {
  const input = SNACK_INPUTS[name];
  if (value === undefined || value.startsWith("--")) {
    throw new UsageError(`--${name} needs a number, as in --${name} ${input?.initial}`);
  }
  const number = readNumber(value);
  const complaint = input && complaintAbout(input, number);
  if (complaint !== undefined) {
    throw new UsageError(`--${name} ${complaint}, not ${JSON.stringify(value)}`);
  }
  return number;
}

function similar(name: string): string {
  const guess = nearest(name, Object.keys(OPTIONS));
  return guess === undefined ? "; --help shows all options" : `; did you mean --${guess}?`;
}

function hintFor(argument: string): string {
  return findLesson(argument) === undefined
    ? "; --help shows all options"
    : `; to choose a lesson write --lesson ${argument}`;
}
