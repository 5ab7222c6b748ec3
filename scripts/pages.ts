/** The built pages of examples in Chromium. Whatever one complains about, or asks of another host, fails the test. */

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

/** A busy machine is no failure. */
const TIMEOUT = 100_000;

/**
 * Starts a browser and the server for the tests of a file.
 *
 * @param root the folder of the example, which is built.
 * @param flags of Chromium, beside those that all tests have.
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

  /** Returns a browser of its own, with nothing kept in it. */
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
      const isOwn = request
        .url()
        .replace(/^blob:/, "")
        .startsWith(address());
      if (!isOwn) complain(`foreign: ${request.url()}`);
    });
  }

  /** Opens the page. @param expected complaints that the test brings about. */
  async function open(given?: BrowserContext, expected?: RegExp): Promise<Page> {
    const page = await (given ?? (await visitor())).newPage();
    watch(page, expected);
    await page.goto(address());
    return page;
  }

  /** Opens the page with workers that run a script first. */
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

/** The flags with which Chromium has WebGPU by software. */
export const SOFTWARE_GPU: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

/** A script after which software says that it is a GPU. */
export const DISGUISE = `Object.defineProperty(GPUAdapter.prototype, "info", {
  get: () => ({ description: "planted", isFallbackAdapter: false }),
});`;

/** Waits for the status. */
export const says = (page: Page, text: string | RegExp) =>
  expect.poll(() => page.getByRole("status").textContent()).toMatch(text);
export const button = (page: Page, name: string) => page.getByRole("button", { name });
