/**
 * The tests of the page in Firefox: every step of every lesson in both languages and on four widths, the keyboard,
 * cards, embeds, two stages, a typed function, and the bits of compiled steps. `npm test` runs a part of the steps, for
 * one in three commits.
 */

import { resolve } from "node:path";
import type { Browser, Frame, Page } from "puppeteer-core";
import puppeteer from "puppeteer-core";
import { createServer, type PreviewServer, preview, type ViteDevServer } from "vite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sampled } from "../../../../packages/core/test/support/sampling.ts";
import { findFirefox } from "../../../../scripts/firefox.mjs";
import { sources } from "../../../../scripts/sources.mjs";
import type { Looked } from "../../../../scripts/violations.ts";
import { violations } from "../../../../scripts/violations.ts";
import { languages } from "../../src/course/catalogue/languages.ts";
import { initialInputs } from "../../src/course/lesson.ts";
import { training } from "../../src/course/lessons/training.ts";
import { lessons } from "../../src/course/lessons.ts";
import { formatTensor } from "../../src/instrument/format.ts";
import { Training } from "../../src/instrument/training.ts";
import { collisions, settled, shownNumbers, smallTexts, wideParts } from "./looks.ts";
import { DESKTOP, demo, LARGE, PHONE, TABLET } from "./support.ts";

const firefox = findFirefox();
if (firefox === undefined) {
  process.stderr.write(
    "Skipped: the tests in Firefox, since there is none. `apt-get install firefox-esr` gets one, or name a program with GRADDIFF_FIREFOX=path.\n",
  );
}

const STEPS = 300;

describe.skipIf(firefox === undefined)("in Firefox", () => {
  let browser: Browser;
  let server: PreviewServer;
  let library: ViteDevServer;
  /** The errors and warnings of pages. */
  const complaints: string[] = [];

  beforeAll(async () => {
    const configFile = resolve(demo, "vite.config.ts");
    const host = "127.0.0.1";
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: firefox ?? "",
      headless: true,
      // Animations are off, since a card has other colours until it is fully open.
      extraPrefsFirefox: { "ui.prefersReducedMotion": 1 },
    });
    server = await preview({
      root: demo,
      configFile,
      logLevel: "error",
      preview: { host, port: 4411, strictPort: false, open: false },
    });
    library = await createServer({
      root: demo,
      configFile: false,
      logLevel: "error",
      resolve: { alias: sources },
      optimizeDeps: { noDiscovery: true },
      server: { host, port: 4433, strictPort: false, open: false },
    });
    await library.listen();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await library?.close();
  });

  async function open(fragment: string, viewport = DESKTOP, language = "en"): Promise<Page> {
    const page = await browser.newPage();
    await resize(page, viewport);
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`${server.resolvedUrls?.local[0]}${language}/${fragment}`);
    await page.waitForSelector("h1");
    return page;
  }

  afterEach(() => {
    expect(complaints.splice(0)).toEqual([]);
  });

  const seenBy = (page: Page): Looked => ({
    evaluate: <Result>(script: string) => page.evaluate(script) as Promise<Result>,
  });

  const windows = languages.flatMap((language) =>
    [PHONE, TABLET, DESKTOP, LARGE].map((viewport) => ({ language, viewport })),
  );
  const states = windows.flatMap((window) =>
    lessons.flatMap((lesson) => lesson.run.map((step, s) => ({ ...window, lesson, step, s }))),
  );

  test("each step is accessible, whole, and has the numbers of the library", {
    timeout: 900_000,
  }, async () => {
    const looked = sampled(states, 71);
    const pages = new Map<string, Page>();
    const found: string[] = [];
    for (const { language, viewport, lesson, step, s } of looked) {
      const key = `${language} ${viewport.width}`;
      const page = pages.get(key) ?? (await open("", viewport, language));
      pages.set(key, page);
      const seen = seenBy(page);
      const card = s % 2 === 1 && step.ask === undefined ? ";c=1" : "";
      await seen.evaluate(`location.hash = "#v3=${lesson.name};s=${s}${card}"`);
      await settled(seen);
      await settled(seen);
      const wide = await seen.evaluate<number>("document.documentElement.scrollWidth");
      const all = [
        ...(wide > viewport.width ? [`is ${wide} pixels wide`] : []),
        ...(await violations(seen, ".run, .work")),
        ...(step.both === true ? [] : await collisions(seen)),
        ...(await wideParts(seen)),
        ...(await smallTexts(seen)),
      ];
      if (card === "") all.push(...(await wrongNumbers(seen, lesson, viewport.width)));
      found.push(...all.map((each) => `${key} ${lesson.name} ${s}: ${each}`));
    }
    for (const page of pages.values()) await page.close();
    expect(found).toEqual([]);
    expect(looked.length).toBeGreaterThan(4);
  });

  /** Returns the values on the stage that differ from the library's values for the initial inputs of a lesson. */
  async function wrongNumbers(
    seen: Looked,
    lesson: (typeof lessons)[number],
    width: number,
  ): Promise<string[]> {
    const isPlain = await seen.evaluate<boolean>(
      "document.querySelectorAll('svg.graph').length === 1",
    );
    if (!isPlain) return [];
    const digits = lesson.isNetwork === true && width === PHONE.width ? 3 : 4;
    const graph = lesson.explain(initialInputs(lesson));
    return (await shownNumbers(seen)).flatMap(({ id, value }) => {
      const node = graph.nodes[id];
      const isHidden = node?.kind === "constant" || value === "" || value === "?";
      return isHidden || value === formatTensor(node?.value, digits) ? [] : [`${id} is ${value}`];
    });
  }

  test("the keyboard alone reaches every control", async () => {
    const page = await open("#v3=training;n=w5;c=1");
    await page.waitForSelector(".card .update");
    const seen = new Set<string>();
    for (let i = 0; i < 70; i++) {
      await page.keyboard.press("Tab");
      seen.add(
        await seenBy(page).evaluate<string>(
          "(document.activeElement.closest('header, .run, .toolbar, .card, .canvas, .timeline, .tabs, .panel') ?? document.body).className || document.activeElement.closest('header')?.tagName || ''",
        ),
      );
    }
    expect([...seen]).toEqual(
      expect.arrayContaining([
        ...["HEADER", "run", "toolbar", "canvas", "card node-panel", "timeline", "tabs"],
        "panel panel-training",
      ]),
    );
    await page.close();
  });

  test("an edge is heard with its product", async () => {
    const page = await open("#v3=apples;s=5");
    await settled(seenBy(page));
    expect(await page.$eval('[data-edge="0-3"]', (edge) => edge.getAttribute("aria-label"))).toBe(
      "price to apple cost: 1.1 × 2 = 2.2",
    );
    await page.close();
  });

  test("two stages and an embed stand on one page, and the embed trains by itself", async () => {
    const page = await open("#v3=apples;s=5;b=1");
    const seen = seenBy(page);
    await until(page, `document.querySelectorAll(".both .stage").length === 2`);
    await seen.evaluate(`(() => {
      const frame = document.createElement("iframe");
      Object.assign(frame, { src: "./?embed#v3=training;s=1", title: "a network", width: 700, height: 420 });
      document.querySelector("main").append(frame);
    })()`);
    const frame = await (await page.waitForSelector("iframe"))?.contentFrame();
    if (!frame) throw new Error("the frame is there");
    await frame.waitForSelector(".embed-bar");
    const before = await textOf(page, ".both");
    await frame.evaluate(`document.querySelector(".one-step").click()`);
    await until(frame, `document.body.textContent.includes("step 1 of 1")`);
    expect(await textOf(page, ".both")).toBe(before);
    const ids = await seen.evaluate<string[]>(
      "[...document.querySelectorAll('[id]')].map(({ id }) => id)",
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(await violations(seen, "main")).toEqual([]);
    await page.close();
  });

  const focused = (page: Page) =>
    page.evaluate(() => document.activeElement?.getAttribute("data-node") ?? undefined);
  const textOf = (page: Page, selector: string) =>
    page.$eval(selector, (element) => element.textContent ?? "");

  /** Presses Tab until a node has the focus. */
  async function tabToNode(page: Page): Promise<void> {
    for (let i = 0; i < 60 && (await focused(page)) === undefined; i++) {
      await page.keyboard.press("Tab");
    }
  }

  test("the keyboard alone reaches a node, moves between nodes, and changes a number", async () => {
    const page = await open("");
    await tabToNode(page);
    // The Tab key first reaches the fields of the sentence; the last one is the field of the tax.
    expect(await focused(page)).toBe("2");
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe("1");
    await page.keyboard.press("ArrowRight");
    expect(await focused(page)).toBe("3");
    await page.keyboard.press("+");
    await until(page, `document.querySelector('[data-node="4"] .value').textContent !== "220"`);
    const changed = Number(await textOf(page, '[data-node="4"] .value'));
    expect(changed).toBeGreaterThan(220);
    await page.keyboard.press("Enter");
    await until(
      page,
      `document.activeElement !== document.body && document.activeElement === document.querySelector(".card input")`,
    );
    await page.close();
  });

  test("a folded node opens by keyboard", async () => {
    const page = await open("#v3=training;o=h2");
    const drawn = (await page.$$(".grip")).length;
    const reached = await page.evaluate(() => {
      const fold = document.querySelector<SVGGElement>('.fold[aria-label="open h1"]');
      fold?.focus();
      return document.activeElement === fold;
    });
    expect(reached).toBe(true);
    await page.keyboard.press("Enter");
    await until(page, `document.querySelectorAll(".grip").length === ${drawn + 4}`);
    await page.close();
  });

  test("the first lesson goes from question to answer, and its steps end in the next lesson", async () => {
    const page = await open("#v3=apples;s=4");
    expect(await textOf(page, '[data-node="0"] .derivative:not(.sum)')).toBe("?");
    await page.type(".question input", "110");
    await page.keyboard.press("Enter");
    await until(page, `document.querySelector(".verdict").textContent !== ""`);
    expect(await textOf(page, ".verdict")).toContain("110 is the gradient of count.");
    await page.click(".question input", { count: 3 });
    await page.type(".question input", "2,2");
    await page.keyboard.press("Enter");
    await until(page, `document.querySelector(".verdict").textContent.startsWith("Right")`);
    expect(await textOf(page, '[data-node="0"] .derivative:not(.sum)')).toBe("2.2");
    for (let i = 0; i < 2; i++) await page.click(".run-steps .primary");
    await until(page, `location.hash.startsWith("#v3=snack-tax")`);
    await page.close();
  });

  test("a network's card and a function of one's own are as in Chromium", async () => {
    const page = await open("#v3=training;s=1;n=w5;c=1");
    await page.waitForSelector(".card .update");
    expect(await textOf(page, ".card .update .calculation")).toBe("0.4 − 0.5 × 0.08217 ≈ 0.3589");
    await page.evaluate(() => {
      location.hash = "#v3=own;f=~eiA9IHheMg";
    });
    await page.waitForSelector(".own-line");
    expect(await page.$eval(".own-line", (line) => line.getAttribute("data-written"))).toBe(
      "z = x²",
    );
    await page.close();
  });

  test(`${STEPS} compiled steps have the bits that they have in Node`, async () => {
    const page = await browser.newPage();
    await page.goto(`${library.resolvedUrls?.local[0]}icon.svg`);
    const inputs = initialInputs(training);
    // The script is a text, since the test runner would transform its imports.
    const seen = await page.evaluate(`(async () => {
      const { Training } = await import("/src/instrument/training.ts");
      ${runsOf.toString()}
      ${hashOf.toString()}
      const { training } = await import("/src/course/lessons/training.ts");
      return hashOf(runsOf(new Training(training.training, ${JSON.stringify(inputs)}), ${STEPS}));
    })()`);
    if (training.training === undefined) throw new Error("it trains");
    expect(seen).toBe(hashOf(runsOf(new Training(training.training, inputs), STEPS)));
    await page.close();
  });
});

/**
 * Waits until an expression is true. `waitForFunction` would evaluate a text, which the content security policy of the
 * page forbids.
 */
async function until(page: Page | Frame, script: string): Promise<void> {
  await expect.poll(() => page.evaluate(script)).toBe(true);
}

/**
 * Sets the size of a window. Puppeteer also requests a screen orientation, which Firefox 140 does not support; the size
 * is set nevertheless.
 */
async function resize(page: Page, viewport: typeof DESKTOP): Promise<void> {
  try {
    await page.setViewport(viewport);
  } catch (error) {
    if (!String(error).includes("setScreenOrientationOverride")) throw error;
  }
  await until(page, `window.innerWidth === ${viewport.width}`);
}

/** Returns the weights and the error after each step. */
function runsOf(run: Training, steps: number): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < steps; i++) {
    run.step();
    numbers.push(...Object.values(run.parameters), run.error);
  }
  return numbers;
}

/** Returns a hash of the bits of numbers: FNV-1a over words of 64 bits. */
function hashOf(numbers: readonly number[]): string {
  let hash = 0xcbf29ce484222325n;
  for (const word of new BigUint64Array(new Float64Array(numbers).buffer)) {
    hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
  }
  return hash.toString(16);
}
