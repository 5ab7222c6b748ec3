/**
 * Makes README's pictures of the built page, in the light and in the dark theme: `npm run picture -w
 * @graddiff/example-eight-schools`.
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
  const page = await browser.newPage({ viewport: { width: 1100, height: 800 }, colorScheme });
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByLabel("Slowly").uncheck();
  for (const form of ["Not centred", "Centred"]) {
    await page.getByLabel(form, { exact: true }).check();
    await page.getByRole("button", { name: "Draw", exact: true }).click();
    await page.getByText("Done: 8,000 draws.").waitFor({ timeout: 120_000 });
  }
  await page.screenshot({
    path: `${root}pictures/page-${colorScheme}.jpg`,
    fullPage: true,
    type: "jpeg",
    quality: 65,
  });
  await page.close();
}
await browser.close();
await server.close();
