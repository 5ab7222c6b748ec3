/**
 * The whole page in a DOM without a layout.
 */

import { h, render } from "preact";
import { App } from "../../src/web/App.tsx";
import type { Store } from "../../src/web/store.ts";
import { answers } from "../../src/web/work/answer.ts";
import type { Engine } from "../../src/web/work/engine.ts";

/** The sizes of the stage on a phone, a tablet, a laptop and a large screen. */
export const BOXES = [
  { width: 350, height: 582 },
  { width: 728, height: 700 },
  { width: 858, height: 540 },
  { width: 1400, height: 800 },
] as const;

/** Returns an engine that does its tasks synchronously. */
export function promptEngine(): Engine {
  const answer = answers();
  return {
    begin: (request, listener) => {
      answer(request, (news) => listener.news(news as never));
      return { stop: () => {} };
    },
  };
}

/** Renders a page; the returned function removes it. */
export function openPage(store: Store): { readonly root: HTMLElement; close(): void } {
  const root = document.createElement("div");
  document.body.append(root);
  const stop = store.trainer.start();
  render(h(App, { store }), root);
  return {
    root,
    close: () => {
      stop();
      render(null, root);
      root.remove();
    },
  };
}

/** The milliseconds after which a part of the page counts as missing. */
const PATIENCE = 60_000;

/** Waits until the page has run its effects, done its work after the next paint, and loaded its parts. */
export async function settled(): Promise<void> {
  const end = performance.now() + PATIENCE;
  do {
    if (performance.now() > end) throw new Error("a part of the page does not come");
    // The wait ends after the work that the page does after its paint.
    await new Promise((done) => setTimeout(() => requestAnimationFrame(() => setTimeout(done))));
    await new Promise((done) => setTimeout(done));
  } while (document.querySelector("[data-later]") !== null);
}

/** The inline elements, which continue the same line. */
const INLINE = new Set(["B", "TSPAN", "INPUT"]);
/** Elements without statements: programs and formulas state no numbers, and buttons and choices state nothing. */
const SILENT = new Set(["MATH", "PRE", "SELECT", "CODE", "BUTTON", "TEXTAREA"]);
/** Parts that are checked separately: numbers below symbols, functions of numbers, and the names of changes. */
const APART = ".factors, .applied, .symbols, .axes, .triangle";
/** Returns the lines of a part of the page; the two lines of a calculation on the stage are joined. */
export function linesOf(root: Element): string[] {
  const lines: string[] = [];
  let line = "";
  const flush = () => {
    if (line.trim() !== "") lines.push(line.trim());
    line = "";
  };
  const visit = (element: Element) => {
    const tag = element.tagName.toUpperCase();
    if (SILENT.has(tag) || element.classList.contains("program")) return;
    if (element.getAttribute("hidden") !== null || element.matches(APART)) return;
    if (tag === "INPUT") line += ` ${(element as HTMLInputElement).value} `;
    const isInline =
      INLINE.has(tag) || element.matches(".number-field, [data-sentence], [data-mark]");
    // The two texts of a product, and those below a node, are one calculation.
    const goesOn = tag === "TEXT" && /derivative/.test(element.getAttribute("class") ?? "");
    if (!isInline && !goesOn) flush();
    if (goesOn) line += " ";
    for (const child of element.childNodes) {
      if (child.nodeType === 3) line += child.textContent ?? "";
      else if (child.nodeType === 1) visit(child as Element);
    }
    if (!isInline && !goesOn) flush();
  };
  visit(root);
  flush();
  return lines;
}
