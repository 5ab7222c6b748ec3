/**
 * What can be told of steps downhill from one graph: the update of a parameter, and how far E is from the least.
 */

import { type Graph, tensor } from "@graddiff/core";
import type { InputValues } from "../course/lesson.ts";
import { type Parameter, trainedNames } from "../course/lessons/network.ts";
import { updated } from "../course/programs/network.ts";
import { equation, type Lines } from "./equation.ts";
import type { Digits } from "./format.ts";

/** A slope below this changes nothing that could be seen. */
export const FLAT = 1e-4;

/** Flat slopes that are no further above the least possible error have come near to it. */
const NEAR = 0.01;

/** A step that changes the error by a smaller part of what is left hardly moves it. */
const HARDLY = 1e-3;

/** A step that changes no number by more is one of a rate that is too small. */
const SLOW = 1e-6;

/** What a sentence about training is filled from. */
export type Remark =
  | { readonly kind: "steepest"; readonly name: Parameter; readonly number: number }
  /** By how much the last step changed E. */
  | { readonly kind: "lowered" | "raised"; readonly number: number }
  | { readonly kind: "still" | "noRate" }
  /** The most by which a step changes a number. */
  | { readonly kind: "isSlow"; readonly number: number }
  /** The number below which E cannot come, and how far it is above. */
  | { readonly kind: "least" | "isNear" | "isStuck"; readonly number: number };

/**
 * What is true of the training that has led to a graph.
 *
 * @param errors those before each step, and that of the graph.
 */
export function remarksOn(
  graph: Graph,
  inputs: InputValues,
  errors: readonly number[],
): readonly Remark[] {
  const [before = Number.NaN, error = Number.NaN] = errors.slice(-2);
  const steepest = steepestOf(graph, inputs);
  const { rate = 0 } = inputs;
  const change = error - before;
  const remarks: Remark[] = [
    steepest,
    change === 0
      ? { kind: "still" }
      : { kind: change < 0 ? "lowered" : "raised", number: Math.abs(change) },
  ];
  const most = Math.abs(rate * steepest.number);
  const isFlat = Math.abs(steepest.number) < FLAT;
  if (rate === 0) remarks.push({ kind: "noRate" });
  else if (!isFlat && most < SLOW) remarks.push({ kind: "isSlow", number: most });
  if (!isFlat || rate === 0) return remarks;
  const least = leastError(inputs);
  const above = error - least;
  remarks.push({ kind: "least", number: least });
  if (above <= NEAR) remarks.push({ kind: "isNear", number: Math.max(0, above) });
  else if (Math.abs(change) < HARDLY * above) remarks.push({ kind: "isStuck", number: above });
  return remarks;
}

function steepestOf(graph: Graph, inputs: InputValues) {
  let [steepest, name]: [number, Parameter] = [0, "w1"];
  for (const each of trainedNames(inputs)) {
    const slope = graph.node(each)?.gradient?.item() ?? 0;
    // NaN is as steep as can be.
    if (!(Math.abs(slope) <= Math.abs(steepest))) [steepest, name] = [slope, each];
  }
  return { kind: "steepest", name, number: steepest } as const;
}

/**
 * The infimum of E: weights make any outputs between 0 and 1, both excluded, and no others.
 */
export function leastError({ t1 = 0, t2 = 0 }: InputValues): number {
  const miss = (target: number) => target - Math.min(1, Math.max(0, target));
  return 0.5 * (miss(t1) ** 2 + miss(t2) ** 2);
}

/** One update written out: `0.4 − 0.5 × 0.08217` and `≈ 0.3589`. */
export function updateLines(
  parameter: number,
  rate: number,
  gradient: number,
  digits: Digits,
): Lines {
  const of = (number: number) => tensor(number, { dtype: "float64" });
  const next = updated(of(parameter), of(gradient), of(rate)).item();
  return equation([parameter, "−", [rate, "×", gradient]], next, digits);
}
