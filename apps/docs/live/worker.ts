/**
 * Runs one program, which can use only graddiff, and reports its output and pictures. Each run has a separate worker.
 */

import { formatLine, inspect } from "./inspect.ts";
import type { Order, Picture, Report } from "./messages.ts";
import { checkNames, LIBRARIES, type ModuleName, ProgramError } from "./program.ts";
import { RESULT } from "./result.mjs";

const load: Record<ModuleName, () => Promise<object>> = {
  "@graddiff/core": () => import("@graddiff/core"),
  "@graddiff/core/extend": () => import("@graddiff/core/extend"),
  "@graddiff/core/fft": () => import("@graddiff/core/fft"),
  "@graddiff/core/linalg": () => import("@graddiff/core/linalg"),
  "@graddiff/nn": () => import("@graddiff/nn"),
  "@graddiff/solve": () => import("@graddiff/solve"),
  "@graddiff/stats": () => import("@graddiff/stats"),
  "@graddiff/files": () => import("@graddiff/files"),
  "@graddiff/onnx": () => import("@graddiff/onnx"),
  "@graddiff/docs/digits": () => import("@graddiff/docs/digits"),
};

/** The most lines of a program's output that are shown, since an endless loop may print for ever. */
const MOST_LINES = 500;
/** The fewest numbers that are drawn as a curve. */
const FEWEST_POINTS = 8;

const send = (report: Report) => postMessage(report);

let lines = 0;
/** The numbers at the ends of printed lines, by the text before them. */
const numbers = new Map<string, number[]>();

function print(values: readonly unknown[], isWarning: boolean): void {
  const [first] = values;
  if (values.length === 1 && isDrawing(first)) {
    draw({ light: first, dark: first });
    return;
  }
  const last = values.at(-1);
  // The type is checked first, since the conversion of a Tensor to a number is an error.
  const isNumeric = typeof last === "number" || (typeof last === "string" && last.trim() !== "");
  const number = isNumeric ? Number(last) : Number.NaN;
  const before = values.length > 1 && typeof first === "string" ? first : "";
  if (Number.isFinite(number) && !isWarning)
    numbers.set(before, [...(numbers.get(before) ?? []), number]);
  lines++;
  if (lines <= MOST_LINES) send({ kind: "line", text: formatLine(values), isWarning });
}

const isDrawing = (value: unknown): value is string =>
  typeof value === "string" && value.startsWith("<svg");

const draw = (picture: Picture) => send({ kind: "picture", picture });

interface Drawn {
  svg(options?: { readonly theme?: "light" | "dark" }): string;
}

const isDrawn = (value: unknown): value is Drawn =>
  typeof value === "object" && value !== null && "svg" in value && typeof value.svg === "function";

/** Shows the value of a program's last statement. */
function show(value: unknown): void {
  if (isDrawing(value)) draw({ light: value, dark: value });
  else if (isDrawn(value))
    draw({ light: value.svg({ theme: "light" }), dark: value.svg({ theme: "dark" }) });
  else if (value !== undefined) send({ kind: "line", text: inspect(value), isWarning: false });
}

/** Draws the numbers that a program has printed one by one as a curve. */
async function drawCurve(): Promise<void> {
  const longest = [...numbers.values()].sort((a, b) => b.length - a.length)[0] ?? [];
  if (longest.length < FEWEST_POINTS) return;
  const { lossCurve } = await import("@graddiff/nn");
  const [light, dark] = (["light", "dark"] as const).map((theme) => lossCurve(longest, { theme }));
  draw({ light: light ?? "", dark: dark ?? "" });
}

for (const method of ["log", "info", "debug", "warn", "error"] as const) {
  const isWarning = method === "warn" || method === "error";
  console[method] = (...values: unknown[]) => print(values, isWarning);
}

/** Returns the line of the program that caused an error: the innermost line of the stack in the program's file. */
function lineOf(error: unknown, address: string): number | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const at = stack.indexOf(address);
  const line = /^:(\d+)/.exec(at < 0 ? "" : stack.slice(at + address.length))?.[1];
  return line === undefined ? undefined : Number(line);
}

addEventListener("message", async ({ data }: MessageEvent<Order>) => {
  let isForbidden = false;
  addEventListener("securitypolicyviolation", () => {
    isForbidden = true;
  });
  let address = "";
  try {
    const loaded = await Promise.all(data.modules.map(async (name) => [name, await load[name]()]));
    const shared: Record<string, unknown> = { [LIBRARIES]: Object.fromEntries(loaded) };
    Object.assign(globalThis, shared);
    await checkNames(data.names, (name) => load[name]());
    send({ kind: "begun" });
    address = URL.createObjectURL(new Blob([data.script], { type: "text/javascript" }));
    await import(/* @vite-ignore */ address);
    const result: unknown = await Reflect.get(globalThis, RESULT);
    show(result);
    if (!isDrawn(result) && !isDrawing(result)) await drawCurve();
  } catch (error) {
    if (isForbidden) send({ kind: "forbidden" });
    else if (error instanceof ProgramError)
      send({ kind: "error", text: error.message, line: error.line });
    else {
      // Stack lines are removed, since lines of the library's files and of the program's address do not help the
      // reader.
      const name = address.replace(/^.*\//, "");
      const said = error instanceof Error ? `${error.name}: ${error.message}` : inspect(error);
      const text = said.replaceAll(` [${name}:`, " [line ").replace(/ \[line (\d+):\d+\]/, "");
      send({ kind: "error", text, line: lineOf(error, address) });
    }
  }
  send({ kind: "done", unshown: Math.max(0, lines - MOST_LINES) });
});
