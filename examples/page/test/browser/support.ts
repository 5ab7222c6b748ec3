/** The built page in Chromium. Whatever it complains about, or asks of another host, fails the test. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright";
import { type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { chromiumOptions } from "../../../../scripts/chromium.mjs";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** A busy machine is no failure. */
const TIMEOUT = 100_000;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Starts a browser and the server for the tests of a file. */
export function usePages() {
  let browser: Browser;
  let server: PreviewServer;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch(chromiumOptions());
    server = await preview({
      root,
      logLevel: "error",
      preview: { host: "127.0.0.1", port: 4488, strictPort: false, open: false },
    });
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const address = () => server.resolvedUrls?.local[0] ?? "";

  /** A browser of its own, with nothing kept in it. */
  async function visitor(options?: BrowserContextOptions): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(TIMEOUT);
    return context;
  }

  /** @param expected complaints that the test brings about. */
  function watch(page: Page, expected = /^$/): void {
    const complain = (text: string) => {
      if (!expected.test(text)) complaints.push(text);
    };
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complain(message.text());
    });
    page.on("pageerror", ({ message }) => complain(message));
    page.on("requestfailed", (request) => complain(`failed: ${request.url()}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(address())) complain(`foreign: ${request.url()}`);
    });
  }

  return { address, visitor, watch };
}

/** Waits for the status. */
export const says = (page: Page, text: string | RegExp) =>
  expect.poll(() => page.getByRole("status").textContent()).toMatch(text);
export const button = (page: Page, name: string) => page.getByRole("button", { name });
export const field = (page: Page) => page.getByLabel("Epochs");

/** Trains to an epoch. */
export async function train(page: Page, epochs: number): Promise<void> {
  await field(page).fill(String(epochs));
  await button(page, "Train").click();
  await says(page, `Done: epoch ${epochs} was the last, and is saved.`);
}

/** The saved message as JSON, in which arrays are their bits; undefined where nothing is saved. */
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

/** A message as JSON, in which arrays are their bits. */
export function bitsOf(message: unknown): string {
  return JSON.stringify(message, (_, value: unknown) =>
    ArrayBuffer.isView(value)
      ? String(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
      : value,
  );
}

/** Complaints of axe, a line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(`axe
    .run({ resultTypes: ["violations"] })
    .then(({ violations }) =>
      violations.map(({ id, nodes }) =>
        id + ": " + nodes.map(({ target, failureSummary }) => target + " " + failureSummary).join("; ")))`);
}
