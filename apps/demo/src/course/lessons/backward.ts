/**
 * Lesson 3: the gradients of a purchase, and what they tell.
 */

import { explain } from "@graddiff/core";
import { isForetold } from "../conditions.ts";
import { defineLesson } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { total } from "../programs/twoApples.ts";
import { purchase } from "./purchase.ts";

export const backward = defineLesson({
  name: "backward",
  inputs: purchase,
  programs: [sources.twoApples.total],
  explain: ({ price = 0, count = 0, tax = 0 }) => explain(total)({ price, count, tax }),
  run: [
    { key: "question", says: ["total", "answer"], at: "forward", node: "total" },
    {
      key: "one",
      says: ["one"],
      at: { before: true, phase: "backward", node: "total" },
      node: "total",
    },
    {
      key: "tax",
      says: ["swap"],
      at: { phase: "backward", node: "total" },
      node: "tax",
      formula: "product",
    },
    {
      key: "price",
      says: ["again"],
      at: { phase: "backward", node: "apples" },
      node: "price",
      ask: { node: "price", what: "gradient" },
    },
    {
      key: "all",
      says: [
        ["price", isForetold("price")],
        ["count", isForetold("count")],
        ["tax", isForetold("tax")],
      ],
      at: "end",
      node: "tax",
      offer: { node: "tax", by: 0.01 },
    },
    {
      key: "check",
      says: ["predicts"],
      at: "end",
      node: "price",
      offer: { node: "price", by: 1 },
    },
    {
      key: "difference",
      says: [
        "how",
        ["marks", ({ hasChecks }) => hasChecks],
        ["panel", ({ mode, hasChecks }) => mode.kind === "reverse" && !hasChecks],
      ],
      at: "end",
      node: "count",
      checks: true,
    },
  ],
});
