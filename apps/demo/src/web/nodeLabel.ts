/**
 * The label of a node, for screen readers.
 */

import type { Store } from "./store.ts";

/** Returns the label of a node, such as `apples, ×, value 200, gradient 1.1`. */
export function nodeLabel(store: Store, id: number): string {
  const { stage } = store.texts;
  const readings = store.readings.value;
  const [value, derivative] = [readings.value(id), readings.derivative(id)];
  const parts = [
    store.nameOf(id),
    store.operationOf(id),
    store.changeOf(id),
    value === "" ? stage.unknown : `${stage.value} ${value}`,
    derivative === ""
      ? ""
      : `${store.mode.value.kind === "reverse" ? stage.gradient : stage.tangent} ${derivative}`,
  ];
  return parts.filter((part, i) => part !== "" && parts.indexOf(part) === i).join(", ");
}
