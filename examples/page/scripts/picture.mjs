/**
 * Makes README's pictures of the built page, in the light and in the dark theme: `npm run picture -w
 * @graddiff/example-page`.
 */

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumOptions } from "../../../scripts/chromium.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const server = await preview({
  root,
  logLevel: "error",
  preview: { host: "127.0.0.1", port: 4477, strictPort: false, open: false },
});
const browser = await chromium.launch(chromiumOptions());
mkdirSync(`${root}pictures`, { recursive: true });
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width: 940, height: 680 }, colorScheme });
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByLabel("Up to epoch").fill("100");
  await page.getByRole("button", { name: "Train" }).click();
  await page.getByText("Saved: epochs 1 to 100.").waitFor({ timeout: 120_000 });
  await page.screenshot({ path: `${root}pictures/page-${colorScheme}.png`, fullPage: true });
  await page.close();
}
await browser.close();
await server.close();
