/**
 * The remarks on steps downhill: the update of a parameter, the effect of the last step, and the distance of the loss
 * from the least.
 */

import { tensor } from "@graddiff/core";
import type { InputValues } from "../course/lesson.ts";
import type { TrainingPlan } from "../course/plan.ts";
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

/** The number of steps in a row that raise a loss without a bound, from which on it is told to diverge. */
const GROWING = 3;

/** The values from which a sentence about training is filled. */
export type Remark =
  | { readonly kind: "steepest"; readonly name: string; readonly number: number }
  /** By how much the last step changed the loss. */
  | { readonly kind: "lowered" | "raised"; readonly number: number }
  | { readonly kind: "still" | "noRate" | "lost" }
  /** The number of steps in a row that have raised the loss. */
  | { readonly kind: "diverges"; readonly number: number }
  /** The most by which a step changes a number. */
  | { readonly kind: "isSlow"; readonly number: number }
  /** The number below which the loss cannot come, and how far it is above. */
  | { readonly kind: "least" | "isNear" | "isStuck"; readonly number: number };

/**
 * Returns the remarks that are true of a training.
 *
 * @param slopes the gradients of what is trained, by name.
 * @param errors those before each step, and that of the present parameters.
 */
export function remarksOn(
  plan: TrainingPlan,
  inputs: InputValues,
  slopes: InputValues,
  errors: readonly number[],
): readonly Remark[] {
  const [before = Number.NaN, error = Number.NaN] = errors.slice(-2);
  if (!Number.isFinite(error)) return [{ kind: "lost" }];
  const steepest = steepestOf(slopes);
  const { rate = 0 } = inputs;
  const change = error - before;
  const remarks: Remark[] = [
    steepest,
    change === 0
      ? { kind: "still" }
      : { kind: change < 0 ? "lowered" : "raised", number: Math.abs(change) },
  ];
  const growing = growingSteps(errors);
  if (plan.isUnbounded && growing >= GROWING) remarks.push({ kind: "diverges", number: growing });
  const most = Math.abs(rate * steepest.number);
  const isFlat = Math.abs(steepest.number) < FLAT;
  if (rate === 0) remarks.push({ kind: "noRate" });
  else if (!isFlat && most < SLOW) remarks.push({ kind: "isSlow", number: most });
  const least = plan.least?.(inputs);
  if (!isFlat || rate === 0 || least === undefined) return remarks;
  const above = error - least;
  remarks.push({ kind: "least", number: least });
  if (above <= NEAR) remarks.push({ kind: "isNear", number: Math.max(0, above) });
  else if (Math.abs(change) < HARDLY * above) remarks.push({ kind: "isStuck", number: above });
  return remarks;
}

/** Returns the number of steps at the end each of which has raised the loss. */
function growingSteps(errors: readonly number[]): number {
  let steps = 0;
  for (let i = errors.length - 1; i > 0; i--) {
    if (!((errors[i] ?? 0) > (errors[i - 1] ?? 0))) break;
    steps++;
  }
  return steps;
}

function steepestOf(slopes: InputValues) {
  let [steepest, name] = [0, Object.keys(slopes)[0] ?? ""];
  for (const [each, slope] of Object.entries(slopes)) {
    // NaN is as steep as can be.
    if (!(Math.abs(slope) <= Math.abs(steepest))) [steepest, name] = [slope, each];
  }
  return { kind: "steepest", name, number: steepest } as const;
}

/** Returns one update written out: `0.4 − 0.5 × 0.08217` and `≈ 0.3589`. */
export function updateLines(
  parameter: number,
  rate: number,
  gradient: number,
  digits: Digits,
): Lines {
  return equation(
    [parameter, "−", [rate, "×", gradient]],
    updatedNumber(parameter, rate, gradient),
    digits,
  );
}

/** Returns a parameter after one update. */
export function updatedNumber(parameter: number, rate: number, gradient: number): number {
  const of = (number: number) => tensor(number, { dtype: "float64" });
  return updated(of(parameter), of(gradient), of(rate)).item();
}
