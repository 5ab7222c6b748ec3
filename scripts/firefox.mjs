/**
 * Finds a Firefox for the few tests that run there, too: the one that GRADDIFF_FIREFOX names, or one on the PATH.
 * Playwright drives no Firefox but its own, so puppeteer-core does, by WebDriver BiDi.
 */

import { onPath } from "./onPath.mjs";

const NAMES = ["firefox-esr", "firefox"];

/**
 * Returns the path of a Firefox, or undefined where there is none: Chromium is asked for everything, Firefox for what
 * browsers differ in.
 * @returns {string | undefined}
 */
export function findFirefox() {
  const named = process.env["GRADDIFF_FIREFOX"];
  return named === undefined || named === "" ? onPath(NAMES) : named;
}
