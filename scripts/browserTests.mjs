/**
 * Vitest's options for tests that must hold in a browser, too. Each run tries some of a package's tests, `npm run
 * test:slow` all (`--mode whole`).
 */

import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { chromiumOptions } from "./chromium.mjs";
import { sources } from "./sources.mjs";

/** The browser: Chromium, or one of Playwright's own that GRADDIFF_BROWSER names, "webkit" or "firefox". */
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
    env: process.env["GRADDIFF_TURN"] ? { GRADDIFF_TURN: process.env["GRADDIFF_TURN"] } : {},
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
 * @param {readonly string[]} tests.some patterns of those that each run tries
 * @param {readonly string[]} tests.all patterns of all
 * @param {readonly string[]} [tests.except] those that need Node
 * @param {readonly string[]} [tests.isolated] those of `all` that need modules of their own
 */
export const browserTests = ({ some, all, except = [], isolated = [] }) =>
  defineConfig(({ mode }) => {
    // Each project has a server and a page of its own, which take longer than one isolated test.
    const shared = project("shared", false, mode === "whole" ? all : some, [
      ...except,
      ...isolated,
    ]);
    const alone =
      mode === "whole" && isolated.length > 0 ? [project("isolated", true, isolated, [])] : [];
    return { test: { projects: [shared, ...alone] } };
  });
