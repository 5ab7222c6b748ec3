/**
 * The bytes of a first load as a server sends them: what the page asks for before anything is touched.
 */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "../dist/web");

/** The most that a first load may take, in kB. */
export const MOST_FIRST_LOAD = 135;

/** The size of the files of some addresses, compressed, in kB. */
export function firstLoad(urls) {
  const bytes = [...new Set(urls)].reduce((sum, url) => {
    const path = new URL(url).pathname;
    const file = path.endsWith("/") ? `${path}index.html` : path;
    return sum + gzipSync(readFileSync(join(web, file))).length;
  }, 0);
  return bytes / 1000;
}
