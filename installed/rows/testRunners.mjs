/** Rows in test runners, which load modules by their own loaders. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, nodeOf, tool } from "../execute.mjs";

function run(context, node, words, env = {}) {
  const file = join(context.folder, "report.json");
  execute(node, words, { cwd: context.folder, env: { ...env, GRADDIFF_REPORT: file } });
  return JSON.parse(readFileSync(file, "utf8"));
}

/** Runs Jest, with ES modules or with Babel, which transforms all modules to CommonJS. */
function jest(context, transformed) {
  const program = tool(context, "jest", "bin/jest.js");
  const config = {
    testMatch: ["**/write.test.js"],
    moduleFileExtensions: ["mjs", "js", "json"],
    transform: transformed
      ? {
          "\\.m?js$": [
            "babel-jest",
            { presets: [["@babel/preset-env", { targets: { node: "20" } }]] },
          ],
        }
      : {},
    transformIgnorePatterns: [],
  };
  const name = transformed ? "jest.babel.json" : "jest.modules.json";
  writeFileSync(join(context.folder, name), JSON.stringify(config));
  const flags = transformed ? [] : ["--experimental-vm-modules"];
  return run(context, process.execPath, [...flags, program, "--config", name]);
}

function vitest(context) {
  const program = tool(context, "vitest", "vitest.mjs");
  const words = [program, "run", "--globals", "write.test.js"];
  // Vitest needs a newer Node than the packages.
  return run(context, nodeOf(context, "24"), words);
}

export const testRunnerRows = [
  { name: "Jest with Babel", run: (context) => jest(context, true) },
  { name: "Jest with modules", expected: { named: true }, run: (context) => jest(context, false) },
  { name: "Vitest", expected: { named: true }, run: vitest },
];
