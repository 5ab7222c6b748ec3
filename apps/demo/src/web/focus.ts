/** The part of the stage that has the focus, or may have it. */

import type { Store } from "./store.ts";

/** Returns the node that the Tab key reaches: the chosen one, or the first. Arrows lead to the others. */
export function focusable(store: Store): number | undefined {
  const first = store.arranged.value.layout.layers.find((layer) => layer.length > 0)?.[0];
  return store.chosen.value ?? first;
}

/** Focuses a node, which may be drawn only when it has come into sight. */
export function focusNode(id: number, stage: SVGSVGElement | null | undefined): void {
  const found = () => stage?.querySelector<SVGGElement>(`[data-node="${id}"]`);
  const target = found();
  target?.focus();
  target?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (target === null) requestAnimationFrame(() => found()?.focus());
}

/** Focuses what a card was of: its node or its edge. */
export function focusOwner(store: Store): void {
  const canvas = document.getElementById(`${store.prefix}-canvas`);
  const edge = store.chosenEdge.peek();
  const owner =
    edge === undefined
      ? `[data-node="${store.chosen.peek()}"]`
      : `[data-edge="${edge.from}-${edge.to}"]`;
  canvas?.querySelector<SVGGElement>(owner)?.focus();
}
