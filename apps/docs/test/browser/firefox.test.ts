/** Tests of a live program in Firefox: it loads the worker and the libraries, and prints and draws as in Chromium. */

import { fileURLToPath } from "node:url";
import puppeteer, { type Browser } from "puppeteer-core";
import { type PreviewServer, preview } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFirefox } from "../../../../scripts/firefox.mjs";

const firefox = findFirefox();
if (firefox === undefined) {
  process.stderr.write(
    "Skipped: the test in Firefox, since there is none. `apt-get install firefox-esr` gets one, or name a program with GRADDIFF_FIREFOX=path.\n",
  );
}

describe.skipIf(firefox === undefined)("in Firefox", () => {
  let browser: Browser;
  let server: PreviewServer;

  beforeAll(async () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    server = await preview({
      root,
      logLevel: "error",
      preview: { host: "127.0.0.1", port: 4477, strictPort: false, open: false },
    });
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: firefox ?? "",
      headless: true,
    });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test("a program is run, and its error is told with its line", async () => {
    const complaints: string[] = [];
    const page = await browser.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${server.resolvedUrls?.local[0]}how/index.html`);
    const shown = (what: string) =>
      page.evaluate(`document.querySelectorAll(".live")[0].${what}`) as Promise<string>;
    const run = ".live button.live-run:not([disabled])";
    await page.waitForSelector(run);
    await page.click(run);
    await expect
      .poll(() => shown("querySelector('.live-output').textContent"))
      .toMatch(/^id {4}name .*\n#4 → {2}f {5}\+ #3 #0 /s);
    await page.waitForSelector('.live-picture img[src^="data:image/svg+xml,"]');

    await page.evaluate(`{
      const editor = document.querySelector(".live textarea");
      editor.value = 'import { tensor } from "@graddiff/core";\\n\\ntensor([1, 2]).add(tensor([1, 2, 3]));';
      editor.dispatchEvent(new Event("input"));
    }`);
    await page.waitForSelector(run);
    await page.click(run);
    await expect
      .poll(() => shown("querySelector('.live-output').textContent"))
      .toMatch(/^Line 3: ShapeError: add: /);
    expect(complaints).toEqual([]);
  });
});
