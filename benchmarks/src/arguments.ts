// The command line of the benchmarks.

export interface Arguments {
  /** True for short timings, to test that everything runs; the numbers are rough. */
  readonly quick: boolean;
  /** True if headless Chromium computes, in place of Node. */
  readonly browser: boolean;
  /** True if both compute, and charts are drawn. */
  readonly report: boolean;
  /** True if training steps on a GPU are counted and timed, in place of the suites. */
  readonly webgpu: boolean;
  /** True if a software driver may take the place of a GPU. */
  readonly fallback: boolean;
  /** The text that the full names of the wanted cases contain, ignoring case. */
  readonly filter: string | undefined;
  /** The path of the JSON; undefined for the default one. */
  readonly json: string | undefined;
  readonly help: boolean;
}

/** A mistake on the command line: a message of one line, with exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const usage = `Usage: npm run bench -- [options]

Times the contestants of every case side by side, after checking that their answers agree.

  --quick        short timings: seconds instead of minutes, rough numbers
  --browser      in headless Chromium instead of Node, a fresh page for every case
  --webgpu       training steps on a GPU in place of all that: dispatches, submits, bytes and times, beside WebAssembly,
                 jax-js and TensorFlow.js; installs them and npm's webgpu. With --quick small batches
  --fallback     with --webgpu: counts on software that imitates a GPU, without times
  --filter TEXT  only the cases whose name contains TEXT, for example "multiply backward"
  --json PATH    write the results to PATH (default: benchmarks/results/latest.json, webgpu.json)
  --help         show this text`;

/** The options without a value that only some commands have. */
export type Flag = "--browser" | "--report" | "--webgpu" | "--fallback";

/** @throws UsageError for an unknown option, a missing value, or an option given twice */
export function parseArguments(words: readonly string[], more: readonly Flag[] = []): Arguments {
  const flags: readonly string[] = ["--quick", ...more];
  const given = new Map<string, string | true>();
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    const [option = "", attached] = splitOnce(word, "=");
    if (given.has(option)) throw new UsageError(`${option}: expected once, got twice.`);
    if (option === "--filter" || option === "--json") {
      given.set(option, requireValue(option, attached ?? rest.shift()));
    } else if (flags.includes(option) || option === "--help") {
      if (attached !== undefined) {
        throw new UsageError(`${option}: expected no value, got "${attached}".`);
      }
      given.set(option, true);
    } else {
      const expected = [...flags, "--filter TEXT", "--json PATH"].join(", ");
      throw new UsageError(`"${word}": expected ${expected} or --help. Try --help.`);
    }
  }
  return {
    quick: given.has("--quick"),
    browser: given.has("--browser"),
    report: given.has("--report"),
    webgpu: given.has("--webgpu"),
    fallback: given.has("--fallback"),
    help: given.has("--help"),
    filter: textOf(given.get("--filter")),
    json: textOf(given.get("--json")),
  };
}

/**
 * Returns those whose name contains `filter`, ignoring case.
 *
 * @throws UsageError if there are none
 */
export function select<One>(
  all: readonly One[],
  nameOf: (one: One) => string,
  filter: string | undefined,
): One[] {
  const wanted = filter?.toLowerCase() ?? "";
  const selected = all.filter((one) => nameOf(one).toLowerCase().includes(wanted));
  if (selected.length > 0) return selected;
  const [example] = all.map(nameOf);
  const hint = example === undefined ? "" : ` One name is "${example}".`;
  throw new UsageError(`--filter: expected a part of a case's name, got "${filter}".${hint}`);
}

/** Returns the command line that repeats a run. */
export function commandLine(command: string, words: readonly string[]): string {
  const quoted = words.map((word) => (/[^\w./=-]/.test(word) ? JSON.stringify(word) : word));
  return [command, ...(words.length > 0 ? ["--", ...quoted] : [])].join(" ");
}

function requireValue(option: string, value: string | undefined): string {
  if (value === undefined || value === "" || value.startsWith("--")) {
    throw new UsageError(`${option}: expected a value, got ${value ? `"${value}"` : "none"}.`);
  }
  return value;
}

function textOf(value: string | true | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const index = text.indexOf(separator);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
}
