/**
 * Makes README's pictures of the built page, in the light and in the dark theme: `npm run picture -w
 * @graddiff/example-fine-tune`.
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
  preview: { host: "127.0.0.1", port: 4478, strictPort: false, open: false },
});
const browser = await chromium.launch(chromiumOptions());
mkdirSync(`${root}pictures`, { recursive: true });
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ viewport: { width: 1180, height: 700 }, colorScheme });
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByRole("button", { name: "Train" }).click();
  await page.getByText("Done: ").waitFor();
  await page.screenshot({ path: `${root}pictures/page-${colorScheme}.png`, fullPage: true });
  await page.close();
}
await browser.close();
await server.close();
