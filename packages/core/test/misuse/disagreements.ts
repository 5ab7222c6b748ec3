/**
 * Finds disagreements between calls of a public function and its declaration. They may be in the number of arguments,
 * the names that errors give them, the kinds of values that are refused, or the options.
 */

import { describe } from "../../src/errors.ts";
import * as gd from "../../src/index.ts";
import type { Call } from "./doors.ts";
import { imitation, weight, x } from "./support.ts";
import type { Kinds, Parameter } from "./table.ts";

const SURPLUS: readonly unknown[] = [{ reduction: "sum" }, true, 0.1, x, null];

/** Values of all kinds. */
const VALUES: readonly unknown[] = [
  ...[Symbol("s"), null, undefined, true, "text", 1.5, x, () => 1, {}, [Symbol("s")]],
];

/** Values that are not options, although some are objects. */
const NO_OPTIONS: readonly unknown[] = [
  ...[null, 0, 0n, "text", true, [], [1], () => 1, Symbol("s"), x, weight(), new Map()],
  ...[new Date(0), Math, new Float32Array(2), gd.Tensor.prototype, imitation],
];

class Model {}

/** Functions that cannot be called, or return no result synchronously. */
const NO_FUNCTIONS: readonly unknown[] = [
  ...[Model, gd.Tensor, gd.Relu, Array, Float32Array],
  ...[async () => x, async function f() {}, function* () {}, async function* () {}],
];

/** True if a value is of a kind, as far as it shows without the contents of lists and objects. */
function isOf(kind: string, value: unknown): boolean {
  switch (kind) {
    case "any":
    case "tree":
      return true;
    case "null":
      return value === null;
    case "Tensor":
      // A plain number is accepted as a scalar tensor.
      return value instanceof gd.Tensor || typeof value === "number";
    case "boolean":
    case "function":
    case "number":
    case "string":
      return typeof value === kind;
    case "AsyncIterable":
    case "Iterable":
      return Symbol.iterator in Object(value);
    default:
  }
  if (kind.startsWith("[")) return Array.isArray(value);
  if (/^["\d]/.test(kind)) return JSON.stringify(value) === kind;
  const Class: unknown = Reflect.get(gd, kind) ?? Reflect.get(globalThis, kind);
  if (typeof Class === "function") return value instanceof Class;
  return typeof value === "object" && value !== null;
}

/** Returns the values that no parameter takes; the parameters are those of a function's forms at one index. */
function refusedBy(...parameters: readonly Parameter[]): readonly unknown[] {
  const isTaken = (value: unknown) =>
    parameters.some(
      ({ kinds, optional }) =>
        (optional && value === undefined) || kinds.some((kind) => isOf(kind, value)),
    );
  return VALUES.filter((value) => !isTaken(value));
}

async function messageOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (error instanceof gd.GraddiffError) return error.message;
    return `an error of another kind: ${String(error)}`;
  }
  return "no error";
}

/** Functions that refuse any arguments. */
export const REFUSING: ReadonlySet<string> = new Set(["LBFGS.step", "useKernel"]);

/** Functions that admit asynchronous callbacks, or call a callback only when a result is read. */
const WAITING: ReadonlySet<string> = new Set(["AsyncBatches.map", "Batches.map", "batches"]);

/** Returns all ways in which a call differs from its declaration. */
export async function disagreements(call: Call): Promise<readonly string[]> {
  const { name, form, full, run } = call;
  const found: string[] = [];
  const expected = async (what: string, inputs: readonly unknown[], pattern: RegExp) => {
    const message = await messageOf(() => run(inputs));
    if (!pattern.test(message)) found.push(`${name} with ${what} says: ${message}`);
  };
  // Wrappers may pass an undefined argument that they were not given, so one is added.
  if (!REFUSING.has(name)) {
    const more = form.some(({ rest }) => rest) ? [] : [undefined];
    await expected("all it takes", [...full, ...more], /^no error$/);
  }
  if (name !== "LBFGS.step") await checkSurplus(call, expected);
  for (const [i, parameter] of form.entries()) {
    if (parameter.rest) continue;
    const at = (value: unknown) => [...full.slice(0, i), value, ...full.slice(i + 1)];
    for (const value of refusedBy(...call.forms.flatMap((each) => each.slice(i, i + 1)))) {
      const what = `${describe(value)} as ${parameter.name}`;
      await expected(what, at(value), refusal(call, i, value));
    }
    for (const value of isFunction(parameter.kinds) && !WAITING.has(name) ? NO_FUNCTIONS : [])
      await expected(
        `${describe(value)} as ${parameter.name}`,
        at(value),
        named(call, parameter.name),
      );
    if (parameter.options) await checkOptions(call, parameter.options, full[i], at, expected);
  }
  return found;
}

type Expect = (what: string, inputs: readonly unknown[], pattern: RegExp) => Promise<void>;

async function checkSurplus({ op, form, forms, full, before = 0 }: Call, expected: Expect) {
  // The longest form gives the most arguments of a function.
  const most = Math.max(...forms.map((each) => each.length));
  if (form.length < most || form.some(({ rest }) => rest)) return;
  const count = most + before;
  const words = `expected at most ${count} argument${count === 1 ? "" : "s"}, got ${count + 1}, the last`;
  for (const more of SURPLUS)
    await expected(`${describe(more)} more`, [...full, more], new RegExp(`^${op}: ${words}`));
}

async function checkOptions(
  call: Call,
  options: readonly Parameter[],
  given: unknown,
  at: (value: unknown) => readonly unknown[],
  expected: Expect,
) {
  const { op, forms } = call;
  const names = options.map((option) => option.name);
  // With several forms, a value that is not an object may be the parameter of another form.
  for (const value of forms.length === 1 ? NO_OPTIONS : []) {
    const message = `${op}: options: expected an object of options, got ${describe(value)}.`;
    await expected(`${describe(value)} as options`, at(value), new RegExp(`^${escaped(message)}`));
  }
  const known = names.map((name) => `(?=.*\\b${name}\\b)`).join("");
  const list = names.length === 0 ? "" : `\\w+(, \\w+){${names.length - 1}}`;
  const misspelt = new RegExp(
    `^${op}: options: expected no others than ${known}${list}, got "dtpye"`,
  );
  await expected("an unknown option", at({ ...Object(given), dtpye: 1 }), misspelt);
  for (const option of options) {
    for (const value of refusedBy(option)) {
      const inputs = at({ ...Object(given), [option.name]: value });
      await expected(`${option.name}: ${describe(value)}`, inputs, named(call, option.name));
    }
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function isFunction(kinds: Kinds): boolean {
  return kinds.includes("function");
}

/**
 * Returns the pattern of an error that names the function and the argument. For a layer's inputs, only the layer is
 * named.
 */
function named({ op }: Call, ...arguments_: readonly string[]): RegExp {
  const [owner = "", method] = op.split(".");
  if (method === "forward") return new RegExp(`^${owner}: |^${op}: |\\. In ${owner}\\b`);
  return new RegExp(`^${op}: (${arguments_.join("|")})(\\[|\\.|: )`);
}

function refusal(call: Call, i: number, value: unknown): RegExp {
  const here = call.forms.flatMap((form) => form.slice(i, i + 1));
  // If the options are missing, the error names one that is required.
  const inside = value === undefined ? here.flatMap(({ options = [] }) => options) : [];
  return named(call, ...[...here, ...inside].map(({ name }) => name));
}
