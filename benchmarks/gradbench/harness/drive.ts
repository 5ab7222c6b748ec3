// The intermediary of GradBench's protocol: it forwards each line of an eval to a tool and each line of the tool to the
// eval, and collects the results. To both processes it looks like the other side.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process to start: its command line, its working directory, and further environment variables. */
export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** The result of one function of one workload. */
export interface Evaluation {
  readonly workload: string;
  readonly function: string;
  /** True only if the validator of the eval has accepted the result. */
  readonly valid: boolean;
  /** The mean of all runs in milliseconds, and their number. */
  readonly mean?: number;
  readonly runs?: number;
  /** The first words of the tool's error, or of the validator's. */
  readonly error?: string;
}

/** A line of the log, as in GradBench's log, but without the numbers of inputs and outputs. */
export type LogLine = Readonly<Record<string, unknown>>;

export interface Session {
  readonly evaluations: readonly Evaluation[];
  readonly log: readonly LogLine[];
  /** The reason why it ended early; undefined if the eval ended it. */
  readonly reason?: string;
}

interface Message {
  readonly id: number;
  readonly kind?: string;
  readonly of?: number;
  readonly function?: string;
  readonly description?: string;
  readonly valid?: boolean;
  readonly success?: boolean;
  readonly error?: string;
  readonly timings?: readonly { readonly name: string; readonly nanoseconds: number }[];
}

function start({ words: [program, ...rest], folder, environment }: Command) {
  return spawn(program, rest, { cwd: folder, env: { ...process.env, ...environment } });
}

/** Collects the standard error of a process, and returns a function that returns its last lines. */
function errorsOf(child: ChildProcessWithoutNullStreams): () => string {
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text = (text + String(chunk)).slice(-2000);
  });
  child.on("error", (error) => {
    text += error.message;
  });
  return () => text.trim().split("\n").slice(-3).join(" ");
}

/** Runs an eval against a tool for at most some seconds. */
export async function drive(evalOf: Command, toolOf: Command, seconds: number): Promise<Session> {
  const begun = performance.now();
  const [one, tool] = [start(evalOf), start(toolOf)];
  const errors = { eval: errorsOf(one), tool: errorsOf(tool) };
  const answers = createInterface({ input: tool.stdout })[Symbol.asyncIterator]();
  // Writing to a process that has ended is an error, which is ignored.
  for (const { stdin } of [one, tool]) stdin.on("error", () => {});
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    for (const side of [tool, one]) side.kill("SIGKILL");
  }, seconds * 1e3);

  const found = new Map<number, Evaluation>();
  const log: LogLine[] = [];
  const note = (key: "message" | "response", value: LogLine) => {
    log.push({
      elapsed: { nanoseconds: Math.round((performance.now() - begun) * 1e6) },
      [key]: value,
    });
  };
  let reason: string | undefined;
  for await (const line of createInterface({ input: one.stdout })) {
    const message = JSON.parse(line) as Message & { input?: unknown };
    note("message", without(message));
    tool.stdin.write(`${line}\n`);
    const { value: answer } = await answers.next();
    if (answer === undefined) {
      reason = isLate ? `more than ${seconds} s` : `the tool has ended: ${errors.tool()}`;
      break;
    }
    const response = JSON.parse(answer) as Message & { output?: unknown };
    note("response", without(response));
    if (message.kind === "define" && response.success === false) {
      reason = lastLine(response.error ?? "the tool lacks the module");
    }
    if (message.kind === "evaluate") found.set(message.id, evaluationOf(message, response));
    const judged = message.kind === "analysis" ? found.get(message.of ?? -1) : undefined;
    if (judged !== undefined) {
      const error = message.error === undefined ? {} : { error: lastLine(message.error) };
      found.set(message.of ?? -1, { ...judged, valid: message.valid === true, ...error });
    }
    one.stdin.write(`${answer}\n`);
  }
  clearTimeout(timer);
  if (isLate) reason = `more than ${seconds} s`;
  if (found.size === 0) reason ??= `the eval has ended: ${errors.eval()}`;
  for (const side of [tool, one]) side.kill();
  return { evaluations: [...found.values()], log, ...(reason === undefined ? {} : { reason }) };
}

/** Returns a line of the log for a message: without inputs and outputs, and with the means of timings. */
function without({ timings, ...rest }: Message & { input?: unknown; output?: unknown }): LogLine {
  const { input: _input, output: _output, ...small } = rest;
  return timings === undefined ? small : { ...small, timings: meansOf(timings) };
}

function meansOf(timings: NonNullable<Message["timings"]>) {
  const names = [...new Set(timings.map(({ name }) => name))];
  return names.map((name) => {
    const all = timings.filter((each) => each.name === name).map(({ nanoseconds }) => nanoseconds);
    return { name, runs: all.length, nanoseconds: Math.round(sum(all) / all.length) };
  });
}

function evaluationOf(message: Message, { success, error, timings = [] }: Message): Evaluation {
  const timed = meansOf(timings).find(({ name }) => name === "evaluate");
  return {
    workload: message.description ?? "",
    function: message.function ?? "",
    valid: false,
    ...(timed && { mean: timed.nanoseconds / 1e6, runs: timed.runs }),
    ...(success ? {} : { error: lastLine(error ?? "no reason") }),
  };
}

const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);

const lastLine = (text: string) => text.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
