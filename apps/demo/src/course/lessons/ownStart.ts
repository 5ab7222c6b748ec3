/**
 * The reader's own function before anything is typed. The page parses its text once the parser is loaded.
 */

import { explain } from "@graddiff/core";
import { defineLesson } from "../lesson.ts";
import { z } from "../programs/squareOfSum.ts";

/** The initial text. */
export const OWN_START = "z = (x + y)^2\nx = 3; y = 2";

export const ownStart = defineLesson({
  name: "own",
  inputs: { x: { initial: 3, step: 0.1 }, y: { initial: 2, step: 0.1 } },
  programs: [],
  explain: ({ x = 0, y = 0 }) => explain(z)({ x, y }),
  run: [{ key: "write", says: ["write"], at: "end" }],
});
