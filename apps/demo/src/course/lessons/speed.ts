/**
 * Lesson 8: a million purchases at once.
 */

import { explain } from "@graddiff/core";
import { defineLesson } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { total } from "../programs/purchases.ts";
import { makePurchases } from "./purchases.ts";

/** So many are drawn, however many are computed: the graph is the same. */
const MOST_DRAWN = 1000;

export const speed = defineLesson({
  name: "speed",
  inputs: {
    purchases: { initial: 1_000_000, step: 100_000, minimum: 1, maximum: 2_000_000, whole: true },
  },
  programs: [sources.purchases.total],
  explain: ({ purchases = 1 }) =>
    explain(total)(makePurchases(Math.min(MOST_DRAWN, Math.max(1, purchases)))),
  panel: "speed",
  run: [
    { key: "run", at: "end" },
    { key: "end", at: "end" },
  ],
});
