/**
 * The options of the command line, with messages for invalid ones.
 */

import { parseArgs } from "node:util";
import { catalogueOf } from "../course/catalogue/index.ts";
import { isLanguage, type Language, languages } from "../course/catalogue/languages.ts";
import {
  complaintAbout,
  type InputValues,
  initialInputs,
  type Lesson,
  readNumber,
} from "../course/lesson.ts";
import { told as lessons, NO_POINTS } from "../course/lessons.ts";
import { DEFAULT_DIGITS, MOST_DIGITS } from "../instrument/format.ts";
import { ownLesson } from "../own/lesson.ts";
import { tryProgram } from "../own/program.ts";
import { troubleText } from "../own/sentences.ts";
import { Trouble } from "../own/trouble.ts";
import { nearest } from "./nearest.ts";
import { renderList } from "./table.ts";

/** The error for invalid arguments; its message is one line. */
export class UsageError extends Error {}

/** The choice that the arguments make. */
export interface Choice {
  readonly show: "start" | "help" | "version" | "list" | "lessons";
  readonly json: boolean;
  readonly language: Language;
  readonly digits: number;
  /** The input by which forward mode differentiates; undefined for gradients. */
  readonly forward: string | undefined;
  readonly lessons: readonly { readonly lesson: Lesson; readonly inputs: InputValues }[];
}

const FLAGS = {
  list: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

const VALUES = ["lesson", "lang", "digits", "forward", "function", "set"];
const INPUTS = [...new Set(lessons.flatMap(({ inputs }) => Object.keys(inputs)))];

const OPTIONS = {
  ...FLAGS,
  ...Object.fromEntries([...VALUES, ...INPUTS].map((name) => [name, { type: "string" } as const])),
} as const;

/** Returns the text of --help, within 80 columns. */
export function help(language: Language): string {
  const texts = catalogueOf(language);
  const { terminal } = texts;
  const inputLines = lessons.flatMap(({ name, inputs }) => inputLine(name, Object.keys(inputs)));
  return [
    terminal.usage,
    "",
    terminal.about(lessons.length),
    "",
    terminal.options,
    ...renderList([
      ["--lesson NAME", terminal.lesson],
      ["--lang LANGUAGE", terminal.lang],
      ["--digits NUMBER", terminal.digits],
      ["--forward INPUT", terminal.forward],
      ["--function TEXT", terminal.function],
      ["--set NAME=NUMBER", terminal.set],
      ["--list", terminal.list],
      ["--json", terminal.json],
      ["--version", terminal.version],
      ["-h, --help", terminal.help],
    ]),
    "",
    terminal.inputs,
    ...inputLines,
    "",
    terminal.lessons,
    ...renderList(lessons.map(({ name }) => [name, texts.lessons[name].title])),
    "",
    terminal.page,
    "",
  ].join("\n");
}

/** Returns the inputs of a lesson, on as many lines as they need. */
function inputLine(lesson: string, names: readonly string[]): string[] {
  const lines = [`  ${lesson.padEnd(12)}`];
  for (const name of names) {
    const last = lines.length - 1;
    if (`${lines[last]} --${name}`.length > 78) lines.push(" ".repeat(14));
    lines[lines.length - 1] += ` --${name}`;
  }
  return lines;
}

/**
 * Reads the arguments.
 * @throws UsageError for anything unknown or out of range.
 */
export function readOptions(argv: readonly string[]): Choice {
  // Parsing is not strict, because the messages of parseArgs are for programmers.
  const { tokens } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const flags = new Set<string>();
  const chosen = new Set<Lesson>();
  const given = new Map<string, string>();
  let language: Language = "en";
  let digits = DEFAULT_DIGITS;
  let forward: string | undefined;
  let text: string | undefined;
  const set = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      const text = JSON.stringify(token.value);
      throw new UsageError(`unexpected argument ${text}${hintFor(token.value)}`);
    }
    const { name, rawName, value } = token;
    const isShort = !rawName.startsWith("--") && rawName !== "-h";
    if (!Object.hasOwn(OPTIONS, name) || isShort) {
      throw new UsageError(`unknown option ${rawName}${similar(name)}`);
    }
    if (Object.hasOwn(FLAGS, name)) {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value`);
      flags.add(name);
    } else if (name === "lesson") {
      for (const lesson of readLessons(value)) chosen.add(lesson);
    } else if (name === "lang") language = readLanguage(value);
    else if (name === "digits") digits = readDigits(value);
    else if (name === "forward") forward = value ?? "";
    else if (name === "function") text = readFunction(value);
    else if (name === "set") readSet(value, set);
    else given.set(name, readGiven(name, value));
  }
  const show = (["help", "version", "list"] as const).find((flag) => flags.has(flag));
  const json = flags.has("json");
  if (text !== undefined) {
    const other = [...chosen].map(() => "lesson").concat([...given.keys()])[0];
    if (other !== undefined) throw new UsageError(`--function stands without --${other}`);
    const own = ownOf(text, set);
    if (forward !== undefined) checkForward(forward, [own.lesson]);
    return { show: show ?? "lessons", json, language, digits, forward, lessons: [own] };
  }
  if (set.size > 0) throw new UsageError("--set is for the inputs of --function");
  if (forward !== undefined) forward = readForward(forward);
  const selected = selectLessons(chosen, [...given.keys()], forward);
  if (forward !== undefined) checkForward(forward, selected);
  return {
    show: show ?? (selected.length === 0 && !json ? "start" : "lessons"),
    json,
    language,
    digits,
    forward,
    lessons: (selected.length === 0 ? lessons : selected).map((lesson) => ({
      lesson,
      inputs: inputsFor(lesson, given),
    })),
  };
}

function readFunction(value: string | undefined): string {
  if (value !== undefined && value.trim() !== "") return value;
  throw new UsageError('--function needs a function, as in --function "z = (x + y)^2; x = 3"');
}

function readSet(value: string | undefined, set: Map<string, string>): void {
  const [, name = "", number = ""] = value?.match(/^([^=]+)=(.+)$/) ?? [];
  if (name === "") throw new UsageError("--set needs a name and a number, as in --set x=3");
  set.set(name.trim().normalize(), number);
}

/** Returns the lesson of a typed function, with the given start values of its inputs. */
function ownOf(text: string, set: ReadonlyMap<string, string>) {
  const read = tryProgram(text);
  if (read instanceof Trouble) throw new UsageError(troubleLine(text, read));
  const lesson = ownLesson(text, NO_POINTS);
  if (lesson === undefined) throw new UsageError("--function cannot be read");
  for (const name of set.keys()) {
    if (Object.hasOwn(lesson.inputs, name)) continue;
    const known = [...read.inputs.keys()].join(", ");
    throw new UsageError(
      `--set must be an input of the function, not ${JSON.stringify(name)}; it has ${known}`,
    );
  }
  return { lesson, inputs: inputsFor(lesson, set, "--set ") };
}

/** Returns the message of a trouble, with the text from its position on. */
function troubleLine(text: string, trouble: Trouble): string {
  // All complaints about options are in English.
  const words = troubleText(catalogueOf("en"), trouble).replace(/[.:]$/, "");
  const { start, others } = trouble;
  const rest = text.slice(start, start + 20).split("\n")[0] ?? "";
  const place = rest === "" ? "at the end" : `at ${JSON.stringify(rest)}`;
  const shown = others.map((other) => other.shown).join(" or ");
  return `--function, ${place}: ${words}${shown === "" ? "" : ` (${shown})`}`;
}

/** Returns the named lessons, or the first lesson that has all given inputs. */
function selectLessons(
  chosen: ReadonlySet<Lesson>,
  given: readonly string[],
  forward: string | undefined,
): readonly Lesson[] {
  const has = (lesson: Lesson, name: string) => Object.hasOwn(lesson.inputs, name);
  if (chosen.size === 0) {
    if (given.length === 0 && forward === undefined) return [];
    const candidates =
      forward === undefined
        ? lessons
        : lessons.filter((lesson) => has(lesson, forward) && lesson.forwardOnly !== true);
    const first = candidates.find((lesson) => given.every((name) => has(lesson, name)));
    if (first !== undefined) return [first];
    throw new UsageError(`no lesson has all of --${given.join(", --")}; --help shows the inputs`);
  }
  for (const name of given) {
    if ([...chosen].some((lesson) => has(lesson, name))) continue;
    const owner = lessons.find((lesson) => has(lesson, name));
    throw new UsageError(
      `--${name} is for the lesson ${owner?.name}, which is not among those chosen`,
    );
  }
  return [...chosen];
}

function readGiven(name: string, value: string | undefined): string {
  if (value !== undefined && value !== "" && !value.startsWith("--")) return value;
  const initial = lessons
    .map(({ inputs }) => inputs[name]?.initial)
    .find((each) => each !== undefined);
  throw new UsageError(`--${name} needs a number, as in --${name} ${initial}`);
}

function inputsFor(lesson: Lesson, given: ReadonlyMap<string, string>, option = "--"): InputValues {
  const inputs = initialInputs(lesson);
  for (const [name, text] of given) {
    const input = lesson.inputs[name];
    if (input === undefined) continue;
    const value = readNumber(text);
    // All complaints about options are in English.
    const complaint = complaintAbout(input, value, `${option}${name}`, catalogueOf("en"));
    if (complaint !== undefined) throw new UsageError(`${complaint}, not ${JSON.stringify(text)}`);
    inputs[name] = value;
  }
  return inputs;
}

function readLessons(value: string | undefined): readonly Lesson[] {
  const names = (value ?? "").split(",").map((name) => name.trim());
  return names.map((name) => {
    if (name === "" || name.startsWith("--")) {
      throw new UsageError("--lesson needs the name of a lesson; --list shows them");
    }
    const lesson = lessons.find((each) => each.name === name);
    if (lesson !== undefined) return lesson;
    const known = lessons.map((each) => each.name);
    const guess = nearest(name, known);
    const hint = guess === undefined ? "" : ` Did you mean ${guess}?`;
    throw new UsageError(
      `unknown lesson ${JSON.stringify(name)}.${hint} Lessons: ${known.join(", ")}`,
    );
  });
}

function readLanguage(value: string | undefined): Language {
  if (isLanguage(value)) return value;
  const got = value === undefined ? "" : `, not ${JSON.stringify(value)}`;
  throw new UsageError(`--lang must be ${languages.join(" or ")}${got}`);
}

function readDigits(value: string | undefined): number {
  const digits = readNumber(value ?? "");
  if (Number.isInteger(digits) && digits >= 1 && digits <= MOST_DIGITS) return digits;
  const got = value === undefined ? "" : `, not ${JSON.stringify(value)}`;
  throw new UsageError(`--digits must be a whole number from 1 to ${MOST_DIGITS}${got}`);
}

function readForward(value: string | undefined): string {
  if (value !== undefined && INPUTS.includes(value)) return value;
  if (value === undefined || value === "" || value.startsWith("--")) {
    throw new UsageError("--forward needs the name of an input, as in --forward price");
  }
  const guess = nearest(value, INPUTS);
  const hint = guess === undefined ? "--help shows the inputs" : `did you mean ${guess}?`;
  throw new UsageError(`--forward must be an input, not ${JSON.stringify(value)}; ${hint}`);
}

/** Throws if a chosen lesson has no input with the name given for forward mode, or if that input is not a number. */
function checkForward(by: string, chosen: readonly Lesson[]): void {
  for (const lesson of chosen) {
    const graph = lesson.explain(initialInputs(lesson));
    const named = graph.nodes.filter(({ kind, shape }) => kind === "input" && shape.length === 0);
    const names = named.flatMap(({ name }) => name ?? []);
    if (names.includes(by) && lesson.forwardOnly !== true) continue;
    const has = names.length === 0 || lesson.forwardOnly ? "none" : names.join(", ");
    throw new UsageError(
      `the lesson ${lesson.name} has no derivative with respect to ${by}; it has ${has}`,
    );
  }
}

function similar(name: string): string {
  const guess = nearest(name, Object.keys(OPTIONS));
  return guess === undefined ? "; --help shows all options" : `; did you mean --${guess}?`;
}

function hintFor(argument: string): string {
  return lessons.some(({ name }) => name === argument)
    ? `; to choose a lesson write --lesson ${argument}`
    : "; --help shows all options";
}
