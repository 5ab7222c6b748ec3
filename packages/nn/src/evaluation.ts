/** Warnings for training steps of a model that a run has left in evaluation mode, which is mostly a mistake. */

import type { Variable } from "@graddiff/core";
import { leaveInEvaluation, modelParts } from "./inside.ts";

/** The functions that warn, by the Variables of the models. */
const warnings = new WeakMap<Variable, (step: string) => void>();

/** Stores that a run has left a model in evaluation mode. */
export function leaveModel(run: string, model: object): void {
  const { variables, objects } = modelParts(run, "model", model);
  const warn = leaveInEvaluation(run, objects);
  for (const { leaf } of variables) warnings.set(leaf, warn);
}

/** Warns if a step changes Variables of a model whose layers a run has left in evaluation mode. */
export function warnOfEvaluation(step: string, variables: readonly Variable[]): void {
  for (const variable of variables) warnings.get(variable)?.(step);
}
