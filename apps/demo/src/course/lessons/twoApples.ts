/**
 * Lesson 0: two apples, and what their price does to the total.
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
      at: "end",
      node: "price",
    },
    {
      key: "gradient",
      says: [
        ["below", (now) => hasSlope(now) && isGradientShown("price")(now)],
        ["elsewhere", (now) => hasSlope(now) && !isGradientShown("price")(now)],
      ],
      at: "end",
      node: "price",
      offer: { node: "price", by: 1 },
    },
  ],
});
