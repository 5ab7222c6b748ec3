// The tool's side of GradBench's protocol: `respond` returns the response to a message.

import { Fields } from "./fields.ts";
import { type Module, modules } from "./modules.ts";

/** A message of the eval. */
interface Message {
  readonly id: number;
  readonly kind: string;
  readonly module?: string;
  readonly function?: string;
  readonly input?: unknown;
}

interface Timing {
  readonly name: "evaluate";
  readonly nanoseconds: number;
}

export interface Response {
  readonly id: number;
  readonly tool?: string;
  readonly success?: boolean;
  readonly output?: unknown;
  readonly timings?: readonly Timing[];
  readonly error?: string;
}

/** Returns the response to a message. An error of the work becomes a response, and the process continues. */
export function respond(message: Message): Response {
  const { id } = message;
  try {
    switch (message.kind) {
      case "start":
        return { id, tool: "graddiff" };
      case "define":
        moduleOf(message);
        return { id, success: true };
      case "evaluate":
        return { id, success: true, ...evaluate(message) };
      default:
        return { id };
    }
  } catch (error) {
    return { id, success: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function moduleOf({ module = "" }: Message): Module {
  const found = Object.hasOwn(modules, module) ? modules[module] : undefined;
  if (found === undefined) {
    throw new Error(`module: expected one of ${Object.keys(modules).join(", ")}, got "${module}"`);
  }
  return found;
}

/** Runs a function as often and as long as the input requests. The first run includes compilation. */
function evaluate(message: Message): Pick<Response, "output" | "timings"> {
  const { input } = message;
  const { calls, answer } = moduleOf(message)(new Fields(input));
  const name = message.function ?? "";
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined) {
    throw new Error(`function: expected one of ${Object.keys(calls).join(", ")}, got "${name}"`);
  }
  const runs = optional(input, "min_runs", 1);
  const seconds = optional(input, "min_seconds", 0);
  const timings: Timing[] = [];
  let output: unknown;
  let elapsed = 0;
  do {
    const start = performance.now();
    const results = call();
    const milliseconds = performance.now() - start;
    elapsed += milliseconds / 1e3;
    if (timings.length === 0)
      output = answer(
        name,
        results.map((result) => result.data()),
      );
    for (const result of results) result.dispose();
    timings.push({ name: "evaluate", nanoseconds: Math.round(milliseconds * 1e6) });
  } while (timings.length < runs || elapsed < seconds);
  return { output, timings };
}

/** Returns an optional field of an input, or a default. The input of `hello` is a number without fields. */
function optional(input: unknown, name: string, otherwise: number): number {
  if (typeof input !== "object" || input === null || !(name in input)) return otherwise;
  return new Fields(input).number(name);
}
