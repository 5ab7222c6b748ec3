import type { Page } from "playwright";
import { expect, test } from "vitest";
import { minus } from "../../src/words.ts";
import { divergencesOf, drawn } from "../support.ts";
import {
  button,
  choose,
  draw,
  drawAll,
  root,
  said,
  saved,
  says,
  usePages,
  violations,
} from "./support.ts";

const { address, visitor, open } = usePages(root);

/** Returns the heights of elements in pixels. */
const sizes = (all: Element[]) => all.map((each) => each.getBoundingClientRect().height);

/** Returns the number of draws of each chain that the plots show. */
async function plotted(page: Page): Promise<number[]> {
  const texts = await page.locator(".plots svg desc").allTextContents();
  return texts.map((text) => Number(/^4 chains of (\d+) draws: mu, tau$/.exec(text)?.[1]));
}

/** Returns the cells of a row of the table. */
const row = (page: Page, name: string) =>
  page.locator("#rows tr").filter({ hasText: name }).locator("td").allTextContents();

const ready = "Nothing is drawn in this form. Draw begins with seed 1.";

test("under a strict policy both forms have the bits of Node, and one has hundreds of divergences", async () => {
  const context = await visitor();
  const policies: (string | undefined)[] = [];
  context.on("response", (response) => {
    if (/html|javascript/.test(response.headers()["content-type"] ?? "")) {
      policies.push(response.headers()["content-security-policy"]);
    }
  });
  const page = await open(context);
  await says(page, ready);
  const expected = /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri/;
  expect(policies).toEqual(Array(3).fill(expect.stringMatching(expected)));

  await drawAll(page, "notCentred");
  const whole = await drawn("notCentred", 1);
  expect(await saved(page)).toEqual({
    name: "eight-schools-not-centred-seed-1.json",
    text: JSON.stringify(whole),
  });
  expect(divergencesOf(whole)).toBeLessThan(5);
  expect(await said(page, "notCentredCount")).toBe(String(divergencesOf(whole)));
  expect(await said(page, "notCentredOf")).toBe("of 8,000 divergent");
  expect(await plotted(page)).toEqual([2000, 2000]);
  const { mean = 0, deviation = 0 } = whole.summary().rows[0] ?? {};
  expect((await row(page, "mu")).slice(0, 3)).toEqual([
    "",
    minus(mean.toFixed(1)),
    deviation.toFixed(1),
  ]);
  expect(await page.locator("#warnings li").allTextContents()).toEqual([
    "No warning: the chains agree.",
  ]);

  await choose(page, "centred");
  await says(page, ready);
  await expect.poll(() => plotted(page)).toEqual([]);
  expect(await row(page, "theta[2]")).toEqual(["−3 ± 16", "–", "–", "–", "–"]);
  expect(await button(page, "Save draws").isDisabled()).toBe(true);
  await drawAll(page, "centred");
  const other = await drawn("centred", 1);
  expect(divergencesOf(other)).toBeGreaterThan(100);
  expect(await said(page, "centredCount")).toBe(String(divergencesOf(other)));
  expect((await saved(page)).text).toBe(JSON.stringify(other));
  expect(await page.locator("#warnings li").allTextContents()).toEqual(other.warnings);

  // The first run is still there.
  await choose(page, "notCentred");
  await says(page, "Done: 8,000 draws.");
  expect((await saved(page)).name).toBe("eight-schools-not-centred-seed-1.json");
  await button(page, "Next seed").click();
  await expect.poll(() => said(page, "shownOf")).toBe("The model not centred, seed 2");
  await says(page, "Done: 8,000 draws.");
  expect((await saved(page)).text).toBe(JSON.stringify(await drawn("notCentred", 2)));
});

test("Stop keeps what there is, and Go on completes it to the same bits", async () => {
  const page = await open();
  await says(page, ready);
  await choose(page, "notCentred");
  await draw(page);
  await says(page, /^Warming up: /);
  // The plots grow.
  await expect.poll(async () => (await plotted(page))[0]).toBeGreaterThanOrEqual(200);
  const [early = 0] = await plotted(page);
  await expect.poll(async () => (await plotted(page))[0]).toBeGreaterThan(early);
  await says(page, /^Drawing: /);
  expect(await row(page, "mu")).toEqual(["", "–", "–", "–", "–"]);
  await button(page, "Stop").click();
  await says(page, /^Stopped: [\d,]+ of 2,000 draws of each chain are kept\. Go on/);
  expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Go on");
  const [draws = 0] = await plotted(page);
  expect(draws).toBeGreaterThan(early);
  expect(draws).toBeLessThan(2000);
  expect(await plotted(page)).toEqual([draws, draws]);
  expect(await said(page, "draws")).toBe(`${(4 * draws).toLocaleString("en")} of 8,000`);
  expect((await row(page, "tau"))[4]).toMatch(/^\d\.\d{3}$/);
  const part = JSON.parse((await saved(page)).text).posterior;
  const whole = await drawn("notCentred", 1);
  expect(part.mu).toEqual(whole.draws.mu.at("...", [0, draws]).toArray());

  // The pace may change during the run.
  await button(page, "Go on").click();
  await button(page, "Stop").waitFor();
  await page.getByLabel("Slowly").uncheck();
  await says(page, "Done: 8,000 draws.");
  expect((await saved(page)).text).toBe(JSON.stringify(whole));
});

test("stopped before its first draw a run has none; pressed twice it is one run; the switch stops it", async () => {
  const page = await open();
  await says(page, ready);
  await page.getByRole("button", { name: "Draw", exact: true }).dblclick();
  await says(page, /^Warming up: /);
  await button(page, "Stop").click();
  await says(page, "Stopped in the warm-up: there are no draws. Go on completes the run.");
  expect(await said(page, "centredOf")).toBe("no draws yet");
  expect(await plotted(page)).toEqual([]);
  expect(await button(page, "Save draws").isDisabled()).toBe(true);
  await button(page, "Go on").click();
  await expect.poll(async () => (await plotted(page))[0]).toBeGreaterThanOrEqual(100);
  await choose(page, "notCentred");
  await says(page, ready);
  expect(await plotted(page)).toEqual([]);
  expect(await said(page, "centredOf")).toMatch(/^of [\d,]+ divergent$/);
  await choose(page, "centred");
  await says(page, /^Stopped: /);
  await expect.poll(() => plotted(page)).toHaveLength(2);

  // A seed that is none is refused; another one begins anew.
  await page.getByLabel("Seed", { exact: true }).fill("-1");
  await says(page, /A seed is a whole number from 0 to 999,999\.$/);
  await draw(page);
  expect(await page.evaluate<string>("document.activeElement.id")).toBe("seed");
  await page.getByLabel("Seed", { exact: true }).fill("7");
  await says(page, /Draw begins anew, with seed 7\.$/);
  await page.getByLabel("Slowly").uncheck();
  await page.keyboard.press("Enter");
  await says(page, "Done: 8,000 draws.");
  expect(await said(page, "shownOf")).toBe("The model centred, seed 7");
});

test("a worker that cannot be loaded is told in words", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", (route) => route.abort());
  const page = await open(context, /^failed: .*worker|ERR_FAILED/);
  await says(page, "Error: the file of the worker was not loaded.");
  expect(await button(page, "Draw").isDisabled()).toBe(true);
  // Empty frames are hidden then.
  expect(await page.locator("fieldset, .plots, .summary, dl").evaluateAll(sizes)).toEqual([
    0, 0, 0, 0,
  ]);
});

test("without WebAssembly it draws, and says that it is slow", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", async (route) => {
    const response = await route.fetch();
    const headers = {
      ...response.headers(),
      "content-security-policy": "script-src 'self'",
    };
    await route.fulfill({ response, headers });
  });
  const page = await open(context, /WebAssembly/);
  await says(page, ready);
  await draw(page);
  await says(page, "WebAssembly is forbidden here, so it is slow.");
  await expect
    .poll(() => page.locator("#bar").evaluate((bar: HTMLProgressElement) => bar.value))
    .toBeGreaterThan(0);
});

test("where a server does not isolate it, it draws at full speed, in any folder", async () => {
  const context = await visitor();
  await context.route("http://page.test/some/folder/**", async (route) => {
    const file = route.request().url().replace("http://page.test/some/folder/", address());
    const response = await route.fetch({ url: file });
    const { "cross-origin-opener-policy": _, ...headers } = response.headers();
    await route.fulfill({ response, headers });
  });
  const page = await context.newPage();
  await page.goto("http://page.test/some/folder/");
  await says(page, ready);
  expect(await page.getByLabel("Slowly").isVisible()).toBe(false);
  await draw(page);
  await says(page, "Done: 8,000 draws.");
});

test("in both themes it is accessible, and it fits any width", async () => {
  const viewport = { width: 1280, height: 800 };
  const page = await open(await visitor({ colorScheme: "light", viewport }));
  await says(page, ready);
  expect(await violations(page)).toEqual([]);
  await drawAll(page, "centred");
  const svg = page.locator("#trace svg");
  const paper = () => svg.locator("rect").first().getAttribute("fill");
  for (const [colorScheme, colour] of [
    ["light", "#ffffff"],
    ["dark", "#12181f"],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await expect.poll(paper).toBe(colour);
    for (const width of [1280, 390, 320]) {
      await page.setViewportSize({ ...viewport, width });
      const room = await page.locator("#trace").evaluate((element) => element.clientWidth);
      await expect.poll(() => svg.getAttribute("width")).toBe(String(Math.max(260, room)));
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      if (width !== 320) expect(await violations(page)).toEqual([]);
    }
  }
});

test.each([1280, 910, 760, 390])("at a width of %i, nothing moves during a run", async (width) => {
  const page = await open(await visitor({ viewport: { width, height: 3000 } }));
  await says(page, ready);
  await page.evaluate(`(() => {
    window.moved = [];
    new PerformanceObserver((list) => {
      for (const { sources } of list.getEntries())
        moved.push(...sources.map(({ node }) => node?.id || node?.className || node?.nodeName));
    }).observe({ type: "layout-shift" });
  })()`);
  await draw(page);
  await says(page, /^Drawing: /);
  await page.getByLabel("Slowly").uncheck();
  await says(page, "Done: 8,000 draws.");
  await choose(page, "notCentred");
  await drawAll(page, "notCentred");
  expect(await page.evaluate("moved")).toEqual([]);
});
