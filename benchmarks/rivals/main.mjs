// The entry of `npm run bench:rivals`: the workloads of src/workloads, by graddiff and by other
// libraries, each library on its own in a new process or page for every workload, on one thread unless its row says how
// many.
//
// The folder of the rivals is not a workspace, so that they are installed only when this command runs. The command is
// plain JavaScript, which needs none of their types.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { commandLine, parseArguments, select, UsageError } from "../dist/src/arguments.js";
import { describeMachine, findVersions, formatEnvironment } from "../dist/src/machine.js";
import { alignColumns, formatNumber, formatRatio } from "../dist/src/table.js";
import { groups, workloads } from "../dist/src/workloads/index.js";
import { chartsOf, csvOf } from "./charts.mjs";
import { install, openBrowser, openProcesses, openPython } from "./hosts.mjs";
import { libraries, tolerance } from "./libraries.mjs";

const usage = `Usage: npm run bench:rivals -- [options]

Times graddiff and other libraries on the same workloads, after checking that their answers agree.

  --quick        short timings: rough numbers
  --browser      in headless Chromium instead of Node; PyTorch stays in Python
  --report       in Node and in headless Chromium, with --browser in the latter alone: writes numbers and charts to
                 benchmarks/results/report/
  --filter TEXT  only the workloads whose name contains TEXT, for example "train"
  --json PATH    write the results to PATH (default: benchmarks/results/rivals.json)
  --help         show this text`;

const defaultJson = fileURLToPath(new URL("../results/rivals.json", import.meta.url));
const reportFolder = fileURLToPath(new URL("../results/report/", import.meta.url));

async function run(words) {
  const { quick, browser, report, filter, json, help } = parseArguments(words, [
    "--browser",
    "--report",
  ]);
  if (help) {
    console.log(usage);
    return;
  }
  if (report && json !== undefined) {
    throw new UsageError("--report: expected no --json beside it.");
  }
  const selected = select(workloads, ({ name }) => name, filter);
  install();
  const command = commandLine("npm run bench:rivals", words);
  if (report) {
    for (const inBrowser of browser ? [true] : [false, true]) {
      // The report is written after each workload, so that measured rows stay if the run does not finish.
      const keep = (run) => writeReport({ command, quick, ...run });
      await measured(selected, quick, inBrowser, keep);
    }
    console.log(`\n${command}\nwritten to ${path.relative(process.cwd(), reportFolder)}`);
    return;
  }
  const date = new Date().toISOString();
  const { host, machine, versions, results } = await measured(selected, quick, browser);
  const made = { date, command, quick, tolerance, host, machine, versions, results };
  const file = path.resolve(json ?? defaultJson);
  write(file, `${JSON.stringify(made, undefined, 2)}\n`);
  console.log(`\n${command}\nwritten to ${path.relative(process.cwd(), file)}`);
}

/** Writes a run into the report, replacing an earlier run in the same host. */
function writeReport(run) {
  const file = path.join(reportFolder, "report.json");
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).runs : [];
  const kindOf = ({ host }) => host.split(" ")[0];
  const others = before.filter((other) => kindOf(other) !== kindOf(run));
  const made = { tolerance, runs: kindOf(run) === "Node" ? [run, ...others] : [...others, run] };
  const files = {
    "report.json": `${JSON.stringify(made, undefined, 2)}\n`,
    "report.csv": csvOf(made),
    ...chartsOf(made),
  };
  for (const [name, text] of Object.entries(files)) write(path.join(reportFolder, name), text);
}

/**
 * Measures workloads in Node or in Chromium, and prints the table. The load is the machine's load before the run.
 *
 * @param keep receives the results so far, after each workload.
 */
async function measured(selected, quick, browser, keep = (_run) => {}) {
  const date = new Date().toISOString();
  const [load] = loadavg();
  const temporary = mkdtempSync(path.join(tmpdir(), "graddiff-rivals-"));
  const answers = path.join(temporary, "answers.bin");
  let host;
  try {
    host = await (browser ? openBrowser : openProcesses)(answers);
    const python = openPython(answers);
    const machine = describeMachine();
    const versions = versionsWith(python);
    console.log(formatEnvironment(machine, versions, host.name));
    console.log(
      "\nMilliseconds, medians, on one thread unless a column says otherwise; a ratio above 1 says that graddiff" +
        "\nis quicker. The figures to reach and the limits of work by hand are those of src/workloads/figures.ts." +
        `\nAnswers differ from graddiff's by at most ${tolerance} of the greatest element.\n`,
    );
    const results = [];
    const run = { date, host: host.name, load, machine, versions, results };
    for (const workload of selected) {
      // The answers of the workload before are removed, so that they are not used if graddiff fails.
      rmSync(answers, { force: true });
      const { name, figure } = workload;
      const group = groupOf(name);
      results.push({ workload: name, group, figure, timings: await timingsOf(workload) });
      keep(run);
    }
    console.log(formatResults(results));
    return run;

    async function timingsOf(workload) {
      const timings = [];
      for (const { name: library, load, threads, only } of libraries) {
        if (only?.test(workload.name) === false) continue;
        process.stderr.write(`${workload.name}: ${library} …\n`);
        const own = load === undefined ? python : host;
        timings.push({ library, ...(await own.contest(library, workload, quick, threads)) });
      }
      return timings;
    }
  } finally {
    await host?.close();
    rmSync(temporary, { recursive: true });
  }
}

const groupOf = (workload) =>
  Object.keys(groups).find((group) => groups[group].some(({ name }) => name === workload));

/** Returns the versions of the libraries, including PyTorch's if the machine has it. */
function versionsWith({ version }) {
  const names = ["@graddiff/core", ...libraries.flatMap(({ packages }) => packages)];
  const versions = findVersions(names, import.meta.url);
  const packages = { ...versions.packages, ...(version && { PyTorch: version }) };
  return { ...versions, packages };
}

function write(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/**
 * Returns the tables of the steady state and of first calls, and the reasons why numbers are missing or need an
 * explanation.
 */
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
    `The first call of the process or page, which compiles:\n\n${first}`,
    ...notes,
  ].join("\n\n");
}

/**
 * Returns a row for each workload: graddiff's time beside the time to compare it with, and the times of the others.
 * Ratios above 1 are in favour of graddiff.
 */
function formatRows(results, measure, goals) {
  const measuredBy = (name) =>
    results.some(({ timings }) => timings.some(({ library }) => library === name));
  const [own, ...rivals] = libraries.map(({ name }) => name).filter(measuredBy);
  const header = [
    "workload",
    `${own} ms`,
    ...goals.flatMap(([name]) => [`${name} ms`, `${name}/${own}`]),
    ...rivals.flatMap((name) => [`${name} ms`, `${name}/${own}`]),
  ];
  const rows = results.map(({ workload, figure = {}, timings }) => {
    const [base, ...others] = [own, ...rivals].map(
      (name) => timings.find(({ library }) => library === name)?.[measure],
    );
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
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
