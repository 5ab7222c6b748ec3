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

const root: string = fileURLToPath(new URL("../..", import.meta.url));

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
      preview: { host: "127.0.0.1", port: 4491, strictPort: false, open: false },
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

  async function visitor(options?: BrowserContextOptions): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(TIMEOUT);
    return context;
  }

  /** @param expected complaints that the test brings about. */
  async function open(given?: BrowserContext, expected = /^$/): Promise<Page> {
    const page = await (given ?? (await visitor())).newPage();
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
    await page.goto(address());
    return page;
  }

  return { visitor, open };
}

/** Waits for the status. */
export const says = (page: Page, text: string | RegExp) =>
  expect.poll(() => page.getByRole("status").textContent()).toMatch(text);
export const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
export const item = (page: Page, name: string | RegExp) => page.getByRole("treeitem", { name });
export const textOf = (page: Page, id: string) => page.locator(`#${id}`).textContent();

/** The items of the tree that are seen, by their first words. */
export async function items(page: Page): Promise<string[]> {
  const labels = await page
    .getByRole("treeitem")
    .evaluateAll((all) => all.map((each) => each.getAttribute("aria-label") ?? ""));
  return labels.map((label) => label.replace(/;.*/, ""));
}

/** The bytes of a canvas. */
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

/** Complaints of axe, a line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(`axe
    .run({ resultTypes: ["violations"] })
    .then(({ violations }) =>
      violations.map(({ id, nodes }) =>
        id + ": " + nodes.map(({ target, failureSummary }) => target + " " + failureSummary).join("; ")))`);
}
