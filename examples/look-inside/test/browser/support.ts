/** The actions of the page's tests. */

import { fileURLToPath } from "node:url";
import type { Page } from "playwright";

export { says, usePages, violations } from "../../../../scripts/pages.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
export const item = (page: Page, name: string | RegExp) => page.getByRole("treeitem", { name });
export const textOf = (page: Page, id: string) => page.locator(`#${id}`).textContent();

/** Returns the first words of the visible items of the tree. */
export async function items(page: Page): Promise<string[]> {
  const labels = await page
    .getByRole("treeitem")
    .evaluateAll((all) => all.map((each) => each.getAttribute("aria-label") ?? ""));
  return labels.map((label) => label.replace(/;.*/, ""));
}

/** Returns the bytes of a canvas. */
export const pixels = (page: Page, id: string) =>
  page.evaluate<number[]>(`(() => {
    const { width, height } = document.getElementById("${id}");
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(document.getElementById("${id}"), 0, 0);
    return [...copy.getImageData(0, 0, width, height).data];
  })()`);

/** Drops a file on the page. */
export async function drop(page: Page, name: string, bytes: Uint8Array, type = ""): Promise<void> {
  const text = Buffer.from(bytes).toString("base64");
  const dataTransfer = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob("${text}"), (letter) => letter.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], "${name}", { type: "${type}" }));
    return files;
  })()`);
  await page.dispatchEvent("body", "drop", { dataTransfer });
}
