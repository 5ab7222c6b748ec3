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

/** The slope below which a step has no visible effect. */
export const FLAT = 1e-4;

/** The distance from the least possible error within which a flat loss counts as near it. */
const NEAR = 0.01;

/** The part of the remaining error below which the change by a step counts as hardly a change. */
const HARDLY = 1e-3;

/** The change of parameters below which the rate counts as too small. */
const SLOW = 1e-6;

/** The number of steps in a row that must raise an unbounded loss for the remark that it diverges. */
const GROWING = 3;

/** A remark on training, with the values in its sentence. */
export type Remark =
  | { readonly kind: "steepest"; readonly name: string; readonly number: number }
  /** The change of the loss by the last step. */
  | { readonly kind: "lowered" | "raised"; readonly number: number }
  | { readonly kind: "still" | "noRate" | "lost" }
  /** The number of steps in a row that have raised the loss. */
  | { readonly kind: "diverges"; readonly number: number }
  /** The most by which a step changes a number. */
  | { readonly kind: "isSlow"; readonly number: number }
  /** The infimum of the loss, or the distance of the loss from it. */
  | { readonly kind: "least" | "isNear" | "isStuck"; readonly number: number };

/**
 * Returns the remarks that apply to a training.
 *
 * @param slopes the gradients of the parameters, by name.
 * @param errors the errors before each step, and the error of the present parameters.
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

/** Returns the number of steps in a row, at the end, that have raised the loss. */
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
    // NaN counts as the steepest slope.
    if (!(Math.abs(slope) <= Math.abs(steepest))) [steepest, name] = [slope, each];
  }
  return { kind: "steepest", name, number: steepest } as const;
}

/** Returns the lines of one update: `0.4 − 0.5 × 0.08217` and `≈ 0.3589`. */
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
