/**
 * A lesson on two apples: the gradient of the total by their price, and its computation.
 */

import { explain } from "@graddiff/core";
import { followsFromAdjusted, isForetold, isGradientShown, not } from "../conditions.ts";
import { defineLesson } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { total } from "../programs/twoApples.ts";
import { purchase } from "./purchase.ts";

const hasSlope = isForetold("price");

export const twoApples = defineLesson({
  name: "apples",
  inputs: purchase,
  programs: [sources.twoApples.total],
  explain: ({ price = 0, count = 0, tax = 0 }) => explain(total)({ price, count, tax }),
  run: [
    {
      key: "drag",
      says: [
        "costs",
        ["pay", not(followsFromAdjusted("total"))],
        ["payAdjusted", followsFromAdjusted("total")],
        "try",
      ],
      at: "forward",
      node: "price",
      panel: "none",
      drag: "price",
    },
    {
      key: "gradient",
      says: [
        ["below", (now) => hasSlope(now) && isGradientShown("price")(now)],
        ["elsewhere", (now) => hasSlope(now) && !isGradientShown("price")(now)],
        "line",
      ],
      at: "end",
      node: "price",
      offer: { node: "price", by: 20 },
    },
    {
      key: "one",
      says: ["where", "one"],
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
        "once",
      ],
      at: "end",
      node: "count",
      offer: { node: "count", by: 1 },
    },
  ],
});
