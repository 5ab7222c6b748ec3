/**
 * Hooks that write texts and attributes to the DOM directly when signals change. One effect for a node of the stage
 * costs a fraction of a signal for each of its texts, and an edit changes hundreds of texts.
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
 * Returns a signal that is computed from others and from `given`, the props that `compute` closes over. The library's
 * `useComputed` would keep the value for earlier props until a signal changes.
 */
export function useDerived<Value>(
  compute: () => Value,
  ...given: readonly unknown[]
): ReadonlySignal<Value> {
  // The list has everything that the computation closes over, except for constants.
  return useMemo(() => computed(compute), given);
}

/** Runs `write` now and whenever a signal that it reads has changed. */
export function useLive(write: () => void): void {
  // The effect is created again after each render, since `write` may then refer to another element.
  useLayoutEffect(() => effect(write));
}

/**
 * Returns a signal of a value that takes long to compute, such as a curve. It is computed after the paint of a change,
 * once for all changes until then; it is undefined until it is first computed.
 *
 * @param follow reads the signals from which the value is computed.
 * @param rest the milliseconds between the paint and the computation.
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
      // With a pause, the numbers of a large graph wait until the next keys and drags are handled.
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

/** Calls a function after the next paint, such as one that writes invisible labels. */
export function afterPaint(work: () => void): void {
  if (waiting.push(work) > 1) return;
  const run = () => {
    const all = waiting;
    waiting = [];
    for (const each of all) {
      // An error of one function does not prevent the others.
      try {
        each();
      } catch (error) {
        reportError(error);
      }
    }
  };
  requestAnimationFrame(() => setTimeout(run));
}

/** Sets the text of an element without child elements. */
export function setText(element: Element | null, text: string): void {
  const { firstChild } = element ?? {};
  if (firstChild instanceof Text) {
    if (firstChild.data !== text) firstChild.data = text;
  } else if (element) element.textContent = text;
}

/** Sets a text of SVG, narrowed if it is wider than its room, so that it overlaps no other text. */
export function setFitted(
  element: SVGTextElement | null,
  text: string,
  width: number,
  room: number,
): void {
  setText(element, text);
  fit(element, width, room);
}

/** Narrows a text of SVG that is wider than its room. */
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
