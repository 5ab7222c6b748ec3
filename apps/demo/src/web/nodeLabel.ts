/**
 * A node in words, for screen readers.
 */

import type { Store } from "./store.ts";

/** Such as `apples, ×, value 200, gradient 1.1`. */
export function nodeLabel(store: Store, id: number): string {
  const { stage, node: words } = store.texts;
  const node = store.graph.peek().nodes[id];
  const readings = store.readings.value;
  const what = node?.op?.symbol ?? (node?.kind === "constant" ? words.constant : words.input);
  const [value, derivative] = [readings.value(id), readings.derivative(id)];
  const parts = [
    store.nameOf(id),
    what,
    value === "" ? stage.unknown : `${stage.value} ${value}`,
    derivative === ""
      ? ""
      : `${store.mode.value.kind === "reverse" ? stage.gradient : stage.tangent} ${derivative}`,
  ];
  return parts.filter((part, i) => part !== "" && parts.indexOf(part) === i).join(", ");
}
