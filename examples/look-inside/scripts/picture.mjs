/**
 * Makes README's pictures of the built page, in the light and in the dark theme: `npm run picture -w
 * @graddiff/example-look-inside`.
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
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 }, colorScheme });
  await page.goto(server.resolvedUrls.local[0]);
  await page.getByText("gradient in").waitFor();
  await page.getByRole("button", { name: "A handwritten 3" }).click();
  await page.getByRole("treeitem", { name: /^residual/ }).click();
  await page.getByRole("treeitem", { name: /^Add/ }).click();
  await page.getByRole("button", { name: /^Channel 2,/ }).click();
  await page.getByLabel("Row", { exact: true }).fill("1");
  await page.getByLabel("Column", { exact: true }).fill("1");
  await page.getByLabel("Column", { exact: true }).press("Enter");
  await page.getByText(/row 1, column 1: gradient in/).waitFor();
  await page.getByRole("button", { name: "One step uphill" }).click();
  await page.getByText(/: from/).waitFor();
  await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)");
  await page.screenshot({ path: `${root}pictures/page-${colorScheme}.png` });
  await page.close();
}
await browser.close();
await server.close();
