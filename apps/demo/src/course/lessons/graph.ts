/**
 * A lesson on apples and tangerines: the forward pass, and a difference that is added to a node in the middle.
 */

import { explain } from "@graddiff/core";
import { isAdjusted, not } from "../conditions.ts";
import { defineLesson } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { total } from "../programs/shopping.ts";

export const graph = defineLesson({
  name: "graph",
  inputs: {
    apples: { initial: 2, step: 1, minimum: 0 },
    applePrice: { initial: 100, step: 1, minimum: 0 },
    tangerines: { initial: 3, step: 1, minimum: 0 },
    tangerinePrice: { initial: 150, step: 1, minimum: 0 },
    tax: { initial: 1.1, step: 0.01, minimum: 0 },
  },
  programs: [sources.shopping.total],
  panel: "code",
  explain: ({ apples = 0, applePrice = 0, tangerines = 0, tangerinePrice = 0, tax = 0 }) =>
    explain(total)({ apples, applePrice, tangerines, tangerinePrice, tax }),
  run: [
    { key: "hollow", says: ["purchase", "circle"], at: "start", panel: "none" },
    {
      key: "fruit",
      says: ["plus"],
      at: { phase: "forward", node: "fruit" },
      node: "fruit",
      ask: { node: "fruit", what: "value" },
    },
    { key: "total", says: ["forward", "local"], at: "forward", node: "total" },
    {
      key: "kept",
      says: [["kept", not(isAdjusted("fruit"))], ["keptAdjusted", isAdjusted("fruit")], "adjust"],
      at: "forward",
      node: "fruit",
      offer: { node: "fruit", by: 10 },
    },
    {
      key: "foretold",
      says: ["predicts", "every"],
      at: "end",
      node: "fruit",
      offer: { node: "fruit", by: 10 },
      panel: "slope",
    },
  ],
});
