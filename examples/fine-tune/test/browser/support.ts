/** The actions of the page's tests. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { button, says } from "../../../../scripts/pages.ts";
import type { Part } from "../../src/training.ts";

export { button, says, usePages, violations } from "../../../../scripts/pages.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export const field = (page: Page) => page.getByLabel("Epochs");

/** Trains to the last epoch. */
export async function train(page: Page, part: Part): Promise<void> {
  await page.getByLabel(part === "head" ? "the new layer alone" : "all layers").check();
  await button(page, "Train").click();
  await says(page, /^Done: /);
}

/** Returns the file that its button downloads. */
export async function downloaded(page: Page): Promise<{ name: string; bytes: Uint8Array }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    button(page, "Download").click(),
  ]);
  return {
    name: download.suggestedFilename(),
    bytes: Uint8Array.from(readFileSync(await download.path())),
  };
}
