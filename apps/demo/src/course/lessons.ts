/**
 * All lessons, in the order in which they are read.
 */

import type { Lesson } from "./lesson.ts";
import { addAndMultiply } from "./lessons/addAndMultiply.ts";
import { chainRule } from "./lessons/chainRule.ts";
import { graph } from "./lessons/graph.ts";
import { neuron } from "./lessons/neuron.ts";
import { ownStart } from "./lessons/ownStart.ts";
import { points } from "./lessons/points.ts";
import { question } from "./lessons/question.ts";
import { sigma } from "./lessons/sigma.ts";
import { slope } from "./lessons/slope.ts";
import { snackTax } from "./lessons/snackTax.ts";
import { training } from "./lessons/training.ts";
import { twoApples } from "./lessons/twoApples.ts";
import type { Point } from "./plan.ts";

/** The written lessons, without the lesson of the reader's own function. */
export const told: readonly Lesson[] = [
  twoApples,
  snackTax,
  graph,
  addAndMultiply,
  chainRule,
  slope,
  sigma,
  neuron,
  question,
  training,
  points,
];

/** All lessons; the last is the reader's own function, which begins with the example `ownStart`. */
export const lessons: readonly Lesson[] = [...told, ownStart];

/**
 * Points to which a typed function is fitted: the names of the inputs that they set, and rows with these inputs and the
 * wanted result.
 */
export interface OwnPoints {
  readonly data: readonly string[];
  readonly rows: readonly Point[];
}

export const NO_POINTS: OwnPoints = { data: [], rows: [] };

/** The part of the page that reads typed functions. */
export interface OwnReader {
  /** Returns the lesson of a typed function; undefined if the text is not a function. */
  lesson(text: string, points: OwnPoints): Lesson | undefined;
  /** Converts the text of an older link to today's syntax. */
  renewed(text: string): string;
}

let reader: OwnReader | undefined;

/** Registers the parser of typed functions. The part of the page that has the parser calls it. */
export function registerOwn(own: OwnReader): void {
  reader = own;
}

/** Converts a typed function of an older link to today's syntax. */
export function renewedText(text: string): string {
  return reader?.renewed(text) ?? text;
}

/**
 * Returns the lesson with a name. The reader's own lesson is that of a text, if the text is a function and the parser
 * is loaded.
 */
export function findLesson(
  name: string,
  text = "",
  points: OwnPoints = NO_POINTS,
): Lesson | undefined {
  if (name === ownStart.name && text !== "") return reader?.lesson(text, points);
  return lessons.find((lesson) => lesson.name === name);
}
