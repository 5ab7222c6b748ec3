/**
 * A lesson on the sigmoid function in steps, and on its derivative o · (1 − o).
 */

import { explain } from "@graddiff/core";
import { equationText } from "../../instrument/equation.ts";
import { followsFromAdjusted, not, numberOf } from "../conditions.ts";
import { defineLesson, type Given } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { o } from "../programs/squash.ts";

/** The largest input: for larger ones, 1 − o has few correct digits. */
const FARTHEST = 15;

const isPlain = (given: Given) =>
  !followsFromAdjusted("o")(given) && Math.abs(given.inputs["x"] ?? 0) < FARTHEST;

export const sigma = defineLesson({
  name: "sigma",
  inputs: { x: { initial: 1, step: 0.1 } },
  programs: [sources.squash.o],
  explain: ({ x = 0 }) => explain(o)({ x }),
  facts: {
    product: (given) => {
      const value = numberOf(given, "o", "value");
      return equationText([value, "×", [1, "−", value]], value * (1 - value), given.digits);
    },
  },
  run: [
    {
      key: "squash",
      says: ["between", ["value", not(followsFromAdjusted("o"))], "try"],
      at: "forward",
      node: "x",
      panel: "slope",
    },
    { key: "steps", says: ["four", "kept"], at: "forward", node: "power", panel: "code" },
    {
      key: "back",
      says: ["reciprocal", "sum"],
      at: { phase: "backward", node: "o" },
      node: "sum",
      formula: "reciprocal",
      panel: "code",
    },
    {
      key: "whole",
      says: ["along", ["same", isPlain]],
      at: "end",
      node: "x",
      formula: "sigma",
      panel: "code",
    },
    {
      key: "steep",
      says: ["steepest", ["here", isPlain], "one"],
      at: "end",
      node: "x",
      offer: { node: "x", to: () => 0 },
      panel: "slope",
    },
  ],
});
