/**
 * Takes pictures of pages of the built site on a phone and on a desk, in both themes: `node scripts/look.mjs FOLDER NAME…`.
 */

import { join } from "node:path";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumOptions } from "../../../scripts/chromium.mjs";
import { docs } from "./paths.mjs";

const [folder = "build/looks", ...names] = process.argv.slice(2);
const server = await preview({ root: docs, logLevel: "error", preview: { port: 4590 } });
const browser = await chromium.launch(chromiumOptions());
for (const width of [390, 1280]) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const page = await browser.newPage({ viewport: { width, height: 850 }, colorScheme });
    page.on("console", (message) => console.log(message.type(), message.text()));
    page.on("pageerror", (error) => console.log(error.message));
    for (const name of names) {
      await page.goto(`${server.resolvedUrls?.local[0]}${name}.html`);
      const run = page.getByRole("button", { name: "Run", exact: true });
      await page.waitForTimeout(600);
      for (let i = 0; i < Math.min(2, await run.count()); i++) {
        await run.first().click();
        await page
          .locator("button.live-run:text('Stop')")
          .waitFor({ state: "hidden", timeout: 60_000 });
      }
      // The page is scrolled, since pictures load when they come into view.
      for (let y = 0; y < 30; y++) await page.mouse.wheel(0, 400);
      await page.waitForTimeout(300);
      await page.evaluate("scrollTo(0, 0)");
      await page.waitForTimeout(300);
      const path = join(folder, `${name.replaceAll("/", "-")}-${width}-${colorScheme}.png`);
      await page.screenshot({ path, fullPage: process.env["WHOLE"] === "1" });
    }
    await page.close();
  }
}
await browser.close();
await server.close();
