/** The shaders of kernels. */

import type { IndexLayout } from "../../families/indexing.ts";
import { SCAN_BLOCK } from "../../families/scan.ts";
import type { GroupedWindows, InnerWindows } from "../../families/windows.ts";
import type { Sequence } from "../../graph/kernel.ts";
import { at, numberAt, type Shape, sizeOf, stridesOf } from "../../tensor/shape.ts";
import { PARITY, ROTATIONS } from "../../tensor/threefry.ts";
import type { Kind, LoopOp } from "../program/loop/loopOps.ts";
import { indicesOf, loaded, merged } from "./loops.ts";
import { bisection, orderedAt } from "./orders.ts";
import { argument, convert, literal, ROWS, type Shader, shaderOfElements, TYPES } from "./wgsl.ts";

/** The rows and columns of a tile of a product, of a thread's part of it, and the steps that are loaded at once. */
const TILE = 32;
const PART = 4;
const DEPTH = 16;
const SIDE = TILE / PART;
const THREADS = SIDE * SIDE;

/** Sums of products are cut into chunks of this length, whose sums are added in order: the library's order. */
const STRETCH = 4096;

/** The writers of a product's loads and stores. */
interface ProductForm {
  readonly kind: "number" | "integer";
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  /** The number of independent products; a workgroup computes the product `w.z`. */
  readonly count: number;
  /** Lines before all others. */
  readonly setup: string;
  /** Writes lines that set `a` to the element of x at a row and k. */
  readonly x: (row: string, k: string) => string;
  /** Writes lines that set `b` to the element of y at k and a column. */
  readonly y: (k: string, column: string) => string;
  /** Writes the index of an element of the result. */
  readonly out: (row: string, column: string) => string;
  /** Writes the use of an element of the result. */
  readonly end: End;
}

/** Writes the use of an element of a result, from its index and its value. */
export type End = (index: string, value: string) => string;

/** Products by tiles, whose sums have the library's order. */
function tiledShader(form: ProductForm): Shader {
  const { kind, rows, columns, inner, count, setup } = form;
  const type = TYPES[kind];
  const vector = `vec4<${type}>`;
  const parts = [0, 1, 2, 3];
  const hide = (text: string) => (kind === "number" ? `round4_(${text})` : text);
  const isLong = inner > STRETCH;
  const total = isLong ? "total" : "sum";
  const gather = parts
    .map((r) => `total${r} = ${hide(`total${r} + sum${r}`)}; sum${r} = ${vector}();`)
    .join(" ");
  const code = `${setup}
let row0 = w.y * ${TILE}u; let column0 = w.x * ${TILE}u;
let across = t % ${SIDE}u; let down = t / ${SIDE}u;
${parts.map((r) => `var sum${r} = ${vector}(); ${isLong ? `var total${r} = ${vector}();` : ""}`).join("\n")}
for (var k0 = 0u; k0 < ${inner}u; k0 += ${DEPTH}u) {
${isLong ? `if (k0 % ${STRETCH}u == 0u && k0 > 0u) { ${gather} }` : ""}
for (var n = t; n < ${TILE * DEPTH}u; n += ${THREADS}u) {
let k = n % ${DEPTH}u; let r = n / ${DEPTH}u;
var a = ${type}(0);
if (row0 + r < ${rows}u && k0 + k < ${inner}u) { ${form.x("(row0 + r)", "(k0 + k)")} }
xs[k * ${TILE}u + r] = a;
let c = n % ${TILE}u; let d = n / ${TILE}u;
var b = ${type}(0);
if (column0 + c < ${columns}u && k0 + d < ${inner}u) { ${form.y("(k0 + d)", "(column0 + c)")} }
ys[d * ${TILE}u + c] = b;
}
workgroupBarrier();
let most = min(${DEPTH}u, ${inner}u - k0);
for (var k = 0u; k < most; k++) {
let b = ${vector}(${parts.map((c) => `ys[k * ${TILE}u + across * ${PART}u + ${c}u]`).join(", ")});
${parts.map((r) => `sum${r} = ${hide(`sum${r} + ${hide(`xs[k * ${TILE}u + down * ${PART}u + ${r}u] * b`)}`)};`).join("\n")}
}
workgroupBarrier();
}
${isLong ? gather : ""}
let firstRow = row0 + down * ${PART}u; let firstColumn = column0 + across * ${PART}u;
var results = array<${vector}, ${PART}>(${parts.map((r) => `${total}${r}`).join(", ")});
for (var r = 0u; r < ${PART}u; r++) { for (var c = 0u; c < ${PART}u; c++) {
let row = firstRow + r; let column = firstColumn + c;
if (row < ${rows}u && column < ${columns}u) {
${form.end(form.out("row", "column"), "results[r][c]")}
}
} }`;
  const globals = `var<workgroup> xs: array<${type}, ${TILE * DEPTH}>; var<workgroup> ys: array<${type}, ${TILE * DEPTH}>;`;
  return {
    lines: code,
    threads: THREADS,
    globals,
    groups: [Math.ceil(columns / TILE), Math.ceil(rows / TILE), count],
  };
}

/**
 * Products of matrices. Arguments: x, y and the result; the strides of rows and columns of x and y; the distances from
 * one x and y to the next, the number of products after which the outer distances follow, and these; the arguments of
 * the end.
 */
export function productShader(
  kind: "number" | "integer",
  rows: number,
  columns: number,
  inner: number,
  count: number,
  end: End,
): Shader {
  const load = (index: string) => loaded(index, kind);
  return tiledShader({
    ...{ kind, rows, columns, inner, count, end },
    setup: `let stack = w.z % ${argument(9)}; let outer = w.z / ${argument(9)};
let x0 = ${argument(0)} + stack * ${argument(7)} + outer * ${argument(10)};
let y0 = ${argument(1)} + stack * ${argument(8)} + outer * ${argument(11)};`,
    x: (row, k) => `a = ${load(`x0 + ${row} * ${argument(3)} + ${k} * ${argument(4)}`)};`,
    y: (k, column) => `b = ${load(`y0 + ${k} * ${argument(5)} + ${column} * ${argument(6)}`)};`,
    out: (row, column) => `w.z * ${rows * columns}u + ${row} * ${columns}u + ${column}`,
  });
}

/** An array with separate strides, in elements. Default: those of its shape. */
interface Strided {
  readonly shape: Shape;
  readonly strides?: readonly number[];
}

/**
 * Convolutions, as products of the weights with a matrix that has a column for each window of each example, which is
 * never stored. Arguments: x, the weights, the result, and the arguments of the end.
 */
export function convolutionShader(
  x: Strided,
  weight: Strided,
  { groups, size, stride, dilation, low, inputDilation, outputSize }: GroupedWindows,
  kind: "number" | "integer",
  end: End,
): Shader {
  const [batch = 0, channels = 0, ...lengths] = x.shape;
  const [outputs = 0] = weight.shape;
  const [outputsOfGroup, inGroup] = [outputs / groups, channels / groups];
  const [windows, inner] = [sizeOf(outputSize), inGroup * sizeOf(size)];
  const axes = lengths.map((_, axis) => axis);
  const { strides = stridesOf(x.shape) } = x;
  const [rowStride = 0, ...partStrides] = weight.strides ?? stridesOf(weight.shape);
  return tiledShader({
    ...{ kind, rows: outputsOfGroup, columns: batch * windows, inner, count: groups, end },
    setup: "let group = w.z;",
    x: (row, k) => {
      const base = `${argument(1)} + (group * ${outputsOfGroup}u + ${row}) * ${rowStride >>> 0}u`;
      const walk = merged([inGroup, ...size], [partStrides]);
      const { lines, indices } = indicesOf("part", "part", walk, [base]);
      return `let part = ${k}; ${lines.join(" ")} a = ${loaded(at(indices, 0), kind)};`;
    },
    y: (k, column) => {
      const lines = [`var part = ${k}; var window = ${column};`];
      const inside: string[] = [];
      for (const axis of axes.toReversed()) {
        const [before, spacing] = [numberAt(low, axis), numberAt(inputDilation, axis)];
        lines.push(
          `let at${axis} = i32((window % ${outputSize[axis]}u) * ${stride[axis]}u + (part % ${size[axis]}u) * ${dilation[axis]}u) - (${before});`,
          `window /= ${outputSize[axis]}u; part /= ${size[axis]}u;`,
        );
        const last = (numberAt(lengths, axis) - 1) * spacing;
        inside.push(`at${axis} >= 0 && at${axis} <= ${last}`);
        if (spacing > 1) inside.push(`at${axis} % ${spacing} == 0`);
      }
      const steps = [
        "window",
        `(group * ${inGroup}u + part)`,
        ...axes.map((axis) => `u32(at${axis} / ${inputDilation[axis]})`),
      ];
      const terms = steps.map((step, axis) => `${step} * ${numberAt(strides, axis) >>> 0}u`);
      const element = loaded([argument(0), ...terms].join(" + "), kind);
      return `${lines.join("\n")}
if (${inside.join(" && ")}) { b = ${element}; }`;
    },
    out: (row, column) =>
      `((${column} / ${windows}u) * ${outputs}u + group * ${outputsOfGroup}u + ${row}) * ${windows}u + ${column} % ${windows}u`,
  });
}

/** Writes the index at a position, counted from the front. */
export function indexAt(position: string, { length, fromEnd }: IndexLayout): string {
  const index = `bitcast<i32>(m[${position}])`;
  return `u32(${index}${fromEnd ? ` + select(0, ${length}, ${index} < 0)` : ""})`;
}

/** Rows at indices. Arguments: x, indices, result. */
export function gatherShader(layout: IndexLayout): Shader {
  const { groups, outer, length, count, inner } = layout;
  const lines = `let e = i % ${inner}u; let j = (i / ${inner}u) % ${count}u; let slab = i / ${inner * count}u;
let index = ${indexAt(`${argument(1)} + (slab / ${outer}u) * ${count}u + j`, layout)};
m[${argument(2)} + i] = m[${argument(0)} + (slab * ${length}u + index) * ${inner}u + e];`;
  return shaderOfElements(groups * outer * count * inner, lines);
}

/** Combines two values: a row of ROWS. */
export type Combine = (x: string, y: string) => string;

/** Writes an op of two values of a kind, each of whose roundings is kept in exact mode. */
export function combineOf(op: LoopOp, kind: Kind): Combine {
  return (x, y) => ROWS[op](kind, x, y);
}

/**
 * Rows combined at indices, in the order of these. Each result searches its range of the sorted indices, so there are
 * no atomics, and the bits are always the same. Arguments: x, the ordered indices, the initial values of the result, if
 * they are not zeros, and the arguments of the end.
 *
 * @param from the kind of x.
 */
export function scatterShader(
  layout: IndexLayout,
  from: Kind,
  kind: "number" | "integer",
  combine: LoopOp,
  begins: boolean,
  end: End,
): Shader {
  const { groups, outer, length, count, inner } = layout;
  const ordered = { rows: groups, length: count };
  const at = (index: string) => orderedAt(ordered, argument(1), "group", index);
  const index = `${argument(0)} + (slab * ${count}u + ${at("least").index}) * ${inner}u + e`;
  const x = convert(`(${loaded(index, from)})`, from, kind);
  const lines = `let e = i % ${inner}u; let row = (i / ${inner}u) % ${length}u; let slab = i / ${inner * length}u;
let group = slab / ${outer}u;
var sum = ${begins ? loaded(`${argument(2)} + i`, kind) : `${TYPES[kind]}(0)`};
${bisection(count, `${at("middle").word} < row`)}
for (; least < ${count}u; least++) {
if (${at("least").word} != row) { break; }
sum = ${combineOf(combine, kind)("sum", x)};
}
${end("i", "sum")}`;
  return shaderOfElements(groups * outer * length * inner, lines);
}

/** Lines of an array along an axis. */
export interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly reverse: boolean;
}

/** Writes the index of the element `k` of the line `line`. */
function lineAt({ length, inner, reverse }: Lines, k: string): string {
  const step = reverse ? `(${length - 1}u - (${k}))` : `(${k})`;
  return `(line / ${inner}u) * ${length * inner}u + line % ${inner}u + ${step} * ${inner}u`;
}

/**
 * Results along lines, each computed from the one before, with a thread for each line. Arguments: the inputs, the last
 * of which has the first results, and the results.
 *
 * @param step writes the next result from `h`, given how inputs are loaded there.
 */
export function walkShader(
  lines: Lines,
  inputs: number,
  kind: "number" | "integer",
  step: (load: (input: number) => string) => string,
): Shader {
  const load = (input: number) => loaded(`${argument(input)} + index`, kind);
  const store = `m[${argument(inputs)} + index] = bitcast<u32>(h);`;
  const code = `let line = i; var index = ${lineAt(lines, "0u")};
var h = ${load(inputs - 1)}; ${store}
for (var k = 1u; k < ${lines.length}u; k++) {
index = ${lineAt(lines, "k")};
h = ${step(load)}; ${store}
}`;
  return shaderOfElements(lines.length === 0 ? 0 : lines.outer * lines.inner, code);
}

/** Returns the words of scratch memory for sums along lines. */
export function sumWords({ outer, length, inner }: Lines): number {
  return length <= SCAN_BLOCK ? 0 : outer * inner * Math.ceil(length / SCAN_BLOCK);
}

/**
 * Sums along lines in the order of two levels, see `families/scan.ts`: within blocks, then of the blocks before each.
 * Arguments: x, the results, and scratch memory if there are several blocks.
 */
export function runningSumShaders(lines: Lines, kind: "number" | "integer"): Shader[] {
  const { outer, length, inner } = lines;
  const count = outer * inner;
  const blocks = Math.ceil(length / SCAN_BLOCK);
  const plus = combineOf("add", kind);
  const at = (array: number, k: string) => `${argument(array)} + ${lineAt(lines, k)}`;
  const sumOf = (name: string) => `var ${name} = ${literal(-0, kind)};`;
  const local = `let line = i / ${blocks}u; let first = (i % ${blocks}u) * ${SCAN_BLOCK}u;
${sumOf("sum")}
for (var k = first; k < min(first + ${SCAN_BLOCK}u, ${length}u); k++) {
sum = ${plus("sum", loaded(at(0, "k"), kind))}; m[${at(1, "k")}] = bitcast<u32>(sum);
}`;
  const shaders = [shaderOfElements(count * blocks, local)];
  if (blocks <= 1) return shaders;
  const before = `let line = i; ${sumOf("top")} ${sumOf("base")} ${sumOf("sum")}
for (var block = 0u; block < ${blocks}u; block++) {
m[${argument(2)} + line * ${blocks}u + block] = bitcast<u32>(sum);
if (block + 1u == ${blocks}u) { break; }
base = ${plus("base", loaded(at(1, `block * ${SCAN_BLOCK}u + ${SCAN_BLOCK - 1}u`), kind))};
if ((block + 1u) % ${SCAN_BLOCK}u == 0u) { top = ${plus("top", "base")}; base = ${literal(-0, kind)}; }
sum = ${plus("top", "base")};
}`;
  const all = `let line = i / ${length}u; let k = i % ${length}u; let index = ${at(1, "k")};
let before = ${loaded(`${argument(2)} + line * ${blocks}u + k / ${SCAN_BLOCK}u`, kind)};
m[index] = bitcast<u32>(${plus("before", loaded("index", kind))});`;
  shaders.push(shaderOfElements(count, before));
  shaders.push(shaderOfElements(count * length, all));
  return shaders;
}

/** Windows over planes, as the attributes of an op have them. */
export interface Slid extends InnerWindows {
  /** The lengths of a plane. */
  readonly lengths: readonly number[];
  /** The distance by which the first window begins before the first element, by axis. Default 0. */
  readonly low?: readonly number[];
}

/**
 * Sums over the windows that have an element, in their order, with a thread for each element. The first argument has
 * the terms, the last ones are the arguments of the end.
 *
 * @param planes their number.
 * @param find writes the index of a term, given a writer of indices into a plane, and the names of the window and of
 *   the element in it, by axis; and the condition on `index` under which it is added.
 */
function windowSumShader(
  planes: number,
  { lengths, size, stride, dilation, outputSize, low = [] }: Slid,
  kind: "number" | "integer",
  end: End,
  find: (
    into: (lengths: readonly number[], names: readonly string[]) => string,
    window: readonly string[],
    element: readonly string[],
  ) => readonly [index: string, condition: string],
): Shader {
  const axes = lengths.map((_, axis) => axis);
  const plane = sizeOf(lengths);
  const strides = stridesOf(lengths);
  const loops = axes.map((axis) => {
    const [step, spacing] = [numberAt(stride, axis), numberAt(dilation, axis)];
    const behind = (numberAt(size, axis) - 1) * spacing + 1 - step;
    return `let x${axis} = i32(i / ${strides[axis]}u % ${lengths[axis]}u) + ${low[axis] ?? 0};
for (var w${axis} = max(0, (x${axis} - (${behind})) / ${step}); w${axis} <= min(x${axis} / ${step}, ${numberAt(outputSize, axis) - 1}); w${axis}++) {
let from${axis} = x${axis} - w${axis} * ${step}; let k${axis} = from${axis} / ${spacing};
if (from${axis} % ${spacing} != 0) { continue; }`;
  });
  const into = (all: readonly number[], names: readonly string[]) => {
    const steps = stridesOf(all);
    const terms = names.map((name, k) => `u32(${name}) * ${steps[k]}u`);
    return [`(i / ${plane}u) * ${sizeOf(all)}u`, ...terms].join(" + ");
  };
  const names = (prefix: string) => axes.map((axis) => `${prefix}${axis}`);
  const [index, condition] = find(into, names("w"), names("k"));
  const lines = `var sum = ${TYPES[kind]}(0);
${loops.join("\n")}
let index = ${index};
if (${condition}) { sum = ${combineOf("add", kind)("sum", loaded(`${argument(0)} + index`, kind))}; }
${axes.map(() => "}").join(" ")}
${end("i", "sum")}`;
  return shaderOfElements(planes * plane, lines);
}

/** Returns the shader of such sums. */
export type WindowSum = (
  planes: number,
  windows: Slid,
  kind: "number" | "integer",
  end: End,
) => Shader;

/** Elements of windows, added at their positions in a plane. Arguments: the windows, and the arguments of the end. */
export const overlapAddShader: WindowSum = (planes, windows, kind, end) =>
  windowSumShader(planes, windows, kind, end, (into, window, element) => [
    into([...windows.size, ...windows.outputSize], [...element, ...window]),
    "true",
  ]);

/**
 * A number of each window added at the element that the window has chosen. Arguments: the numbers, the indices of the
 * elements in their planes, and the arguments of the end.
 */
export const chosenAddShader: WindowSum = (planes, windows, kind, end) =>
  windowSumShader(planes, windows, kind, end, (into, window) => [
    into(windows.outputSize, window),
    `m[${argument(1)} + index] == i % ${sizeOf(windows.lengths)}u`,
  ]);

/** Writes random numbers, see `tensor/threefry.ts`. Arguments: seeds of `words` words, result. */
export function uniformShader(
  count: number,
  length: number,
  { low, high, first, step }: Sequence,
  words: 1 | 2,
): Shader {
  const rounds: string[] = [];
  for (let group = 0; group < 5; group++) {
    for (let round = 0; round < 4; round++) {
      const bits = ROTATIONS[(group % 2) * 4 + round] ?? 0;
      rounds.push(`a += b; b = ((b << ${bits}u) | (b >> ${32 - bits}u)) ^ a;`);
    }
    rounds.push(`a += k${(group + 1) % 3}; b += k${(group + 2) % 3} + ${group + 1}u;`);
  }
  const [least, most, scale] = [low, high, high - low].map((x) => literal(x, "number"));
  const lines = `let seed = ${argument(0)} + (i / ${length}u) * ${words}u;
let k0 = m[seed]; let k1 = ${words === 2 ? "m[seed + 1u]" : "0u"}; let k2 = ${PARITY}u ^ k0 ^ k1;
var a = ${first >>> 0}u + (i % ${length}u) * ${step >>> 0}u + k0; var b = k1;
${rounds.join("\n")}
let x = keep_(${least} + keep_(${scale} * (f32(a >> 8u) * 5.9604644775390625e-8f)));
m[${argument(1)} + i] = bitcast<u32>(select(${least}, x, x < ${most}));`;
  return shaderOfElements(count * length, lines);
}

/**
 * Finds the first element that is refused, and writes it to the first words of memory: the number of the check, the
 * index, the element, and the run. One workgroup searches, so that the result is always the same.
 *
 * @param isRefused writes whether the value `x` is.
 */
export function checkShader(count: number, kind: "number" | "integer", isRefused: string): Shader {
  const threads = count > 1024 ? 256 : 64;
  const code = `var found = ${count}u;
for (var i = t; i < ${count}u; i += ${threads}u) {
let x = ${loaded(`${argument(0)} + i`, kind)};
if (${isRefused}) { found = i; break; }
}
firsts[t] = found;
workgroupBarrier();
if (t == 0u) {
for (var k = 1u; k < ${threads}u; k++) { found = min(found, firsts[k]); }
if (found < ${count}u) { m[1] = found; m[2] = m[${argument(0)} + found]; m[3] = m[4]; m[0] = ${argument(1)}; }
}`;
  return {
    lines: code,
    threads,
    globals: `var<workgroup> firsts: array<u32, ${threads}>;`,
    groups: [1, 1, 1],
  };
}

/** Copies words. Arguments: from, to. */
export function copyShader(words: number): Shader {
  return shaderOfElements(words, `m[${argument(1)} + i] = m[${argument(0)} + i];`);
}

/** Fills words with one value. Argument: to. */
export function fillShader(words: number, word: string): Shader {
  return shaderOfElements(words, `m[${argument(0)} + i] = ${word};`);
}

/**
 * Writes the word by which dispatches are skipped. Arguments: the word, the word that skips the surrounding dispatches,
 * and the word x of the condition.
 */
export function skipShader(condition: string): Shader {
  const lines = `let x = m[${argument(2)}]; m[${argument(0)}] = m[${argument(1)}] | select(0u, 1u, ${condition});`;
  return shaderOfElements(1, lines);
}

/** Increments a counter. Argument: its address. */
export function countShader(step: 1 | -1): Shader {
  return shaderOfElements(1, `m[${argument(0)}] ${step > 0 ? "+" : "-"}= 1u;`);
}
