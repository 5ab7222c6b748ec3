/**
 * The built page in Chromium. Every error or warning of a page, and every request to another host, fails the test.
 */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, expect } from "vitest";
import { chromiumOptions } from "../../../../scripts/chromium.mjs";
import { collectComplaints } from "../../../../scripts/pages.ts";
import { bare, settled } from "./looks.ts";

export { violations } from "../../../../scripts/violations.ts";
export { settled, shownNumbers } from "./looks.ts";

export const demo = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/** The milliseconds after which a test stops waiting for something. */
const PATIENCE = 60_000;

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 390, height: 844 };
export const TABLET = { width: 768, height: 1024 };
export const LARGE = { width: 1920, height: 1080 };

export interface OpenOptions extends BrowserContextOptions {
  readonly language?: string;
  /** The complaints that the test expects. */
  readonly expected?: RegExp;
  /** True if the page needs a separate context. A page with context options always has one. */
  readonly isAlone?: boolean;
}

/** Starts a browser and the server for the tests of a file. */
export function usePage() {
  let browser: Browser;
  let server: PreviewServer;
  let shared: BrowserContext;
  /** The unused page of the shared context. */
  let resting: Page | undefined;
  /** The expected complaints of pages. */
  const expectedOf = new WeakMap<Page, RegExp>();
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch(chromiumOptions());
    // Most tests share one context, whose cache halves the time until a page is ready.
    shared = await browser.newContext({ viewport: DESKTOP });
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
    resting = undefined;
  });

  /** Fails if there were complaints, and clears them. */
  const expectNoComplaints = () => expect(complaints.splice(0)).toEqual([]);

  /**
   * Closes all pages of a test, except one of the shared context, which the next test gets. A new page takes Chromium
   * three times the processor time of the page's content.
   */
  const closePages = async () => {
    const others = browser.contexts().filter((context) => context !== shared);
    const [first, ...more] = shared.pages();
    await Promise.all([...more, ...others].map((each) => each.close()));
    if (first !== undefined) {
      await first.mouse.move(0, 0);
      // The empty page makes the browser load the next address, even if it differs only in its fragment.
      await first.goto("about:blank");
    }
    resting = first;
  };

  const address = () => server.resolvedUrls?.local[0] ?? "";

  /** Records the complaints of a page. */
  function listen(page: Page): void {
    const complain = (text: string) => {
      if (expectedOf.get(page)?.test(text) !== true) complaints.push(text);
    };
    collectComplaints(page, address(), complain);
  }

  /** Returns the unused page of the shared context, or a new one. */
  async function sharedPage(): Promise<Page> {
    if (resting === undefined) {
      const page = await shared.newPage();
      page.setDefaultTimeout(PATIENCE);
      listen(page);
      return page;
    }
    const page = resting;
    resting = undefined;
    return page;
  }

  async function ownPage(options: BrowserContextOptions): Promise<Page> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    listen(page);
    return page;
  }

  async function open(fragment: string, options: OpenOptions = {}): Promise<Page> {
    const { language = "en", expected, isAlone = false, ...contextOptions } = options;
    const isOwn = isAlone || Object.keys(contextOptions).length > 0;
    const page = isOwn ? await ownPage(contextOptions) : await sharedPage();
    if (expected === undefined) expectedOf.delete(page);
    else expectedOf.set(page, expected);
    await page.goto(`${address()}${language}/${fragment}`);
    await page.locator("h1").waitFor();
    return page;
  }

  return { open, address, browser: () => browser, expectNoComplaints, closePages };
}

/** Opens a panel beside the stage, which may have to be loaded. */
export async function choosePanel(page: Page, name: string): Promise<void> {
  await page.getByRole("tab", { name }).click();
  await settled(page);
}

/** Returns the texts of the stage: for each node its label for screen readers. */
export async function nodeLabels(page: Page): Promise<string[]> {
  await settled(page);
  return page
    .locator(".grip")
    .evaluateAll((grips) => grips.map((grip) => grip.getAttribute("aria-label") ?? ""));
}

/** Returns the numbers above a node. */
export async function shownValue(page: Page, id: number): Promise<string> {
  return (await page.locator(`[data-node="${id}"] .value`).textContent()) ?? "";
}

/** Returns the number below a node, without its check. */
export async function shownGradient(page: Page, id: number): Promise<string> {
  const text = await page.locator(`[data-node="${id}"] .derivative:not(.sum)`).textContent();
  return bare(text ?? "");
}

/** Chooses forward mode. The page shows when it has computed the derivatives, which may take longer than a click. */
export async function chooseForward(page: Page): Promise<void> {
  await choosePanel(page, "Modes");
  const radio = page.getByRole("radio", { name: "forward" });
  await radio.click();
  await expect.poll(() => radio.isChecked()).toBe(true);
  await settled(page);
}
