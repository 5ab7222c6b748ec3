/**
 * Looks for faults with random seeds: properties, random programs and loops, damaged files, killed trainings, and faults
 * of threads. `npm test` and `npm run verify` try fixed seeds.
 *
 *   npm run explore                             until it is stopped
 *   npm run explore -- --minutes 10 --seed 7    rounds from seed 7, until ten minutes have passed
 *
 * A round is one seed. For each test that fails, the round prints the file, the test, the seed and the failure, in which
 * fast-check names its shrunk case. `GRADDIFF_SEED=SEED npx vitest run FILE` in the package repeats it. What is found
 * becomes a fixed case of its test. The exit status is 1 if a test failed.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const root = resolve(import.meta.dirname, "..");

/** The packages and apps with tests of random cases. */
const FOLDERS = [
  "packages/core",
  "packages/files",
  "packages/nn",
  "packages/onnx",
  "packages/solve",
  "apps/demo",
];

/** The programs that take a seed as their last argument. */
const PROGRAMS = [
  "npm run mutants -w @graddiff/files -- 5000",
  "npm run mutants -w @graddiff/onnx -- 5000",
  "npm run kills -w @graddiff/files -- 20",
];

/** A test with random cases imports one of these names of core's `test/support`. */
const DRAWS =
  /import [^;]*\b(?:fc|SEED|seedOfTest|seedsTo)\b[^;]* from "[^"]*support\/(?:properties|sampling)\.ts"/;

/** The tests that draw nothing, but whose threads meet in another order in each run. */
const RACES = ["test/run/threads/faults.test.ts"];

/** Ends the process with an error about the command line. */
function refuse(got) {
  console.error(
    "explore: expected `npm run explore [-- --minutes N --seed S]`, with N above 0 and a whole number S from 1 to " +
      `65535; got ${got}.`,
  );
  process.exit(2);
}

let options = {};
try {
  ({ values: options } = parseArgs({
    options: { minutes: { type: "string" }, seed: { type: "string" } },
  }));
} catch {
  refuse(process.argv.slice(2).join(" "));
}
const minutes = Number(options.minutes ?? Number.POSITIVE_INFINITY);
const first = Number(options.seed ?? 1 + Math.floor(Math.random() * 65_535));
if (!(minutes > 0)) refuse(`--minutes ${options.minutes}`);
if (!Number.isInteger(first) || first < 1 || first > 65_535) refuse(`--seed ${options.seed}`);

/** Returns the tests of a folder that draw random cases. */
function testsOf(folder) {
  const files = readdirSync(join(root, folder, "test"), { recursive: true, encoding: "utf8" });
  return files
    .map((file) => `test/${file.replaceAll("\\", "/")}`)
    .filter((file) => /^(?!.*\/(?:browser|webgpu)\/).*\.test\.ts$/.test(file))
    .filter(
      (file) =>
        DRAWS.test(readFileSync(join(root, folder, file), "utf8")) ||
        (folder === "packages/core" && RACES.includes(file)),
    );
}

const scratch = mkdtempSync(join(tmpdir(), "graddiff-explore-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
const end = performance.now() + minutes * 60_000;
let found = 0;

/** Runs tests with a seed, and prints those that fail. */
function tryTests(folder, files, seed) {
  const report = join(scratch, "report.json");
  rmSync(report, { force: true });
  const words = ["vitest", "run", "--mode", "whole", "--reporter=json", `--outputFile=${report}`];
  const { stderr } = spawnSync("npx", [...words, ...files], {
    cwd: join(root, folder),
    encoding: "utf8",
    env: { ...process.env, GRADDIFF_SEED: String(seed) },
    maxBuffer: 2 ** 28,
    shell: process.platform === "win32",
    ...(Number.isFinite(minutes) ? { timeout: Math.max(1000, end - performance.now()) } : {}),
  });
  let results = [];
  try {
    results = JSON.parse(readFileSync(report, "utf8")).testResults;
  } catch {
    // The time is over, or the tests did not start.
    if (performance.now() < end) {
      found++;
      console.log(`\n${folder}: seed ${seed}: no report\n${stderr}`);
    }
  }
  for (const { name, status, message, assertionResults } of results) {
    const failed = assertionResults.filter((each) => each.status === "failed");
    const where = name.slice(root.length + 1);
    for (const { fullName, failureMessages } of failed) {
      found++;
      console.log(`\n${where}: ${fullName}: seed ${seed}\n${failureMessages.join("\n")}`);
    }
    if (status === "failed" && failed.length === 0) {
      found++;
      console.log(`\n${where}: seed ${seed}\n${message}`);
    }
  }
}

for (let seed = first; performance.now() < end && seed <= 65_535; seed++) {
  console.log(`seed ${seed}`);
  for (const folder of FOLDERS) {
    const files = testsOf(folder);
    if (files.length > 0 && performance.now() < end) tryTests(folder, files, seed);
  }
  for (const program of PROGRAMS) {
    if (performance.now() >= end) break;
    const command = `${program} ${seed}`;
    const { status } = spawnSync(command, { cwd: root, stdio: "inherit", shell: true });
    if (status !== 0) {
      found++;
      console.log(`\n${command}: failed`);
    }
  }
}
console.log(`\n${found} found.`);
process.exitCode = found > 0 ? 1 : 0;
