// The program of the evals, from the command line to the exit code.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commandLine, parseArguments, UsageError } from "../src/arguments.ts";
import { describeMachine, findVersions, formatEnvironment } from "../src/machine.ts";
import type { Eval } from "./eval.ts";
import { fullName, type Job } from "./measure.ts";
import { source } from "./published.ts";
import { formatEval, formatOverheads, formatScores, type Result } from "./table.ts";
import { type Launch, watchJobs } from "./watch.ts";

export const usage = `Usage: npm run bench:gradbench -- [options]

Times the evals of GradBench, after checking that their answers are right, beside published times of
other tools.

  --quick        a tenth of a second for each function, a minute for each eval: rough numbers
  --filter TEXT  only the workloads whose name contains TEXT, for example "gmm: 64" or "llsq"
  --json PATH    write the results to PATH (default: benchmarks/results/gradbench.json)
  --harness FOLDER     GradBench's own evals and validators, in a clone of it: see --harness FOLDER --help
  --contribute FOLDER  writes FOLDER/tools/graddiff, as GradBench has its tools
  --help         show this text`;

/** GradBench's limits: the seconds for which a function is repeated, and the greatest number of seconds of an eval. */
const normal = { seconds: 1, limit: 600 };
const quickly = { seconds: 0.1, limit: 60 };

export interface Surroundings {
  readonly evals: readonly Eval<unknown, unknown>[];
  /** Returns the function that starts a process, which times an eval's functions for `seconds` each. */
  readonly launch: (evalName: string, seconds: number) => Launch;
  readonly defaultJson: string;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** Runs the evals. Returns the exit code: 0, 1 for a wrong answer, 2 for a wrong argument. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const { help, ...parameters } = parseArguments(words);
    if (help) {
      surroundings.print(usage);
      return 0;
    }
    return await runEvals(words, parameters, surroundings);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    surroundings.printError(error.message);
    return 2;
  }
}

async function runEvals(
  words: readonly string[],
  { quick, filter, json }: Pick<ReturnType<typeof parseArguments>, "quick" | "filter" | "json">,
  { evals, launch, defaultJson, print, printError }: Surroundings,
): Promise<number> {
  const { seconds, limit } = quick ? quickly : normal;
  const selected = select(evals, filter);
  const machine = describeMachine();
  const versions = findVersions(["@graddiff/core", "@graddiff/wasm-kernel"]);
  print(formatEnvironment(machine, versions));
  print(
    `\nMilliseconds, means of all runs of at least ${seconds} s, compilation included; at most ${limit} s for an eval.` +
      `\nOther tools: published by ${source.repository}, commit ${source.commit.slice(0, 7)},` +
      `\n${source.date}, on another machine (${source.machine}).` +
      "\nA ratio is the tool's time over graddiff's: above 1 graddiff took less.",
  );

  const all: { one: Eval<unknown, unknown>; results: Result[] }[] = [];
  for (const { one, jobs } of selected) {
    print(`\n${one.name}: ${one.description}\n`);
    const outcomes = await watchJobs(jobs, limit * 1e3, launch(one.name, seconds));
    const results = jobs.map((job, i) => ({
      job,
      workload: one.nameOf(one.sizes[job.size]),
      outcome: outcomes[i] ?? { reason: "there is no outcome" },
    }));
    all.push({ one, results });
    print(formatEval(one, results));
  }
  print(
    "\nScores of whole evals: one over the sum of all means, of particle and saddle over the fastest" +
      "\nvariant. After ours the ratios graddiff/tool: above 1 graddiff took less.\n",
  );
  print(formatScores(all));
  print(
    "\nThe time of a derivative over that of its value, geometric means over the workloads: what differentiation" +
      "\ncosts, whatever the machine. Ours of the fastest runs, which compile nothing. Less is better.\n",
  );
  print(formatOverheads(all));

  const file = path.resolve(json ?? defaultJson);
  const command = commandLine("npm run bench:gradbench", words);
  const date = new Date().toISOString();
  const results = all.flatMap(({ one, results }) =>
    results.map(({ job, workload, outcome }) => ({
      eval: one.name,
      workload,
      function: job.name,
      ...outcome,
    })),
  );
  const report = { date, command, quick, machine, versions, results };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  print(`\n${command}\nwritten to ${path.relative(process.cwd(), file)}`);

  const wrong = results.filter(
    (result) => "reason" in result && result.reason.startsWith("wrong answer"),
  );
  for (const one of wrong) printError(`${one.eval}: ${one.workload} ${one.function}: wrong answer`);
  return wrong.length > 0 ? 1 : 0;
}

/** Returns the jobs of each eval whose full names contain `filter`. */
function select(evals: readonly Eval<unknown, unknown>[], filter: string | undefined) {
  const wanted = filter?.toLowerCase() ?? "";
  const selected = evals
    .map((one) => {
      const jobs = one.sizes.flatMap((size, place) =>
        fullName(one, size).toLowerCase().includes(wanted)
          ? one.functions.map((name): Job => ({ size: place, name }))
          : [],
      );
      return { one, jobs };
    })
    .filter(({ jobs }) => jobs.length > 0);
  if (selected.length === 0) {
    const [example] = evals.map((one) => fullName(one, one.sizes[0]));
    throw new UsageError(
      `--filter: expected a part of a workload's name, got "${filter}". One name is "${example}".`,
    );
  }
  return selected;
}
