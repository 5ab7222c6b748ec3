/** The pictures that programs of the pages draw: they run once when the site is built, against the built packages. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { transformSync } from "esbuild";
import { RESULT, withResult } from "../live/result.mjs";
import { docs, served } from "./paths.mjs";

/** Runs a program, and writes the picture of its last statement to `NAME-light.svg` and `NAME-dark.svg`. */
export async function draw(code, name) {
  const result = await resultOf(code, join(docs, "build/programs", `${name}.mjs`));
  for (const theme of ["light", "dark"]) {
    const svg = typeof result === "string" ? result : result?.svg?.({ theme });
    if (typeof svg !== "string" || !svg.startsWith("<svg"))
      throw new Error(`the last statement of ${name} draws nothing`);
    write(join(served, `${name}-${theme}.svg`), svg);
  }
}

/**
 * Draws the pictures of a page's programs in `::: run drawn`, and returns the page with the names of the pictures.
 *
 * @param {string} name @param {string} page
 */
export async function withDrawings(name, page) {
  const opened = /^::: run drawn\n```ts\n([\s\S]*?)^```$/gm;
  let count = 0;
  for (const [whole, code = ""] of page.matchAll(opened)) {
    count++;
    const place = `drawings/${name.replace(/\.md$/, "").replaceAll("/", "-")}-${count}`;
    await draw(code, place);
    page = page.replace(whole, whole.replace("drawn", `drawn=${place}`));
  }
  return page;
}

/** Returns the value of a program's last statement, without its output. */
async function resultOf(code, file) {
  write(file, transformSync(withResult(code), { loader: "ts" }).code);
  const { log } = console;
  console.log = () => {};
  try {
    Reflect.set(globalThis, RESULT, undefined);
    await import(`${pathToFileURL(file)}?${performance.now()}`);
  } finally {
    console.log = log;
  }
  return Reflect.get(globalThis, RESULT);
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
