// `npm run bench:gradbench -- --harness FOLDER`: runs GradBench's evals and validators, from a clone of GradBench, with
// graddiff and the other tools that run on this machine.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { commandLine, UsageError } from "../../src/arguments.ts";
import { describeMachine, findVersions, formatEnvironment } from "../../src/machine.ts";
import { drive, type Session } from "./drive.ts";
import { formatSessions, formatSummary, type Judged } from "./summary.ts";
import { openGradBench, toolsOf } from "./tools.ts";

export const usage = `Usage: npm run bench:gradbench -- --harness FOLDER [options]

Runs the evals of GradBench in a clone of gradbench/gradbench, with their data and their validators, against graddiff,
C++ by hand (manual), ADOL-C and PyTorch, as far as this machine has them.

  --quick        a tenth of a second for each function in place of a second
  --filter TEXT  only the evals whose name contains TEXT
  --tools LIST   only these tools, separated by commas
  --json PATH    write the results to PATH, and the log beside it as .jsonl
                 (default: benchmarks/results/gradbench-harness.json)
  --help         show this text`;

/** GradBench's evals, in its order. */
export const EVALS = [
  "hello",
  "llsq",
  "lse",
  "gmm",
  "kmeans",
  "ode",
  "lstm",
  "det",
  "ba",
  "ht",
  "particle",
  "saddle",
] as const;

/** GradBench's time limit for a tool on an eval, in seconds. */
const LIMIT = 600;

interface Options {
  readonly folder: string;
  readonly quick: boolean;
  readonly filter: string;
  readonly tools: readonly string[] | undefined;
  readonly json: string;
}

/** @throws UsageError for an unknown option, a missing value, or an option given twice. */
export function parseHarness(words: readonly string[], defaultJson: string): Options {
  const given = new Map<string, string>();
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    if (given.has(word)) throw new UsageError(`${word}: expected once, got twice.`);
    if (word === "--quick") given.set(word, "");
    else if (["--harness", "--filter", "--tools", "--json"].includes(word)) {
      const value = rest.shift();
      if (value === undefined || value === "" || value.startsWith("--")) {
        throw new UsageError(`${word}: expected a value, got ${value ? `"${value}"` : "none"}.`);
      }
      given.set(word, value);
    } else {
      throw new UsageError(
        `"${word}": expected --harness FOLDER, --quick, --filter TEXT, --tools LIST, --json PATH or --help.`,
      );
    }
  }
  const filter = given.get("--filter")?.toLowerCase() ?? "";
  if (!EVALS.some((name) => name.includes(filter))) {
    throw new UsageError(`--filter: expected a part of ${EVALS.join(", ")}, got "${filter}".`);
  }
  return {
    folder: given.get("--harness") ?? "",
    quick: given.has("--quick"),
    filter,
    tools: given.get("--tools")?.split(","),
    json: given.get("--json") ?? defaultJson,
  };
}

/**
 * Runs the evals, prints tables, and writes results and log. @returns the exit code: 1 if an answer of graddiff is not
 * valid.
 */
export async function runHarness(
  words: readonly string[],
  defaultJson: string,
  print: (text: string) => void,
): Promise<number> {
  const options = parseHarness(words, defaultJson);
  const gradbench = openGradBench(options.folder);
  const { folder, python, environment } = gradbench;
  const all = toolsOf(gradbench);
  const unknown = options.tools?.find((name) => !all.some((tool) => tool.name === name));
  if (unknown !== undefined) {
    throw new UsageError(
      `--tools: expected some of ${all.map(({ name }) => name).join(",")}, got "${unknown}".`,
    );
  }
  const tools = all.filter(({ name }) => options.tools?.includes(name) ?? true);
  const machine = describeMachine();
  const versions = findVersions(["@graddiff/core", "@graddiff/wasm-kernel"]);
  const seconds = options.quick ? 0.1 : 1;
  print(formatEnvironment(machine, versions));
  print(
    `\nMilliseconds, means of all runs of at least ${seconds} s, compilation included where it is in the first run.` +
      "\nValid is what GradBench's own validator has accepted. A ratio is the tool's time over graddiff's.",
  );

  const judged: Judged[] = [];
  const log: unknown[] = [];
  for (const name of EVALS.filter((each) => each.includes(options.filter))) {
    const timed = name === "hello" ? [] : ["--min-seconds", String(seconds)];
    const evalOf = {
      words: [python, `python/gradbench/gradbench/evals/${name}/run.py`, ...timed] as const,
      folder,
      environment,
    };
    const sessions: { tool: string; session: Session }[] = [];
    for (const tool of tools) {
      const session: Session =
        "reason" in tool
          ? { evaluations: [], log: [], reason: tool.reason }
          : await drive(evalOf, tool.command, LIMIT);
      sessions.push({ tool: tool.name, session });
      log.push(...session.log.map((line) => ({ eval: name, tool: tool.name, ...line })));
    }
    const one = { eval: name, sessions };
    judged.push(one);
    print(`\n${name}\n`);
    print(formatSessions(one));
  }
  print("\n");
  print(formatSummary(judged));

  const file = path.resolve(options.json);
  const command = commandLine("npm run bench:gradbench", words);
  const report = {
    date: new Date().toISOString(),
    command,
    quick: options.quick,
    machine,
    versions,
    evals: judged.map(({ eval: name, sessions }) => ({
      eval: name,
      tools: sessions.map(({ tool, session: { evaluations, reason } }) => ({
        tool,
        evaluations,
        ...(reason === undefined ? {} : { reason }),
      })),
    })),
  };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  const lines = log.map((line) => JSON.stringify(line)).join("\n");
  writeFileSync(`${file.replace(/\.json$/, "")}.jsonl`, `${lines}\n`);
  print(`\n${command}\nwritten to ${path.relative(process.cwd(), file)}`);
  const wrong = judged
    .flatMap(({ sessions }) => sessions)
    .filter(({ tool }) => tool === "graddiff")
    .flatMap(({ session }) => session.evaluations)
    .filter(({ valid }) => !valid);
  return wrong.length > 0 ? 1 : 0;
}
