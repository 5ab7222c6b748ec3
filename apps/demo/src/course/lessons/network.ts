/**
 * The 2-2-2 network with the numbers of Matt Mazur's "A Step by Step Backpropagation Example" (2015), so that
 * every step can be compared with the published calculation.
 */

import { explain, type Graph } from "@graddiff/core";
import type { InputValues, LessonInput } from "../lesson.ts";
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

/** One node for each of the network's own, and for its errors. */
export const NETWORK_NODES = ["h1", "h2", "o1", "o2", "E1", "E2", "E"] as const;

const WEIGHTS = ["w1", "w2", "w3", "w4", "w5", "w6", "w7", "w8"] as const;
const BIASES = ["b1", "b2"] as const;

/** A number that training changes. */
export type Parameter = (typeof WEIGHTS)[number] | (typeof BIASES)[number];

/** The numbers that training changes: all weights, and the biases where they are not frozen. */
export function trainedNames({ frozen = 0 }: InputValues): readonly Parameter[] {
  return frozen === 0 ? [...WEIGHTS, ...BIASES] : WEIGHTS;
}

export function isWeight(name: string | undefined): boolean {
  return WEIGHTS.some((weight) => weight === name);
}

export function isBias(name: string | undefined): boolean {
  return BIASES.some((bias) => bias === name);
}

/** The values by the network's names, without those of anything else. */
export function networkValues(values: InputValues): Record<Name, number> {
  const entries = Object.entries(networkStart).map(([name, start]) => [
    name,
    values[name] ?? start,
  ]);
  return Object.fromEntries(entries) as Record<Name, number>;
}

export function explainNetwork(values: InputValues): Graph {
  return explain(E)(networkValues(values));
}
