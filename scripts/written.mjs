/**
 * Writes committed files that scripts generate from built packages. With `--check` it compares them and writes nothing.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const check = process.argv.includes("--check");

/**
 * Writes a file if its text has changed.
 * @param {string} file its path in the repository.
 * @param {string} text
 * @returns {string[]} the faults: with `--check`, a message if the file has another text; otherwise none.
 */
export function written(file, text) {
  const path = join(root, file);
  if (existsSync(path) && readFileSync(path, "utf8") === text) return [];
  if (check) return [`${file} is not what the declarations say; run npm run api`];
  writeFileSync(path, text);
  console.log(`wrote ${file}`);
  return [];
}
