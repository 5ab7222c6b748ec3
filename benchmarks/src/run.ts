// The program from the command line to the exit code; its environment is a parameter, so that tests can run it with
// planted suites.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  type Arguments,
  commandLine,
  parseArguments,
  select,
  UsageError,
  usage,
} from "./arguments.ts";
import { WrongAnswerError } from "./equality.ts";
import { type Host, node } from "./host.ts";
import { describeMachine, findVersions, formatEnvironment } from "./machine.ts";
import { type Effort, normalEffort, quickEffort } from "./measure.ts";
import { fullName, type Suite } from "./suite.ts";
import { type CaseResult, formatTable } from "./table.ts";

export interface Surroundings {
  readonly suites: readonly Suite[];
  /** Opens the browser of `--browser`. */
  readonly openBrowser: () => Promise<Host>;
  /** Runs the benchmark of `--webgpu`. */
  readonly runWebGpu: (parameters: Arguments, command: string) => Promise<void>;
  /** The path of the JSON unless `--json` says otherwise. */
  readonly defaultJson: string;
  /** Packages whose versions are reported. */
  readonly packages: readonly string[];
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
  /** Replaces the effort that `--quick` or its absence chooses. */
  readonly effort?: Effort;
}

/** Runs the benchmarks. Returns the exit code: 0, 1 for a wrong answer, 2 for a wrong argument. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    const parameters = parseArguments(words, ["--browser", "--webgpu", "--fallback"]);
    if (parameters.help) {
      surroundings.print(usage);
      return 0;
    }
    const { webgpu, fallback, browser } = parameters;
    if (webgpu && browser) throw new UsageError("--webgpu: expected no --browser beside it.");
    if (fallback && !webgpu) throw new UsageError("--fallback: expected --webgpu beside it.");
    const command = commandLine("npm run bench", words);
    if (webgpu) await surroundings.runWebGpu(parameters, command);
    else await runSuites(command, parameters, surroundings);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      surroundings.printError(error.message);
      return 2;
    }
    if (error instanceof WrongAnswerError) {
      surroundings.printError(error.message);
      return 1;
    }
    throw error;
  }
}

async function runSuites(
  command: string,
  parameters: Arguments,
  surroundings: Surroundings,
): Promise<void> {
  const { print, suites } = surroundings;
  const all = suites.flatMap((suite) => suite.cases.map((one) => ({ suite, one })));
  const selected = select(all, ({ suite, one }) => fullName(suite, one), parameters.filter);
  const effort = surroundings.effort ?? (parameters.quick ? quickEffort : normalEffort);
  const machine = describeMachine();
  const versions = findVersions(surroundings.packages);
  const host = parameters.browser ? await surroundings.openBrowser() : node;
  const results: object[] = [];
  try {
    print(formatEnvironment(machine, versions, host.name));
    for (const suite of suites) {
      const cases = selected.filter((own) => own.suite === suite).map(({ one }) => one);
      if (cases.length === 0) continue;
      print(`\n${suite.name}: ${suite.description}\n`);
      const caseResults: CaseResult[] = [];
      for (const one of cases) {
        const timings = await host.measure(fullName(suite, one), one, effort);
        caseResults.push({ case: one, timings });
        const { name, elements, dtype, operations, figure } = one;
        results.push({
          suite: suite.name,
          case: name,
          dtype,
          elements,
          operations,
          figure,
          timings,
        });
      }
      print(formatTable(caseResults));
    }
  } finally {
    await host.close();
  }

  const file = path.resolve(parameters.json ?? surroundings.defaultJson);
  const date = new Date().toISOString();
  const { quick } = parameters;
  const report = { date, command, quick, host: host.name, machine, versions, results };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  print(`\n${command}\nwritten to ${path.relative(process.cwd(), file)}`);
}
