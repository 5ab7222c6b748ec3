/**
 * The modes of the layers of a model while a run trains and evaluates it.
 */

import { Layer } from "@graddiff/core";
import { leaveModel } from "../evaluation.ts";
import { BatchNorm } from "../layers/normalization.ts";
import { objectsIn } from "../model.ts";

/** Puts all layers of a model into training or evaluation. */
export function setMode(op: string, model: object, on: boolean): void {
  if (model instanceof Layer) model.train(on);
  else for (const each of objectsIn(op, model)) if (each instanceof Layer) each.train(on);
}

/** Sets a model to evaluation at the end of a run, and notes it, so that later training steps warn. */
export function leaveTraining(op: string, model: object): void {
  setMode(op, model, false);
  leaveModel(op, model);
}

/** True if a model has layers whose statistics would count repeated examples. */
export function hasBatchNorm(op: string, model: object): boolean {
  return [...objectsIn(op, model)].some((each) => each instanceof BatchNorm);
}
