/**
 * Opens the built pages of examples in Chromium. A test fails if its page logs an error or a warning, or requests
 * anything from another host.
 */

import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright";
import { type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { chromiumOptions } from "./chromium.mjs";

export { violations } from "./violations.ts";

/** The time limit of each action in milliseconds, long enough for a busy machine. */
const TIMEOUT = 100_000;

/**
 * Calls a function with each error, warning, failed request and request to another host of a page.
 *
 * @param address the URL with which the requests of the page begin.
 */
export function collectComplaints(
  page: Page,
  address: string,
  complain: (text: string) => void,
): void {
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complain(message.text());
  });
  page.on("pageerror", ({ message }) => complain(message));
  page.on("requestfailed", (request) => {
    // Chromium aborts requests of a page that is left: prefetches, and the icon, requested again at each new address.
    const reason = request.failure()?.errorText;
    if (reason !== "net::ERR_ABORTED") complain(`failed: ${request.url()} (${reason})`);
  });
  page.on("request", (request) => {
    // The URL of a download is the page's address after "blob:".
    const url = request.url();
    if (!url.replace(/^blob:/, "").startsWith(address)) complain(`foreign: ${url}`);
  });
}

/**
 * Starts a browser and a server for the tests of a file, and returns functions that open pages.
 *
 * @param root the folder of the example, which must be built.
 * @param flags further flags of Chromium.
 */
export function usePages(root: string, flags: readonly string[] = []) {
  let browser: Browser;
  let server: PreviewServer;
  const complaints: string[] = [];

  beforeAll(async () => {
    const { executablePath, args } = chromiumOptions();
    browser = await chromium.launch({ executablePath, args: [...args, ...flags] });
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

  /** Returns a new browser context, which has no stored data and shares none with other contexts. */
  async function visitor(options?: BrowserContextOptions): Promise<BrowserContext> {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(TIMEOUT);
    return context;
  }

  /**
   * Collects errors, warnings, failed requests and requests to other hosts of a page; if there are any, the test fails
   * at its end.
   *
   * @param expected matches messages that the test provokes and that are not collected.
   */
  function watch(page: Page, expected = /^$/): void {
    const complain = (text: string) => {
      if (!expected.test(text)) complaints.push(text);
    };
    collectComplaints(page, address(), complain);
  }

  /** Opens the page. @param expected matches messages that the test provokes and that do not fail it. */
  async function open(given?: BrowserContext, expected?: RegExp): Promise<Page> {
    const page = await (given ?? (await visitor())).newPage();
    watch(page, expected);
    await page.goto(address());
    return page;
  }

  /** Opens the page, and makes its workers run a script before their code. */
  async function openWith(script: string): Promise<Page> {
    const context = await visitor();
    await context.route("**/worker-*.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: `${script}\n${await response.text()}` });
    });
    return open(context);
  }

  return { address, visitor, watch, open, openWith };
}

/** The flags with which Chromium runs WebGPU on the processor, without a GPU. */
export const SOFTWARE_GPU: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** A script that makes the software adapter of WebGPU report that it is a GPU. */
export const DISGUISE = `Object.defineProperty(GPUAdapter.prototype, "info", {
  get: () => ({ description: "planted", isFallbackAdapter: false }),
});`;

/** Waits until the status of the page matches a text. */
export const says = (page: Page, text: string | RegExp) =>
  expect.poll(() => page.getByRole("status").textContent()).toMatch(text);
export const button = (page: Page, name: string) => page.getByRole("button", { name });
