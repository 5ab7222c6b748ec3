/**
 * Vitest's options for tests that also run in a browser. Each run tries some of a package's tests; `npm run test:slow`
 * tries all of them (`--mode whole`).
 */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "./chromium.mjs";
import { sources } from "./sources.mjs";

/** The browser: Chromium, or Playwright's "webkit" or "firefox" if GRADDIFF_BROWSER names one of them. */
const browser = /** @type {"chromium" | "firefox" | "webkit"} */ (
  process.env["GRADDIFF_BROWSER"] ?? "chromium"
);

/**
 * @param {string} name
 * @param {boolean} isolate
 * @param {readonly string[]} include
 * @param {readonly string[]} exclude
 */
const project = (name, isolate, include, exclude) => ({
  resolve: { alias: sources },
  test: {
    testTimeout: 120_000,
    name,
    isolate,
    include: [...include],
    exclude: [...exclude],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright(browser === "chromium" ? { launchOptions: chromiumOptions() } : {}),
      instances: [{ browser, name: `${name} in ${browser}` }],
    },
  },
});

/**
 * Returns the options of a package's tests in a browser.
 *
 * @param {object} tests
 * @param {readonly string[]} tests.some patterns of the files that each run tries
 * @param {readonly string[]} tests.all patterns of the files that `--mode whole` tries
 * @param {readonly string[]} [tests.except] patterns of files that need Node, and are left out
 * @param {readonly string[]} [tests.isolated] patterns of files of `all` that need fresh modules
 */
export const browserTests = ({ some, all, except = [], isolated = [] }) =>
  defineConfig(({ mode }) => {
    // Each project starts a server and a page, which takes longer than isolating one test.
    const shared = project("shared", false, mode === "whole" ? all : some, [
      ...except,
      ...isolated,
    ]);
    const alone =
      mode === "whole" && isolated.length > 0 ? [project("isolated", true, isolated, [])] : [];
    return { test: { projects: [shared, ...alone] } };
  });
