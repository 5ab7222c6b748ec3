/**
 * The changes that steps of a guided run offer to try.
 */

import { batch } from "@preact/signals";
import type { Offer } from "../course/lesson.ts";
import type { Store } from "./store.ts";

/** What stands on the button. */
export function offerText(store: Store, offer: Offer): string {
  const { page, training } = store.texts;
  if ("train" in offer) return training.fresh;
  const name = store.nameOf(store.idOf(offer.node) ?? 0);
  if ("to" in offer) return page.set(name, store.number(offer.to));
  const sign = offer.by < 0 ? "−" : "+";
  return page.try(name, `${sign} ${store.number(Math.abs(offer.by))}`);
}

/** Makes the change. */
export function takeOffer(store: Store, offer: Offer): void {
  if ("train" in offer) {
    store.reset();
    store.update({ trained: offer.train });
    return;
  }
  const id = store.idOf(offer.node);
  if (id === undefined) return;
  if ("by" in offer) store.addTo(id, offer.by);
  else {
    batch(() => {
      store.begin(id);
      store.setValue(id, offer.to);
    });
  }
}
