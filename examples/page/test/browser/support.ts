/** The actions of the page's tests. */

import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { button, says } from "../../../../scripts/pages.ts";

export { button, says, usePages, violations } from "../../../../scripts/pages.ts";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

export const field = (page: Page) => page.getByLabel("Up to epoch");

/** Trains to an epoch. */
export async function train(page: Page, epochs: number): Promise<void> {
  await field(page).fill(String(epochs));
  await button(page, "Train").click();
  await says(page, `Saved: ${epochs === 1 ? "epoch 1" : `epochs 1 to ${epochs}`}. To go on`);
}

/** Returns the saved message as JSON, in which arrays are their bits; undefined where nothing is saved. */
export function keptBits(page: Page): Promise<string | undefined> {
  return page.evaluate<string | undefined>(`(async () => {
    const opened = await new Promise((resolve, reject) => {
      const request = indexedDB.open("graddiff-example-page");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const message = await new Promise((resolve, reject) => {
      const name = opened.objectStoreNames[0];
      const request = opened.transaction(name).objectStore(name).get("newest");
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    opened.close();
    return (${bitsOf})(message);
  })()`);
}

/** Returns a message as JSON, in which arrays are their bits. */
export function bitsOf(message: unknown): string {
  return JSON.stringify(message, (_, value: unknown) =>
    ArrayBuffer.isView(value)
      ? String(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      : value,
  );
}
