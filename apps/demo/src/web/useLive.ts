/**
 * Texts and attributes that are written by hand as signals change. One effect for a node of the stage
 * costs a fraction of a signal for each of its texts, and an edit changes hundreds of them.
 */

import {
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  untracked,
} from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo } from "preact/hooks";

/**
 * Returns a signal that follows from others and from `given`, which are the props that `compute` closes over. Signals'
 * own `useComputed` keeps what it has computed of earlier props until another signal changes.
 */
export function useDerived<Value>(
  compute: () => Value,
  ...given: readonly unknown[]
): ReadonlySignal<Value> {
  // The list has everything that a computation closes over but for constants.
  return useMemo(() => computed(compute), given);
}

/** Runs `write` now and whenever a signal that it reads has changed. */
export function useLive(write: () => void): void {
  // Anew after each render, since what `write` refers to may be another element then.
  useLayoutEffect(() => effect(write));
}

/**
 * Returns a value that follows from signals and takes its time, such as a curve: it is computed after the paint of
 * what has changed, and once for all changes until then. Undefined until it was computed for the first time.
 *
 * @param follow reads the signals that it follows from.
 * @param rest milliseconds after the paint.
 */
export function useSettled<Value>(
  compute: () => Value,
  follow: () => void,
  given: readonly unknown[],
  rest = 0,
): ReadonlySignal<Value | undefined> {
  const result = useMemo((): Signal<Value | undefined> => signal(undefined), given);
  useEffect(() => {
    let isGone = false;
    let isWaiting = false;
    const stop = effect(() => {
      follow();
      if (isWaiting) return;
      isWaiting = true;
      const work = () => {
        isWaiting = false;
        if (!isGone) result.value = untracked(compute);
      };
      // Many numbers of a large graph wait until the next keys and drags have been seen.
      afterPaint(() => (rest === 0 ? work() : setTimeout(work, rest)));
    });
    return () => {
      isGone = true;
      stop();
    };
  }, given);
  return result;
}

let waiting: (() => void)[] = [];

/** Does something after the next paint, such as what is heard and not seen. */
export function afterPaint(work: () => void): void {
  if (waiting.push(work) > 1) return;
  const run = () => {
    const all = waiting;
    waiting = [];
    for (const each of all) {
      // An error of one keeps none of the others from its work.
      try {
        each();
      } catch (error) {
        reportError(error);
      }
    }
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

/** Writes a text into SVG, narrower where it needs more room than there is, so that it is on no other. */
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
