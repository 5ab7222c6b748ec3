/**
 * The built page in Chromium.
 */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { type PreviewServer, preview } from "vite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chromiumOptions } from "../../../../scripts/chromium.mjs";

const demo = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const LESSONS = [
  ["apples-and-tangerines", "Apples and tangerines"],
  ["chain-rule", "The chain rule"],
  ["add-and-multiply", "The add node and the multiply node"],
  ["snack-tax", "Snacks and tax, in two layers"],
  ["weight-update", "How a network learns: the weight update"],
  ["batch", "A million purchases at once"],
] as const;

let browser: Browser;
let server: PreviewServer;
let address = "";
let problems: string[] = [];

beforeAll(async () => {
  browser = await chromium.launch(chromiumOptions());
  server = await preview({
    root: demo,
    configFile: resolve(demo, "vite.config.ts"),
    logLevel: "error",
    preview: { host: "127.0.0.1", port: 4399, open: false },
  });
  address = server.resolvedUrls?.local[0] ?? "";
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  const seen = problems;
  problems = [];
  expect(seen).toEqual([]);
});

/** Opens a lesson; every complaint of the page fails the test. */
async function open(
  lesson: string,
  options: BrowserContextOptions & { policy?: string } = {},
): Promise<Page> {
  const { policy, ...contextOptions } = options;
  const context = await browser.newContext(contextOptions);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", ({ message }) => problems.push(message));
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}`));
  page.on("response", (response) => {
    if (!response.ok()) problems.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(address)) problems.push(`foreign: ${request.url()}`);
  });
  if (policy !== undefined) {
    await page.route("**/*", async (route) => {
      const response = await route.fetch();
      const headers = { ...response.headers(), "content-security-policy": policy };
      await route.fulfill({ response, headers });
    });
  }
  await page.goto(`${address}${lesson === "" ? "" : `#/${lesson}`}`);
  await page.locator("h1").waitFor();
  return page;
}

const output = (page: Page) => page.locator("pre.lines").textContent();
const cells = (page: Page, kind: string) => page.locator(`td.${kind}`).allTextContents();

describe("lessons", () => {
  test("the first one is there at once, and the list leads to every other", async () => {
    const page = await open("");
    expect(await page.locator("h1").textContent()).toBe(LESSONS[0][1]);
    for (const [name, title] of LESSONS) {
      await page.locator(".lessons").getByRole("link", { name: title }).click();
      await page.getByRole("heading", { level: 1, name: title }).waitFor();
      expect(page.url()).toBe(`${address}#/${name}`);
      expect(await page.title()).toContain(title);
      expect(await page.locator(".lessons [aria-current=page]").textContent()).toContain(title);
    }
  });

  test.each(LESSONS)("%s has an address of its own", async (name, title) => {
    const page = await open(name);
    expect(await page.locator("h1").textContent()).toBe(title);
    expect(await page.locator("form input").count()).toBeGreaterThan(0);
    if (name !== "batch")
      expect(await page.locator("svg.graddiff-graph").count()).toBeGreaterThan(0);
  });

  test("names survive minification", async () => {
    const page = await open("apples-and-tangerines");
    const svg = page.locator("svg.graddiff-graph");
    const names = await svg.locator(".node.leaf text").allTextContents();
    expect(names).toEqual(["applePrice", "appleCount", "tangerinePrice", "tangerineCount", "tax"]);
    expect(await svg.locator(".result text").textContent()).toBe("total");
  });
});

describe("snack-tax", () => {
  test("shows the three lines, and the gradients 2.2 and 110 in the graph", async () => {
    const page = await open("snack-tax");
    expect(await output(page)).toBe("200 220.00000000000003\n1.1 200\n2.2 110.00000000000001");
    const svg = page.locator("svg.graddiff-graph");
    expect(await svg.locator("text.value").allTextContents()).toContain("220");
    const gradients = await svg.locator("text.gradient").allTextContents();
    expect(gradients).toEqual(expect.arrayContaining(["2.2", "110", "200", "1.1", "1"]));
  });

  test("computes both passes again while a number is typed", async () => {
    const page = await open("snack-tax");
    await page.getByRole("spinbutton", { name: "Count" }).fill("5");
    expect(await output(page)).toBe("500 550\n1.1 500\n5.5 110.00000000000001");
    const svg = page.locator("svg.graddiff-graph");
    expect(await svg.locator("text.value").allTextContents()).toContain("550");
    expect(await svg.locator("text.gradient").allTextContents()).toContain("5.5");
  });

  test("keeps what it showed while an input is wrong, and says what is wrong", async () => {
    const page = await open("snack-tax");
    const field = page.getByRole("spinbutton", { name: "Tax factor" });
    const before = await output(page);
    await field.fill("-1");
    expect(await page.getByRole("alert").filter({ hasText: /\w/ }).textContent()).toBe(
      "Tax factor must be 0 or more.",
    );
    expect(await field.getAttribute("aria-invalid")).toBe("true");
    await page.getByRole("spinbutton", { name: "Count" }).fill("7");
    expect(await output(page)).toBe(before);
    await field.fill("");
    expect(await page.locator(".message:not(:empty)").textContent()).toBe(
      "Tax factor must be a number.",
    );
    await field.fill("1");
    expect(await page.locator(".message:not(:empty)").count()).toBe(0);
    expect(await output(page)).toBe("700 700\n1 700\n7 100");
    await page.getByRole("button", { name: "Reset" }).click();
    expect(await output(page)).toBe(before);
  });
});

describe("graphs", () => {
  test("a node explains itself when pointed at", async () => {
    const page = await open("snack-tax");
    const caption = page.locator("figcaption");
    expect(await caption.textContent()).toContain("Point at a node");
    await page.locator(".node.operation").first().hover();
    expect(await caption.textContent()).toContain("The local derivative for snack is 2");
    await page.locator("h1").hover();
    expect(await caption.textContent()).toContain("Point at a node");
  });

  test("the arrow keys lead from node to node", async () => {
    const page = await open("snack-tax");
    const caption = page.locator("figcaption");
    await page.locator(".node").first().focus();
    expect(await caption.textContent()).toContain("snack is an input, 100.");
    await page.keyboard.press("ArrowRight");
    expect(await caption.textContent()).toContain("count is an input, 2.");
    await page.keyboard.press("End");
    expect(await caption.textContent()).toContain("gives total = 220.");
    expect(await page.locator(".edge.is-chosen").count()).toBeGreaterThan(1);
    await page.keyboard.press("Home");
    expect(await caption.textContent()).toContain("snack is an input");
  });
});

test("weight-update shows the published weights, and follows the learning rate", async () => {
  const page = await open("weight-update");
  const values = await cells(page, "value");
  expect(values).toEqual(expect.arrayContaining(["0.298371109", "0.35891648", "0.149780716"]));
  await page.getByRole("spinbutton", { name: "Learning rate" }).fill("0");
  expect(await cells(page, "value")).not.toContain("0.35891648");
});

describe("batch", () => {
  test("runs at the press of a button, with the same bits in JavaScript and WebAssembly", async () => {
    const page = await open("batch");
    expect(await page.locator("section").count()).toBe(0);
    await page.getByRole("button", { name: "Run" }).click();
    await page.locator("section").first().waitFor();
    expect(await cells(page, "value")).toContain("to the last bit");
    expect(await page.locator(".measured").count()).toBe(1);
    expect(await page.getByRole("row", { name: /^WebAssembly/ }).count()).toBe(1);
  });

  test("computes in JavaScript where WebAssembly is forbidden", async () => {
    const page = await open("batch", { policy: "script-src 'self'" });
    await page.getByRole("spinbutton", { name: "Purchases" }).fill("20000");
    await page.getByRole("button", { name: "Run" }).click();
    await page.locator("section").first().waitFor();
    expect(await cells(page, "value")).toContain("to the last bit");
    expect(await page.locator("main").textContent()).toContain("WebAssembly is not available here");
    // The engine says once that it falls back, and nothing else is wrong.
    const unexpected = problems.filter((text) => !/WebAssembly|Content Security/.test(text));
    problems = [];
    expect(unexpected).toEqual([]);
  });
});

describe("layout", () => {
  test.each(LESSONS)("%s fits a telephone without scrolling sideways", async (name) => {
    for (const width of [360, 390]) {
      const page = await open(name, { viewport: { width, height: 800 } });
      const scrolled = await page.evaluate<number>("document.documentElement.scrollWidth");
      expect(scrolled).toBeLessThanOrEqual(width);
    }
  });

  test("the page and its graphs follow the colours of the system", async () => {
    const colours = [];
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open("snack-tax", { colorScheme });
      const style = (selector: string, property: string) =>
        page.evaluate<string>(
          `getComputedStyle(document.querySelector(${JSON.stringify(selector)}))[${JSON.stringify(property)}]`,
        );
      colours.push([
        await style("html", "backgroundColor"),
        await style("svg text.value", "fill"),
        await style("svg text.gradient", "fill"),
      ]);
    }
    const [light, dark] = colours;
    expect(light).toEqual(["rgb(245, 247, 249)", "rgb(11, 92, 194)", "rgb(194, 65, 12)"]);
    expect(dark).toEqual(["rgb(12, 17, 22)", "rgb(108, 178, 255)", "rgb(255, 155, 102)"]);
  });
});
