/** Tests of measuring in headless Chromium: a case of the suites, and pages that fail. Timings are not checked. */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumOptions } from "../../../scripts/chromium.mjs";
import { UsageError } from "../../src/arguments.ts";
import { openBrowserHost } from "../../src/browser/host.ts";
import { openPages, type Pages } from "../../src/browser/pages.ts";
import type { Effort } from "../../src/measure.ts";
import { run } from "../../src/run.ts";
import { suites } from "../../src/suites/index.ts";

const file = (place: string) => fileURLToPath(new URL(place, import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "graddiff-browser-"));
afterAll(() => rmSync(folder, { recursive: true }));

const once: Effort = { warmupTime: 0, time: 0, iterations: 1, batchTime: 0 };

it("a case of the suites runs in Chromium, against the sources", async () => {
  const json = path.join(folder, "latest.json");
  const printed: string[] = [];
  const words = ["--browser", "--filter", "fallback: train 2-16-16-1", "--json", json];
  const code = await run(words, {
    suites,
    openBrowser: () =>
      openBrowserHost({ findChromium: chromiumOptions, entry: file("../../src/browser/entry.ts") }),
    runWebGpu: async () => {},
    defaultJson: json,
    packages: ["tinybench"],
    print: (text) => printed.push(text),
    printError: (text) => printed.push(text),
    effort: once,
  });
  expect(printed.join("\n")).toMatch(/^Chromium \d+\.[\d.]+, tinybench/m);
  expect(code).toBe(0);
  const report = JSON.parse(readFileSync(json, "utf8"));
  expect(report.host).toMatch(/^Chromium \d+\./);
  expect(report.results).toHaveLength(1);
  const [{ timings }] = report.results;
  expect(timings.map(({ contestant }: { contestant: string }) => contestant)).toEqual([
    "wasm",
    "js",
  ]);
  for (const { medianMicroseconds } of timings) expect(medianMicroseconds).toBeGreaterThan(0);
});

describe("pages", () => {
  let pages: Pages<string, unknown>;
  beforeAll(async () => {
    pages = await openPages({
      findChromium: chromiumOptions,
      entry: file("plantedPage.mjs"),
      folders: { planted: file(".") },
      exchange: path.join(folder, "exchange.bin"),
    });
  });
  afterAll(() => pages.close());

  it("are isolated, so that clocks are fine, and each is fresh", async () => {
    const fresh = { isolated: true, none: Number.NaN, count: 1 };
    expect(await pages.call("describe")).toEqual(fresh);
    expect(await pages.call("describe")).toEqual(fresh);
  });

  it("that fail or take too long are told, and others go on", async () => {
    await expect(pages.call("fail")).rejects.toThrow("planted");
    await expect(pages.call("hang", 500)).rejects.toThrow("the page took more than 500 ms");
    expect(await pages.call("describe")).toMatchObject({ count: 1 });
  });

  it("read and write a file, and read folders", async () => {
    expect(await pages.call("write")).toBe(204);
    expect([...readFileSync(path.join(folder, "exchange.bin"))]).toEqual([1, 2, 3]);
    expect(await pages.call("read")).toEqual([1, 2, 3]);
    expect(await pages.call("serve")).toBe(200);
    expect(await pages.call("miss")).toBe(404);
  });

  it("need a Chromium", async () => {
    const findChromium = () => {
      throw new Error("There is none.");
    };
    const opened = openPages({ findChromium, entry: file("plantedPage.mjs") });
    await expect(opened).rejects.toThrow(UsageError);
    await expect(opened).rejects.toThrow("--browser: There is none.");
  });
});
