/**
 * Layers that a run has left in evaluation: whoever goes on training them mostly has forgotten to put them into training
 * again, and Dropout and BatchNorm then do nothing, silently.
 */

import { warn } from "../errors.ts";
import type { Variable } from "./variable.ts";
import { namesOfVariables } from "./variableTree.ts";

/** A model that a run has left in evaluation. */
interface Left {
  readonly op: string;
  /** The layers of it that have been evaluated since and depend on their mode. */
  readonly evaluated: Set<object>;
  isTold: boolean;
}

const leftLayers = new WeakMap<object, Left>();
const leftVariables = new WeakMap<Variable, Left>();

/** Notes that a run has ended and left a model in evaluation. @param op the run, for messages. */
export function leaveInEvaluation(
  op: string,
  layers: Iterable<object>,
  variables: Iterable<Variable>,
): void {
  const left: Left = { op, evaluated: new Set(), isTold: false };
  for (const layer of layers) leftLayers.set(layer, left);
  for (const variable of variables) leftVariables.set(variable, left);
}

/** Notes that somebody has chosen the mode of a layer. */
export function chooseMode(layer: object): void {
  leftLayers.get(layer)?.evaluated.delete(layer);
  leftLayers.delete(layer);
}

/** Notes that a layer in evaluation is computed, and depends on that. */
export function noteEvaluated(layer: object): void {
  leftLayers.get(layer)?.evaluated.add(layer);
}

/** True if a layer has weights, and none of them is trained; scalars are counts and seeds. */
function isFrozen(layer: object): boolean {
  const own = namesOfVariables("train", "layer", layer).map(([, variable]) => variable);
  return own.some(({ shape }) => shape.length > 0) && !own.some(({ trainable }) => trainable);
}

/** Warns once, where a step changes Variables of a model whose layers were evaluated as a run has left them. */
export function warnOfEvaluation(op: string, variables: readonly Variable[]): void {
  for (const variable of variables) {
    const left = leftVariables.get(variable);
    if (left === undefined || left.isTold) continue;
    const [layer] = [...left.evaluated].filter((each) => !isFrozen(each));
    if (layer === undefined) continue;
    left.isTold = true;
    warn(
      `${op} trains a model that ${left.op} has left in evaluation: ${String(layer)} computes as in evaluation. Call ` +
        "model.train() ahead of the steps, or model.train(false) if that is meant.",
    );
  }
}
