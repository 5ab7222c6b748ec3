/**
 * A lesson on the gradient of the error by every weight, and on steps downhill.
 */

import { formatNumber } from "../../instrument/format.ts";
import { isAdjusted, not, numberOf } from "../conditions.ts";
import { defineLesson, type Given, type InputValues, type Situation } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import {
  explainNetwork,
  NETWORK_NODES,
  networkInputs,
  networkPlan,
  networkStart,
} from "./network.ts";
import { outcomes } from "./outcomes.ts";

const RATE = 0.5;

/** The rates to compare; each training begins with the initial weights. */
export const RATES = { slow: 0.01, learn: 5, stuck: 1000 } as const;

/** Targets far from 0 and 1, so that a saturated sigmoid has a large error. */
const TARGETS = { t1: 0.4, t2: 0.6 };

/** The number of steps of training with each rate. */
export const PRESET_STEPS = 100;

const start: InputValues = { ...networkStart, rate: RATE, frozen: 0 };

/** The start of the published calculation, which trains only the weights. */
export const published: InputValues = { ...start, frozen: 1 };

/** Returns the inputs for the training with a rate. */
export function presetInputs(rate: number, frozen = 0): Record<string, number> {
  return { ...start, ...TARGETS, rate, frozen };
}

/** The number of digits in which an error is compared with a published one. */
const PUBLISHED_DIGITS = 9;
const FEW_DIGITS = 2;

const isFrozen = ({ inputs: { frozen = 0 } }: Given) => frozen !== 0;

/** Returns the text of the error after training with a rate. */
const errorWith = (rate: keyof typeof RATES) => (given: Given) =>
  formatNumber(outcomes[isFrozen(given) ? "frozen" : "trained"][rate], FEW_DIGITS);

const slopeOfW5 = (given: Given) => numberOf(given, "w5", "gradient");

/** True if a weight's card shows its update: a graph with added differences has no next step. */
const isUpdateShown = ({ mode, graph }: Situation) =>
  mode.kind === "reverse" && graph.nodes.every(({ difference }) => difference === undefined);

export const training = defineLesson({
  name: "training",
  inputs: {
    ...networkInputs,
    rate: { initial: RATE, step: 0.1, minimum: 0 },
    frozen: { initial: 0, step: 1, minimum: 0, maximum: 1, whole: true },
  },
  programs: [sources.network.E, sources.network.updated],
  explain: explainNetwork,
  folded: NETWORK_NODES,
  isNetwork: true,
  training: { ...networkPlan, rates: RATES },
  panel: "training",
  facts: {
    afterOne: () => formatNumber(outcomes.afterOne, PUBLISHED_DIGITS),
    before: () => formatNumber(outcomes.before, FEW_DIGITS),
    slow: errorWith("slow"),
    learn: errorWith("learn"),
    stuck: errorWith("stuck"),
  },
  run: [
    {
      key: "gradients",
      says: [
        "all",
        "slope",
        ["other", (now) => Math.abs(slopeOfW5(now)) > 0],
        ["stays", (now) => slopeOfW5(now) === 0],
        ["folded", (now) => now.isFolded("o1") && !isAdjusted("o1")(now)],
      ],
      at: "end",
      node: "w5",
      formula: "totalError",
    },
    {
      key: "step",
      says: [
        "rule",
        "watch",
        ["choose", isUpdateShown],
        ["biases", not(isFrozen)],
        ["frozen", isFrozen],
      ],
      at: "end",
      node: "w5",
      formula: "update",
    },
    { key: "rates", says: ["again", "slow", "learn", "stuck"], at: "end", node: "E" },
    {
      key: "mazur",
      says: ["source", "error"],
      at: "end",
      node: "w5",
      offer: { inputs: published, train: 1 },
    },
  ],
});
