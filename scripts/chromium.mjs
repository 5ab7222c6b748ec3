/**
 * Finds a Chromium for tests and benchmarks: the program that GRADDIFF_CHROMIUM names, one on the PATH, or Playwright's
 * download. If there is none, it throws an error that says how to install one, so tests fail and are never skipped.
 */

import { existsSync } from "node:fs";
import { chromium } from "playwright";
import { isProgram, onPath } from "./onPath.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

const ADVICE =
  "Get one with `npx playwright install chromium` or `apt-get install chromium`, " +
  "or name a program with GRADDIFF_CHROMIUM=path.";

// Without these arguments Chromium contacts hosts of its maker at every start.
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Returns the path of a Chromium.
 * @returns {string}
 */
export function findChromium() {
  const named = process.env["GRADDIFF_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (isProgram(named)) return named;
    throw new Error(`GRADDIFF_CHROMIUM is ${named}, which is no program. ${ADVICE}`);
  }
  const found = onPath(NAMES) ?? [chromium.executablePath()].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(`This needs a Chromium, and there is none. ${ADVICE}`);
}

/**
 * Options for Playwright's `chromium.launch`.
 * @returns {{ executablePath: string, args: string[] }}
 */
export function chromiumOptions() {
  // Chromium's sandbox refuses to run as root, as in many containers.
  const isRoot = process.getuid?.() === 0;
  return { executablePath: findChromium(), args: isRoot ? ["--no-sandbox", ...QUIET] : QUIET };
}
