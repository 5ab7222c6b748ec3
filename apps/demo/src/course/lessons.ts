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

/** The lessons that are told, without the reader's own. */
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

/** All lessons; the last is a function of the reader's own, which begins with the one that is here. */
export const lessons: readonly Lesson[] = [...told, ownStart];

/** Points to fit a typed function to: the inputs that they give, and rows of these and of the wanted result. */
export interface OwnPoints {
  readonly data: readonly string[];
  readonly rows: readonly Point[];
}

export const NO_POINTS: OwnPoints = { data: [], rows: [] };

/** The part of the page that reads typed functions. */
export interface OwnReader {
  /** Returns the lesson of a text; undefined for one that is no function. */
  lesson(text: string, points: OwnPoints): Lesson | undefined;
  /** Returns a text of an older link as it is written today. */
  renewed(text: string): string;
}

let reader: OwnReader | undefined;

/** Makes functions that people type known. It is called by the part of the page that reads them. */
export function registerOwn(own: OwnReader): void {
  reader = own;
}

/** Returns a typed function of an older link as it is written today. */
export function renewedText(text: string): string {
  return reader?.renewed(text) ?? text;
}

/**
 * Returns the lesson of a name; of the reader's own the one of a text, if it is a function and the part that reads it
 * is there.
 */
export function findLesson(
  name: string,
  text = "",
  points: OwnPoints = NO_POINTS,
): Lesson | undefined {
  if (name === ownStart.name && text !== "") return reader?.lesson(text, points);
  return lessons.find((lesson) => lesson.name === name);
}
