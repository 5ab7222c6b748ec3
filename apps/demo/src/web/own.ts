/**
 * The part of the page that reads typed functions, which is loaded with the first of them, and the functions that are
 * kept in this browser.
 */

import type { LessonName } from "../course/catalogue/index.ts";
import { OWN_START } from "../course/lessons/ownStart.ts";
import { findLesson, NO_POINTS, renewedText } from "../course/lessons.ts";
import type { Store } from "./store.ts";

let loading: Promise<unknown> | undefined;

/** Loads what reads typed functions; a loading that failed is begun anew. */
export function loadOwn(): Promise<unknown> {
  loading ??= import("../own/register.ts").catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** True of an address that has a typed function, or leads to one. */
export function isOwnAddress(fragment: string): boolean {
  return /^#v[123]=own(;|$)/.test(fragment);
}

/** Goes to a lesson; that of one's own begins with the function that was typed last. */
export function goTo(store: Store, name: LessonName): void {
  if (name !== "own") {
    store.goToLesson(name);
    return;
  }
  void whenOwn(store, () => {
    store.goToLesson("own");
    const [last] = keptFunctions();
    const text = last !== undefined && findLesson("own", last) !== undefined ? last : OWN_START;
    store.showOwn(text, NO_POINTS);
  });
}

/** Does something when the part that reads typed functions is there; where it does not come the page says so. */
export async function whenOwn(store: Store, then: () => void): Promise<void> {
  store.unloaded.value = undefined;
  try {
    await loadOwn();
  } catch {
    store.unloaded.value = () => whenOwn(store, then);
    return;
  }
  then();
}

const KEY = "graddiff-own-3";
/** The key of functions that were read as those of older links. */
const OLDER_KEY = "graddiff-own";

/** The number of functions that are kept; the oldest go. */
const MOST_KEPT = 12;

/** Returns the functions that were kept, the last first. */
export function keptFunctions(): readonly string[] {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? listOf(localStorage.getItem(OLDER_KEY)).map(renewedText) : listOf(kept);
  } catch {
    // Storage may be forbidden, or hold what another program wrote.
    return [];
  }
}

function listOf(text: string | null): readonly string[] {
  const kept: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
}

/** Keeps a function, or with `false` forgets it. */
export function keepFunction(text: string, isKept = true): readonly string[] {
  const others = keptFunctions().filter((each) => each !== text);
  const next = isKept ? [text, ...others].slice(0, MOST_KEPT) : others;
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Without storage it lasts as long as the page.
  }
  return next;
}
