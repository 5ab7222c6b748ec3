/**
 * A function of one's own as it begins, before anything is typed: its text is read when that part of the page is there.
 */

import { explain } from "@graddiff/core";
import { defineLesson } from "../lesson.ts";
import { z } from "../programs/squareOfSum.ts";

/** The text with which it begins. */
export const OWN_START = "z = (x + y)^2\nx = 3; y = 2";

export const ownStart = defineLesson({
  name: "own",
  inputs: { x: { initial: 3, step: 0.1 }, y: { initial: 2, step: 0.1 } },
  programs: [],
  explain: ({ x = 0, y = 0 }) => explain(z)({ x, y }),
  run: [{ key: "write", says: ["write"], at: "end" }],
});
