import { type FitStore, toMessage } from "@graddiff/core";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { Painter, training } from "../../src/training.ts";
import {
  bitsOf,
  button,
  field,
  keptBits,
  root,
  says,
  train,
  usePages,
  violations,
} from "./support.ts";

const { address, visitor, watch, open } = usePages(root);

const said = (page: Page, id: string) => page.locator(`#${id}`).textContent();

/** The mean distance of the two canvases, in bytes. */
const distance = (page: Page) =>
  page.evaluate<number>(`(() => {
    const [a, b] = ["target", "network"].map((id) => {
      const { width, height } = document.getElementById(id);
      const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
      copy.drawImage(document.getElementById(id), 0, 0);
      return copy.getImageData(0, 0, width, height).data;
    });
    return a.reduce((sum, byte, i) => sum + Math.abs(byte - b[i]), 0) / a.length;
  })()`);

test("stopped, reloaded and continued, a training ends with the bits of one that nobody disturbed", async () => {
  const page = await open();
  await says(page, "No epoch is complete yet.");
  // Who only looks at a page saves nothing.
  expect(await keptBits(page)).toBeUndefined();
  await field(page).fill("1000");
  // In the page, which misses no step however busy the machine is.
  const stopped = page.evaluate(`new Promise((done) => {
    const [epoch, run] = ["epoch", "run"].map((id) => document.getElementById(id));
    const observer = new MutationObserver(() => {
      if (epoch.textContent !== "2") return;
      observer.disconnect();
      done(run.click());
    });
    observer.observe(epoch, { childList: true });
  })`);
  await button(page, "Train").click();
  await stopped;
  await says(page, "Stopped and saved.");
  const before = await keptBits(page);
  const epochs = Number(await said(page, "epoch")) + 1;
  await page.reload();
  await says(page, /^Epoch \d+ is saved\.$/);
  expect(await keptBits(page)).toBe(before);
  await train(page, epochs);
  const after = await keptBits(page);
  expect(after).not.toBe(before);

  const undisturbed = await open();
  await train(undisturbed, epochs);
  expect(await keptBits(undisturbed)).toBe(after);

  let saved: unknown;
  const memory: FitStore = {
    save(state) {
      saved = toMessage(state).message;
    },
    load: () => undefined,
  };
  await training(new Painter(), { epochs, saveTo: memory }).run();
  expect(bitsOf(saved)).toBe(after);
});

test("under a strict policy the picture comes near to its target, with curves and numbers", async () => {
  const context = await visitor();
  const policies: (string | undefined)[] = [];
  context.on("response", (response) => {
    if (/html|javascript/.test(response.headers()["content-type"] ?? "")) {
      policies.push(response.headers()["content-security-policy"]);
    }
  });
  const page = await open(context);
  await says(page, "No epoch is complete yet.");
  const expected = /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri/;
  // Of the page, its script and its worker.
  expect(policies).toEqual(new Array(3).fill(expect.stringMatching(expected)));
  const meta = page.locator("meta[http-equiv=Content-Security-Policy]");
  expect(await meta.getAttribute("content")).toMatch(expected);

  const before = await distance(page);
  await expect.poll(() => page.locator("#curves svg desc").textContent()).toContain("0 epochs");
  await train(page, 2);
  expect(await distance(page)).toBeLessThan(before / 8);
  expect(await page.locator("#curves svg desc").textContent()).toMatch(/^2 epochs\. loss training/);
  expect([await said(page, "epoch"), await said(page, "step")]).toEqual(["2", "36 of 36"]);
  expect(Number(await said(page, "loss"))).toBeLessThan(0.01);
  expect(await said(page, "time")).toMatch(/^\d+\.\d ms$/);

  // Fewer epochs are refused in words, and another start has nothing of the old one.
  await field(page).fill("1");
  await button(page, "Train").click();
  await says(page, "Error: fit: epochs: expected at least the 2 of the saved run, got 1.");
  await button(page, "Start again").click();
  expect(await page.evaluate<string>("document.activeElement.id")).toBe("run");
  await says(page, "Done: epoch 1 was the last, and is saved.");
  expect(await page.locator("#curves svg desc").textContent()).toMatch(/^1 epoch\./);
});

test("a second tab is told of the first, and goes on with its training when that is closed", async () => {
  const context = await visitor();
  const first = await open(context);
  await train(first, 1);
  const second = await open(context);
  await says(second, "Another tab has this training.");
  for (const name of ["Train", "Start again"]) {
    expect(await button(second, name).isDisabled()).toBe(true);
  }
  // However it is closed, the epochs that are complete are saved.
  await field(first).fill("1000");
  await button(first, "Train").click();
  await expect.poll(async () => Number(await said(first, "epoch"))).toBeGreaterThanOrEqual(3);
  await first.close();
  await says(second, /^Epoch \d+ is saved\.$/);
  expect(Number(await said(second, "epoch"))).toBeGreaterThanOrEqual(2);
  await button(second, "Start again").click();
  await button(second, "Stop").click();
  await says(second, "Stopped and saved.");
});

test("full storage is told in words", async () => {
  const context = await visitor();
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const { origin } = new URL(address());
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1000 });
  watch(page);
  await page.goto(address());
  await button(page, "Train").click();
  await says(page, "Error: The storage of this browser is full.");
  expect(await button(page, "Train").isEnabled()).toBe(true);
});

test("without WebAssembly it trains, and says that it is slow", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", async (route) => {
    const response = await route.fetch();
    const headers = { ...response.headers(), "content-security-policy": "script-src 'self'" };
    await route.fulfill({ response, headers });
  });
  const page = await open(context, /WebAssembly/);
  await says(page, "No epoch is complete yet.");
  await button(page, "Train").click();
  await says(page, "WebAssembly is forbidden here, so it is slow.");
  await page.locator("#step", { hasText: "of 36" }).waitFor();
});

test("a checkpoint of another network is refused in words, and a new start is offered", async () => {
  const page = await open();
  await says(page, "No epoch is complete yet.");
  await page.evaluate(`(async () => {
    const opened = await new Promise((resolve) => {
      const request = indexedDB.open("graddiff-example-page");
      request.onsuccess = () => resolve(request.result);
    });
    const transaction = opened.transaction(opened.objectStoreNames[0], "readwrite");
    transaction.objectStore(opened.objectStoreNames[0]).put({ graddiff: "message", tree: {} }, "newest");
    await new Promise((resolve) => { transaction.oncomplete = resolve; });
    opened.close();
  })()`);
  await page.reload();
  await says(page, "Error: loadState: tree: expected one fitting Tensor");
  await field(page).fill("1");
  await button(page, "Start again").click();
  await says(page, "Done: epoch 1 was the last, and is saved.");
});

test("a worker that cannot be loaded is told in words", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", (route) => route.abort());
  const page = await open(context, /^failed: .*worker|ERR_FAILED/);
  await says(page, "Error: the file of the worker was not loaded");
});

test("it may be in any folder of a server; where that is not secure it says what it needs", async () => {
  const context = await visitor();
  await context.route("http://page.test/some/folder/**", async (route) => {
    const file = route.request().url().replace("http://page.test/some/folder/", address());
    await route.fulfill({ response: await route.fetch({ url: file }) });
  });
  const page = await context.newPage();
  await page.goto("http://page.test/some/folder/");
  await says(page, "Error: This page needs https, or an address of this machine.");
  expect(await button(page, "Train").isDisabled()).toBe(true);
});

const PAPER = { light: "#ffffff", dark: "#12181f" };

test.each([
  ["light", "dark"],
  ["dark", "light"],
] as const)("in the %s theme it is accessible, and fits any width", async (colorScheme, other) => {
  const page = await open(await visitor({ colorScheme, viewport: { width: 1280, height: 800 } }));
  await train(page, 1);
  const svg = page.locator("#curves svg");
  for (const width of [1280, 375, 320]) {
    await page.setViewportSize({ width, height: 800 });
    const room = await page.locator("#curves").evaluate((section) => section.clientWidth);
    await expect.poll(() => svg.getAttribute("width")).toBe(String(Math.max(260, room)));
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    if (width !== 320) expect(await violations(page)).toEqual([]);
  }
  const paper = () => svg.locator(".background").getAttribute("fill");
  expect(await paper()).toBe(PAPER[colorScheme]);
  await page.emulateMedia({ colorScheme: other });
  await expect.poll(paper).toBe(PAPER[other]);
});

test("pressed twice it is one run, and stopped at once it stops", async () => {
  const context = await visitor();
  await context.addInitScript(`
    const { postMessage } = Worker.prototype;
    globalThis.sent = [];
    Worker.prototype.postMessage = function (message) {
      if (message.kind !== "look") sent.push(message.kind);
      postMessage.call(this, message);
    };
  `);
  const page = await open(context);
  await says(page, "No epoch is complete yet.");
  await page.evaluate(`(() => {
    const [again, run] = ["again", "run"].map((id) => document.getElementById(id));
    for (const button of [again, again, run]) button.click();
  })()`);
  await says(page, "Stopped and saved.");
  expect(await page.evaluate("sent")).toEqual(["train", "stop"]);
});

test("the keyboard trains and stops", async () => {
  const page = await open();
  await says(page, "No epoch is complete yet.");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await button(page, "Stop").waitFor();
  await page.locator("#step", { hasText: "of 36" }).waitFor();
  await page.keyboard.press("Space");
  await says(page, "Stopped and saved.");
  expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Train");
});
