/**
 * Writes the elementary functions from their descriptions, for JavaScript and for WebAssembly.
 *
 *     node elementary/generate.mjs            writes the three files
 *     node elementary/generate.mjs --check    fails if one of them is not what would be written
 *
 * The outputs are committed: their bits are part of what graddiff promises, and a change of one
 * should be seen.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { emitAssemblyScript, emitKernels } from "./emitAssemblyScript.mjs";
import { emitTypeScript } from "./emitTypeScript.mjs";
import { descriptions as exponentials } from "./exp.mjs";
import { descriptions as logarithms } from "./log.mjs";
import { descriptions as powers } from "./pow.mjs";
import { descriptions as hyperbolic } from "./tanh.mjs";
import { descriptions as trigonometric } from "./trigonometric.mjs";

const descriptions = [...exponentials, ...logarithms, ...trigonometric, ...hyperbolic, ...powers];

const outputs = [
  { path: "../../core/src/elementary/elementary.ts", text: emitTypeScript(descriptions) },
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
