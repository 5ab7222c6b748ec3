/** Models that a run has left in evaluation: a step that trains one further warns, where that is mostly forgotten. */

import type { Variable } from "@graddiff/core";
import { leaveInEvaluation, modelParts } from "./inside.ts";

/** The functions that warn, by the Variables of the models. */
const warnings = new WeakMap<Variable, (step: string) => void>();

/** Notes that a run has left a model in evaluation. */
export function leaveModel(run: string, model: object): void {
  const { variables, objects } = modelParts(run, "model", model);
  const warn = leaveInEvaluation(run, objects);
  for (const { leaf } of variables) warnings.set(leaf, warn);
}

/** Warns where a step changes Variables of a model whose layers were evaluated as a run has left them. */
export function warnOfEvaluation(step: string, variables: readonly Variable[]): void {
  for (const variable of variables) warnings.get(variable)?.(step);
}
