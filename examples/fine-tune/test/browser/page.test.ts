import { readFileSync } from "node:fs";
import { argMax } from "@graddiff/core";
import { importOnnx } from "@graddiff/onnx";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { fiveDigits, readDigits } from "../../src/data.ts";
import {
  agreement,
  exported,
  readerOfFile,
  readerOfTuned,
  type Shares,
  sharesOf,
} from "../../src/models.ts";
import { runWithOnnxruntime } from "../../src/onnxruntime.ts";
import { FIRST, PARTS, Tuned, training } from "../../src/training.ts";
import { button, downloaded, field, root, says, train, usePages, violations } from "./support.ts";

const { visitor, open } = usePages(root);

const bytesOf = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url));
const file = bytesOf("model/zero-to-four.onnx");
const digits = await readDigits(bytesOf("data/digits.csv.gz"));
const fives = fiveDigits(digits, FIRST);

const said = (page: Page, id: string) => page.locator(`#${id}`).textContent();

/** Returns the texts of a row of the table. */
const row = async (page: Page, of: string) => [
  await said(page, `${of}0`),
  await said(page, `${of}5`),
];

const percents = ({ zeroToFour, fiveToNine }: Shares) =>
  [zeroToFour, fiveToNine].map((share) => `${(100 * share).toFixed(1)} %`);

/** Returns the digits below the images. */
const answers = async (page: Page, name: "was" | "now") => {
  const texts = await page.locator("#images figcaption span").allTextContents();
  return texts.flatMap((text) => (text.startsWith(name) ? Number(text.split(" ")[1]) : []));
};

test("under a strict policy what is trained has the numbers and the file of Node, and a second training begins anew", async () => {
  const context = await visitor();
  const policies: (string | undefined)[] = [];
  context.on("response", (response) => {
    if (/html|javascript/.test(response.headers()["content-type"] ?? "")) {
      policies.push(response.headers()["content-security-policy"]);
    }
  });
  const page = await open(context);
  await says(page, "Ready.");
  const expected = /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri/;
  // The page, its script and its worker have the same content security policy.
  expect(policies).toEqual(new Array(3).fill(expect.stringMatching(expected)));
  const meta = page.locator("meta[http-equiv=Content-Security-Policy]");
  expect(await meta.getAttribute("content")).toMatch(expected);
  const old = readerOfFile(file, 0);
  const images = fives.held.images.slice([0], [8]);
  expect(await row(page, "came")).toEqual(percents(sharesOf(old, digits)));
  expect(await row(page, "trained")).toEqual(["–", "–"]);
  expect(await answers(page, "was")).toEqual(Array.from(old(images).data()));
  expect(await button(page, "Download").isDisabled()).toBe(true);

  for (const part of PARTS) {
    const tuned = new Tuned(file, { train: part, seed: 1 });
    const read = readerOfTuned(tuned);
    const untrained = percents(sharesOf(read, digits));
    expect(await row(page, "untrained")).toEqual(untrained);
    await train(page, part);
    const { rows } = await training(tuned, fives, { epochs: 20, seed: 1 }).run();
    expect(await row(page, "untrained")).toEqual(untrained);
    expect(await row(page, "trained")).toEqual(percents(sharesOf(read, digits)));
    expect(await answers(page, "now")).toEqual(Array.from(read(images).data()));
    // The loss of the last epoch, with the digits of the curve.
    const loss = rows.at(-1)?.training.loss.toPrecision(4);
    expect(await said(page, "loss")).toBe(String(Number(loss)));
    expect(await page.locator("#curves .label").allTextContents()).toContain(
      `training ${Number(loss)}`,
    );
    expect(await said(page, "epoch")).toBe("20 of 20");
    expect(await said(page, "weights")).toBe(part === "head" ? "245" : "1,201");
    expect(await page.locator("#curves svg desc").textContent()).toMatch(/^20 epochs\. /);
    await says(page, "gives 180 of 180 answers as the network does.");

    const { name, bytes } = await downloaded(page);
    expect(name).toBe("five-to-nine.onnx");
    expect(await said(page, "size")).toBe(`${bytes.length.toLocaleString("en")} bytes`);
    expect(Buffer.compare(bytes, exported(tuned).bytes)).toBe(0);
    expect(importOnnx(bytes).inputs[0]?.shape).toEqual(["batch", 1, 8, 8]);
    const others = argMax(await runWithOnnxruntime(bytes, fives.held.images), 1).add(FIRST);
    expect(agreement(others, read(fives.held.images))).toBe(180);
  }

  // When the form has other settings, the results stay, with the settings that they are for.
  const shown = await row(page, "trained");
  await page.getByLabel("the new layer alone").check();
  await field(page).fill("7");
  await says(
    page,
    /^Done: all layers, 20 epochs\. .* of that, and not of the new layer alone, 7 epochs\.$/,
  );
  expect(await said(page, "trained")).toBe("trained: all layers, 20 epochs");
  expect(await said(page, "curvesOf")).toBe("Training of all layers, 20 epochs.");
  expect(await row(page, "trained")).toEqual(shown);
  expect(await violations(page)).toEqual([]);
});

test("stopped it keeps what it has learnt so far, and the focus", async () => {
  const page = await open();
  await says(page, "Ready.");
  // A wrong number starts nothing.
  await field(page).fill("0");
  await button(page, "Train").click();
  expect(await field(page).evaluate((input: HTMLInputElement) => input.validity.valid)).toBe(false);
  await says(page, "Ready.");
  await field(page).fill("1000");
  await button(page, "Train").focus();
  await page.keyboard.press("Enter");
  await button(page, "Stop").waitFor();
  expect(await row(page, "trained")).toEqual(["–", "–"]);
  await expect.poll(() => said(page, "epoch")).toMatch(/^([2-9]|\d\d+) of 1000$/);
  await page.keyboard.press("Space");
  await says(
    page,
    /^Stopped: the new layer alone, \d+ of 1,000 epochs.*\. The file, imported again, gives 180 of 180 answers/,
  );
  expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Train");
  const { bytes } = await downloaded(page);
  const share = sharesOf(readerOfFile(bytes, FIRST), digits);
  expect(await row(page, "trained")).toEqual(percents(share));
});

test("a file that is missing is told in words", async () => {
  const context = await visitor();
  await context.route("**/*.onnx", (route) => route.fulfill({ status: 404 }));
  const page = await open(context, /404|^failed: .*\.onnx$/);
  await says(page, /^Error: The server answers 404 for .*zero-to-four.*\.onnx\.$/);
  expect(await button(page, "Train").isDisabled()).toBe(true);
});

test("a worker that cannot be loaded is told in words", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", (route) => route.abort());
  const page = await open(context, /^failed: .*worker|ERR_FAILED/);
  await says(page, "Error: the file of the worker was not loaded.");
  // Nothing is an empty frame then.
  const heights = await page
    .locator(".curves, .answers, table, dl")
    .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
  expect(heights).toEqual([0, 0, 0, 0]);
});

test("without WebAssembly it trains, and says that it is slow", async () => {
  const context = await visitor();
  await context.route("**/worker-*.js", async (route) => {
    const response = await route.fetch();
    const headers = {
      ...response.headers(),
      "content-security-policy": "script-src 'self'; connect-src 'self'",
    };
    await route.fulfill({ response, headers });
  });
  const page = await open(context, /WebAssembly/);
  await says(page, "Ready.");
  await field(page).fill("1000");
  await button(page, "Train").click();
  await says(page, "WebAssembly is forbidden here, so it is slow.");
  await button(page, "Stop").click();
  await says(page, "Stopped: ");
});

test("in both themes it is accessible, and it fits any width", async () => {
  const viewport = { width: 1280, height: 844 };
  const page = await open(await visitor({ colorScheme: "light", viewport }));
  await train(page, "head");
  const svg = page.locator("#curves svg");
  const paper = () => svg.locator(".background").getAttribute("fill");
  expect(await paper()).toBe("#ffffff");
  for (const width of [1280, 390, 320]) {
    await page.setViewportSize({ ...viewport, width });
    const room = await page.locator("#curves").evaluate((section) => section.clientWidth);
    await expect.poll(() => svg.getAttribute("width")).toBe(String(Math.max(260, room)));
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    if (width !== 320) expect(await violations(page)).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(paper).toBe("#12181f");
  expect(await violations(page)).toEqual([]);
});
