/**
 * What of a model can be trained: its constants of floats, but for those that operators read as settings.
 */

import { Variable } from "@graddiff/core";
import { type Plan, readsOf } from "./plan.ts";
import { runModel } from "./run.ts";
import type { Run, Weights } from "./scope.ts";
import { isFloatType } from "./types.ts";
import type { Value } from "./value.ts";

/** How the nodes of a graph read a name. */
interface Use {
  readonly asWeight: boolean;
  readonly asStatistic: boolean;
}

/** From the last node to the first: what only goes into settings is a setting itself. */
function usesOf({ steps, outputs }: Plan): ReadonlyMap<string, Use> {
  const uses = new Map<string, Use>();
  const add = (name: string, asWeight: boolean, asStatistic: boolean) => {
    const before = uses.get(name);
    uses.set(name, {
      asWeight: asWeight || before?.asWeight === true,
      asStatistic: asStatistic || before?.asStatistic === true,
    });
  };
  for (const name of outputs) add(name, true, false);
  for (const step of steps.toReversed()) {
    const row = "read" in step.does ? step.does : undefined;
    const isRead = step.outputs.some((name) => uses.get(name)?.asWeight === true);
    step.inputs.forEach((name, i) => {
      const isSetting = row?.settings?.includes(i) === true;
      add(name, isRead && !isSetting, row?.statistics?.includes(i) === true);
    });
    // What graphs inside read, they may read as anything.
    for (const name of readsOf(step).slice(step.inputs.length)) add(name, true, false);
  }
  return uses;
}

/** Nodes that give the same whenever they run: the values of weights stand in some files so. */
const CONSTANT_NODES = new Set(["Constant", "ConstantOfShape"]);

/** A model's graph without its weights, and these. */
export interface Weighted {
  readonly plan: Plan;
  readonly weights: Weights;
}

/**
 * Takes the weights out of a graph. One element without axes, as the small number beside a root, is a weight that is not
 * trained unless it is told to, and so are statistics.
 */
export function takeWeights(plan: Plan, run: Run): Weighted {
  const uses = usesOf(plan);
  const constants = new Map(plan.constants);
  const weights = new Map<string, { type: Value["type"]; variable: Variable }>();
  const isWeight = (name: string, { type }: Value) =>
    isFloatType(type) && uses.get(name)?.asWeight === true;
  const make = (name: string, { type, tensor }: Value) => {
    const trainable = tensor.rank > 0 && uses.get(name)?.asStatistic !== true;
    weights.set(name, { type, variable: new Variable(tensor, { trainable }) });
  };
  for (const [name, value] of plan.constants) {
    if (!uses.has(name)) constants.delete(name);
    if (!isWeight(name, value)) continue;
    make(name, value);
    constants.delete(name);
  }
  const steps = plan.steps.filter((step) => {
    const [name = ""] = step.outputs;
    const known = step.inputs.every((input) => constants.has(input));
    if (!CONSTANT_NODES.has(step.operator) || !known) return true;
    const own = {
      ...plan,
      constants,
      inputs: [],
      outputs: [name],
      steps: [{ ...step, frees: [] }],
    };
    const [value] = runModel(own, [], run, new Map());
    if (value === undefined) return true;
    // A number in the text of a model, such as an exponent, is no weight.
    if (value.tensor.rank === 0 || !isWeight(name, value)) constants.set(name, value);
    else make(name, value);
    return false;
  });
  return { plan: { ...plan, constants, steps }, weights };
}
