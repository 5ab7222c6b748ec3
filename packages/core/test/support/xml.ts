/** XML, as far as drawings use it. */

import { expect } from "vitest";

/** Expects balanced tags, quoted attributes, and no markup in the text. */
export function expectWellFormed(xml: string): void {
  const open: string[] = [];
  const tag = /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<]*")*)(\/?)>/g;
  let end = 0;
  for (const match of xml.matchAll(tag)) {
    const [text, closing, name = "", , empty] = match;
    checkText(xml.slice(end, match.index));
    end = match.index + text.length;
    if (closing === "/") expect(open.pop()).toBe(name);
    else if (empty !== "/") open.push(name);
  }
  checkText(xml.slice(end));
  expect(open).toEqual([]);
}

function checkText(text: string): void {
  expect(text).not.toMatch(/[<]|&(?!amp;|lt;|gt;|quot;)/);
}
