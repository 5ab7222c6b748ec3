/**
 * Prepares the declarations in dist/, which the compiler has written, for publishing the package in the working
 * directory:
 *
 * - Declarations that no entry of the package reaches are removed.
 * - The sources of the others are copied to dist/src/, and the declaration maps name the copies, so that "go to
 *   definition" of an editor ends in code.
 */

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { readMap, writeMap } from "./declarationMaps.mjs";

const DIST = "dist";

/** The declarations of the package's entries, as `exports` of its manifest names them. */
const entries = Object.values(JSON.parse(readFileSync("package.json", "utf8")).exports)
  .map((entry) => entry.types)
  .filter((types) => types?.startsWith(`./${DIST}/`));

/** The relative modules that a file of declarations names. */
const MODULES = /(?:from |import\(|import )"(\.[^"]+)"/g;

const reached = new Set();

function reach(file) {
  if (reached.has(file)) return;
  if (!existsSync(file)) throw new Error(`${file}: no such declarations`);
  reached.add(file);
  for (const [, module] of readFileSync(file, "utf8").matchAll(MODULES)) {
    reach(join(dirname(file), module.replace(/\.[jt]s$/, ".d.ts")));
  }
}

for (const entry of entries) reach(join(entry));

for (const name of readdirSync(DIST, { recursive: true })) {
  const file = join(DIST, name);
  if (file.endsWith(".d.ts") && !reached.has(file)) {
    rmSync(file);
    rmSync(`${file}.map`);
  }
}

for (const file of reached) {
  const map = readMap(file);
  const sources = map.sources.map((source) => {
    const path = join(dirname(file), source);
    const copy = join(DIST, path);
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(path, copy);
    return relative(dirname(file), copy).replaceAll(sep, "/");
  });
  writeMap(file, { ...map, sources });
}
