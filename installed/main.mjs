/**
 * `npm run test:installed`: tests the packages as a user installs them. It packs them, installs the tarballs in a
 * temporary folder outside of the workspace, and runs one program there in every toolchain and host, one row each. A
 * table shows the results. A row that cannot run on this machine says why, and does not count as passed.
 *
 *   --quick        only rows that need no further tools than the repository's: Node, the type checker, one bundler
 *   --filter TEXT  only rows whose name contains TEXT
 *   --keep         leave the temporary folder
 *
 * This folder is not a workspace of npm. Its lock file pins the tools, which only this script installs.
 */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { execute, lastJson, NotHere, npm } from "./execute.mjs";
import { faultsOf, formatTable } from "./outcome.mjs";
import { authorRows } from "./rows/authors.mjs";
import { browserRows, closeBrowser } from "./rows/browser.mjs";
import { bundlerRows } from "./rows/bundlers.mjs";
import { copyRows } from "./rows/copies.mjs";
import { definitionRows } from "./rows/definitions.mjs";
import { hostRows } from "./rows/hosts.mjs";
import { nodeRows } from "./rows/node.mjs";
import { readmeRows } from "./rows/readme.mjs";
import { testRunnerRows } from "./rows/testRunners.mjs";
import { threadRows } from "./rows/threads.mjs";
import { typeRows } from "./rows/types.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = resolve(here, "..");

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    filter: { type: "string", default: "" },
  },
});

/**
 * The packages that are packed. Some have external dependencies, which npm's cache has from the installation of the
 * repository.
 */
const PACKAGES = ["wasm-kernel", "core", "nn", "files", "onnx", "solve", "stats"];

/** Packs the packages as npm would publish them, and returns the paths of the tarballs in the order of `PACKAGES`. */
function pack(target) {
  const words = PACKAGES.flatMap((name) => ["-w", `packages/${name}`]);
  const output = npm(["pack", "--json", ...words, "--pack-destination", target], { cwd: root });
  const packed = Object.values(JSON.parse(output));
  for (const { name, size, entryCount } of packed) {
    console.log(`${name}: ${Math.round(size / 1000)} kB in ${entryCount} files`);
  }
  return packed.map(({ filename }) => join(target, filename));
}

/** Copies the files of the rows to a folder, and installs the tools and the tarballs there. */
function install(folder, tarballs) {
  cpSync(join(here, "files"), folder, { recursive: true });
  for (const file of ["core/test/types/library.ts", "nn/test/types/laws.ts"]) {
    cpSync(join(root, "packages", file), join(folder, basename(file)));
  }
  if (options.quick) {
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  } else {
    for (const file of ["package.json", "package-lock.json"])
      cpSync(join(here, file), join(folder, file));
    console.log("Installing the tools …");
    // The binaries of the tools are packages, so no install script has to run.
    npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  }
  const once = [
    "--prefer-offline",
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ];
  npm(["install", ...once, ...tarballs], { cwd: folder });
}

async function runRow(row, context) {
  const start = performance.now();
  const outcome = { name: row.name, faults: [], skipped: undefined, report: undefined };
  try {
    outcome.report = await row.run(context);
    if (outcome.report !== undefined) {
      outcome.faults = faultsOf(outcome.report, row.expected ?? {}, context.reference);
    }
  } catch (error) {
    if (error instanceof NotHere) outcome.skipped = error.message;
    else outcome.faults = [String(error.message ?? error)];
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const word = outcome.skipped ? "not run" : outcome.faults.length > 0 ? "FAILED" : "passed";
  console.log(`${word}: ${row.name} (${seconds} s)`);
  return outcome;
}

const folder = mkdtempSync(join(tmpdir(), "graddiff-installed-"));
try {
  const tarballs = pack(folder);
  install(folder, tarballs);
  // The report with which all rows are compared: JavaScript without WebAssembly, in the Node that runs this script.
  const reference = lastJson(execute(process.execPath, ["reference.mjs"], { cwd: folder }));
  const context = { folder, root, tarballs, reference, tools: options.quick ? root : folder };
  const all = [
    ...readmeRows,
    ...nodeRows,
    ...copyRows,
    ...authorRows,
    ...typeRows,
    ...definitionRows,
    ...bundlerRows,
    ...browserRows,
    ...threadRows,
    ...testRunnerRows,
    ...hostRows,
  ];
  const chosen = all.filter(
    ({ name, quick }) =>
      (!options.quick || quick) && name.toLowerCase().includes(options.filter.toLowerCase()),
  );
  const outcomes = [];
  for (const row of chosen) outcomes.push(await runRow(row, context));
  console.log(`\n${formatTable(outcomes)}\n`);
  const failed = outcomes.filter(({ faults }) => faults.length > 0).length;
  const skipped = outcomes.filter(({ skipped: reason }) => reason !== undefined).length;
  console.log(`${outcomes.length - failed - skipped} passed, ${failed} failed, ${skipped} not run`);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  await closeBrowser();
  if (options.keep) console.log(folder);
  else rmSync(folder, { recursive: true, force: true });
}
// Idle threads of a bundler would keep the process running.
process.exit();
