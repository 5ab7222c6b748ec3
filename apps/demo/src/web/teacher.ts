/** The tools of a teacher: a link that hides a number, and a sheet with blanks. */

import { linkOf } from "../instrument/link.ts";
import type { Store } from "./store.ts";

/** Hides a number of a node until somebody says it, and copies the link of that. */
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
    // The link is in the address bar, too.
  }
}

/** Prints the page with blanks in the place of derivatives. */
export function printBlanks(store: Store): void {
  store.hasBlanks.value = true;
  const done = () => {
    store.hasBlanks.value = false;
  };
  window.addEventListener("afterprint", done, { once: true });
  // After the paint of the blanks.
  requestAnimationFrame(() => setTimeout(() => window.print()));
}
