/**
 * Threads in Chromium and in Firefox: isolated pages have them, other pages give the reason why not, and all have the
 * bits of Node.
 */

import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright";
import puppeteer, { type Browser as Firefox } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "../../../../scripts/bundleProgram.mjs";
import { chromiumOptions } from "../../../../scripts/chromium.mjs";
import { findFirefox } from "../../../../scripts/firefox.mjs";
import { computed, type Found } from "./programs/threads.ts";

const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** The HTTP headers of files, by folder. */
const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  isolated: ISOLATED,
  plain: {},
  // The policy forbids workers that are made from a text.
  strict: {
    ...ISOLATED,
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
  },
};

const folder = mkdtempSync(join(tmpdir(), "graddiff-pages-"));
let server: Server;
let address = "";

beforeAll(async () => {
  await bundleProgram("src/worker.ts", folder);
  renameSync(join(folder, "program.mjs"), join(folder, "worker.mjs"));
  await bundleProgram("test/pages/programs/threads.ts", folder);
  server = createServer(({ url = "" }, response) => {
    const [, place = "", name = ""] = new URL(url, "http://localhost").pathname.split("/");
    const headers = { ...HEADERS[place], "Cache-Control": "no-store" };
    if (name === "") {
      response.writeHead(200, { ...headers, "Content-Type": "text/html" });
      response.end(
        '<!doctype html><title>threads</title><script type="module" src="program.mjs"></script>',
      );
    } else if (/^(program|worker)\.mjs$/.test(name)) {
      response.writeHead(200, { ...headers, "Content-Type": "text/javascript" });
      response.end(readFileSync(join(folder, name)));
    } else {
      response.writeHead(404);
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server?.close();
  rmSync(folder, { recursive: true });
});

/** Opens a page in a browser, by its path, and returns its findings. */
type Look = (path: string) => Promise<Found>;

function laws(look: Look): void {
  const expected = computed();

  test("an isolated page has threads, with workers of a text and of a file, and the bits of Node", async () => {
    for (const path of ["isolated/", "isolated/?file", "strict/?file"]) {
      const { threads, bits, warnings } = await look(path);
      expect([path, threads, warnings]).toEqual([path, 3, []]);
      expect(bits).toEqual(expected);
    }
  });

  test("a page that is not isolated says which headers are missing, and one thread goes on", async () => {
    const { threads, bits, warnings } = await look("plain/");
    expect(threads).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^graddiff: one thread computes, because this page is not isolated.*Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp\. Results are the same\.$/,
    );
    expect(bits).toEqual(expected);
  });

  test("a policy without workers of a text is named, and so is what helps", async () => {
    const { threads, bits, warnings } = await look("strict/");
    expect(threads).toBe(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/worker-src with blob: allows them, or setThreads\(n, \{ worker:/);
    expect(bits).toEqual(expected);
  });
}

const EXPRESSION = "globalThis.found";

describe("in Chromium", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch(chromiumOptions());
  });
  afterAll(() => browser?.close());

  laws(async (path) => {
    const page = await browser.newPage();
    await page.goto(`${address}/${path}`);
    return await page.evaluate<Found>(EXPRESSION);
  });
});

const firefox = findFirefox();
if (firefox === undefined) {
  process.stderr.write(
    "Skipped: threads in Firefox, since there is none. `apt-get install firefox-esr` gets one, or name a program with GRADDIFF_FIREFOX=path.\n",
  );
}

describe.skipIf(firefox === undefined)("in Firefox", () => {
  let browser: Firefox;
  beforeAll(async () => {
    const executablePath = firefox ?? "";
    browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
  });
  afterAll(() => browser?.close());

  laws(async (path) => {
    const page = await browser.newPage();
    await page.goto(`${address}/${path}`);
    return (await page.evaluate(EXPRESSION)) as Found;
  });
});
