/** Runs other programs for the rows. */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The error of a row that cannot run on this machine. Its message says why; the row does not count as failed. */
export class NotHere extends Error {}

/** The environment without the variables by which npm passes settings of this repository. */
const OUTSIDE = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)),
);

function spawn(command, words, { cwd, env = {}, timeout = 120_000 }) {
  const result = spawnSync(command, words, {
    cwd,
    encoding: "utf8",
    env: { ...OUTSIDE, ...env },
    maxBuffer: 2 ** 28,
    timeout,
  });
  if (result.error) throw result.error;
  return result;
}

/** Returns the output of a program that may fail, such as a compiler that finds mistakes. */
export function outputOf(command, words, options) {
  return spawn(command, words, options).stdout;
}

/** Returns the output of a program. @throws Error with the end of its output if the program fails. */
export function execute(command, words, options) {
  const { stdout, stderr, status } = spawn(command, words, options);
  if (status === 0) return stdout;
  const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-12).join("\n");
  throw new Error(`${command.split("/").at(-1)} ended with ${status}: ${said}`);
}

/** Returns the output of a command of npm. */
export function npm(words, options) {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  return execute(command, words, { timeout: 900_000, ...options });
}

/** Returns the object that is in the last line of JSON of a text. */
export function lastJson(text) {
  const line = text.split("\n").findLast((each) => each.startsWith("{"));
  if (line === undefined) throw new Error(`no report in ${JSON.stringify(text.slice(-300))}`);
  return JSON.parse(line);
}

/**
 * Returns the path of a file of an installed tool. @throws NotHere if npm has no package of the tool for this machine.
 */
export function tool({ tools }, name, file) {
  const path = join(tools, "node_modules", name, file);
  if (existsSync(path)) return path;
  throw new NotHere(`npm brings no ${name} for ${process.platform} ${process.arch}`);
}

/** Returns the path of Node in the release "20", "22" or "24". */
export function nodeOf(context, release) {
  return tool(context, `node-${release}-${process.platform}-${process.arch}`, "bin/node");
}

/** Returns the entries of an installed package, such as "." and "./linalg", without its manifest. */
export function entriesOf(folder, name) {
  const manifest = join(folder, "node_modules/@graddiff", name, "package.json");
  const { exports } = JSON.parse(readFileSync(manifest, "utf8"));
  return Object.keys(exports).filter((entry) => entry !== "./package.json");
}
