/**
 * The 2-2-2 network with the numbers of Matt Mazur's "A Step by Step Backpropagation Example" (2015), so that
 * every step can be compared with the published calculation.
 */

import { explain, type Graph } from "@graddiff/core";
import type { GivenValues, InputValues, LessonInput } from "../lesson.ts";
import type { TrainingPlan } from "../plan.ts";
import { E } from "../programs/network.ts";

/** The published values. */
export const networkStart = {
  i1: 0.05,
  i2: 0.1,
  w1: 0.15,
  w2: 0.2,
  w3: 0.25,
  w4: 0.3,
  b1: 0.35,
  w5: 0.4,
  w6: 0.45,
  w7: 0.5,
  w8: 0.55,
  b2: 0.6,
  t1: 0.01,
  t2: 0.99,
};

type Name = keyof typeof networkStart;

export const networkInputs: Readonly<Record<string, LessonInput>> = Object.fromEntries(
  Object.entries(networkStart).map(([name, initial]) => [name, { initial, step: 0.01 }]),
);

/** The nodes that the folded graph shows: the network's nodes, and its errors. */
export const NETWORK_NODES = ["h1", "h2", "o1", "o2", "E1", "E2", "E"] as const;

const WEIGHTS = ["w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"] as const;
const BIASES = ["b1", "b2"] as const;

/** A number that training changes. */
export type Parameter = (typeof WEIGHTS)[number] | (typeof BIASES)[number];

/** Returns the numbers that training changes: all weights, and the biases unless they are frozen. */
export function trainedNames({ frozen = 0 }: InputValues): readonly Parameter[] {
  return frozen === 0 ? [...WEIGHTS, ...BIASES] : WEIGHTS;
}

export function isWeight(name: string | undefined): boolean {
  return WEIGHTS.some((weight) => weight === name);
}

const NAMES = Object.keys(networkStart) as readonly Name[];

/** Returns only those values whose names are names of the network. */
export function networkValues<Value>(
  values: Readonly<Record<string, Value>>,
): Record<Name, Value | number> {
  const entries = NAMES.map((name) => [name, values[name] ?? networkStart[name]]);
  return Object.fromEntries(entries) as Record<Name, Value | number>;
}

export function explainNetwork(values: GivenValues): Graph {
  return explain(E)(networkValues(values));
}

/** Returns the infimum of E: with suitable weights, the outputs can be any numbers between 0 and 1, both excluded. */
export function leastError({ t1 = 0, t2 = 0 }: InputValues): number {
  const miss = (target: number) => target - Math.min(1, Math.max(0, target));
  return 0.5 * (miss(t1) ** 2 + miss(t2) ** 2);
}

export const networkPlan: TrainingPlan = {
  loss: (given) => E(given as Parameters<typeof E>[0]),
  names: NAMES,
  parameters: trainedNames,
  least: leastError,
  isUnbounded: false,
  surface: { x: "i1", y: "i2", node: "o1", target: "t1" },
};
