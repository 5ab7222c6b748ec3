/**
 * Plants faults in a copy of the project, one at a time, and has the generated tests find them:
 *
 *   npm run mutations              all faults
 *   npm run mutations -- scatter   those whose name has this text in it
 *
 * A fault is a kernel that computes something else, a derivative or a batching rule that is wrong: one for each
 * family of ops. The tests that are generated from the table of ops (`LAWS`) must fail for each of them; a fault
 * that passes is a law that is missing.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { copy, makeCopy, restoreCopy, run } from "./copy.mjs";

const ops = "packages/core/src/ops";
const families = "packages/core/src/families";
const bodies = "packages/core/src/bodies";

const lanes = "packages/core/src/run/wasm/lanes.ts";

/** The fault, the file, what stands there once, and what is written instead. */
const FAULTS = [
  ["sub with the instructions of add", lanes, "sub: { opcodes: SUB }", "sub: { opcodes: ADD }"],
  [
    "lessEqual with those of less",
    lanes,
    "lessEqual: { opcodes: AT_MOST }",
    "lessEqual: { opcodes: LESS }",
  ],
  ["add with the kernel of mul", lanes, 'kernel: "addForward"', 'kernel: "multiplyForward"'],
  ["max with the kernels of min", `${ops}/reduction.ts`, 'kernel: "max"', 'kernel: "min"'],
  ["min with the kernels of sum", `${ops}/reduction.ts`, 'kernel: "min"', 'kernel: "sum"'],
  [
    "products of a stack with its first right factor",
    `${families}/contractionForm.ts`,
    "moved(y.address, numberAt(b.places, product) * bytes)",
    "moved(y.address, 0)",
  ],
  [
    "take of float64 in halves",
    `${families}/indexing.ts`,
    "unit: bytes, bytes }",
    "unit: Math.min(4, bytes), bytes }",
  ],
  [
    "scatterAdd of int32 with the kernel of float32",
    `${families}/indexing.ts`,
    "SUFFIX[dtype]}`, size)",
    'SUFFIX[dtype === "int32" ? "float32" : dtype]}`, size)',
  ],
  [
    "random numbers that are counted from 1",
    `${families}/random.ts`,
    "address, length, first, step, low",
    "address, length, first + 1, step, low",
  ],
  [
    "slices that begin one element later",
    `${ops}/view.ts`,
    "sum + stride * at(starts, axis), 0)",
    "sum + stride * at(starts, axis), 1)",
  ],
  [
    "abs with a derivative that is wrong for negative numbers",
    `${ops}/arithmetic.ts`,
    "derivative: partials((x) => x.sign()),",
    "derivative: partials((x) => x.greater(0).cast(x.dtype)),",
  ],
  [
    "exp with a derivative of first order only",
    `${ops}/transcendental.ts`,
    "derivative: partials((_x, output) => output),",
    "derivative: partials((_x, output) => output.stopGradient()),",
  ],
  [
    "sum with an adjoint that is twice as large",
    `${ops}/reduction.ts`,
    "restore(cotangent, inputOf(context).shape, context.attributes),",
    "restore(cotangent.mul(2), inputOf(context).shape, context.attributes),",
  ],
  [
    "reductions batched along another axis",
    `${ops}/reduction.ts`,
    "attributes.axes.map((axis) => axis + 1) });",
    "attributes.axes.map((axis) => Math.max(1, axis)) });",
  ],
  [
    "take batched along another axis",
    `${ops}/indexing.ts`,
    "apply(op, inputs, { ...attributes, axis: axis + 1 })",
    "apply(op, inputs, attributes)",
  ],
  [
    "split batched along another axis",
    `${ops}/splitting.ts`,
    "{ ...attributes, axis: attributes.axis + 1 }",
    "attributes",
  ],
  [
    "a convolution whose gradient has the weights forwards",
    `${ops}/convolution.ts`,
    "backwards(joined(swapped, 0), (axis) => axis > 1)",
    "joined(swapped, 0)",
  ],
  [
    "a convolution of a batch in the groups of one example",
    `${ops}/convolution.ts`,
    "{ ...attributes, groups: groups * size }",
    "attributes",
  ],
  [
    "the kernel of convolutions with one plane for each group",
    `${families}/windows.ts`,
    "[batch, groups, planes / groups, ...geometryOf(attributes, x.shape)]",
    "[batch, groups, 1, ...geometryOf(attributes, x.shape)]",
  ],
  [
    "the kernel of pools without padding",
    `${families}/windows.ts`,
    "inner(low, 0)",
    "inner([], 0)",
  ],
  [
    "a view of windows without dilation",
    `${ops}/unfold.ts`,
    "...steps(dilation), ...steps(stride)",
    "...strides.slice(leading), ...steps(stride)",
  ],
  [
    "windows that are added without dilation",
    `${families}/windows.ts`,
    "(place % size[2]) * dilation[2]",
    "place % size[2]",
  ],
  [
    "the kernel of windows that are added, one after the other",
    `${families}/windows.ts`,
    "[lengths, size, stride, dilation, out].flatMap",
    "[lengths, size, size, dilation, out].flatMap",
  ],
  [
    "row programs whose chunks begin with the first row",
    "packages/core/src/run/program/calls.ts",
    "steps.push(row * rows);",
    "steps.push(0);",
  ],
  [
    "row programs of rows that are read by others",
    "packages/core/src/run/program/rows.ts",
    "if (step !== row || !staysInRow(input, shape, axes, row)) return undefined;",
    "",
  ],
  [
    "topK in ascending order",
    "packages/core/src/algorithms/order.ts",
    "return first < second;",
    "return first > second;",
  ],
  [
    "topK of float64 with the kind of float32",
    `${families}/order.ts`,
    "[rows, length, k, kind, Number(descending)]",
    "[rows, length, k, Math.min(1, kind), Number(descending)]",
  ],
  [
    "topK whose places are those of the values",
    `${families}/order.ts`,
    "[x.address, values.address, indices.address, scratch]",
    "[x.address, indices.address, values.address, scratch]",
  ],
  [
    "the second result of an op at the place of the first",
    "packages/core/src/run/program/calls.ts",
    'address: this.#address(each, "write") };',
    'address: this.#address(at(writes, 0), "write") };',
  ],
  [
    "scan that stays at its second carry",
    `${bodies}/scanOp.ts`,
    "now = results.slice(0, carries);",
    "if (n < 2) now = results.slice(0, carries);",
  ],
  [
    "cond that takes the other function",
    `${bodies}/conditional.ts`,
    "=== 0 ? whenFalse : whenTrue, captured)",
    "=== 0 ? whenTrue : whenFalse, captured)",
  ],
  [
    "scans from the other end",
    `${families}/scan.ts`,
    "length, inner, Number(attributes.reverse)]",
    "length, inner, Number(!attributes.reverse)]",
  ],
  [
    "cumulative sums without superblocks",
    `${families}/scan.ts`,
    "if (k % (BLOCK * BLOCK) === 0) {",
    "if (k < 0) {",
  ],
  [
    "gradients of recurrences in the direction of the walk",
    `${ops}/scans.ts`,
    "return apply(recurrenceOp, [fromLater(a, walk), cotangent], { axis, reverse: !reverse });",
    "return apply(recurrenceOp, [fromLater(a, walk), cotangent], { axis, reverse });",
  ],
  [
    "sorts of int32 as of float32",
    `${families}/order.ts`,
    "const KINDS = { int32: 0,",
    "const KINDS = { int32: 1,",
  ],
  [
    "put of what is there already",
    `${families}/placing.ts`,
    "at(arrays, 2), combineOf",
    "at(arrays, 0), combineOf",
  ],
  [
    "parts of gradients one behind their place",
    `${ops}/placedParts.ts`,
    "stridedLayout(shape, at(starts, i), at(steps, i))",
    "stridedLayout(shape, at(starts, 0), at(steps, i))",
  ],
];

/** The tests that are generated from the table of ops. */
const LAWS = ["test/generated", "test/run/rows.test.ts"];

/** The number of generated tests that fail in the copy. */
function failures() {
  const report = join(copy, "report.json");
  const words = ["vitest", "run", "--reporter=json", `--outputFile=${report}`, ...LAWS];
  try {
    run("packages/core", "npx", ...words, "--exclude", "**/{coverage,pickup}.test.ts");
  } catch {
    // It ends with an error where tests fail; the report says which.
  }
  return JSON.parse(readFileSync(report, "utf8")).numFailedTests;
}

const wanted = process.argv.slice(2);
makeCopy();
run("packages/core", process.execPath, "scripts/examples.mjs");
run("packages/wasm-kernel", process.execPath, "scripts/compile.mjs");
if (failures() > 0) throw new Error("the generated tests fail without a fault");
for (const [name, file, from, to] of FAULTS) {
  if (wanted.some((text) => !name.includes(text))) continue;
  const path = join(copy, file);
  const [head, tail, more] = readFileSync(path, "utf8").split(from);
  if (tail === undefined || more !== undefined) {
    throw new Error(`${file} has not exactly one ${JSON.stringify(from)}`);
  }
  writeFileSync(path, head + to + tail);
  const count = failures();
  console.log(`${count > 0 ? "found" : "NOT FOUND"}: ${name} (${count} tests fail)`);
  if (count === 0) process.exitCode = 1;
  restoreCopy();
}
