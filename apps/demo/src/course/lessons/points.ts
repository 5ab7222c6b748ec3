/**
 * A lesson on several points: training lowers their mean error, and held-out points show what was learned.
 */

import { explain } from "@graddiff/core";
import { formatNumber } from "../../instrument/format.ts";
import { defineLesson, type Given } from "../lesson.ts";
import type { Point } from "../plan.ts";
import { E } from "../programs/classifier.ts";
import { sources } from "../programs/generated.ts";
import { outcomes } from "./outcomes.ts";

/** Points with x1, x2 and the wanted output: 1 above a curve, 0 below it. */
export const POINTS: readonly Point[] = [
  [0.1, 0.9, 1],
  [0.3, 0.6, 1],
  [0.8, 0.95, 1],
  [0.55, 0.8, 1],
  [0.2, 0.2, 0],
  [0.5, 0.35, 0],
  [0.9, 0.6, 0],
  [0.75, 0.15, 0],
];

/** Points that are not trained on. */
export const HELD_OUT: readonly Point[] = [
  [0.2, 0.75, 1],
  [0.7, 0.9, 1],
  [0.35, 0.25, 0],
  [0.85, 0.4, 0],
];

const START = {
  x1: POINTS[0]?.[0] ?? 0,
  x2: POINTS[0]?.[1] ?? 0,
  ...{ w1: 0.5, w2: -0.4, b1: 0.1, w3: -0.3, w4: 0.8, b2: -0.2, w5: 0.7, w6: 0.3, b3: 0 },
  ...{ v1: 0.6, v2: -0.5, v3: 0.4, c: 0.1 },
  t: POINTS[0]?.[2] ?? 0,
};

type Name = keyof typeof START;

const NAMES = Object.keys(START) as readonly Name[];
const PARAMETERS = NAMES.filter((name) => /^[wbvc]/.test(name));

export const POINT_RATE = 2;
export const POINT_STEPS = 1000;

const FEW_DIGITS = 2;

const told = (what: keyof typeof outcomes.points) => (_: Given) =>
  formatNumber(outcomes.points[what], FEW_DIGITS);

export const points = defineLesson({
  name: "points",
  inputs: {
    ...Object.fromEntries(NAMES.map((name) => [name, { initial: START[name], step: 0.1 }])),
    rate: { initial: POINT_RATE, step: 0.1, minimum: 0 },
  },
  programs: [sources.classifier.E, sources.network.updated],
  explain: (given) =>
    explain(E)(
      Object.fromEntries(NAMES.map((name) => [name, given[name] ?? START[name]])) as never,
    ),
  folded: ["h1", "h2", "h3", "o", "E"],
  isNetwork: true,
  facts: {
    points: () => String(POINTS.length),
    held: () => String(HELD_OUT.length),
    steps: () => String(POINT_STEPS),
    before: told("before"),
    after: told("after"),
    heldBefore: told("heldBefore"),
    heldAfter: told("heldAfter"),
  },
  training: {
    loss: (given) => E(given as Parameters<typeof E>[0]),
    names: NAMES,
    parameters: () => PARAMETERS,
    least: () => 0,
    isUnbounded: false,
    data: { names: ["x1", "x2", "t"], points: POINTS, heldOut: HELD_OUT },
    surface: { x: "x1", y: "x2", node: "o", target: "t" },
  },
  panel: "training",
  run: [
    { key: "mean", says: ["one", "mean"], at: "end", node: "v1" },
    { key: "learn", says: ["train", "told"], at: "end", node: "E" },
    { key: "held", says: ["held", "heldTold"], at: "end", node: "E" },
  ],
});
