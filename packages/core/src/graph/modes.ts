/**
 * Layers that a run has left in evaluation: a program that trains them further has mostly forgotten to set them to
 * training again, and Dropout and BatchNorm then silently do nothing.
 */

import { warn } from "../errors.ts";
import { modelParts } from "./variableTree.ts";

/** By layer: the layers of its model that depend on their mode and were computed in evaluation since a run ended. */
const leftLayers = new WeakMap<object, Set<object>>();

/**
 * Notes that a run has ended and left a model in evaluation.
 *
 * @param run the name of the run, for the warning.
 * @returns a function that a step calls which trains the model further: it warns, once, where layers were evaluated as the
 *   run has left them.
 */
export function leaveInEvaluation(run: string, layers: Iterable<object>): (step: string) => void {
  const evaluated = new Set<object>();
  for (const layer of layers) leftLayers.set(layer, evaluated);
  let hasWarned = false;
  return (step) => {
    const layer = hasWarned ? undefined : [...evaluated].find((each) => !isFrozen(each));
    if (layer === undefined) return;
    hasWarned = true;
    warn(
      `${step} trains a model that ${run} has left in evaluation: ${String(layer)} computes as in evaluation. Call ` +
        "model.train() before the steps, or model.train(false) if that is meant.",
    );
  };
}

/** Notes that the caller has set the mode of a layer. */
export function chooseMode(layer: object): void {
  leftLayers.get(layer)?.delete(layer);
  leftLayers.delete(layer);
}

/** Notes that a layer in evaluation is computed, and depends on that. */
export function noteEvaluated(layer: object): void {
  leftLayers.get(layer)?.add(layer);
}

/** True if a layer has weights, and none of them is trained; scalars are counts and seeds. */
function isFrozen(layer: object): boolean {
  const { variables } = modelParts("train", "layer", layer);
  const hasWeights = variables.some(({ leaf }) => leaf.shape.length > 0);
  return hasWeights && !variables.some(({ leaf }) => leaf.trainable);
}
