/** Runs train.py, and disturbs its processes: kills, stops, and starts again. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

export const PYTHON = "/usr/bin/python3";

export interface Launch {
  readonly program: string;
  readonly step: string;
  readonly shards: string;
  readonly out: string;
  readonly processes: number;
  readonly steps: number;
  readonly batch: number;
  readonly saveEvery?: number;
  readonly threads?: number;
  /** Further options of the command line. */
  readonly more?: readonly string[];
  /** Further environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number | null;
  readonly text: string;
  readonly seconds: number;
  /** The milliseconds from the disturbance to further steps; NaN without a disturbance. */
  readonly wentOnAfter: number;
}

/**
 * Trains.
 *
 * @param disturb `disturb.act` is called when the log has `disturb.lines` lines.
 */
export async function launch(
  { program, step, shards, out, more = [], environment = {}, ...sizes }: Launch,
  disturb?: { readonly lines: number; readonly act: (child: ChildProcess) => void },
): Promise<Outcome> {
  const start = performance.now();
  const { processes, steps, batch, saveEvery = 100, threads = 1 } = sizes;
  const options = { processes, steps, batch, "save-every": saveEvery, threads };
  const list = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = [program, step, shards, out, ...list, "--max-restarts", "3", ...more];
  const child = spawn(PYTHON, command, { env: { ...process.env, ...environment } });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  let disturbedAt = Number.NaN;
  let wentOnAfter = Number.NaN;
  const timer = setInterval(() => {
    if (disturb === undefined || !Number.isNaN(wentOnAfter)) return;
    const lines = logOf(out).length;
    if (Number.isNaN(disturbedAt) && lines >= disturb.lines) {
      disturbedAt = performance.now();
      disturb.act(child);
      // A killed process may have taken some steps since the log was read, so the number of lines must be clearly
      // larger.
    } else if (lines >= disturb.lines + 200) wentOnAfter = (performance.now() - disturbedAt) / 1000;
  }, 20);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearInterval(timer);
  if (disturb !== undefined && Number.isNaN(disturbedAt)) {
    throw new Error(`the training ended before it was disturbed:\n${text}`);
  }
  return { code, text, seconds: (performance.now() - start) / 1000, wentOnAfter };
}

/**
 * Returns the command of step 6 of the README for each of two machines: the arguments of python3, and the number of
 * processes.
 */
export function commandOfMachines(): { readonly command: string; readonly processes: number } {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  const line = /`python3 (train\.py step shards out --nodes 2 --processes (\d+))`/.exec(readme);
  if (line === null) throw new Error("the README has no command for two machines");
  const [, command = "", processes = ""] = line;
  return { command, processes: Number(processes) };
}

/** Returns the losses of a run, step by step. */
export function logOf(out: string): number[] {
  const file = join(out, "loss.csv");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n").slice(1);
  return lines.map((line) => Number(line.split(",")[1]));
}

/** Returns the ids of the processes that train into a folder, by rank. */
export function ranksOf(out: string, isIt = (rank: string) => rank !== ""): string[] {
  return readdirSync("/proc").filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, "latin1").split("\0");
      const command = readFileSync(`/proc/${entry}/cmdline`, "latin1").split("\0");
      const rank = environment.find((each) => each.startsWith("RANK="))?.slice(5) ?? "";
      return isIt(rank) && command.includes(out);
    } catch {
      // The process has ended meanwhile, or belongs to another user.
      return false;
    }
  });
}

/** Sends a signal to the process of a rank. */
export function signalRank(rank: number, out: string, signal: NodeJS.Signals): void {
  const found = ranksOf(out, (each) => each === String(rank));
  if (found.length === 0) throw new Error(`no process of rank ${rank}`);
  for (const process_ of found) process.kill(Number(process_), signal);
}
