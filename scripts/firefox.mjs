/**
 * Finds a Firefox for the few tests that run there, too: the one that GRADDIFF_FIREFOX names, or one on the PATH.
 * Playwright drives no Firefox but its own, so puppeteer-core does, by WebDriver BiDi.
 */

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["firefox-esr", "firefox"];

/**
 * The path of a Firefox, or undefined where there is none: Chromium is asked for everything, Firefox for what
 * browsers differ in.
 * @returns {string | undefined}
 */
export function findFirefox() {
  const named = process.env["GRADDIFF_FIREFOX"];
  if (named !== undefined && named !== "") return named;
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
