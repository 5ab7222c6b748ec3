/**
 * Writes the elementary functions from their descriptions, for JavaScript and for WebAssembly, and what
 * their tests know of them.
 *
 *     node elementary/generate.mjs            writes the files
 *     node elementary/generate.mjs --check    fails if one of them is not what would be written
 *
 * The outputs are committed: their bits are part of what graddiff promises, and a change of one
 * should be seen.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { emitAssemblyScript, emitKernels } from "./emitAssemblyScript.mjs";
import { emitForTests } from "./emitForTests.mjs";
import { emitNames, emitTypeScript } from "./emitTypeScript.mjs";

/** Every file of this folder that describes functions, by its name. */
const files = readdirSync(new URL(".", import.meta.url)).filter(
  (file) => file.endsWith(".mjs") && file !== "generate.mjs",
);
const modules = await Promise.all(files.sort().map((file) => import(`./${file}`)));
/** @type {import("./steps.mjs").Description[]} */
const descriptions = modules.flatMap((module) => module.descriptions ?? []);

const outputs = [
  { path: "../../core/src/elementary/elementary.ts", text: emitTypeScript(descriptions) },
  { path: "../../core/src/elementary/names.ts", text: emitNames(descriptions) },
  { path: "../../core/test/golden/elementaryFunctions.json", text: emitForTests(descriptions) },
  { path: "../assembly/elementary.ts", text: emitAssemblyScript(descriptions) },
  { path: "../assembly/unary.ts", text: emitKernels(descriptions) },
];

const check = process.argv.includes("--check");
for (const { path, text } of outputs) {
  const file = fileURLToPath(new URL(path, import.meta.url));
  if (!check) {
    writeFileSync(file, text);
  } else if (readFileSync(file, "utf8") !== text) {
    console.error(`${file} is not what its description gives; run elementary/generate.mjs`);
    process.exitCode = 1;
  }
}
