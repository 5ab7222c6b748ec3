/**
 * Finds a Firefox for the few tests that also run there: the program that GRADDIFF_FIREFOX names, or one on the PATH.
 * Playwright can control only its own build of Firefox, so puppeteer-core controls this one, by WebDriver BiDi.
 */

import { onPath } from "./onPath.mjs";

const NAMES = ["firefox-esr", "firefox"];

/**
 * Returns the path of a Firefox; undefined if there is none, and tests then skip Firefox. All tests of browsers run in
 * Chromium, and in Firefox only those of features in which browsers differ.
 * @returns {string | undefined}
 */
export function findFirefox() {
  const named = process.env["GRADDIFF_FIREFOX"];
  return named === undefined || named === "" ? onPath(NAMES) : named;
}
