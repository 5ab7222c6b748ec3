// The entry of `npm run bench:rivals`: the workloads of src/workloads, by graddiff and by other
// libraries, each library on its own in a new process for every workload, one thread each.
//
// This folder is no workspace: the rivals are installed only when they are asked for. So it is plain
// JavaScript, which needs none of their types.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine, parseArguments, UsageError } from "../dist/src/arguments.js";
import { describeMachine, findVersions, formatEnvironment } from "../dist/src/machine.js";
import { alignColumns, formatNumber, formatRatio } from "../dist/src/table.js";
import { workloads } from "../dist/src/workloads/index.js";
import { libraries, tolerance } from "./libraries.mjs";

const usage = `Usage: npm run bench:rivals -- [options]

Times graddiff and other libraries on the same workloads, after checking that their answers agree.

  --quick        short timings: rough numbers
  --filter TEXT  only the workloads whose name contains TEXT, for example "train"
  --json PATH    write the results to PATH (default: benchmarks/results/rivals.json)
  --help         show this text`;

const folder = fileURLToPath(new URL(".", import.meta.url));

/** Installs what the lock file says, unless that is installed. */
function install() {
  const lock = path.join(folder, "package-lock.json");
  const installed = path.join(folder, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing the rivals …");
  const { status } = spawnSync("npm", ["ci"], {
    cwd: folder,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new UsageError("The rivals could not be installed.");
}

/** A Python of this machine that has a module: the first on the path, or the system's. */
function pythonWith(module) {
  return ["python3", "/usr/bin/python3"].find((program) => {
    return spawnSync(program, ["-c", `import ${module}`]).status === 0;
  });
}

/** What a library made of a workload: timings, or the reason why there are none. */
function runWorker({ name, python }, workload, answers, quick) {
  const [program, words] =
    python === undefined
      ? [
          process.execPath,
          [path.join(folder, "worker.mjs"), name, workload, answers, String(quick)],
        ]
      : [
          pythonWith(python),
          [path.join(folder, "worker.py"), workload, answers, String(quick), String(tolerance)],
        ];
  if (program === undefined) return { reason: `no python3 of this machine has ${python}` };
  const { stdout, stderr, status } = spawnSync(program, words, {
    encoding: "utf8",
    timeout: 300_000,
    maxBuffer: 2 ** 28,
  });
  const line = stdout?.split("\n").find((text) => text.startsWith("{"));
  if (line !== undefined) return JSON.parse(line);
  const last = stderr?.trim().split("\n").at(-1) ?? "";
  return { reason: last || `the process ended with ${status ?? "no"} status` };
}

function run(words) {
  const { quick, filter, json, help } = parseArguments(words);
  if (help) {
    console.log(usage);
    return;
  }
  const selected = workloads.filter(({ name }) =>
    name.toLowerCase().includes(filter?.toLowerCase() ?? ""),
  );
  if (selected.length === 0) {
    const names = workloads.map(({ name }) => `"${name}"`).join(", ");
    throw new UsageError(`--filter: expected a part of ${names}; got "${filter}".`);
  }
  install();
  const machine = describeMachine();
  const versions = findVersions(
    ["@graddiff/core", ...libraries.flatMap(({ packages }) => packages)],
    new URL("main.mjs", import.meta.url),
  );
  console.log(formatEnvironment(machine, versions));
  console.log(
    "\nMilliseconds, medians, one thread; a ratio above 1 says that graddiff is quicker. The figures to" +
      "\nreach and the limits of work by hand are those of src/workloads/figures.ts." +
      `\nAnswers differ from graddiff's by at most ${tolerance} of the greatest element.\n`,
  );

  const temporary = mkdtempSync(path.join(tmpdir(), "graddiff-rivals-"));
  const results = [];
  try {
    for (const { name, figure } of selected) {
      const answers = path.join(temporary, "answers.bin");
      const timings = libraries.map((library) => {
        process.stderr.write(`${name}: ${library.name} …\n`);
        return { library: library.name, ...runWorker(library, name, answers, quick) };
      });
      results.push({ workload: name, figure, timings });
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
  console.log(formatResults(results));

  const file = path.resolve(json ?? path.join(folder, "../results/rivals.json"));
  const command = commandLine("npm run bench:rivals", words);
  const date = new Date().toISOString();
  const report = { date, command, quick, tolerance, machine, versions, results };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  console.log(`\n${command}\nwritten to ${path.relative(process.cwd(), file)}`);
}

/** The steady state, first calls, and why a number is missing or is not what it seems. */
function formatResults(results) {
  const notes = results.flatMap(({ workload, timings }) =>
    timings
      .map(({ library, reason, note }) => [library, reason ?? note])
      .filter(([, told]) => told !== undefined)
      .map(([library, told]) => `${workload}: ${library}: ${told}`),
  );
  const steady = formatRows(results, "median", [
    ["figure", ({ steady }) => steady],
    ["limit", ({ limit }) => limit],
  ]);
  const first = formatRows(results, "first", [["figure", ({ first }) => first]]);
  return [
    `A call in the steady state:\n\n${steady}`,
    `The first call of the process, which compiles:\n\n${first}`,
    ...notes,
  ].join("\n\n");
}

/**
 * A row for each workload: graddiff's time beside what it is to be compared with, and the times of the
 * others. Ratios above 1 are in favour of graddiff.
 */
function formatRows(results, measure, goals) {
  const [own, ...rivals] = libraries.map(({ name }) => name);
  const header = [
    "workload",
    `${own} ms`,
    ...goals.flatMap(([name]) => [`${name} ms`, `${name}/${own}`]),
    ...rivals.flatMap((name) => [`${name} ms`, `${name}/${own}`]),
  ];
  const rows = results.map(({ workload, figure = {}, timings }) => {
    const [base, ...others] = timings.map((timing) => timing[measure]);
    const compared = [...goals.map(([, goalOf]) => goalOf(figure)), ...others];
    return [
      workload,
      formatNumber(base),
      ...compared.flatMap((value) => [formatNumber(value), formatRatio(value / base)]),
    ];
  });
  return alignColumns([header, ...rows], 1);
}

try {
  run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
