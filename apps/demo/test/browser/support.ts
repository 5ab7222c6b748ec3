/**
 * The built page in Chromium. Whatever a page complains about, or asks of another host, fails the test.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { chromiumOptions } from "../../../../scripts/chromium.mjs";

export const demo = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };

export interface OpenOptions extends BrowserContextOptions {
  readonly language?: string;
  /** Complaints that the test brings about. */
  readonly expected?: RegExp;
}

/** Starts a browser and the server for the tests of a file. */
export function usePage() {
  let browser: Browser;
  let server: PreviewServer;
  let problems: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch(chromiumOptions());
    server = await preview({
      root: demo,
      configFile: resolve(demo, "vite.config.ts"),
      logLevel: "error",
      preview: { host: "127.0.0.1", port: 4399, strictPort: false, open: false },
    });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    const seen = problems;
    problems = [];
    expect(seen).toEqual([]);
  });

  const address = () => server.resolvedUrls?.local[0] ?? "";

  async function open(fragment: string, options: OpenOptions = {}): Promise<Page> {
    const { language = "en", expected, ...contextOptions } = options;
    const complain = (text: string) => {
      if (expected?.test(text) !== true) problems.push(text);
    };
    const context = await browser.newContext({ viewport: DESKTOP, ...contextOptions });
    const page = await context.newPage();
    await page.addInitScript(axe);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complain(message.text());
    });
    page.on("pageerror", ({ message }) => complain(message));
    page.on("requestfailed", (request) => complain(`failed: ${request.url()}`));
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(address()) && !url.startsWith("blob:")) complain(`foreign: ${url}`);
    });
    await page.goto(`${address()}${language}/${fragment}`);
    await page.locator("h1").waitFor();
    return page;
  }

  return { open, address, browser: () => browser };
}

/** What axe finds, as one line for each violation. */
export async function violations(page: Page): Promise<string[]> {
  const found = (await page.evaluate(
    "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target, failureSummary }) => target + ' ' + failureSummary).join('; ')))",
  )) as string[];
  return found;
}

/** The texts of the stage: for each node its label for screen readers. */
export function nodeLabels(page: Page): Promise<string[]> {
  return page
    .locator(".grip")
    .evaluateAll((grips) => grips.map((grip) => grip.getAttribute("aria-label") ?? ""));
}

/** The numbers above a node. */
export async function shownValue(page: Page, id: number): Promise<string> {
  return (await page.locator(`[data-node="${id}"] .value`).textContent()) ?? "";
}

/** The number below a node, without its check. */
export async function shownGradient(page: Page, id: number): Promise<string> {
  const text = await page.locator(`[data-node="${id}"] .derivative:not(.sum)`).textContent();
  return (text ?? "").replace(/^= /, "").replace(/ ✓\d+$/, "");
}
