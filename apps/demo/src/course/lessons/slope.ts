/**
 * A lesson on the derivative, the limit of quotients of changes, and on steps downhill.
 */

import { explain, type Tensor } from "@graddiff/core";
import { equationText } from "../../instrument/equation.ts";
import { formatNumber } from "../../instrument/format.ts";
import { followsFromAdjusted, not, numberOf } from "../conditions.ts";
import { defineLesson, type Given } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { area } from "../programs/squareArea.ts";

/** The largest side: for larger ones, the rounded change of the area for a change of 1 may equal the slope. */
const LARGEST = 1e6;

/** The rates that are compared: the third oscillates for ever, the last diverges. */
export const SLOPE_RATES = { learn: 0.1, leap: 0.5, diverge: 1.1 } as const;

const isPlain = (given: Given) =>
  !followsFromAdjusted("area")(given) && Math.abs(given.inputs["side"] ?? 0) < LARGEST;

/** Returns the change of the area for a change of the side, divided by the change of the side. */
const quotient = (step: number) => (given: Given) => {
  const { side = 0 } = given.inputs;
  const change = (side + step) ** 2 - side ** 2;
  return equationText([change, "/", step], change / step, given.digits);
};

export const slope = defineLesson({
  name: "slope",
  inputs: {
    side: { initial: 3, step: 0.1 },
    rate: { initial: SLOPE_RATES.learn, step: 0.1, minimum: 0 },
  },
  programs: [sources.squareArea.area, sources.network.updated],
  explain: ({ side = 0 }) => explain(area)({ side }),
  facts: {
    more: ({ inputs: { side = 0 }, digits }) => formatNumber((side + 1) ** 2 - side ** 2, digits),
    quotient1: quotient(1),
    quotient2: quotient(0.5),
    quotient3: quotient(0.25),
  },
  training: {
    loss: (given) => area(given as { readonly side: Tensor }),
    names: ["side"],
    parameters: () => ["side"],
    least: () => 0,
    isUnbounded: true,
    rates: SLOPE_RATES,
  },
  run: [
    {
      key: "curve",
      says: [
        ["area", not(followsFromAdjusted("area"))],
        ["areaAdjusted", followsFromAdjusted("area")],
        "curve",
      ],
      at: "end",
      node: "side",
    },
    {
      key: "one",
      says: ["slope", ["more", isPlain], "line"],
      at: "end",
      node: "side",
      offer: { node: "side", by: 1 },
    },
    { key: "shrink", says: [["quotients", isPlain], "limit"], at: "end", node: "side" },
    {
      key: "difference",
      says: [
        "how",
        ["marks", ({ hasChecks }) => hasChecks],
        ["card", ({ mode, hasChecks }) => mode.kind === "reverse" && !hasChecks],
      ],
      at: "end",
      node: "side",
      checks: true,
    },
    {
      key: "downhill",
      says: [
        "rule",
        ["steep", (given) => numberOf(given, "side", "gradient") !== 0],
        ["leap", (given) => numberOf(given, "side", "gradient") !== 0],
        ["diverge", (given) => numberOf(given, "side", "gradient") !== 0],
      ],
      at: "end",
      node: "side",
      formula: "update",
      panel: "training",
    },
  ],
});
