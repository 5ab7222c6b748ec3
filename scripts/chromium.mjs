/**
 * Finds a Chromium for the browser tests: the one that GRADDIFF_CHROMIUM names, one on the PATH,
 * or Playwright's own download. Where there is none it says how to get one; tests never skip.
 */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

// Without these a browser looks up its maker's hosts at every start.
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

function onPath() {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}

/**
 * The path of a Chromium.
 * @returns {string}
 */
export function findChromium() {
  const named = process.env["GRADDIFF_CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (existsSync(named)) return named;
    throw new Error(`GRADDIFF_CHROMIUM names ${named}, which does not exist.`);
  }
  const found = onPath() ?? [chromium.executablePath()].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    "The browser tests need a Chromium. Install one with `npx playwright install chromium` " +
      "(or `apt-get install chromium`), or name one in the environment variable GRADDIFF_CHROMIUM.",
  );
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
