/**
 * A node in words, for screen readers.
 */

import type { Store } from "./store.ts";

/** Such as `apples, ×, value 200, gradient 1.1`. */
export function nodeLabel(store: Store, id: number): string {
  const { stage, node: words } = store.texts;
  const node = store.graph.value.nodes[id];
  const what = node?.op?.symbol ?? (node?.kind === "constant" ? words.constant : words.input);
  const asked = store.asked.value;
  const isAsked = (part: string) => asked?.id === id && asked.what === part;
  const value = !store.progress.value.hasValue(id)
    ? stage.unknown
    : `${stage.value} ${isAsked("value") ? "?" : store.tensor(node?.value)}`;
  const parts = [store.nameOf(id), what, value];
  const { mode, progress, tangents } = store;
  if (mode.value.kind === "reverse") {
    if (progress.value.hasGradient(id)) {
      parts.push(`${stage.gradient} ${isAsked("gradient") ? "?" : store.tensor(node?.gradient)}`);
    }
  } else if (progress.value.hasValue(id) && tangents.value[id] !== undefined) {
    parts.push(`${stage.tangent} ${store.tensor(tangents.value[id])}`);
  }
  return parts.filter((part, i) => part !== "" && parts.indexOf(part) === i).join(", ");
}
