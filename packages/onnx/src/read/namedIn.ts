/**
 * A list of parameters' names, as a state dict of PyTorch has them, among the tensors of a file: some have another name
 * there, since its exporter transposes and joins weights, and are known by the layer that reads them.
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

/** True if PyTorch has one of these layers inside of another, or both are the same. */
const isWithin = (inner: string, outer: string) =>
  outer === "" || inner === outer || inner.startsWith(`${outer}.`);

/** True if no list trains it: a buffer that a state dict names beside parameters, as far as the file shows it. */
const isBuffer = ({ tensor: { value, settings, roles }, decision }: Named) =>
  value.tensor.size === 0 ||
  roles.has("statistic") ||
  settings.has("scale") ||
  (!decision.trained &&
    (settings.has("vector") || factsOf(value).isMask || factsOf(value).isSinusoidal));

const shown = (names: readonly string[]) => names.slice(0, 3).map(describe).join(", ");

/**
 * Returns the names of the tensors that a list means. @throws ArgumentError where there is none.
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
        // A layer may read a parameter of one inside of it, or be given one of a layer around it.
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
