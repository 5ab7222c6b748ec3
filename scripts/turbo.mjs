/**
 * Runs turbo for the scripts of package.json, with its telemetry off.
 *
 *   node scripts/turbo.mjs run TASK…         run tasks of turbo; for tests, list the slowest files
 *   node scripts/turbo.mjs start [ARGS…]     build quietly, then run the demo in the terminal
 *   node scripts/turbo.mjs demo:web [ARGS…]  build quietly, then serve the demo's page
 *   node scripts/turbo.mjs docs [ARGS…]      build quietly, then serve the documentation
 *   node scripts/turbo.mjs bench [ARGS…]     build quietly, then run the benchmarks
 *   node scripts/turbo.mjs bench:rivals [ARGS…]  build quietly, then time other libraries as well
 *   node scripts/turbo.mjs bench:threads [ARGS…]  build quietly, then time one thread and several threads
 *   node scripts/turbo.mjs bench:gradbench [ARGS…]  build quietly, then time the evals of GradBench
 *   node scripts/turbo.mjs bench:solve [ARGS…]  build quietly, then time solvers and SciPy
 *   node scripts/turbo.mjs bench:stats [ARGS…]  build quietly, then time the sampler and one written by hand
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const turbo = join(
  dirname(createRequire(import.meta.url).resolve("turbo/package.json")),
  "bin",
  "turbo",
);
const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };

/** The program of each command, which runs once its dependencies are built: [workspace, arguments of Node]. */
const programs = {
  start: ["apps/demo", ["dist/cli.js"]],
  "demo:web": ["apps/demo", ["scripts/serve.mjs"]],
  docs: ["apps/docs", ["scripts/serve.mjs"]],
  bench: ["benchmarks", ["dist/src/main.js"]],
  "bench:rivals": ["benchmarks", ["rivals/main.mjs"]],
  "bench:threads": ["benchmarks", ["dist/src/threadsMain.js"]],
  "bench:gradbench": ["benchmarks", ["dist/gradbench/main.js"]],
  "bench:solve": ["benchmarks", ["solve/main.mjs"]],
  "bench:stats": ["benchmarks", ["stats/main.mjs"]],
};

function runTurbo(args, stdio) {
  return spawnSync(process.execPath, [turbo, ...args], { cwd: root, env, stdio });
}

/** The line that Vitest prints after each test file, with turbo's task before it: `✓ test/a.test.ts (3 tests) 12ms`. */
const FILE = /^(\S+?):test\S*: +[✓❯] +(?:\S+ +)?(\S+\.test\.ts) .* (\d+)ms$/;

/** The number of slowest files that are listed. */
const NAMED = 10;

/** Runs tests by turbo, and lists the slowest files at the end. The times of cached tasks are those of their last run. */
async function runTests(args) {
  env["FORCE_COLOR"] ??= process.stdout.isTTY ? "1" : "0";
  const files = [];
  const child = spawn(process.execPath, [turbo, ...args], {
    cwd: root,
    env,
    stdio: ["inherit", "pipe", "inherit"],
  });
  let line = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    process.stdout.write(text);
    const lines = (line + text).split("\n");
    line = lines.pop();
    for (const each of lines) {
      const [, name, file, time] = FILE.exec(stripVTControlCharacters(each)) ?? [];
      if (file !== undefined) files.push({ name, file, time: Number(time) });
    }
  });
  const [status] = await once(child, "close");
  const longest = files.sort((a, b) => b.time - a.time).slice(0, NAMED);
  if (longest.length > 0) console.log("The files of tests that took longest:");
  for (const { name, file, time } of longest) {
    console.log(`${(time / 1000).toFixed(1).padStart(6)} s  ${name}  ${file}`);
  }
  return status ?? 1;
}

const [command, ...rest] = process.argv.slice(2);
const program = programs[command];
if (program === undefined) {
  const hasTests = rest.some((task) => task.startsWith("test"));
  process.exit(
    hasTests
      ? await runTests([command, ...rest])
      : (runTurbo([command, ...rest], "inherit").status ?? 1),
  );
}
const [workspace, args] = program;
const build = runTurbo(
  ["run", "build", "--output-logs=errors-only", `--filter=./${workspace}`],
  ["ignore", "pipe", "pipe"],
);
if (build.status !== 0) {
  process.stderr.write(build.stdout);
  process.stderr.write(build.stderr);
  process.exit(build.status ?? 1);
}
// The working directory does not change, so that relative paths in the arguments keep their meaning.
const file = join(root, workspace, ...args);
process.exit(spawnSync(process.execPath, [file, ...rest], { stdio: "inherit" }).status ?? 1);
