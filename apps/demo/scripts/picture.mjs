/**
 * Makes the README's picture of the stage from the built page: `npm run picture -w @graddiff/demo`. The page
 * saves it itself, as SVG, in the light and in the dark theme.
 */

import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumOptions } from "../../../scripts/chromium.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const target = resolve(root, "pictures");

const browser = await chromium.launch(chromiumOptions());
const server = await preview({
  root,
  configFile: resolve(root, "vite.config.ts"),
  logLevel: "error",
  preview: { host: "127.0.0.1", port: 4477, strictPort: false, open: false },
});
mkdirSync(target, { recursive: true });
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
  await page.goto(`${server.resolvedUrls.local[0]}en/#v3=graph;s=4;n=tangerines`);
  await page.locator(".is-passed").first().waitFor();
  await page.mouse.move(0, 0);
  const waiting = page.waitForEvent("download");
  await page.locator(".toolbar .menu summary").click();
  await page.getByRole("button", { name: "save as SVG" }).click();
  await (await waiting).saveAs(resolve(target, `stage-${colorScheme}.svg`));
  await page.close();
}
await browser.close();
await server.close();
