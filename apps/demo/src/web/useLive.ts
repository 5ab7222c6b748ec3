/**
 * Texts and attributes that are written by hand as signals change. One effect for a node of the stage
 * costs a fraction of a signal for each of its texts, and an edit changes hundreds of them.
 */

import { computed, effect, type ReadonlySignal } from "@preact/signals";
import { useLayoutEffect, useMemo } from "preact/hooks";

/**
 * A signal that follows from others and from `given`, which are the props that `compute` closes over. Signals'
 * own `useComputed` keeps what it has computed of earlier props until another signal changes.
 */
export function useDerived<Value>(
  compute: () => Value,
  ...given: readonly unknown[]
): ReadonlySignal<Value> {
  // What is given is all that a computation closes over but for constants.
  return useMemo(() => computed(compute), given);
}

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

/** Writes a text into SVG, narrower where it needs more room than there is, so that it stands on no other. */
export function setFitted(
  element: SVGTextElement | null,
  text: string,
  width: number,
  room: number,
): void {
  setText(element, text);
  fit(element, width, room);
}

/** Makes a text of SVG narrower that is wider than its room. */
export function fit(element: SVGTextElement | null, width: number, room: number): void {
  if (element === null) return;
  if (width > room) {
    setAttribute(element, "textLength", String(Math.round(room)));
    setAttribute(element, "lengthAdjust", "spacingAndGlyphs");
  } else if (element.hasAttribute("textLength")) {
    element.removeAttribute("textLength");
    element.removeAttribute("lengthAdjust");
  }
}

export function setAttribute(element: Element | null, name: string, text: string): void {
  if (element !== null && element.getAttribute(name) !== text) element.setAttribute(name, text);
}
