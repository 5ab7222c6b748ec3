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
import type { Part } from "../../src/training.ts";

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
      preview: { host: "127.0.0.1", port: 4489, strictPort: false, open: false },
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
      // A download comes from the page itself.
      const own = [address(), `blob:${address()}`];
      if (!own.some((start) => request.url().startsWith(start)))
        complain(`foreign: ${request.url()}`);
    });
  }

  return { address, visitor, watch };
}

/** Waits for the status. */
export const says = (page: Page, text: string | RegExp) =>
  expect.poll(() => page.getByRole("status").textContent()).toMatch(text);
export const button = (page: Page, name: string) => page.getByRole("button", { name });
export const field = (page: Page) => page.getByLabel("Epochs");

/** Trains to the last epoch. */
export async function train(page: Page, part: Part): Promise<void> {
  await page.getByLabel(part === "head" ? "the new layer alone" : "all layers").check();
  await button(page, "Train").click();
  await says(page, /^Done\./);
}

/** What the button for it downloads. */
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

/** Complaints of axe, a line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(`axe
    .run({ resultTypes: ["violations"] })
    .then(({ violations }) =>
      violations.map(({ id, nodes }) =>
        id + ": " + nodes.map(({ target, failureSummary }) => target + " " + failureSummary).join("; ")))`);
}
