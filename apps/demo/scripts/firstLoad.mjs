/**
 * The bytes of a first load as a server sends them: what the page asks for before anything is touched.
 */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "../dist/web");

/** The most that a first load may take, in kB. */
export const MOST_FIRST_LOAD = 150;

/** Returns the size of the files of some addresses, compressed, in kB. */
export function firstLoad(urls) {
  const bytes = [...new Set(urls)].reduce((sum, url) => {
    const path = new URL(url).pathname;
    const file = path.endsWith("/") ? `${path}index.html` : path;
    return sum + gzipSync(readFileSync(join(web, file))).length;
  }, 0);
  return bytes / 1000;
}

/** Returns the sizes of the files of the page whose names begin with some words, compressed, in kB. */
export function chunks(names) {
  const folder = join(web, "assets");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".js") && names.some((name) => file.startsWith(`${name}-`)))
    .map((file) => ({
      name: file.replace(/-[^-]*$/, ""),
      size: gzipSync(readFileSync(join(folder, file))).length / 1000,
    }));
}
