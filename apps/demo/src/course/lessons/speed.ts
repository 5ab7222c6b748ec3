/**
 * Lesson 8: a million purchases at once.
 */

import { explain } from "@graddiff/core";
import { defineLesson, type InputValues } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { total } from "../programs/purchases.ts";
import { makePurchases } from "./purchases.ts";

/** The most purchases that are drawn: the graph of more is the same. */
const MOST_DRAWN = 1000;

/** How many of the purchases are drawn. */
function drawn({ purchases = 1 }: InputValues): number {
  return Math.min(MOST_DRAWN, Math.max(1, purchases));
}

export const speed = defineLesson({
  name: "speed",
  inputs: {
    purchases: { initial: 1_000_000, step: 100_000, minimum: 1, maximum: 2_000_000, whole: true },
  },
  programs: [sources.purchases.total],
  explain: (inputs) => explain(total)(makePurchases(drawn(inputs))),
  facts: { drawn: ({ inputs }) => String(drawn(inputs)) },
  panel: "speed",
  run: [
    { key: "run", says: ["many", "drawn"], at: "end" },
    { key: "end", says: ["last", "own"], at: "end" },
  ],
});
