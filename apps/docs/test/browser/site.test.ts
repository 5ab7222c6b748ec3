/** The built site in Chromium: every error or warning of a page, and every request to another host, fails the test. */

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BrowserContextOptions, Page } from "playwright";
import { expect, test } from "vitest";
import { sampled, WHOLE } from "../../../../packages/core/test/support/sampling.ts";
import { expectationsOf } from "../../../../scripts/expectations.mjs";
import { usePages, violations } from "../../../../scripts/pages.ts";
import { TOPICS } from "../../scripts/topics.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { address, visitor, watch } = usePages(root);

interface Program {
  readonly origin: string;
  readonly expected: readonly (string | null)[];
  readonly output: string | null;
}

const names = readdirSync(`${root}/dist`, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".html") && file !== "404.html" && !file.startsWith("demo/"))
  .map((file) => file.replace(/\.html$/, ""));

const PHONE = { viewport: { width: 390, height: 844 } };
const DESK = { viewport: { width: 1280, height: 850 } };

/** Opens a page of the site. @param expected the complaints that the test expects. */
async function open(name: string, options?: BrowserContextOptions, expected?: RegExp) {
  const page = await (await visitor(options)).newPage();
  watch(page, expected);
  await page.goto(`${address()}${name}.html`);
  await page.locator("h1").first().waitFor();
  return page;
}

const block = (page: Page, index = 0) => page.locator(".live").nth(index);
const code = (page: Page) => block(page).getByRole("textbox", { name: "Program" });
const runButton = (page: Page, index = 0) =>
  block(page, index).getByRole("button", { name: "Run", exact: true });
const printed = (page: Page, index = 0) => block(page, index).locator(".live-output").textContent();

const looks = names.flatMap((name) => [
  { name, on: "a desk in light colours", options: { ...DESK, colorScheme: "light" } as const },
  { name, on: "a phone in dark colours", options: { ...PHONE, colorScheme: "dark" } as const },
]);

test.each(sampled(looks, 47))("$name is accessible and fits $on", async ({ name, options }) => {
  const page = await open(name, options);
  if ((await page.locator(".live").count()) > 0) await code(page).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(options.viewport.width);
});

test("the page without live code loads neither its block nor the library", async () => {
  const context = await visitor();
  const asked: string[] = [];
  context.on("request", (request) => asked.push(request.url()));
  const page = await context.newPage();
  watch(page);
  await page.goto(`${address()}reference/ops.html`);
  await page.locator("h1").waitFor();
  await page.waitForLoadState("networkidle");
  expect(asked.filter((url) => /LiveCode|worker/.test(url))).toEqual([]);
});

test("a program is run, edited and run again", async () => {
  const page = await open("start");
  await runButton(page).click();
  await expect
    .poll(() => printed(page))
    .toBe("200 220.00000000000003\n2.2 110.00000000000001 200\n");
  const text = await code(page).inputValue();
  await code(page).fill(text.replace("forward(100, 2)", "forward(50, 2)"));
  await code(page).press("Control+Enter");
  await expect.poll(() => printed(page)).toMatch(/^100 110/);
  await block(page).getByRole("button", { name: "Reset" }).click();
  expect(await code(page).inputValue()).toBe(text);
});

test("an edit is there again after a link and Back, and a reload, until it is reset", async () => {
  const page = await open("start");
  const text = await code(page).inputValue();
  const edited = text.replace("forward(100, 2)", "forward(50, 2)");
  expect(edited).not.toBe(text);
  await code(page).fill(edited);
  await page.getByRole("link", { name: "Gallery" }).first().click();
  await page.getByRole("heading", { name: "Gallery", level: 1 }).waitFor();
  await page.goBack();
  await expect.poll(() => code(page).inputValue()).toBe(edited);
  await page.reload();
  await expect.poll(() => code(page).inputValue()).toBe(edited);
  await block(page).getByRole("button", { name: "Reset" }).click();
  await page.reload();
  await expect.poll(() => code(page).inputValue()).toBe(text);
});

test("cells of tables have the heading of their column beside them on a phone", async () => {
  const page = await open("from/pytorch", PHONE);
  const label = "getComputedStyle(document.querySelectorAll('td')[1], '::before').content";
  expect(await page.evaluate(label)).toMatch(/^"\w/);
  const cut =
    "[...document.querySelectorAll('td')].filter((cell) => cell.scrollWidth > innerWidth)";
  expect(await page.evaluate(`${cut}.length`)).toBe(0);
});

test("a page is printed without its navigation", async () => {
  const page = await open("start", DESK);
  await page.emulateMedia({ media: "print" });
  for (const part of [".VPNav", ".VPSidebar", ".aside", ".live-bar", ".live textarea"]) {
    expect(await page.locator(part).first().isVisible(), part).toBe(false);
  }
  expect(await block(page).locator(".live-shown").isVisible()).toBe(true);
});

test("a graph is drawn in the theme of the page, and printed numbers as a curve", async () => {
  const page = await open("play", { colorScheme: "dark" });
  await runButton(page).click();
  const picture = block(page).locator("img");
  await picture.waitFor();
  const dark = await picture.getAttribute("src");
  expect(dark).toMatch(/^data:image\/svg\+xml,/);
  await page.getByRole("switch").first().click();
  await expect.poll(() => picture.getAttribute("src")).not.toBe(dark);
  await code(page).fill("for (let i = 0; i < 20; i++) console.log('loss', 1 / (i + 1));");
  await runButton(page).click();
  await expect.poll(() => picture.getAttribute("alt")).toMatch(/^20 /);
});

test("an error is told in the library's words, with its line", async () => {
  const page = await open("play");
  await code(page).fill(
    'import { tensor } from "@graddiff/core";\n\ntensor([1, 2]).add(tensor([1, 2, 3]));\n',
  );
  await runButton(page).click();
  await expect.poll(() => printed(page)).toMatch(/^Line 3: ShapeError: add: /);
  await expect.poll(() => block(page).locator(".live-fault").count()).toBe(1);
  await code(page).fill("const a = 1;\nconst b = (;\n");
  await runButton(page).click();
  await expect.poll(() => printed(page)).toMatch(/^Line 2: SyntaxError: /);
  await code(page).fill("console.log(1);\nnull.x;\n");
  await runButton(page).click();
  await expect.poll(() => printed(page)).toMatch(/^1\nLine 2: TypeError: /);
});

test("a loop without an end is stopped, by time and by hand", async () => {
  const page = await (await visitor()).newPage();
  watch(page);
  await page.clock.install();
  await page.goto(`${address()}start.html`);
  await code(page).fill('console.log("begun");\nwhile (true) {}\n');
  await runButton(page).click();
  await expect.poll(() => printed(page)).toBe("begun\n");
  await page.clock.fastForward(11_000);
  await expect.poll(() => printed(page)).toMatch(/Stopped after 10 s: it did not end/);
  await runButton(page).click();
  await expect.poll(() => printed(page)).toBe("begun\n");
  await block(page).getByRole("button", { name: "Stop" }).click();
  await expect.poll(() => printed(page)).toMatch(/Stopped\./);
  // A loop that prints for ever does not block the page.
  await code(page).fill('while (true) console.log("again");\n');
  await runButton(page).click();
  await expect.poll(() => printed(page)).toMatch(/^(again\n){500}$/);
  await block(page).getByRole("button", { name: "Stop" }).click();
});

test("under a policy without scripts from blobs the block says so", async () => {
  const context = await visitor();
  await context.route("**/*", async (route) => {
    const response = await route.fetch();
    const headers = response.headers();
    const policy = headers["content-security-policy"]?.replace(" blob:", "") ?? "";
    await route.fulfill({ response, headers: { ...headers, "content-security-policy": policy } });
  });
  const page = await context.newPage();
  watch(page, /blob:/);
  await page.goto(`${address()}play.html`);
  await runButton(page).click();
  await expect.poll(() => printed(page)).toMatch(/forbids scripts from a blob/);
});

test("a link holds the program, and a program in a picture runs nothing", async () => {
  const context = await visitor({ permissions: ["clipboard-read", "clipboard-write"] });
  const page = await context.newPage();
  watch(page);
  await page.goto(`${address()}start.html`);
  const text =
    "console.log(\"<svg xmlns='http://www.w3.org/2000/svg' onload='window.harmed = 1'></svg>\");";
  await code(page).fill(text);
  await block(page).getByRole("button", { name: "Copy link" }).click();
  await expect
    .poll(() => block(page).getByRole("status").textContent())
    .toBe("The link is copied.");
  const link = await page.evaluate<string>("navigator.clipboard.readText()");
  expect(link).toMatch(/play\.html#code=[\w-]+$/);
  const other = await context.newPage();
  watch(other);
  await other.goto(link);
  await expect.poll(() => code(other).inputValue()).toBe(text);
  expect(await printed(other)).toBe("");
  await runButton(other).click();
  await block(other).locator("img").waitFor();
  expect(await other.evaluate("'harmed' in window")).toBe(false);
  // Another link in the same page changes the program.
  const { hash } = new URL(link.replace(/code=.*$/, "code=y0jNyclXKM8vyklRBAA"));
  await other.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  await expect.poll(() => code(other).inputValue()).toBe("hello world!");
});

const LESSONS = [
  ["learn/index", "one step"],
  ["learn/ko", "한 단계"],
] as const;

test.each(sampled(LESSONS, 2))(
  "%s has the stages of the demo in its language",
  async (name, next) => {
    const page = await open(name, { ...DESK, colorScheme: "light" });
    const stages = await page.locator("iframe").count();
    expect(stages).toBe(5);
    const bar = (i: number) => page.frameLocator("iframe").nth(i).locator(".embed-bar");
    await bar(0).waitFor();
    expect(await bar(0).locator("button").first().textContent()).toContain(next);
    const first = page.frameLocator("iframe").first().locator("html");
    expect(await first.getAttribute("data-theme")).toBe("light");
    for (let i = 1; i < stages; i++) {
      await page.locator("iframe").nth(i).scrollIntoViewIfNeeded();
      await bar(i).waitFor();
      // Stages that are loaded after the switch have the new theme, too.
      if (i === 1) await page.getByRole("switch").first().click();
    }
    for (let i = 0; i < stages; i++) {
      const root = page.frameLocator("iframe").nth(i).locator("html");
      await expect.poll(() => root.getAttribute("data-theme")).toBe("dark");
    }
    expect(await page.evaluate("localStorage.getItem('graddiff-theme')")).toBeNull();
  },
);

test("who looks for a name of another library finds the one here", async () => {
  const page = await open("start");
  await page
    .getByRole("button", { name: /Search/ })
    .first()
    .click();
  await page.getByRole("searchbox").fill("clamp");
  const found = page.locator("a.result");
  await expect
    .poll(() => found.first().getAttribute("href"))
    .toMatch(/reference\/elementwise(\.html)?#clip$/);
});

test.each([
  ["freeze", /guide\/training(\.html)?#frozen-parts$/],
  ["padding mask", /from\/pytorch(\.html)?#what-is-different$/],
  ["how to train", /guide\/training(\.html)?#training-data-and-fit$/],
  ["learning rate", /guide\/training(\.html)?#losses-optimizers-and-the-learning-rate$/],
])("who looks for %s finds it among the first", async (words, place) => {
  const page = await open("start");
  await page
    .getByRole("button", { name: /Search/ })
    .first()
    .click();
  await page.getByRole("searchbox").fill(words);
  const found = page.locator("a.result");
  const first = async () => {
    const places = await found.evaluateAll((links) =>
      links.slice(0, 3).map((link) => link.getAttribute("href")),
    );
    return places.some((each) => place.test(each ?? ""));
  };
  await expect.poll(first).toBe(true);
});

const programs = JSON.parse(
  readFileSync(`${root}/test/generated/manifest.json`, "utf8"),
) as Program[];
const pages = [...new Set(programs.map(({ origin }) => origin.replace(/\.md, .*$/, "")))];

test.each(sampled(pages, 24))(
  "the programs of %s print in the page what they print in Node",
  async (name) => {
    const page = await open(name, DESK);
    const own = programs.filter(({ origin }) => origin.startsWith(`${name}.md,`));
    for (const [i, { expected, output }] of own.entries()) {
      await runButton(page, i).click();
      await block(page, i).getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
      const lines = (await block(page, i).locator(".live-lines").allTextContents()).join("");
      expect(lines).not.toMatch(/Error|Stopped/);
      if (output !== null) expect(lines.startsWith(`${output}\n`)).toBe(true);
      else for (const line of expected) if (line !== null) expect(lines).toContain(`${line}\n`);
    }
  },
);

const topics = TOPICS.map(([topic]) => topic);
const EXAMPLE = /^::: run\n```ts\n([\s\S]*?)^```$/gm;

test.each(sampled(topics, 24))("the examples of the topic %s run in the page", async (topic) => {
  const text = readFileSync(`${root}/build/pages/reference/${topic}.md`, "utf8");
  const examples = Array.from(text.matchAll(EXAMPLE), ([, code = ""], index) => ({ code, index }));
  const page = await open(`reference/${topic}`, DESK);
  for (const { code, index } of sampled(examples, 12)) {
    await runButton(page, index).click();
    await block(page, index).getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
    const lines = (await block(page, index).locator(".live-lines").allTextContents()).join("");
    expect(lines, code).not.toMatch(/^Line \d+: |Stopped/m);
    for (const line of expectationsOf(code)) {
      if (line !== null) expect(lines, code).toContain(`${line}\n`);
    }
  }
});

test("all pages are tried where laws are tried whole", () => {
  expect(sampled(looks, 47).length).toBeGreaterThan(WHOLE ? 100 : 1);
});
