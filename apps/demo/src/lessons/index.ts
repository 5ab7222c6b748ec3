/**
 * All lessons, in the order in which they are read.
 */

import { addAndMultiply } from "./addAndMultiply.ts";
import { applesAndTangerines } from "./applesAndTangerines.ts";
import { batch } from "./batch.ts";
import { chainRule } from "./chainRule.ts";
import type { Lesson } from "./lesson.ts";
import { snackTax } from "./snackTax.ts";
import { weightUpdate } from "./weightUpdate.ts";

export const lessons: readonly Lesson[] = [
  applesAndTangerines,
  chainRule,
  addAndMultiply,
  snackTax,
  weightUpdate,
  batch,
];

/** The lesson of a name, or undefined. */
export function findLesson(name: string): Lesson | undefined {
  return lessons.find((lesson) => lesson.name === name);
}
