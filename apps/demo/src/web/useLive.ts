/**
 * Texts and attributes that are written by hand as signals change. One effect for a node of the stage
 * costs a fraction of a signal for each of its texts, and an edit changes hundreds of them.
 */

import { effect } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

/** Runs `write` now and whenever a signal that it reads has changed. */
export function useLive(write: () => void): void {
  // Anew after each render, since what `write` refers to may be another element then.
  useLayoutEffect(() => effect(write));
}

let waiting: (() => void)[] = [];

/** Does something behind the next paint, such as what is heard and not seen. */
export function afterPaint(work: () => void): void {
  if (waiting.push(work) > 1) return;
  const run = () => {
    const all = waiting;
    waiting = [];
    for (const each of all) each();
  };
  requestAnimationFrame(() => setTimeout(run));
}

/** Gives an element without children of its own a text. */
export function setText(element: Element | null, text: string): void {
  const { firstChild } = element ?? {};
  if (firstChild instanceof Text) {
    if (firstChild.data !== text) firstChild.data = text;
  } else if (element) element.textContent = text;
}

export function setAttribute(element: Element | null, name: string, text: string): void {
  if (element !== null && element.getAttribute(name) !== text) element.setAttribute(name, text);
}
