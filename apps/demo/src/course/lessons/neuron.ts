/**
 * A lesson on one neuron: a weighted sum, the sigmoid function, an error, and one step that lowers it.
 */

import { explain, type Tensor } from "@graddiff/core";
import { equationText } from "../../instrument/equation.ts";
import { formatNumber } from "../../instrument/format.ts";
import { argumentsFollowFromAdjusted, isAdjusted, not, numberOf } from "../conditions.ts";
import { defineLesson, type Given, type InputValues } from "../lesson.ts";
import { sources } from "../programs/generated.ts";
import { E } from "../programs/neuron.ts";

const START = { x1: 1, x2: 0.5, w1: 0.4, w2: -0.3, b: 0.1, t: 1 } as const;

const NAMES = Object.keys(START) as readonly (keyof typeof START)[];

const RATE = 0.5;

/** Returns the infimum of E: the output can be any number between 0 and 1, both excluded. */
function leastError({ t = 0 }: InputValues): number {
  return 0.5 * (t - Math.min(1, Math.max(0, t))) ** 2;
}

type Inputs = Parameters<typeof E>[0];

/** Returns the weighted sum with the bias, which is folded into the output. */
function weightedSum({ graph }: Given): number | undefined {
  const [only] = graph.node("o")?.inputs ?? [];
  return graph.nodes[only?.from ?? -1]?.value?.item();
}

export const neuron = defineLesson({
  name: "neuron",
  inputs: {
    ...Object.fromEntries(NAMES.map((name) => [name, { initial: START[name], step: 0.1 }])),
    rate: { initial: RATE, step: 0.1, minimum: 0 },
  },
  programs: [sources.neuron.E, sources.network.updated],
  explain: (given) =>
    explain(E)(
      Object.fromEntries(NAMES.map((name) => [name, given[name] ?? START[name]])) as never,
    ),
  folded: ["o", "E"],
  isNetwork: true,
  facts: {
    sum: (given) => {
      const { x1 = 0, x2 = 0, w1 = 0, w2 = 0, b = 0 } = given.inputs;
      const sum = w1 * x1 + w2 * x2 + b;
      return equationText([[[w1, "×", x1], "+", [w2, "×", x2]], "+", b], sum, given.digits);
    },
    adjustedSum: (given) => formatNumber(weightedSum(given) ?? Number.NaN, given.digits),
    slope: (given: Given) => {
      const o = numberOf(given, "o", "value");
      return equationText([o, "×", [1, "−", o]], o * (1 - o), given.digits);
    },
  },
  training: {
    loss: (given) => E(given as Readonly<Record<keyof typeof START, Tensor>> as Inputs),
    names: NAMES,
    parameters: () => ["w1", "w2", "b"],
    least: leastError,
    isUnbounded: false,
    surface: { x: "x1", y: "x2", node: "o", target: "t" },
  },
  panel: "training",
  run: [
    {
      key: "sum",
      says: [
        "weights",
        ["sum", not(argumentsFollowFromAdjusted("o"))],
        ["sumAdjusted", argumentsFollowFromAdjusted("o")],
        ["squash", not(isAdjusted("o"))],
        ["squashAdjusted", isAdjusted("o")],
      ],
      at: { phase: "forward", node: "o" },
      node: "o",
      panel: "code",
    },
    {
      key: "error",
      says: ["target", "error"],
      at: "forward",
      node: "E",
      formula: "oneError",
      panel: "code",
    },
    {
      key: "back",
      says: ["three", ["slope", not(isAdjusted("o"))], "card"],
      at: "end",
      node: "w1",
      formula: "weight",
      panel: "slope",
    },
    { key: "step", says: ["rule", "press"], at: "end", node: "w1", formula: "update" },
  ],
});
