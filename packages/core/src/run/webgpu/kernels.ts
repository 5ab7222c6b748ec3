/** Shaders that are no loops. */

import type { IndexLayout } from "../../families/indexing.ts";
import type { Sequence } from "../../graph/kernel.ts";
import { PARITY, ROTATIONS } from "../../tensor/threefry.ts";
import { loaded } from "./loops.ts";
import { argument, literal, type Shader, shader, shaderOfElements, TYPES, ZERO } from "./wgsl.ts";

/** The rows and columns of a tile of a product, of a thread's part of it, and the steps that are loaded at once. */
const TILE = 32;
const PART = 4;
const DEPTH = 16;
const SIDE = TILE / PART;
const THREADS = SIDE * SIDE;

/** Sums of products are cut into stretches, whose sums are added in order: the library's order. */
const STRETCH = 4096;

/**
 * Products of matrices. Arguments: x, y and the result; the strides of rows and columns of x and y; the distances from
 * one x and y to the next, after how many the outer distances follow, and these.
 */
export function productShader(
  kind: "number" | "integer",
  rows: number,
  columns: number,
  inner: number,
  count: number,
  exact: boolean,
): Shader {
  const type = TYPES[kind];
  const vector = `vec4<${type}>`;
  const parts = [0, 1, 2, 3];
  const hide = (text: string) =>
    kind === "number" && exact
      ? `bitcast<${vector}>(bitcast<vec4<u32>>(${text}) ^ vec4<u32>(${ZERO}))`
      : text;
  const isLong = inner > STRETCH;
  const total = isLong ? "total" : "sum";
  const gather = parts
    .map((r) => `total${r} = ${hide(`total${r} + sum${r}`)}; sum${r} = ${vector}();`)
    .join(" ");
  const load = (place: string) => loaded(place, kind);
  const code = `let stack = w.z % ${argument(9)}; let outer = w.z / ${argument(9)};
let x0 = ${argument(0)} + stack * ${argument(7)} + outer * ${argument(10)};
let y0 = ${argument(1)} + stack * ${argument(8)} + outer * ${argument(11)};
let out = ${argument(2)} + w.z * ${rows * columns}u;
let row0 = w.y * ${TILE}u; let column0 = w.x * ${TILE}u;
let across = t % ${SIDE}u; let down = t / ${SIDE}u;
${parts.map((r) => `var sum${r} = ${vector}(); ${isLong ? `var total${r} = ${vector}();` : ""}`).join("\n")}
for (var k0 = 0u; k0 < ${inner}u; k0 += ${DEPTH}u) {
${isLong ? `if (k0 % ${STRETCH}u == 0u && k0 > 0u) { ${gather} }` : ""}
for (var n = t; n < ${TILE * DEPTH}u; n += ${THREADS}u) {
let k = n % ${DEPTH}u; let r = n / ${DEPTH}u;
var a = ${type}(0);
if (row0 + r < ${rows}u && k0 + k < ${inner}u) { a = ${load(`x0 + (row0 + r) * ${argument(3)} + (k0 + k) * ${argument(4)}`)}; }
xs[k * ${TILE}u + r] = a;
let c = n % ${TILE}u; let d = n / ${TILE}u;
var b = ${type}(0);
if (column0 + c < ${columns}u && k0 + d < ${inner}u) { b = ${load(`y0 + (k0 + d) * ${argument(5)} + (column0 + c) * ${argument(6)}`)}; }
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
let row = row0 + down * ${PART}u; let column = column0 + across * ${PART}u;
${parts
  .flatMap((r) =>
    parts.map(
      (c) =>
        `if (row + ${r}u < ${rows}u && column + ${c}u < ${columns}u) { m[out + (row + ${r}u) * ${columns}u + column + ${c}u] = bitcast<u32>(${total}${r}[${c}]); }`,
    ),
  )
  .join("\n")}`;
  const globals = `var<workgroup> xs: array<${type}, ${TILE * DEPTH}>; var<workgroup> ys: array<${type}, ${TILE * DEPTH}>;`;
  return {
    code: shader(code, THREADS, exact, globals),
    groups: [Math.ceil(columns / TILE), Math.ceil(rows / TILE), count],
  };
}

/** The index at a place, counted from the front. */
function indexAt(place: string, { length, fromEnd }: IndexLayout): string {
  const end = fromEnd ? `if (index < 0) { index += ${length}; }` : "";
  return `var index = bitcast<i32>(m[${argument(1)} + ${place}]); ${end}`;
}

/** Rows at indices. Arguments: x, indices, result. */
export function gatherShader(layout: IndexLayout, exact: boolean): Shader {
  const { groups, outer, length, count, inner } = layout;
  const lines = `let e = i % ${inner}u; let j = (i / ${inner}u) % ${count}u; let slab = i / ${inner * count}u;
${indexAt(`(slab / ${outer}u) * ${count}u + j`, layout)}
m[${argument(2)} + i] = m[${argument(0)} + (slab * ${length}u + u32(index)) * ${inner}u + e];`;
  return shaderOfElements(groups * outer * count * inner, lines, exact);
}

/**
 * Rows added at indices, in the order of these. Each result looks at all indices, so there are no atomics and the bits are
 * always the same. Arguments: x, indices, result.
 */
export function scatterAddShader(
  layout: IndexLayout,
  kind: "number" | "integer",
  exact: boolean,
): Shader {
  const { groups, outer, length, count, inner } = layout;
  const sum = `sum + ${loaded(`${argument(0)} + (slab * ${count}u + j) * ${inner}u + e`, kind)}`;
  const lines = `let e = i % ${inner}u; let row = (i / ${inner}u) % ${length}u; let slab = i / ${inner * length}u;
var sum = ${TYPES[kind]}(0);
for (var j = 0u; j < ${count}u; j++) {
${indexAt(`(slab / ${outer}u) * ${count}u + j`, layout)}
if (u32(index) == row) { sum = ${kind === "number" ? `round_(${sum})` : sum}; }
}
m[${argument(2)} + i] = bitcast<u32>(sum);`;
  return shaderOfElements(groups * outer * length * inner, lines, exact);
}

/** Random numbers, see `tensor/threefry.ts`. Arguments: seeds of so many words, result. */
export function uniformShader(
  count: number,
  length: number,
  { low, high, first, step }: Sequence,
  words: 1 | 2,
  exact: boolean,
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
  return shaderOfElements(count * length, lines, exact);
}

/**
 * The first of so many elements that is refused, told in the first words of memory: the number of the check, the place, the
 * element, and the run. One workgroup looks, so that it is always the same.
 *
 * @param isRefused writes whether the value `x` is.
 */
export function checkShader(count: number, kind: "number" | "integer", isRefused: string): Shader {
  const threads = 256;
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
    code: shader(code, threads, false, `var<workgroup> firsts: array<u32, ${threads}>;`),
    groups: [1, 1, 1],
  };
}

/** Words as they are. Arguments: from, to. */
export function copyShader(words: number): Shader {
  return shaderOfElements(words, `m[${argument(1)} + i] = m[${argument(0)} + i];`, false);
}

/** Words that are all the same. Argument: to. */
export function fillShader(words: number, word: string): Shader {
  return shaderOfElements(words, `m[${argument(0)} + i] = ${word};`, false);
}
