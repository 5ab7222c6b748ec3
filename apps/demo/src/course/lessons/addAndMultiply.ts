/**
 * A lesson on addition and multiplication, with which other nodes can be compared, and on values that are used twice.
 */

import { explain } from "@graddiff/core";
import { isGradientShown } from "../conditions.ts";
import { defineLesson } from "../lesson.ts";
import { L, layers } from "../programs/addAndMultiply.ts";
import { sources } from "../programs/generated.ts";
import { printed } from "./printed.ts";

export const addAndMultiply = defineLesson({
  name: "nodes",
  inputs: { x: { initial: 2, step: 0.1 }, y: { initial: 5, step: 0.1 } },
  programs: [sources.addAndMultiply.L, sources.addAndMultiply.layers],
  explain: ({ x = 0, y = 0 }) => explain(L)({ x, y }),
  panel: "code",
  prints: ({ x = 0, y = 0 }) => printed((print) => layers(x, y, print)),
  run: [
    {
      key: "multiply",
      says: ["swap"],
      at: { phase: "backward", node: "L" },
      node: "L",
      formula: "product",
    },
    {
      key: "add",
      says: ["add"],
      at: { phase: "backward", node: "sum" },
      node: "sum",
      formula: "sum",
    },
    {
      key: "meet",
      says: ["twice", ["below", isGradientShown("x")]],
      at: "end",
      node: "x",
      formula: "paths",
      ask: { node: "x", what: "gradient" },
    },
    { key: "layers", says: ["layers", "prints"], at: "end", node: "product" },
  ],
});
