/**
 * What a lesson is: an explanation, a few inputs, and a calculation that returns plain data.
 *
 * A lesson prints nothing and draws nothing. The terminal prints its result and the page draws it,
 * so both always tell the same.
 */

import type { Graph } from "@graddiff/core";

/** A number that a learner may change. */
export interface LessonInput {
  /** What the page writes beside the field. */
  readonly label: string;
  readonly initial: number;
  /** The least allowed number. Default: any finite number. */
  readonly minimum?: number;
  /** The greatest allowed number. Default: any finite number. */
  readonly maximum?: number;
  /** Whether only whole numbers are allowed. Default false. */
  readonly whole?: boolean;
}

/** What a lesson shows: sections, in reading order. */
export interface LessonResult {
  readonly sections: readonly Section[];
}

/** A heading with text, lines, a table or a graph under it. */
export interface Section {
  readonly heading: string;
  /** A paragraph. */
  readonly text?: string;
  /** Output that is shown exactly as it stands. */
  readonly lines?: readonly string[];
  readonly table?: Table;
  readonly graph?: Graph;
  /** True where numbers depend on the machine. */
  readonly measured?: boolean;
}

/** Rows of text and numbers. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The column of a table. */
export interface Column {
  readonly title: string;
  /** What the cells are: it chooses their colour and alignment. Default text. */
  readonly kind?: "text" | "formula" | "number" | "value" | "gradient";
}

/** A lesson, whatever its inputs are. */
export interface Lesson {
  /** In addresses and on the command line: lower-case words with hyphens. */
  readonly name: string;
  readonly title: string;
  /** One paragraph for a learner. */
  readonly explanation: string;
  readonly inputs: Readonly<Record<string, LessonInput>>;
  /** True if a run takes so long that the page waits for a button. Default false. */
  readonly long?: boolean;
  /** Computes the lesson. The inputs have passed {@link complaintAbout}. */
  run(inputs: Readonly<Record<string, number>>): LessonResult;
}

/** A lesson whose `run` knows the names of its inputs. */
interface TypedLesson<Inputs extends Readonly<Record<string, LessonInput>>> extends Lesson {
  readonly inputs: Inputs;
  run(inputs: { readonly [Name in keyof Inputs]: number }): LessonResult;
}

/** Checks that `run` asks only for inputs that the lesson has. */
export function defineLesson<const Inputs extends Readonly<Record<string, LessonInput>>>(
  lesson: TypedLesson<Inputs>,
): TypedLesson<Inputs> {
  return lesson;
}

/** The inputs as the lesson starts. */
export function initialInputs(lesson: Lesson): Record<string, number> {
  return Object.fromEntries(
    Object.entries(lesson.inputs).map(([name, { initial }]) => [name, initial]),
  );
}

/** What is wrong with a number for an input, such as "must be 0 or more"; undefined if nothing. */
export function complaintAbout(
  { minimum, maximum, whole = false }: LessonInput,
  value: number,
): string | undefined {
  if (Number.isNaN(value)) return "must be a number";
  if (!Number.isFinite(value)) return "must be a finite number";
  if (minimum !== undefined && value < minimum) return `must be ${minimum} or more`;
  if (maximum !== undefined && value > maximum) return `must be ${maximum} or less`;
  if (whole && !Number.isInteger(value)) return "must be a whole number";
  return undefined;
}

/** Reads a number as a person types it; NaN for anything else, also for nothing. */
export function readNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}
