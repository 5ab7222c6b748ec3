/**
 * A lesson on the chain rule for a function of a function, forward and backward.
 */

import { explain } from "@graddiff/core";
import { formatTensor } from "../../instrument/format.ts";
import { forwardCost } from "../../instrument/modes.ts";
import { followsFromAdjusted, not, numberOf } from "../conditions.ts";
import { defineLesson, type Given } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { z } from "../programs/squareOfSum.ts";

/** The largest t: for larger t, the rounded difference of (t + 1)² and t² may be 2t instead of 2t + 1. */
const LARGEST_T = 1e7;

function isCurved(given: Given): boolean {
  return Math.abs(numberOf(given, "t", "value")) < LARGEST_T;
}

export const chainRule = defineLesson({
  name: "chain-rule",
  inputs: { x: { initial: 3, step: 0.1 }, y: { initial: 2, step: 0.1 } },
  programs: [sources.squareOfSum.z],
  explain: ({ x = 0, y = 0 }) => explain(z)({ x, y }),
  facts: {
    passes: ({ graph }) => String(forwardCost(graph).passes),
    tangent: ({ graph, digits }) => formatTensor(graph.tangents({ x: 1 })[graph.output], digits),
  },
  run: [
    {
      key: "parts",
      says: [
        "two",
        ["values", not(followsFromAdjusted("z"))],
        ["valuesAdjusted", followsFromAdjusted("z")],
      ],
      at: "forward",
      node: "z",
      formula: "square",
    },
    {
      key: "outer",
      says: ["outer", ["edge", (now) => now.isProductShown("t", "z")]],
      panel: "code",
      at: { phase: "backward", node: "z" },
      node: "t",
      ask: { node: "t", what: "gradient" },
    },
    { key: "chain", says: ["inner", "multiply"], at: "end", node: "x", formula: "chain" },
    {
      key: "bend",
      says: ["slope", ["curved", isCurved]],
      at: "end",
      node: "x",
      offer: { node: "x", by: 1 },
    },
    { key: "forward", says: ["forward", "same"], at: "end", node: "x", forwardBy: "x" },
    { key: "both", says: ["once", "passes"], at: "end", both: true },
  ],
});
