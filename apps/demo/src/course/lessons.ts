/**
 * All lessons, in the order in which they are read.
 */

import type { Lesson } from "./lesson.ts";
import { addAndMultiply } from "./lessons/addAndMultiply.ts";
import { backward } from "./lessons/backward.ts";
import { chainRule } from "./lessons/chainRule.ts";
import { graph } from "./lessons/graph.ts";
import { longChain } from "./lessons/longChain.ts";
import { question } from "./lessons/question.ts";
import { snackTax } from "./lessons/snackTax.ts";
import { speed } from "./lessons/speed.ts";
import { training } from "./lessons/training.ts";
import { twoApples } from "./lessons/twoApples.ts";

export const lessons: readonly Lesson[] = [
  twoApples,
  question,
  graph,
  backward,
  chainRule,
  addAndMultiply,
  snackTax,
  training,
  speed,
];

/** The lesson of a name; one that is only measured is in no list. */
export function findLesson(name: string): Lesson | undefined {
  return [...lessons, longChain].find((lesson) => lesson.name === name);
}
