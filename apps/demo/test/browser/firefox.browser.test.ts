/**
 * What browsers differ in, in Firefox: the keyboard on SVG, a lesson as a whole, and the bits of compiled steps.
 */

import { resolve } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import puppeteer from "puppeteer-core";
import { createServer, type PreviewServer, preview, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFirefox } from "../../../../scripts/firefox.mjs";
import { sources } from "../../../../scripts/sources.mjs";
import { initialInputs } from "../../src/course/lesson.ts";
import { training } from "../../src/course/lessons/training.ts";
import { Training } from "../../src/instrument/training.ts";
import { demo } from "./support.ts";

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

  beforeAll(async () => {
    const configFile = resolve(demo, "vite.config.ts");
    const host = "127.0.0.1";
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: firefox ?? "",
      headless: true,
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

  async function open(fragment: string): Promise<Page> {
    const page = await browser.newPage();
    await page.setViewport({ width: 1280, height: 800 });
    await page.goto(`${server.resolvedUrls?.local[0]}en/${fragment}`);
    await page.waitForSelector("h1");
    return page;
  }

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
    // The way there leads through the fields of the sentence, of which the last is that of the tax.
    expect(await focused(page)).toBe("2");
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe("1");
    await page.keyboard.press("ArrowRight");
    expect(await focused(page)).toBe("3");
    await page.keyboard.press("+");
    await page.waitForFunction(
      () => document.querySelector('[data-node="4"] .value')?.textContent !== "220",
    );
    const changed = Number(await textOf(page, '[data-node="4"] .value'));
    expect(changed).toBeGreaterThan(220);
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      () =>
        document.activeElement !== document.body &&
        document.activeElement === document.querySelector(".card input"),
    );
    await page.close();
  });

  test("a folded node opens by keyboard", async () => {
    const page = await open("#v2=training;o=h2");
    const drawn = (await page.$$(".grip")).length;
    const reached = await page.evaluate(() => {
      const fold = document.querySelector<SVGGElement>('.fold[aria-label="open h1"]');
      fold?.focus();
      return document.activeElement === fold;
    });
    expect(reached).toBe(true);
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      (before) => document.querySelectorAll(".grip").length === before + 4,
      {},
      drawn,
    );
    await page.close();
  });

  test("the first lesson goes from question to answer, and its steps end in the next lesson", async () => {
    const page = await open("#v2=apples;s=4");
    expect(await textOf(page, '[data-node="0"] .derivative:not(.sum)')).toBe("?");
    await page.type(".question input", "110");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector(".verdict")?.textContent !== "");
    expect(await textOf(page, ".verdict")).toContain("110 is the gradient of count.");
    await page.click(".question input", { count: 3 });
    await page.type(".question input", "2,2");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() =>
      document.querySelector(".verdict")?.textContent?.startsWith("Right"),
    );
    expect(await textOf(page, '[data-node="0"] .derivative:not(.sum)')).toBe("2.2");
    for (let i = 0; i < 2; i++) await page.click(".run-steps .primary");
    await page.waitForFunction(() => location.hash.startsWith("#v2=snack-tax"));
    await page.close();
  });

  test("a network's card and a function of one's own are as in Chromium", async () => {
    const page = await open("#v2=training;s=1;n=w5;c=1");
    await page.waitForSelector(".card .update");
    expect(await textOf(page, ".card .update .calculation")).toBe("0.4 − 0.5 × 0.08217 ≈ 0.3589");
    await page.evaluate(() => {
      location.hash = "#v2=own;f=~eiA9IHheMg";
    });
    await page.waitForSelector(".own-line");
    expect(await textOf(page, ".own-line")).toBe("z = x²");
    await page.close();
  });

  test(`${STEPS} compiled steps have the bits that they have in Node`, async () => {
    const page = await browser.newPage();
    await page.goto(`${library.resolvedUrls?.local[0]}icon.svg`);
    const inputs = initialInputs(training);
    // A text, since the page knows nothing of what the test runner makes of imports.
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

/** The weights and the error after each step. */
function runsOf(run: Training, steps: number): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < steps; i++) {
    run.step();
    numbers.push(...Object.values(run.parameters), run.error);
  }
  return numbers;
}

/** A hash of the bits of numbers: FNV-1a over words of 64 bits. */
function hashOf(numbers: readonly number[]): string {
  let hash = 0xcbf29ce484222325n;
  for (const word of new BigUint64Array(new Float64Array(numbers).buffer)) {
    hash = BigInt.asUintN(64, (hash ^ word) * 0x100000001b3n);
  }
  return hash.toString(16);
}
