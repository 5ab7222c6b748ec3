/**
 * The tests that must hold in a browser too: the same ops, derivatives and bits as in Node. Each run tries some of them,
 * `npm run test:slow` all (`--mode whole`).
 */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "../../scripts/chromium.mjs";
import { sources } from "../../scripts/sources.mjs";

/** The tests that need modules of their own, as in `vitest.config.ts`: all others share theirs. */
const ISOLATED = [
  "test/compile/backward.test.ts",
  "test/generated/pickup.test.ts",
  "test/run/reductions.test.ts",
];

/** The tests of what depends on the engine: its numbers, its WebAssembly, its timers and its workers. */
const SOME = [
  "test/generated/{bits,failing,ops}.test.ts",
  "test/elementary/bits.test.ts",
  "test/run/{sums,scalars}.test.ts",
  "test/tensor/{create,random}.test.ts",
  "test/layers/layers.test.ts",
  "test/nn/training/fit.test.ts",
  "test/compile/compile.test.ts",
  "test/run/emit/ops.test.ts",
  "test/nn/workers/**/*.test.ts",
];

const ALL = [
  "test/generated/**/*.test.ts",
  "test/elementary/bits.test.ts",
  "test/elementary/special.test.ts",
  "test/run/{sums,indexing,elementwise,scalars}.test.ts",
  "test/tensor/{create,dtype,numbers,random}.test.ts",
  "test/differentiate/{grad,transforms,chain}.test.ts",
  "test/{,nn/}layers/**/*.test.ts",
  "test/nn/training/**/*.test.ts",
  "test/{,nn/}compile/**/*.test.ts",
  "test/run/emit/{ops,reductions,backward}.test.ts",
  "test/nn/images/images.test.ts",
  "test/nn/workers/**/*.test.ts",
];

/** The browser: Chromium, or one of Playwright's own that GRADDIFF_BROWSER names, "webkit" or "firefox". */
const browser = (process.env["GRADDIFF_BROWSER"] ?? "chromium") as
  | "chromium"
  | "firefox"
  | "webkit";

const project = (name: string, isolate: boolean, include: string[], exclude: string[]) => ({
  resolve: { alias: sources },
  test: {
    testTimeout: 120_000,
    env: process.env["GRADDIFF_TURN"] ? { GRADDIFF_TURN: process.env["GRADDIFF_TURN"] } : {},
    name,
    isolate,
    include,
    exclude: [
      // Reads sources, to write OPS.md.
      "test/generated/coverage.test.ts",
      // A slow test.
      "test/compile/programs.test.ts",
      // Ends workers of Node; `test/pages` has the threads of pages.
      "test/nn/training/threads.test.ts",
      ...exclude,
    ],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright(browser === "chromium" ? { launchOptions: chromiumOptions() } : {}),
      instances: [{ browser, name: `${name} in ${browser}` }],
    },
  },
});

export default defineConfig(({ mode }) => {
  // Each project has a server and a page of its own, which take longer than the one isolated test.
  return {
    test: {
      projects:
        mode === "whole"
          ? [project("shared", false, ALL, ISOLATED), project("isolated", true, ISOLATED, [])]
          : [project("shared", false, SOME, ISOLATED)],
    },
  };
});
