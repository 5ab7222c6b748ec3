/**
 * Finds the tensors of a file for a list of parameter names of a PyTorch state dict. Some tensors have other names in
 * the file, since PyTorch's exporter transposes and joins weights; these are found by the layer that reads them.
 */

import { ArgumentError } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";
import { factsOf, type Stored } from "./roles.ts";
import type { Decision } from "./rules.ts";

interface Named {
  readonly tensor: Stored;
  readonly name: string;
  readonly decision: Decision;
}

const layerOf = (name: string) => name.split(".").slice(0, -1).join(".");

/** True if a layer is inside another one in PyTorch, or is the same. */
const isWithin = (inner: string, outer: string) =>
  outer === "" || inner === outer || inner.startsWith(`${outer}.`);

/** True if a tensor seems to be a buffer, which a state dict lists beside parameters and which no list trains. */
const isBuffer = ({ tensor: { value, settings, roles }, decision }: Named) =>
  value.tensor.size === 0 ||
  roles.has("statistic") ||
  settings.has("scale") ||
  (!decision.trained &&
    (settings.has("vector") || factsOf(value).isMask || factsOf(value).isSinusoidal));

const shown = (names: readonly string[]) => names.slice(0, 3).map(describe).join(", ");

/**
 * Returns the names of the tensors for a list of parameters.
 *
 * @throws ArgumentError if a parameter has no tensor.
 */
export function namedIn(list: readonly string[], all: readonly Named[]): ReadonlySet<string> {
  const wanted = new Set(list);
  const found = new Set<string>();
  for (const each of all) if (wanted.has(each.name) && !isBuffer(each)) found.add(each.name);
  const names = new Set(all.map(({ name }) => name));
  const renamed = list.filter((name) => !names.has(name));
  const others = all.filter(
    ({ name, tensor, decision }) =>
      !wanted.has(name) &&
      (decision.trained || decision.isAmbiguous) &&
      tensor.layers.size > 0 &&
      ![...tensor.layers].some((layer) => layer !== "" && name.startsWith(`${layer}.`)) &&
      (name.includes("::") || name.startsWith("/")),
  );
  const layers = new Set(renamed.map(layerOf));
  const layersOfOthers = new Set(others.flatMap(({ tensor }) => [...tensor.layers]));
  const left = [...layers].filter((layer) => !layersOfOthers.has(layer));
  for (const { name, tensor, decision } of others) {
    const isMeant = [...tensor.layers].some(
      (reader) =>
        layers.has(reader) ||
        // A layer may read a parameter of a layer inside it, or of one around it.
        left.some((owner) => isWithin(owner, reader)) ||
        (decision.isAmbiguous && left.some((owner) => isWithin(reader, owner))),
    );
    if (isMeant) found.add(name);
  }
  if (found.size > 0 || list.length === 0) return found;
  throw new ArgumentError({
    op: "importOnnx",
    argument: "trainable",
    expected: "names of tensors of the model, or of PyTorch's parameters",
    got: shown(list),
    hint: `It has ${shown(all.map(({ name }) => name))}`,
  });
}
