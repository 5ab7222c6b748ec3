/**
 * Writes OPS.md and the type of the names of primitive ops from the table of ops, and fails when they are out of date
 * (`npx vitest run … -u` updates them).
 */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as fft from "../../src/fft.ts";
import { aliasesInput, functionsOf as memoryFunctionsOf } from "../../src/graph/kernel.ts";
import { lower } from "../../src/graph/lower.ts";
import { attributesOf, type Example, isComposite, type Op } from "../../src/graph/op.ts";
import { record } from "../../src/graph/recording.ts";
import type { Trace } from "../../src/graph/trace.ts";
import { TraceRecording } from "../../src/graph/tracing.ts";
import type { TensorType } from "../../src/graph/types.ts";
import * as graddiff from "../../src/index.ts";
import { DTypeError } from "../../src/index.ts";
import * as linalg from "../../src/linalg.ts";
import { isControl, isLoop } from "../../src/run/program/calls/call.ts";
import { loopOpOf } from "../../src/run/program/fuse/fusible.ts";
import { programOf } from "../../src/run/program/program.ts";
import { LANE_OPS, type LaneOp } from "../../src/run/wasm/kernel/lanes.ts";
import { wasmTarget } from "../../src/run/wasm/memory/target.ts";
import type { DType } from "../../src/tensor/dtype.ts";
import { errorTable, statisticsTable } from "../support/accuracy.ts";
import { applied, inputCount, samples } from "../support/opChecks.ts";
import { registeredOps } from "../support/table.ts";

const DERIVATIVES = {
  partials: "partial derivatives",
  linear: "linear: its adjoint",
  multilinear: "linear in each input: its adjoints",
  rule: "a rule",
  joint: "a rule for all inputs together",
  none: "none",
};

function derivativeOf({ derivative }: Op): string {
  if (derivative === undefined) return "that of its body";
  const text = DERIVATIVES[derivative.kind];
  return derivative.kind === "none" ? `${text}: ${derivative.why}` : text;
}

/** Returns a number as text, with a minus sign instead of a hyphen. */
const written = (x: unknown) => String(x).replace("-", "−");

/**
 * Returns the value of the derivative where it is not unique, as text; for single points in the form "0 at 0 and 6".
 */
function conventionOf(op: Op): string[] {
  const { convention } = op;
  if (convention === undefined) return [];
  if (typeof convention === "string") return [convention];
  if (convention.text !== undefined) return [convention.text];
  const count = inputCount(op);
  const groups = new Map<string, string[]>();
  for (const point of convention.points) {
    const [value, ...others] = point.slice(count).map(written);
    const at = point.slice(0, count).map(written).join(", ");
    // If derivatives differ between results or inputs, the convention needs a text.
    expect(others.every((other) => other === value)).toBe(true);
    groups.set(value ?? "", [...(groups.get(value ?? "") ?? []), count > 1 ? `(${at})` : at]);
  }
  return [[...groups].map(([value, points]) => `${value} at ${listed(points)}`).join(", ")];
}

/** Returns "±1" for 1 and −1, and otherwise points in the form "0 and 6". */
function listed(points: readonly string[]): string {
  const [first = "", second] = points;
  return second === `−${first}` && points.length === 2 ? `±${first}` : points.join(" and ");
}

/** Returns the trace of an op for tensors of a dtype, as in a compiled function. */
function traceOf(op: Op, example: Example, dtype: DType): Trace {
  const made = op.examples.make && samples(op, example, dtype).inputs;
  const inputs = example.shapes.map((shape, i): TensorType => {
    const own = op.examples.dtypes?.[i];
    // An input whose dtype the op fixes may have another shape, such as a table.
    return own === undefined
      ? { shape, dtype, weak: false }
      : { shape: made?.[i]?.shape ?? shape, dtype: own, weak: false };
  });
  const trace = record(new TraceRecording(), (recording) => {
    const stand = inputs.map((input) => recording.argument(input));
    return recording.trace([...applied(op, stand, attributesOf(example, inputs))]);
  });
  return lower(trace, wasmTarget.hasKernel);
}

/** Returns the way in which an op runs on eager arrays. */
function eagerAs(op: Op): string {
  const { kernel, compositeKernel } = op;
  if (compositeKernel !== undefined) return "kernel, its body";
  if (isComposite(op)) return "its body";
  if (aliasesInput(op)) return "nothing to do";
  if (kernel?.kind !== "elementwise") {
    return memoryFunctionsOf(op) && kernel?.flops ? "kernel" : "JavaScript";
  }
  const own = loopOpOf(op, "float32");
  if (own === undefined) return "JavaScript";
  const row: LaneOp = LANE_OPS[own];
  return row.kernel === undefined ? "loop" : "kernel";
}

/** True if an op accepts a dtype. */
function takes(op: Op, dtype: DType): boolean {
  try {
    for (const example of op.examples.cases) traceOf(op, example, dtype);
    return true;
  } catch (error) {
    if (error instanceof DTypeError) return false;
    throw error;
  }
}

/** Returns the reason why JavaScript computes an op in programs. */
function whyJavaScript({ kernel }: Op): string | undefined {
  return kernel?.kind === "javascript" ? kernel.why : undefined;
}

const known = new Map<string, string>();

/** Returns how an op runs inside a compiled function of tensors of a dtype: all ways that occur in its examples. */
function compiledAs(op: Op, dtype: DType): string {
  const key = `${op.name} ${dtype}`;
  const ways = known.get(key) ?? waysOf(op, dtype);
  known.set(key, ways);
  return ways;
}

function waysOf(op: Op, dtype: DType): string {
  if (isComposite(op) && op.derivative?.kind === "joint" && op.compositeKernel === undefined)
    return "its body";
  const names = registeredOps().map(({ name }) => name);
  const ways = op.examples.cases.flatMap((example) => {
    const { calls } = programOf(traceOf(op, example, dtype), wasmTarget);
    if (calls.length === 0) return ["nothing to do"];
    return calls.flatMap(({ function: callee }) => {
      // The calls that clear and copy belong to loops over bodies.
      if (callee === "clear" || callee === "copy") return [];
      if (typeof callee === "string") return ["kernel"];
      if (isLoop(callee)) return ["fused loop"];
      if (isControl(callee)) return ["its bodies"];
      // Any other call is a function of JavaScript.
      return names.includes(callee.name) ? [`JavaScript: ${whyJavaScript(op)}`] : [];
    });
  });
  return [...new Set(ways)].join(", ");
}

test.each(["float32", "float64", "int32", "bool"] as const)(
  "compiled functions of %s need no JavaScript but for the check of plain numbers",
  (dtype) => {
    const others: string[] = [];
    for (const op of registeredOps()) {
      // The public function of the op promotes its inputs to these dtypes first.
      const isFloats = op.promotion === "float" || op.family === "random";
      const isCounted = op.promotion === "arithmetic" && dtype === "bool";
      const promoted = isFloats && dtype !== "float64" ? "float32" : isCounted ? "int32" : dtype;
      if (takes(op, promoted) && compiledAs(op, promoted).includes("JavaScript")) {
        others.push(op.name);
      }
    }
    // The op takeBackward adds gradients, which are never booleans.
    expect(others).toEqual(["whole number", ...(dtype === "bool" ? ["takeBackward"] : [])]);
  },
);

const DTYPES = ["float32", "float64", "int32", "bool"] as const;

/**
 * Returns the dtypes that an op accepts from its public function, each with the dtype of the result where it differs.
 */
function dtypesOf(op: Op): string {
  const [example] = op.examples.cases;
  if (example === undefined) return "";
  const ways = DTYPES.flatMap((dtype) => {
    try {
      const { inputs, attributes } = samples(op, example, dtype);
      const [{ dtype: result } = { dtype }] = op.results(inputs, attributes);
      return [result === dtype ? dtype : `${dtype} → ${result}`];
    } catch (error) {
      if (error instanceof DTypeError) return [];
      throw error;
    }
  });
  return ways.join(", ");
}

const onnx = new URL("../../../onnx/src/ops/", import.meta.url);
const onnxTable = readFileSync(new URL("table.ts", onnx), "utf8");

/**
 * Returns the operators of ONNX for an op, in words: the one in its row of the table, or several; for a composite,
 * those of its body.
 */
function onnxOf(op: Op): string {
  const { name } = op;
  const key = /^\w+$/.test(name) ? name : `"${name}"`;
  // The pattern matches up to the next row.
  const row = onnxTable.match(new RegExp(`^ {2}${key}(?:,|:([\\s\\S]*?),)\n(?= {2}\\S|\n|})`, "m"));
  if (row === null) {
    expect(isComposite(op), `${name} has a row`).toBe(true);
    return "its body";
  }
  const [, own = ""] = row;
  if (onnxTable.includes(`const ${own.trim()} = unsupported(`)) return "none";
  const [, operator] = own.match(/"([A-Z]\w+)"/) ?? [];
  return operator ?? "some operators";
}

/** Returns table rows for the functions in the files of a folder, and in others, that an entry point exports. */
function functionsOf(source: string, entry: object, others: readonly string[] = []): string[] {
  const folder = new URL(`../../src/${source}/`, import.meta.url);
  const files = [...readdirSync(folder), ...others];
  const sources = files.map((file) => readFileSync(new URL(file, folder), "utf8"));
  const registered = new Set(registeredOps().map(({ name }) => name));
  const rows = sources.flatMap((source) =>
    [...source.matchAll(FUNCTION)].map(
      ([, comment = "", name = "", parameters = "", result = ""]) => {
        const text = comment
          .replaceAll(/^ \*[ ]?/gm, "")
          .replaceAll(/\s+/g, " ")
          .trim();
        const [sentence = ""] = text.replaceAll(/\{@link (\w+)\}/g, "`$1`").split(/(?<=\.) /, 1);
        return { name, parameters, result, sentence };
      },
    ),
  );
  return rows
    .filter(
      ({ name }) => Object.hasOwn(entry, name) && (entry !== graddiff || !registered.has(name)),
    )
    .sort((first, second) => (first.name < second.name ? -1 : 1))
    .map(({ name, parameters, result, sentence }) => {
      const own = parameters.replaceAll(/\s+/g, " ").trim().replace(/,$/, "");
      const signature = `${name}(${own}): ${result}`.replaceAll("|", "\\|");
      const meaning = sentence.replace(/^Returns (.)/, (_, first: string) => first.toUpperCase());
      return `| \`${signature}\` | ${meaning.replaceAll("|", "\\|")} |`;
    });
}

/** Matches a function with its docstring. */
const FUNCTION =
  /\/\*\*\n((?: \*[^\n]*\n)*?) \*\/\nexport function (\w+)\(([^{]*?)\): ((?:\{[^{}]*\}|[^\n{])+) \{$/gm;

/** Returns a field of an op that the sources must define; the published package does not have it. */
function stated(op: Op, field: "family" | "formula"): string {
  const text = op[field];
  if (!text) throw new Error(`${op.name}: expected a ${field} in its block, got none`);
  return text;
}

test("OPS.md lists every op as it is", async () => {
  const families = [...new Set(registeredOps().map((op) => stated(op, "family")))].sort();
  const sections = families.flatMap((family) => {
    // The ops are sorted by name, since the order in which they are registered depends on imports.
    const own = registeredOps()
      .filter((op) => op.family === family)
      .sort((first, second) => (first.name < second.name ? -1 : 1));
    const rows = own.map((op) => {
      const cells = [
        op.name,
        stated(op, "formula"),
        dtypesOf(op),
        [derivativeOf(op), ...conventionOf(op)].join("; "),
        eagerAs(op),
        compiledAs(op, "float32"),
        onnxOf(op),
      ];
      return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    });
    return [
      `## ${family}`,
      "",
      "| op | formula | dtypes | derivative | eager | compiled | ONNX |",
      "|---|---|---|---|---|---|---|",
      ...rows,
      "",
    ];
  });
  const folder = new URL("../../src/functions/", import.meta.url);
  const composed = readdirSync(folder).map((name) => `../functions/${name}`);
  const text = [
    "# The ops",
    "",
    "Written by `test/generated/coverage.test.ts` from the table of ops, by family. *Dtypes* are those of what the",
    "function of the op takes, and of its result where that is another. *Derivative* says how the block of the op states",
    "it, and what is taken where it is not unique. *Eager* and *compiled* say how",
    "an op runs on large float batches: in a kernel ahead of time, in a loop that is emitted for the op",
    "or fused for the program, or in JavaScript; more than one where shapes and axes decide. Eager ops that only",
    "move elements are JavaScript's: copying them into the memory of WebAssembly and back takes longer. *ONNX* is the",
    "operator that `@graddiff/onnx` writes; OPS.md there tells how near its results are.",
    "",
    ...sections,
    "## Functions made of ops",
    "",
    "They have the derivatives of the ops that they are made of; their docstrings say what is taken where these are not",
    "unique.",
    "",
    "| function | meaning |",
    "|---|---|",
    ...functionsOf("ops", graddiff, ["../bodies/attention.ts", ...composed]),
    "",
    "## Functions of `@graddiff/core/linalg`",
    "",
    "| function | meaning |",
    "|---|---|",
    ...functionsOf("linalg", linalg),
    "",
    "## Functions of `@graddiff/core/fft`",
    "",
    "| function | meaning |",
    "|---|---|",
    ...functionsOf("fft", fft),
    "",
    "## Errors of functions",
    "",
    "The largest errors that tests allow (`test/ops/accuracy.test.ts`, `test/elementary/`), in units in the last place.",
    "Those of float64 are against mpmath, at hundreds of points or at the worst of 9,000. Those of float32 are against",
    "float64, over all exponents. Results that are denormal numbers are not counted. Arithmetic is rounded once: 0.5 units.",
    "",
    errorTable(),
    "",
    "Functions of statistics and their first derivatives are compared with mpmath by ranges of their arguments",
    "(`test/golden/statistics.test.ts`). Values: units in the last place in float64, divided by 1 + the condition number, the",
    "sum of |x f′(x) / f(x)| over the arguments. Derivatives: relative. In float32 values are those of float64, rounded.",
    "",
    statisticsTable(),
    "",
  ].join("\n");
  await expect(text).toMatchFileSnapshot("../../OPS.md");
});

test("ops/primitives.ts names every primitive op", async () => {
  const names = registeredOps()
    .filter((op) => !isComposite(op))
    .map(({ name }) => `  | "${name}"`)
    .sort();
  const text = [
    "/**",
    " * The names of primitive ops: those with a kernel, and those with several results or with bodies that no",
    " * other ops make up. Written by `test/generated/coverage.test.ts`; whoever has a table of them, as what",
    " * writes other formats has, does not compile with one missing.",
    " */",
    "",
    "export type PrimitiveName =",
    `${names.join("\n")};`,
    "",
  ].join("\n");
  await expect(text).toMatchFileSnapshot("../../src/ops/primitives.ts");
});

test("all ops have the same fields in the same order, so that one access finds those of any", () => {
  expect(new Set(registeredOps().map((op) => Object.keys(op).join(" "))).size).toBe(1);
});
