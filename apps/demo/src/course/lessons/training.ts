/**
 * Lesson 7: the gradient of the error by every weight, and steps downhill.
 */

import { formatNumber } from "../../instrument/format.ts";
import { FLAT, trainedFor } from "../../instrument/training.ts";
import { defineLesson, type InputValues } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { explainNetwork, NETWORK_NODES, networkInputs, networkStart } from "./network.ts";

const RATE = 0.5;

/** The rates to compare, from the start weights on. */
export const RATES = { slow: 0.01, learn: 5, stuck: 1000 } as const;

/** With targets in the middle a sigmoid that is saturated is wrong. */
const TARGETS = { t1: 0.4, t2: 0.6 };

/** So many steps are made with each of them. */
export const PRESET_STEPS = 100;

const start: InputValues = { ...networkStart, rate: RATE };

/** The values with which a rate is tried. */
export function presetInputs(rate: number): Record<string, number> {
  return { ...start, ...TARGETS, rate };
}

/** Digits in which an error is compared with a published one. */
const PUBLISHED_DIGITS = 9;
const FEW_DIGITS = 2;

/** The error that a rate leads to. */
function errorWith(rate: keyof typeof RATES) {
  return () => formatNumber(trainedFor(presetInputs(RATES[rate]), PRESET_STEPS).error, FEW_DIGITS);
}

export const training = defineLesson({
  name: "training",
  inputs: { ...networkInputs, rate: { initial: RATE, step: 0.1, minimum: 0 } },
  programs: [sources.network.E, sources.network.updated],
  explain: explainNetwork,
  folded: NETWORK_NODES,
  panel: "training",
  facts: {
    afterOne: () => formatNumber(trainedFor(start, 1).error, PUBLISHED_DIGITS),
    before: () => formatNumber(trainedFor(presetInputs(RATES.slow), 0).error, FEW_DIGITS),
    slow: errorWith("slow"),
    learn: errorWith("learn"),
    stuck: errorWith("stuck"),
    flat: () => formatNumber(FLAT, FEW_DIGITS),
  },
  run: [
    { key: "gradients", at: "end", node: "w5", formula: "totalError" },
    { key: "step", at: "end", node: "w5", formula: "update" },
    { key: "rates", at: "end", node: "E" },
    { key: "mazur", at: "end", node: "w5", offer: { train: 1 } },
  ],
});
