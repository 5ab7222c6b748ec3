/** Functions for the focus on the stage. */

import type { Store } from "./store.ts";

/** Returns the node that the Tab key reaches: the chosen one, or the first. Arrow keys lead to the other nodes. */
export function focusable(store: Store): number | undefined {
  const first = store.arranged.value.layout.layers.find((layer) => layer.length > 0)?.[0];
  return store.chosen.value ?? first;
}

/** Focuses a node, which may be drawn only after it was scrolled into view. */
export function focusNode(id: number, stage: SVGSVGElement | null | undefined): void {
  const found = () => stage?.querySelector<SVGGElement>(`[data-node="${id}"]`);
  const target = found();
  target?.focus();
  target?.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (target === null) requestAnimationFrame(() => found()?.focus());
}

/** Focuses the node or the edge of a card that was closed. */
export function focusOwner(store: Store): void {
  const canvas = document.getElementById(`${store.prefix}-canvas`);
  const edge = store.chosenEdge.peek();
  const owner =
    edge === undefined
      ? `[data-node="${store.chosen.peek()}"]`
      : `[data-edge="${edge.from}-${edge.to}"]`;
  canvas?.querySelector<SVGGElement>(owner)?.focus();
}
