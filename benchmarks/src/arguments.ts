// The command line of the benchmarks.

export interface Arguments {
  /** Short timings, to see that everything runs; the numbers are rough. */
  readonly quick: boolean;
  /** Only cases whose full name contains this text, ignoring case. */
  readonly filter: string | undefined;
  /** Where the JSON goes; undefined for the default place. */
  readonly json: string | undefined;
  readonly help: boolean;
}

/** A mistake on the command line: one line for people, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const usage = `Usage: npm run bench -- [options]

Times the contestants of every case side by side, after checking that their answers agree.

  --quick        short timings: seconds instead of minutes, rough numbers
  --filter TEXT  only the cases whose name contains TEXT, for example "multiply backward"
  --json PATH    write the results to PATH (default: benchmarks/results/latest.json)
  --help         show this text`;

/** @throws UsageError for an unknown option, a missing value, or an option given twice */
export function parseArguments(words: readonly string[]): Arguments {
  const given = new Map<string, string | true>();
  const rest = [...words];
  while (rest.length > 0) {
    const word = rest.shift() ?? "";
    const [option = "", attached] = splitOnce(word, "=");
    if (given.has(option)) throw new UsageError(`${option}: expected once, got twice.`);
    switch (option) {
      case "--quick":
      case "--help":
        if (attached !== undefined) {
          throw new UsageError(`${option}: expected no value, got "${attached}".`);
        }
        given.set(option, true);
        break;
      case "--filter":
      case "--json":
        given.set(option, requireValue(option, attached ?? rest.shift()));
        break;
      default:
        throw new UsageError(
          `"${word}": expected --quick, --filter TEXT, --json PATH or --help. Try --help.`,
        );
    }
  }
  return {
    quick: given.has("--quick"),
    help: given.has("--help"),
    filter: textOf(given.get("--filter")),
    json: textOf(given.get("--json")),
  };
}

/** What to type to run the same again. */
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
