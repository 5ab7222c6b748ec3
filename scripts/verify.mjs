/**
 * Runs everything that can be tested here, whole and with fixed cases. `npm test` and `.ci/run` run a part of it.
 *
 *   npm run verify                    all stages, in a few hours
 *   npm run verify -- --from STAGE    this stage and the later ones
 *
 * A stage that fails does not stop the others. The summary names each stage as passed, failed, or not run, with the
 * program that it needs. The exit status is 1 if a stage failed.
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { softwareDrivers } from "../packages/core/scripts/webgpuDriver.mjs";
import { findFirefox } from "./firefox.mjs";

/** Programs and files that some stages need: whether they are there, and their package of Debian. */
const NEEDS = {
  firefox: [() => findFirefox() !== undefined, "firefox-esr"],
  swiftshader: [() => softwareDrivers().some((file) => file.includes("swiftshader")), "chromium"],
  lavapipe: [() => softwareDrivers().some((file) => file.includes("lvp")), "mesa-vulkan-drivers"],
  mpmath: [
    () => spawnSync("/usr/bin/python3", ["-c", "import mpmath"]).status === 0,
    "python3-mpmath",
  ],
  onnx: [() => existsSync("/usr/share/libonnx-testdata/data"), "libonnx-testdata"],
};

/** The stages in their order: the name, the commands, and what they need. */
const STAGES = [
  ["build", ["npm run build"], []],
  ["test", ["npm test"], []],
  ["slow", ["npm run test:slow"], []],
  ["firefox", ["npm run test:firefox"], ["firefox"]],
  ["webgpu", ["npm run test:webgpu -- --each --whole"], ["swiftshader", "lavapipe"]],
  ["onnx", ["npm run conformance -w @graddiff/onnx", "npm run golden -w @graddiff/onnx"], ["onnx"]],
  ["measure", ["npm run measure -w @graddiff/demo"], []],
  ["mutations", ["npm run mutations"], []],
  ["additions", ["npm run additions"], ["mpmath"]],
  ["mutants", ["npm run mutants -w @graddiff/files", "npm run mutants -w @graddiff/onnx"], []],
  ["kills", ["npm run kills -w @graddiff/files"], []],
  ["installed", ["npm run test:installed"], []],
];

const names = STAGES.map(([name]) => name);

/** Ends the process with an error about the command line. */
function refuse(got) {
  console.error(
    `verify: expected \`npm run verify [-- --from STAGE]\`, where STAGE is one of ${names.join(", ")}; got ${got}.`,
  );
  process.exit(2);
}

let from = names[0];
try {
  from = parseArgs({ options: { from: { type: "string", default: from } } }).values.from;
} catch {
  refuse(process.argv.slice(2).join(" "));
}
if (!names.includes(from)) refuse(`the stage ${JSON.stringify(from)}`);

/** Runs the commands of a stage until one fails, and returns its line in the summary. */
function run([name, commands, needs]) {
  const missing = needs.map((need) => NEEDS[need]).filter(([isThere]) => !isThere());
  if (missing.length > 0) {
    return { name, state: "not run", note: `needs ${missing.map(([, got]) => got).join(", ")}` };
  }
  const begin = performance.now();
  const failed = commands.find((command) => {
    console.log(`\n::: ${name}: ${command}`);
    return spawnSync(command, { stdio: "inherit", shell: true }).status !== 0;
  });
  const seconds = Math.round((performance.now() - begin) / 1000);
  return {
    name,
    state: failed === undefined ? "passed" : "FAILED",
    note: `${seconds} s${failed === undefined ? "" : `  ${failed}`}`,
  };
}

const outcomes = [];
for (const stage of STAGES.slice(names.indexOf(from))) {
  const outcome = run(stage);
  console.log(`::: ${outcome.name}: ${outcome.state}, ${outcome.note}`);
  outcomes.push(outcome);
}
console.log("\nStages:");
for (const { name, state, note } of outcomes) {
  console.log(`${name.padEnd(10)} ${state.padEnd(8)} ${note}`);
}
process.exitCode = outcomes.some(({ state }) => state === "FAILED") ? 1 : 0;
