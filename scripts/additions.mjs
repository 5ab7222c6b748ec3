/**
 * Adds one op, layer, loss, optimizer or metric of each kind to a copy of the project, and counts the files that this takes:
 *
 *   npm run additions             all kinds
 *   npm run additions -- prod     only the addition whose kind or name is `prod`
 *
 * Each kind is a file of `additions/` with the edits that a person would make. The edits are applied to a copy of the
 * project, and git lists the files that changed. Then generated files are written again, and the copy must pass the
 * linter, the compiler and the tests that are generated for the addition.
 */

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copy, makeCopy, restoreCopy, root, run } from "./copy.mjs";

// Tests that try samples in `npm test` try all cases here, as in `npm run test:slow`.
process.env["GRADDIFF_WHOLE"] = "1";

/**
 * Makes one edit: appends to a file, makes a new file, or inserts after or before a text that is in the file exactly
 * once.
 */
function edit({ file, append, after = "", before: next = "", insert }) {
  const path = join(copy, file);
  const before = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (append !== undefined) {
    writeFileSync(path, before + append);
    return;
  }
  const [head, tail, more] = before.split(after + next);
  if (tail === undefined || more !== undefined) {
    throw new Error(`${file} has not exactly one ${JSON.stringify(after + next)}`);
  }
  writeFileSync(path, head + after + insert + next + tail);
}

/** Returns the files that differ from the copy's commit. */
function changed() {
  const lines = run(".", "git", "status", "--porcelain", "-uall").split("\n");
  return lines.filter((line) => line !== "").map((line) => line.slice(3));
}

/** The folders with the tests that are generated for each op of the table. */
const OF_OPS = ["test/generated", "test/elementary", "test/run"];

/** Runs the tests of a package whose titles contain the name of the addition, and returns the number that passed. */
function testsOf(folder, name, files) {
  const report = join(copy, "report.json");
  const output = ["--reporter=default", "--reporter=json", `--outputFile=${report}`];
  run(folder, "npx", "vitest", "run", ...files, "-t", `\\b${name}\\b`, ...output);
  const { numPassedTests } = JSON.parse(readFileSync(report, "utf8"));
  rmSync(report);
  return numPassedTests;
}

/** Writes the generated files, checks the copy, and returns the number of passed tests of the addition. */
function check({ name, folder = "packages/core", generate = [], tests = OF_OPS, models = [] }) {
  run(".", "npx", "biome", "check", "--write", "packages");
  run("packages/wasm-kernel", process.execPath, "elementary/generate.mjs");
  for (const [command, ...parameters] of generate) run(".", command, ...parameters);
  run("packages/wasm-kernel", process.execPath, "scripts/compile.mjs");
  run("packages/core", process.execPath, "scripts/examples.mjs");
  run("packages/nn", process.execPath, "../core/scripts/examples.mjs", ".");
  run("packages/core", "npx", "vitest", "run", "test/generated/coverage.test.ts", "-u");
  run(".", "npx", "biome", "check", "--error-on-warnings", "packages");
  for (const each of ["wasm-kernel", "core", "nn", "onnx"]) {
    run(`packages/${each}`, "npx", "tsc", "-p", "tsconfig.json", "--noEmit");
  }
  const own = testsOf(folder, name, tests);
  const ofModels = models.length > 0 ? testsOf("packages/onnx", name, models) : 0;
  if (own + ofModels < 3) throw new Error(`only ${own + ofModels} tests are about ${name}`);
  // The test of the tables fails if a layer, loss, optimizer or metric has no row.
  run("packages/nn", "npx", "vitest", "run", "test/table/table.test.ts");
  return own + ofModels;
}

const wanted = process.argv.slice(2);
const additions = await Promise.all(
  readdirSync(join(root, "scripts/additions")).map(async (file) => ({
    kind: file.replace(".mjs", ""),
    ...(await import(`./additions/${file}`)),
  })),
);
makeCopy();
for (const addition of additions) {
  const { kind, name, edits, most } = addition;
  if (wanted.length > 0 && !wanted.includes(kind) && !wanted.includes(name)) continue;
  edits.forEach(edit);
  const files = changed();
  console.log(`${kind}: ${name} takes ${files.length} ${files.length === 1 ? "file" : "files"}`);
  for (const file of files) console.log(`  ${file}`);
  if (files.length > most) {
    console.error(`  more than ${most}`);
    process.exitCode = 1;
  }
  try {
    console.log(`  ${check(addition)} generated tests of it pass`);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
  restoreCopy();
}
