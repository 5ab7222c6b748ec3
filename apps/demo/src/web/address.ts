/**
 * Synchronisation of the page's state with its address, which makes the browser's history the history of states.
 */

import { batch, effect } from "@preact/signals";
import type { Catalogue } from "../course/catalogue/index.ts";
import type { Language } from "../course/catalogue/languages.ts";
import { OWN_START } from "../course/lessons/ownStart.ts";
import { findLesson, lessons } from "../course/lessons.ts";
import { initialState, linkOf, type ReadLink, readLink, type State } from "../instrument/link.ts";
import { isOwnAddress, loadOwn, whenOwn } from "./own.ts";
import { Store } from "./store.ts";

/** The milliseconds without an edit after which a new entry of the history begins. */
const QUIET = 600;

/** The least milliseconds between two writes of the address: Safari refuses more than 100 in 30 seconds. */
const PACE = 320;

/** Reads a link, and loads the parser first if the link has a typed function. */
export async function openLink(
  fragment: string,
  language: Language,
  texts: Catalogue,
): Promise<ReadLink> {
  if (isOwnAddress(decoded(fragment))) {
    await loadOwn();
    // A link without a text begins with the example function.
    if (!decoded(fragment).includes(";f=")) {
      const lesson = findLesson("own", OWN_START);
      if (lesson !== undefined) return { state: initialState(lesson) };
    }
  }
  return readState(fragment, language, texts);
}

/** Reads a link, and checks its positions and nodes with the graph. */
export function readState(fragment: string, language: Language, texts: Catalogue): ReadLink {
  const [first] = lessons;
  if (first === undefined) throw new Error("there are no lessons");
  const read = readLink(decoded(fragment), first, texts);
  if ("damage" in read) return read;
  const { state } = read;
  const store = new Store(language, texts, state);
  const keys = [
    ...Object.keys(state.adjusted),
    ...state.opened,
    ...(state.node ? [state.node] : []),
    ...(state.edge ? [state.edge.replace(/\.\d$/, "")] : []),
    ...(state.hidden ? [state.hidden.node] : []),
  ];
  const wrong = keys.find((key) => store.idOfKey(key) === undefined);
  const start = initialState(store.lesson.value, state.points);
  if (wrong !== undefined) return { damage: texts.link.part(wrong), start };
  if ((state.place ?? 0) > store.steps.value.length) return { damage: texts.link.place, start };
  return read;
}

/** Returns the message about a damaged link: the lesson that is shown, and the fault. */
export function damageText(
  { damage, start }: Extract<ReadLink, { damage: string }>,
  { page, lessons: titles }: Pick<Catalogue, "page" | "lessons">,
): string {
  return `${page.damaged(titles[start.lesson].title)} ${damage}.`;
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** Keeps the address up to date, and follows it when the reader goes back. */
export function followAddress(store: Store): void {
  let written = location.hash;
  let timer = 0;
  let waits = false;
  let last = Number.NEGATIVE_INFINITY;
  let before: State = store.state.value;
  /** The address that waits for the parser of functions; no other address is written until it is loaded. */
  let followed: string | undefined;
  const write = () => {
    waits = false;
    if (followed !== undefined) return;
    last = performance.now();
    const state = store.state.value;
    const link = linkOf(state);
    const isEntry = state.lesson !== before.lesson || state.step !== before.step || timer === 0;
    before = state;
    if (link === written) return;
    written = link;
    if (isEntry) history.pushState(null, "", link);
    else history.replaceState(null, "", link);
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      timer = 0;
    }, QUIET);
  };
  effect(() => {
    store.state.value;
    if (waits) return;
    waits = true;
    // The address is written after the next paint, since writing takes milliseconds.
    const rest = Math.max(0, last + PACE - performance.now());
    requestAnimationFrame(() => setTimeout(write, rest));
  });
  window.addEventListener("pagehide", write);
  const read = () => {
    if (location.hash === written) return;
    const address = location.hash;
    written = address;
    const follow = (link: ReadLink) => {
      if (location.hash !== address) return;
      batch(() => {
        store.damage.value = "damage" in link ? damageText(link, store.texts) : undefined;
        store.baseline.value = undefined;
        store.state.value = "damage" in link ? link.start : link.state;
      });
    };
    if (isOwnAddress(decoded(address))) {
      followed = address;
      const free = () => {
        if (followed === address) followed = undefined;
      };
      const open = () => openLink(address, store.language, store.texts).then(follow);
      void whenOwn(store, () => void open().finally(free)).then(() => {
        if (store.unloaded.peek() !== undefined) free();
      });
    } else {
      followed = undefined;
      follow(readState(address, store.language, store.texts));
    }
  };
  window.addEventListener("popstate", read);
  window.addEventListener("hashchange", read);
}
