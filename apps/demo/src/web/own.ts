/**
 * The part of the page that reads typed functions, which is loaded for the first typed function, and the functions that
 * this browser stores.
 */

import type { LessonName } from "../course/catalogue/index.ts";
import { OWN_START } from "../course/lessons/ownStart.ts";
import { findLesson, NO_POINTS, renewedText } from "../course/lessons.ts";
import type { Store } from "./store.ts";

let loading: Promise<unknown> | undefined;

/** Loads the parser of typed functions; after a failure it tries again. */
export function loadOwn(): Promise<unknown> {
  loading ??= import("../own/register.ts").catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** True if an address has a typed function, or leads to one. */
export function isOwnAddress(fragment: string): boolean {
  return /^#v[123]=own(;|$)/.test(fragment);
}

/** Goes to a lesson; the lesson of the reader's own function begins with the function that was typed last. */
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

/** Calls `then` once the parser of typed functions is loaded; if it cannot be loaded, the page shows a message. */
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
/** The storage key of functions in the syntax of older links. */
const OLDER_KEY = "graddiff-own";

/** The most functions that are stored; the oldest are removed. */
const MOST_KEPT = 12;

/** Returns the stored functions, the last first. */
export function keptFunctions(): readonly string[] {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === null ? listOf(localStorage.getItem(OLDER_KEY)).map(renewedText) : listOf(kept);
  } catch {
    // Storage may be forbidden, or have data of another program.
    return [];
  }
}

function listOf(text: string | null): readonly string[] {
  const kept: unknown = JSON.parse(text ?? "[]");
  return Array.isArray(kept) ? kept.filter((each) => typeof each === "string") : [];
}

/** Stores a function, or removes it if `isKept` is false. */
export function keepFunction(text: string, isKept = true): readonly string[] {
  const others = keptFunctions().filter((each) => each !== text);
  const next = isKept ? [text, ...others].slice(0, MOST_KEPT) : others;
  try {
    localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Without storage, the functions last as long as the page.
  }
  return next;
}
