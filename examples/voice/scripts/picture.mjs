/**
 * Makes README's pictures of the built page, in the light and in the dark theme, after synthetic takes, a training and ten
 * seconds of listening: `npm run picture -w @graddiff/example-voice`. `-- FOLDER WIDTH` writes them to another folder,
 * with another width.
 */

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumOptions } from "../../../scripts/chromium.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const [folder = `${root}pictures`, width = "1180"] = process.argv.slice(2);
const server = await preview({
  root,
  logLevel: "error",
  preview: { host: "127.0.0.1", port: 4478, strictPort: false, open: false },
});
const browser = await chromium.launch(chromiumOptions());
mkdirSync(folder, { recursive: true });
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({
    viewport: { width: Number(width), height: 700 },
    colorScheme,
  });
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByRole("button", { name: "Make synthetic takes" }).click();
  await page.getByRole("button", { name: "Train" }).click();
  await page.getByText("Done: ").waitFor({ timeout: 120_000 });
  await page.getByRole("button", { name: "Listen to a synthetic voice" }).click();
  await page.waitForTimeout(9_500);
  await page.screenshot({ path: `${folder}/page-${colorScheme}.jpg`, quality: 72, fullPage: true });
  await page.close();
}
await browser.close();
await server.close();
