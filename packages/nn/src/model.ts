/** The Variables of a model by their names, and the objects of a model that contain them. */

import type { Variable } from "@graddiff/core";
import { modelParts } from "./inside.ts";

/** Returns the Variables of a model, each with the first name that leads to it. */
export function namesOf(op: string, model: object): ReadonlyMap<Variable, string> {
  const names = new Map<Variable, string>();
  for (const { name, leaf } of modelParts(op, "model", model).variables) {
    if (!names.has(leaf)) names.set(leaf, name);
  }
  return names;
}

/** Returns a model and all objects in it that may contain Variables, such as layers. */
export function objectsIn(op: string, model: object): ReadonlySet<object> {
  return modelParts(op, "model", model).objects;
}
