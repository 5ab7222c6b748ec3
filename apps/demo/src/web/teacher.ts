/** The tools of a teacher: a link that hides a number, and a printed sheet with blanks. */

import { linkOf } from "../instrument/link.ts";
import type { Store } from "./store.ts";

/** Hides a number of a node until a learner answers it, and copies the link. */
export async function hideNumber(
  store: Store,
  id: number,
  what: "value" | "gradient",
): Promise<void> {
  store.update({ hidden: { node: store.keyOf(id), what }, card: false });
  const link = new URL(linkOf(store.state.value), location.href);
  try {
    await navigator.clipboard.writeText(link.href);
  } catch {
    // A failure is ignored, since the link is in the address bar, too.
  }
}

/** Prints the page with blanks in place of derivatives. */
export function printBlanks(store: Store): void {
  store.hasBlanks.value = true;
  const done = () => {
    store.hasBlanks.value = false;
  };
  window.addEventListener("afterprint", done, { once: true });
  // The page is printed after the blanks are painted.
  requestAnimationFrame(() => setTimeout(() => window.print()));
}
