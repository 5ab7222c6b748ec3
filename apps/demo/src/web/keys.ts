/**
 * Keys that work wherever no field has the focus: space plays, comma and full stop step.
 */

import type { Store } from "./store.ts";
import { togglePlay } from "./TimelineBar.tsx";

export function followKeys(store: Store): void {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as Element;
    if (target.closest("input, select, textarea, [contenteditable]")) return;
    if (event.key === " " && !target.closest("button:not(.control), a, summary")) togglePlay(store);
    else if (event.key === ".") store.goToPlace(store.place.value + 1);
    else if (event.key === ",") store.goToPlace(store.place.value - 1);
    else return;
    event.preventDefault();
  });
}
