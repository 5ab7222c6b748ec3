// Everything between the command line and the exit code, with the surroundings passed in, so that
// tests can run it with planted suites.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Arguments, commandLine, parseArguments, UsageError, usage } from "./arguments.ts";
import { WrongAnswerError } from "./equality.ts";
import { describeMachine, findVersions, formatEnvironment } from "./machine.ts";
import { type Effort, measure, normalEffort, quickEffort } from "./measure.ts";
import { fullName, type Suite } from "./suite.ts";
import { type CaseResult, formatTable } from "./table.ts";

export interface Surroundings {
  readonly suites: readonly Suite[];
  /** Where the JSON goes unless `--json` says otherwise. */
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
    const parameters = parseArguments(words);
    if (parameters.help) {
      surroundings.print(usage);
      return 0;
    }
    await runSuites(words, parameters, surroundings);
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
  words: readonly string[],
  parameters: Arguments,
  surroundings: Surroundings,
): Promise<void> {
  const { print } = surroundings;
  const suites = select(surroundings.suites, parameters.filter);
  const effort = surroundings.effort ?? (parameters.quick ? quickEffort : normalEffort);
  const machine = describeMachine();
  const versions = findVersions(surroundings.packages);
  print(formatEnvironment(machine, versions));

  const results: object[] = [];
  for (const suite of suites) {
    print(`\n${suite.name}: ${suite.description}\n`);
    const caseResults: CaseResult[] = [];
    for (const benchmarkCase of suite.cases) {
      const name = fullName(suite, benchmarkCase);
      const { elements, dtype, operations, figure } = benchmarkCase;
      const timings = await measure(name, benchmarkCase, effort);
      caseResults.push({ case: benchmarkCase, timings });
      results.push({
        suite: suite.name,
        case: benchmarkCase.name,
        dtype,
        elements,
        operations,
        figure,
        timings,
      });
    }
    print(formatTable(caseResults));
  }

  const file = path.resolve(parameters.json ?? surroundings.defaultJson);
  const command = commandLine("npm run bench", words);
  const date = new Date().toISOString();
  const report = { date, command, quick: parameters.quick, machine, versions, results };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  print(`\n${command}\nwritten to ${path.relative(process.cwd(), file)}`);
}

/** The suites with only those cases whose full name contains `filter`. */
function select(suites: readonly Suite[], filter: string | undefined): Suite[] {
  const wanted = filter?.toLowerCase() ?? "";
  const selected = suites
    .map((suite) => ({
      ...suite,
      cases: suite.cases.filter((benchmarkCase) =>
        fullName(suite, benchmarkCase).toLowerCase().includes(wanted),
      ),
    }))
    .filter((suite) => suite.cases.length > 0);
  if (selected.length === 0) {
    const [example] = suites.flatMap((suite) => suite.cases.map((one) => fullName(suite, one)));
    const hint = example === undefined ? "" : ` One name is "${example}".`;
    throw new UsageError(`--filter: expected a part of a case's name, got "${filter}".${hint}`);
  }
  return selected;
}
