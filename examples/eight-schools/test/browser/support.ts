/** The actions of the page's tests. */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { button, says } from "../../../../scripts/pages.ts";
import type { Form } from "../../src/settings.ts";

export { button, says, usePages, violations } from "../../../../scripts/pages.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export const said = (page: Page, id: string): Promise<string | null> =>
  page.locator(`#${id}`).textContent();

export const choose = (page: Page, form: Form): Promise<void> =>
  page.locator(`input[value=${form}]`).check();

export const draw = (page: Page): Promise<void> =>
  page.getByRole("button", { name: "Draw", exact: true }).click();

/** Draws in a form at full speed. */
export async function drawAll(page: Page, form: Form): Promise<void> {
  await choose(page, form);
  await page.getByLabel("Slowly").uncheck();
  await draw(page);
  await says(page, "Done: 8,000 draws.");
}

/** Returns the file that its button downloads. */
export async function saved(page: Page): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    button(page, "Save draws").click(),
  ]);
  return {
    name: download.suggestedFilename(),
    text: readFileSync(await download.path(), "utf8"),
  };
}
