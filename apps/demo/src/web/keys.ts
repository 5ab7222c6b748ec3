/**
 * Keys that work unless a field has the focus: space plays, comma and full stop step, P opens the presenter's view.
 */

import type { Store } from "./store.ts";
import { togglePlay } from "./TimelineBar.tsx";

/** Handles the keys that are pressed in a part of the page, or with the focus on no element. */
export function followKeys(store: Store, root: Element): () => void {
  const follow = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as Element;
    if (!root.contains(target) && target !== document.body) return;
    if (target.closest("input, select, textarea, [contenteditable]")) return;
    if (
      event.key === " " &&
      !target.closest("button:not(.control), [role=button], [role=slider], a, summary")
    )
      togglePlay(store);
    else if (event.key === ".") store.goToPlace(store.place.value + 1);
    else if (event.key === ",") store.goToPlace(store.place.value - 1);
    else if (event.key === "p" || event.key === "P") {
      store.isPresented.value = !store.isPresented.value;
    } else if (event.key === "Escape" && store.isPresented.value) store.isPresented.value = false;
    else if (event.key === "Escape") store.closeCard();
    else return;
    event.preventDefault();
  };
  window.addEventListener("keydown", follow);
  return () => window.removeEventListener("keydown", follow);
}
