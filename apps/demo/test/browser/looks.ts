/** Functions that read a page for tests, with Playwright or with Puppeteer. */

import type { Looked } from "../../../../scripts/violations.ts";

/**
 * Waits until the page has handled its events: its effects, the parts that they load, its next paint, and its address,
 * which is written after a paint. It waits for events, not for a fixed time, so it also works on a slow machine.
 */
export async function settled(page: Looked): Promise<void> {
  const paint =
    "new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(() => done(document.querySelector('[data-later]') === null))))))";
  while (!(await page.evaluate<boolean>(paint)));
}

/** Returns the numbers above and below each node. */
export async function shownNumbers(
  page: Looked,
): Promise<readonly { readonly id: number; readonly value: string; readonly gradient: string }[]> {
  const all = await page.evaluate<[string, string, string][]>(
    `[...document.querySelectorAll("[data-node]")].map((node) => [
      node.getAttribute("data-node"),
      node.querySelector(".value")?.textContent ?? "",
      node.querySelector(".derivative:not(.sum)")?.textContent ?? "",
    ])`,
  );
  return all.map(([id, value, gradient]) => ({ id: Number(id), value, gradient: bare(gradient) }));
}

/** Returns the text of a gradient without its sign and its check. */
export const bare = (text: string) => text.replace(/^[=≈→] /, "").replace(/ ✓\d+$/, "");

/** Returns the texts of the stage that overlap others, or are outside of the drawing. */
export function collisions(page: Looked): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const svg = document.querySelector("svg.graph");
    const texts = [...svg.querySelectorAll("text")]
      .filter((text) => text.textContent.trim() !== "")
      .map((text) => {
        // The box is without the outline of letters, which Firefox includes.
        const box = text.getBBox();
        const { a, d, e, f } = text.getScreenCTM();
        const [left, top, width, height] = [a * box.x + e, d * box.y + f, a * box.width, d * box.height];
        return [text.textContent, { left, top, width, height, right: left + width, bottom: top + height }];
      });
    const room = svg.getBoundingClientRect();
    const found = [];
    texts.forEach(([text, a], i) => {
      if (a.left < room.left - 1 || a.right > room.right + 1 || a.top < room.top - 1 || a.bottom > room.bottom + 1) {
        found.push(text + " is cut off");
      }
      for (const [other, b] of texts.slice(i + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        // A small vertical overlap is allowed, since a line of text is higher than its letters.
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 0.45 * Math.min(a.height, b.height)) found.push(text + " stands on " + other);
      }
    });
    return found;
  })()`);
}

/** Returns the visible texts that are smaller than 11 pixels. */
export function smallTexts(page: Looked): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll("body *")].flatMap((part) => {
  const isText = [...part.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== "");
  const box = part.getBoundingClientRect();
  if (!isText || box.width < 2 || box.height < 2 || part.closest(".settings > summary")) return [];
  const svg = part.closest("svg");
  const unit = svg?.viewBox.baseVal.width ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  const size = parseFloat(getComputedStyle(part).fontSize) * unit;
  return size < 10.95 ? [part.textContent.slice(0, 20) + " has " + size.toFixed(1) + " pixels"] : [];
})`);
}

/** Returns the parts of panels and cards whose content is too wide. */
export function wideParts(page: Looked): Promise<string[]> {
  return page.evaluate<string[]>(
    `[...document.querySelectorAll(".card > *, .question > *, .shares td, .run-text")]
      .filter((part) => {
        const box = part.closest("section, form, .card").getBoundingClientRect();
        const own = part.getBoundingClientRect();
        // Inline elements have no client width, but in Firefox a scroll width.
        const isCut = part.clientWidth > 0 && part.scrollWidth > part.clientWidth + 1;
        return own.right > box.right + 1 || isCut;
      })
      .map((part) => part.className + " is wider than its panel")`,
  );
}
