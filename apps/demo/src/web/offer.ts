/**
 * The changes that steps of a guided run offer to try, in words.
 */

import type { Offer } from "../course/lesson.ts";
import type { Store } from "./store.ts";

/** Returns the text on the button. */
export function offerText(store: Store, offer: Offer): string {
  const { page, training } = store.texts;
  if ("train" in offer) return training.fresh;
  const name = store.nameOf(store.idOf(offer.node) ?? 0);
  if ("to" in offer) return page.set(name, store.number(offer.to(store.values.value)));
  const sign = offer.by < 0 ? "−" : "+";
  return page.try(name, `${sign} ${store.number(Math.abs(offer.by))}`);
}
