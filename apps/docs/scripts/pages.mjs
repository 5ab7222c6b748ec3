/**
 * Lays the pages of the site together in `build/pages/`: those that are written by hand in `pages/`, and those that are
 * made of the packages' declarations and tables. VitePress, the tests and `llms.txt` read them there.
 */

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const docs = resolve(dirname(fileURLToPath(import.meta.url)), "..");
export const laid = join(docs, "build/pages");
const shared = join(docs, "build/public");

/** The pages by hand in the order in which they are read, by group. */
export const ORDER = {
  Start: ["start"],
  Guide: [
    "guide/tensors",
    "guide/derivatives",
    "guide/compile",
    "guide/training",
    "guide/random",
    "guide/control",
    "guide/linalg",
    "guide/solve",
    "guide/files",
    "guide/onnx",
    "guide/browsers",
    "guide/nan",
    "guide/speed",
    "guide/surprises",
  ],
  "Coming from": ["from/pytorch", "from/jax", "from/tensorflow", "from/numpy"],
};

/** The heading of a page. @param {string} text */
export const titleOf = (text) => /^# (.*)$/m.exec(text)?.[1] ?? "";

/** Writes all pages anew. */
export function layPages() {
  const pages = { ...written() };
  rmSync(laid, { recursive: true, force: true });
  for (const [name, text] of Object.entries(pages)) {
    const file = join(laid, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  writeFileSync(join(laid, "sidebar.json"), JSON.stringify(sidebarOf(pages)));
  rmSync(shared, { recursive: true, force: true });
  cpSync(join(docs, "pages/public"), shared, { recursive: true });
  for (const theme of ["light", "dark"]) {
    const name = `stage-${theme}.svg`;
    cpSync(join(docs, "../demo/pictures", name), join(shared, name));
  }
}

/** The pages that are written by hand, by their names. @returns {Record<string, string>} */
function written() {
  const folder = join(docs, "pages");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Object.fromEntries(
    names
      .filter((name) => name.endsWith(".md"))
      .map((name) => [name.replaceAll("\\", "/"), readFileSync(join(folder, name), "utf8")]),
  );
}

/** @param {Record<string, string>} pages */
function sidebarOf(pages) {
  const groups = Object.entries(ORDER).flatMap(([text, names]) => {
    const items = names.flatMap((name) => {
      const page = pages[`${name}.md`];
      return page === undefined ? [] : [{ text: titleOf(page), link: `/${name}` }];
    });
    return items.length > 0 ? [{ text, items }] : [];
  });
  return { "/": groups };
}
