/**
 * Measures the built page in headless Chromium: `npm run measure -w @graddiff/demo`, after a build. Budgets are
 * those of the page; a machine that does other work besides takes longer.
 */

import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright";
import { preview } from "vite";
import { chromiumOptions } from "../../../scripts/chromium.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const SLOW_DOWN = 4;
const EDITS = 15;
const LOADS = 5;

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** The bytes of a first load as a server sends them: what the page asks for before anything is touched. */
function firstLoad(urls) {
  return urls.reduce((sum, url) => {
    const path = new URL(url).pathname;
    const file = path.endsWith("/") ? `${path}index.html` : path;
    return sum + gzipSync(readFileSync(join(root, "dist/web", file))).length;
  }, 0);
}

async function slowPage(browser, address) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: SLOW_DOWN });
  const urls = [];
  page.on("request", (request) => urls.push(request.url()));
  await page.goto(address);
  await page.waitForFunction("performance.getEntriesByName('interactive').length > 0");
  return { context, page, session, urls: [...new Set(urls)] };
}

/** From the input event to the moment after the next paint. */
async function editTimes(page) {
  await page.locator(".grip").first().focus();
  await page.evaluate(`window.edits = []; window.addEventListener("keydown", (event) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.edits.push(performance.now() - event.timeStamp);
      port2.postMessage(0);
    });
  }, true)`);
  for (let i = 0; i < EDITS; i++) {
    await page.keyboard.press("+");
    await page.waitForTimeout(400);
  }
  return page.evaluate("window.edits");
}

const browser = await chromium.launch(chromiumOptions());
const server = await preview({
  root,
  configFile: resolve(root, "vite.config.ts"),
  logLevel: "error",
  preview: { host: "127.0.0.1", port: 4488, strictPort: false, open: false },
});
const address = `${server.resolvedUrls.local[0]}en/`;
const rows = [];
const row = (what, value, budget, unit) =>
  rows.push({ what, value: value.toFixed(1), budget, unit });

const loads = [];
for (let i = 0; i < LOADS; i++) {
  const { context, page, urls } = await slowPage(browser, address);
  loads.push(await page.evaluate("performance.getEntriesByName('interactive')[0].startTime"));
  if (i === 0) row("first load, gzip", firstLoad(urls) / 1000, 150, "kB");
  await context.close();
}
row(`interactive, ${SLOW_DOWN}× slow-down, median of ${LOADS}`, median(loads), 1500, "ms");

for (const lesson of ["training", "long-chain"]) {
  const { context, page, session } = await slowPage(browser, `${address}#v1=${lesson}`);
  await page.waitForTimeout(3000);
  row(
    `edit to paint, ${lesson}, ${SLOW_DOWN}×, median of ${EDITS}`,
    median(await editTimes(page)),
    50,
    "ms",
  );
  await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await context.close();
}

const core = await import(resolve(root, "../../packages/core/dist/index.js"));
const chain = core.explain(({ x, w, b }) => {
  let h = x;
  for (let i = 0; i < 66; i++) h = h.mul(w).add(b).tanh();
  return h;
})({ x: 0.5, w: 0.9, b: 0.1 });
const size = {
  node: () => ({ width: 62, height: 66 }),
  edge: () => ({ width: 105, height: 33 }),
  gap: 16,
};
const layouts = Array.from({ length: 7 }, () => {
  const start = performance.now();
  chain.layout({ size });
  return performance.now() - start;
});
row(`layout of ${chain.nodes.length} nodes, first`, layouts[0], 100, "ms");
row(`layout of ${chain.nodes.length} nodes, median of 7`, median(layouts), 100, "ms");

await browser.close();
await server.close();
process.stdout.write(
  `${cpus()[0]?.model}, ${cpus().length} processors, Node ${process.versions.node}; dist/web of scripts/measure.mjs\n`,
);
for (const { what, value, budget, unit } of rows) {
  const verdict = Number(value) <= budget ? "" : "  over";
  process.stdout.write(
    `${what.padEnd(48)} ${value.padStart(8)} ${unit}  (budget ${budget})${verdict}\n`,
  );
}
