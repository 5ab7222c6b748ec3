import { toMessage } from "@graddiff/core";
import type { FitStore } from "@graddiff/nn";
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

/** Returns the heights of elements in pixels. */
const sizes = (all: Element[]) => all.map((each) => each.getBoundingClientRect().height);

/** Returns the mean difference of the two canvases, in bytes. */
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
  await says(page, "Nothing is saved. Train goes from the first step");
  // Opening the page saves nothing.
  expect(await keptBits(page)).toBeUndefined();
  await field(page).fill("900");
  // The button is pressed by a script in the page, so that no step is missed on a busy machine.
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
  await says(page, /^Saved: .* to the end of epoch 900\.$/);
  const before = await keptBits(page);
  const names = ["status", "saved", "epoch", "step", "partLoss", "wholeLoss", "caption"];
  const texts = () => Promise.all(names.map((name) => said(page, name)));
  const shown = await texts();
  const epochs = Number(shown[2]) + 1;
  await page.reload();
  // The state saved in the middle of an epoch is shown again, and the number in the field stays.
  await expect.poll(texts).toEqual(shown);
  expect(await field(page).inputValue()).toBe("900");
  expect(shown.at(-1)).toBe(`answers after ${shown[1]}`);
  expect(await keptBits(page)).toBe(before);
  await train(page, epochs);
  const after = await keptBits(page);
  expect(after).not.toBe(before);

  // In Node, the training runs without interruption.
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
  await says(page, "Nothing is saved. Train goes from the first step");
  const expected = /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri/;
  // The page, its script, its worker and the file of the threads have the same content security policy.
  const cores = await page.evaluate<number>("navigator.hardwareConcurrency");
  const threads = Math.min(4, cores);
  const files = threads > 1 ? 4 : 3;
  expect(policies.length).toBeGreaterThanOrEqual(files);
  expect(policies).toEqual(policies.map(() => expect.stringMatching(expected)));
  const meta = page.locator("meta[http-equiv=Content-Security-Policy]");
  expect(await meta.getAttribute("content")).toMatch(expected);

  const before = await distance(page);
  await expect.poll(() => page.locator("#curves svg desc").textContent()).toContain("0 epochs");
  await train(page, 2);
  expect(await distance(page)).toBeLessThan(before / 8);
  expect(await page.locator("#curves svg desc").textContent()).toMatch(/^2 epochs\. loss training/);
  expect([await said(page, "epoch"), await said(page, "step")]).toEqual(["2", "36 of 36"]);
  // The loss has the name and the digits of the curve's last point.
  expect(await said(page, "wholeLossName")).toBe("Mean loss of epoch 2");
  const loss = (await said(page, "wholeLoss")) ?? "";
  expect(Number(loss)).toBeLessThan(0.01);
  expect(await page.locator("#curves .label").first().textContent()).toBe(`training ${loss}`);
  const named = threads > 1 ? `, ${threads} threads` : "";
  expect(await said(page, "time")).toMatch(new RegExp(`^\\d+\\.\\d ms${named}$`));

  // Up to an epoch that is already trained there is nothing to do, and a new start discards the old state.
  await field(page).fill("1");
  await says(page, "Saved: epochs 1 to 2. To go on, train up to an epoch after 2.");
  await button(page, "Train").click();
  expect(await page.evaluate<string>("document.activeElement.id")).toBe("epochs");
  await button(page, "Start again").click();
  expect(await page.evaluate<string>("document.activeElement.id")).toBe("run");
  await says(page, "Saved: epoch 1. To go on");
  expect(await page.locator("#curves svg desc").textContent()).toMatch(/^1 epoch\./);
});

test("a second tab is told of the first, and goes on with its training when that is closed", async () => {
  const context = await visitor();
  const first = await open(context);
  await train(first, 1);
  const second = await open(context);
  await says(second, "Another tab has this training. Close it to go on here.");
  expect(await second.locator(".curves, dl, .pictures").evaluateAll(sizes)).toEqual([0, 0, 0]);
  for (const name of ["Train", "Start again"]) {
    expect(await button(second, name).isDisabled()).toBe(true);
  }
  // If the page is closed at any time, its complete epochs are saved.
  await field(first).fill("1000");
  await button(first, "Train").click();
  await expect.poll(async () => Number(await said(first, "epoch"))).toBeGreaterThanOrEqual(3);
  await first.close();
  await says(second, /^Saved: epochs 1 to \d+.* to the end of epoch 1000\.$/);
  expect(Number(await said(second, "epoch"))).toBeGreaterThanOrEqual(2);
  expect(await field(second).inputValue()).toBe("1000");
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
  await says(page, "Error: The storage of this browser is full. Nothing is saved.");
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
  await says(page, "Nothing is saved. Train goes from the first step");
  await button(page, "Train").click();
  await says(page, "WebAssembly is forbidden here, so it is slow.");
  await page.locator("#step", { hasText: "of 36" }).waitFor();
});

test("where a server does not isolate it, one thread trains to the same bits, without a warning", async () => {
  const bits = async (isIsolated: boolean) => {
    const context = await visitor();
    if (!isIsolated) {
      await context.route("**/*", async (route) => {
        const response = await route.fetch();
        const { "cross-origin-opener-policy": _, ...headers } = response.headers();
        await route.fulfill({ response, headers });
      });
    }
    const page = await open(context);
    expect(await page.evaluate("crossOriginIsolated")).toBe(isIsolated);
    await train(page, 1);
    if (!isIsolated) expect(await said(page, "time")).toMatch(/^\d+\.\d ms$/);
    return await keptBits(page);
  };
  expect(await bits(false)).toBe(await bits(true));
});

test("a checkpoint of another network is refused in words, and a new start is offered", async () => {
  const page = await open();
  await says(page, "Nothing is saved. Train goes from the first step");
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
  await says(
    page,
    /^Error: loadState: tree: expected one fitting Tensor.* Start again forgets it\.$/,
  );
  await field(page).fill("1");
  await button(page, "Start again").click();
  await says(page, "Saved: epoch 1. To go on");
});

test("a worker that cannot be loaded is told in words", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", (route) => route.abort());
  const page = await open(context, /^failed: .*worker|ERR_FAILED/);
  await says(page, "Error: the file of the worker was not loaded.");
  // Empty frames are hidden then.
  expect(await page.locator(".curves, dl, .pictures").evaluateAll(sizes)).toEqual([0, 0, 0]);
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

test("in both themes it is accessible, and it fits any width", async () => {
  const viewport = { width: 1280, height: 800 };
  const page = await open(await visitor({ colorScheme: "light", viewport }));
  await train(page, 1);
  const svg = page.locator("#curves svg");
  const paper = () => svg.locator(".background").getAttribute("fill");
  for (const [colorScheme, colour] of [
    ["light", "#ffffff"],
    ["dark", "#12181f"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await expect.poll(paper).toBe(colour);
    for (const width of [1280, 375, 320]) {
      await page.setViewportSize({ ...viewport, width });
      const room = await page.locator("#curves").evaluate((section) => section.clientWidth);
      await expect.poll(() => svg.getAttribute("width")).toBe(String(Math.max(260, room)));
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      if (width !== 320) expect(await violations(page)).toEqual([]);
    }
  }
});

test("the keyboard trains and stops; pressed twice it is one run, and stopped at once it stops", async () => {
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
  await says(page, "Nothing is saved.");
  // On a phone, the box of the curves is no higher than its content.
  await page.setViewportSize({ width: 390, height: 844 });
  expect((await page.locator("#curves").boundingBox())?.height).toBeLessThan(120);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await button(page, "Stop").waitFor();
  await page.locator("#step", { hasText: "of 36" }).waitFor();
  await page.keyboard.press("Space");
  await says(page, /^Saved: /);
  expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Train");
  await page.evaluate(`(() => {
    sent.length = 0;
    const [again, run] = ["again", "run"].map((id) => document.getElementById(id));
    for (const button of [again, again, run]) button.click();
  })()`);
  // The worker receives the message between two batches of steps, so within the first of a hundred epochs.
  await says(page, /^(Saved: \d+ of the 36 steps of epoch 1|Nothing is saved)\./);
  expect(await page.evaluate("sent")).toEqual(["train", "stop"]);
});
