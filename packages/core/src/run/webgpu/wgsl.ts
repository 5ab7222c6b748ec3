/**
 * Shaders as text: a row for each op of loops, the functions that they call, and the frame around them.
 *
 * Memory is one array of words, `m`, of which `withBuffers` makes several. A dispatch has a slot of words, `p`: its arguments, which are addresses in words and
 * numbers, and a zero that compilers do not know. The first words of memory describe an error, see `gpu.ts`; after one,
 * every later shader returns immediately.
 */

import { ELEMENTARY } from "../../generated/elementary/wgsl.ts";
import { at } from "../../tensor/shape.ts";
import type { Kind, LoopOp } from "../program/loop/loopOps.ts";

/** The work of the threads of workgroups, without the arguments. */
export interface Shader {
  /** The lines of a thread, which have its workgroup as `w` and its index there as `t`, or its element as `i`. */
  readonly lines: string;
  readonly groups: readonly [number, number, number];
  readonly threads: number;
  /** Declarations of workgroup memory; the lines then contain barriers. */
  readonly globals?: string;
  /** True if the lines have no effect where `skipped` is true; then the shader needs no memory for that word. */
  readonly isPredicated?: boolean;
  /** The number of elements, if each has a separate thread. */
  readonly count?: number;
  /** The number of equal shaders that were merged into this one. Default 1. */
  readonly turns?: number;
}

/** Bytes of a word. */
export const WORD = 4;

/**
 * The words of a slot, which has the arguments of a shader: their number, the most arguments, and the indices of two
 * words. `skip` has the address of a word that makes the shader return if it is not 0; `zero` is 0.
 */
export const SLOT = { words: 64, most: 60, skip: 62, zero: 63 } as const;
const SLOT_VECTORS = SLOT.words / 4;

/** The most shaders of one dispatch, each of which has a slot. */
export const MOST_SHADERS = 128;

/** Writes word `i` of a slot. @param slot the index of its first vector, followed by `+`. Default: the first slot. */
const slotWord = (i: number, slot = "") => `p[${slot}${i >> 2}].${"xyzw"[i & 3]}`;

/** A zero that compilers cannot fold. */
export const ZERO = slotWord(SLOT.zero);

/** The types of values. */
export const TYPES = { number: "f32", integer: "i32", boolean: "bool" } as const satisfies Record<
  Kind,
  string
>;

/** Returns a number as a value of a kind. */
export function literal(x: number, kind: Kind): string {
  if (kind === "boolean") return x === 0 ? "false" : "true";
  if (kind === "integer") {
    if (x >= 2 ** 31 - 1) return "2147483647i";
    if (x <= -(2 ** 31)) return "(-2147483647i - 1i)";
    return `(${x}i)`;
  }
  const rounded = Math.fround(x);
  if (Number.isNaN(rounded)) return "nan_()";
  if (!Number.isFinite(rounded)) return rounded > 0 ? "infinity_()" : "(-infinity_())";
  return Object.is(rounded, -0) ? "(-0.0f)" : `(${String(rounded).replace("e+", "e")}f)`;
}

/** Returns a value of one kind as one of another. */
export function convert(text: string, from: Kind, to: Kind): string {
  if (from === to) return text;
  if (from === "boolean") return `select(${literal(0, to)}, ${literal(1, to)}, ${text})`;
  if (to === "boolean") return `(${text} != ${literal(0, from)})`;
  return to === "number" ? `f32(${text})` : `toInt32_(${text})`;
}

/** Writes an op of operands of a kind. */
type Row = (kind: Kind, ...operands: string[]) => string;

/** x − x is NaN of an infinity, and so is ∞ · 0: compilers fold both to 0. */
const isZero = (text: string) => /^\(-?0(\.0)?f\)$/.test(text);
const hidden = (text: string) => (isZero(text) ? `keep_(${text})` : text);

const arithmetic =
  (operator: string): Row =>
  (kind, a, b) =>
    kind === "number"
      ? `round_(${hidden(a as string)} ${operator} ${hidden(b as string)})`
      : `(${a} ${operator} ${b})`;
/** Some drivers assume that there is no NaN, so NaN is tested by its bits. */
const comparison =
  (operator: string): Row =>
  (kind, a, b) =>
    kind === "number"
      ? `(${a} ${operator} ${b} && ordered_(${a}, ${b}))`
      : `(${a} ${operator} ${b})`;
const infix =
  (operator: string): Row =>
  (_kind, a, b) =>
    `(${a} ${operator} ${b})`;
const call =
  (name: string): Row =>
  (_kind, ...operands) =>
    `${name}(${operands.join(", ")})`;
const ofNumbers =
  (name: string): Row =>
  (kind, a) =>
    kind === "number" ? `${name}(${a})` : (a as string);
const byKind =
  (number: Row, others: Row): Row =>
  (kind, ...operands) =>
    (kind === "number" ? number : others)(kind, ...operands);
const same: Row = (_kind, a) => a as string;
const shift =
  (operator: string): Row =>
  (_kind, a, b) =>
    `(${a} ${operator} (u32(${b}) & 31u))`;

/**
 * The text of each op of loops. Names that end in _ are functions of FUNCTIONS.
 */
export const ROWS: Readonly<Record<LoopOp, Row>> = {
  add: arithmetic("+"),
  sub: byKind(
    (kind, a, b) => (a === b ? `zeroOf_(${a})` : arithmetic("-")(kind, a as string, b as string)),
    infix("-"),
  ),
  mul: arithmetic("*"),
  div: call("divide_"),
  maximum: byKind(call("maximum_"), call("max")),
  minimum: byKind(call("minimum_"), call("min")),
  pow: call("pow_"),
  atan2: call("angle_"),
  asin: call("asin_"),
  sin: call("sin_"),
  cos: call("cos_"),
  neg: (_kind, a) => `(-${a})`,
  abs: call("abs"),
  sqrt: (_kind, a) => `round_(sqrt(${a}))`,
  sign: byKind(call("sign_"), call("sign")),
  floor: ofNumbers("floor"),
  ceil: ofNumbers("ceil"),
  round: ofNumbers("round"),
  trunc: ofNumbers("trunc"),
  fmod: byKind(call("fmod_"), call("remainder_")),
  bitwiseAnd: infix("&"),
  bitwiseOr: infix("|"),
  bitwiseXor: infix("^"),
  bitwiseNot: (_kind, a) => `(~${a})`,
  leftShift: shift("<<"),
  rightShift: shift(">>"),
  erf: call("erf_"),
  erfc: call("erfc_"),
  exp: call("exp_"),
  expm1: call("expm1_"),
  log: call("log_"),
  log1p: call("log1p_"),
  logGamma: call("logGamma_"),
  tanh: call("tanh_"),
  equal: comparison("=="),
  notEqual: byKind((_kind, a, b) => `(!(${a} == ${b} && ordered_(${a}, ${b})))`, infix("!=")),
  less: comparison("<"),
  lessEqual: comparison("<="),
  greater: comparison(">"),
  greaterEqual: comparison(">="),
  logicalAnd: infix("&&"),
  logicalOr: infix("||"),
  logicalNot: (_kind, a) => `(!${a})`,
  where: (_kind, condition, a, b) => `select(${b}, ${a}, ${condition})`,
  copy: same,
  toNumber: same,
  toFloat32: same,
  toInt32: byKind(call("toInt32_"), same),
  toBoolean: same,
};

const BITS = "bitcast<u32>(x)";

/**
 * Pairs of float32: a number and its rounding error (Dekker 1971; M. Joldes and others, "Tight and rigorous error
 * bounds for basic building blocks of double-word arithmetic", 2017). Numbers are split into halves by masking bits, so
 * products of halves are exact, and no compiler changes them by contraction.
 */
const PAIRS: readonly string[] = [
  // Subnormal numbers become zeros, since some drivers lack them.
  `fn pair_(x: f32) -> vec2<f32> {
  return vec2(select(x, bitcast<f32>(${BITS} & 0x80000000u), (${BITS} & 0x7f800000u) == 0u), 0.0f);
}`,
  `fn isFinite_(x: f32) -> bool { return (${BITS} & 0x7f800000u) != 0x7f800000u; }`,
  `fn head_(x: f32) -> f32 { return bitcast<f32>(${BITS} & 0xfffff000u); }`,
  // Fast two-sum: x + y and its rounding error, for |x| >= |y|. For y = 0 it returns x, so −0 keeps its sign.
  `fn quick2_(x: f32, y: f32) -> vec2<f32> {
  let sum = keep_(x + y);
  let rest = keep_(y - keep_(sum - x));
  return select(vec2(sum, select(0.0f, rest, isFinite_(sum))), vec2(x, 0.0f), y == 0.0f);
}`,
  `fn product2_(x: f32, y: f32) -> vec2<f32> {
  let product = keep_(x * y); let a = head_(x); let b = head_(y); let c = keep_(x - a); let d = keep_(y - b);
  let rest = keep_(keep_(keep_(keep_(a * b - product) + a * d) + c * b) + c * d);
  return vec2(product, select(0.0f, rest, isFinite_(rest)));
}`,
  `fn add2_(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let sum = keep_(x.x + y.x); let part = keep_(sum - x.x);
  let rest = keep_(keep_(x.x - keep_(sum - part)) + keep_(y.x - part));
  return quick2_(sum, select(0.0f, keep_(rest + keep_(x.y + y.y)), isFinite_(sum)));
}`,
  `fn mul2_(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let product = product2_(x.x, y.x);
  let rest = keep_(product.y + keep_(keep_(x.x * y.y) + keep_(x.y * y.x)));
  return quick2_(product.x, select(0.0f, rest, isFinite_(product.x)));
}`,
  // The error term of a very small quotient would be subnormal.
  `fn div2_(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  let first = keep_(x.x / keep_(y.x));
  if (abs(first) < 1e-27f || !isFinite_(first) || !isFinite_(y.x)) { return vec2(first, 0.0f); }
  let rest = add2_(x, -mul2_(y, vec2(first, 0.0f)));
  return quick2_(first, keep_(rest.x / keep_(y.x)));
}`,
  `fn sqrt2_(x: vec2<f32>) -> vec2<f32> {
  if (x.x == 0.0f || isNaN_(x.x)) { return x; }
  if (x.x < 0.0f) { return vec2(nan_(), 0.0f); }
  let first = keep_(sqrt(x.x));
  if (!isFinite_(first)) { return vec2(first, 0.0f); }
  let rest = add2_(x, -product2_(first, first));
  return quick2_(first, keep_(rest.x / keep_(first + first)));
}`,
  // The multiplication by a power of two, whose exponent may be out of the range of float32.
  `fn scale2_(x: vec2<f32>, n: vec2<f32>) -> vec2<f32> {
  let half = floor(n.x * 0.5f); let y = x * pow2_(half);
  return vec2(keep_(y.x), keep_(y.y)) * pow2_(n.x - half);
}`,
  // The sign of zero is lost.
  `fn nearest2_(x: vec2<f32>) -> vec2<f32> {
  let near = select(round(x.x), 0.0f, abs(x.x) <= 0.5f);
  return quick2_(near, round(keep_(keep_(x.x - near) + x.y)));
}`,
  `fn less2_(x: vec2<f32>, y: vec2<f32>) -> bool {
  return (x.x < y.x || (x.x == y.x && x.y < y.y)) && ordered_(x.x, y.x);
}`,
  `fn same2_(x: vec2<f32>, y: vec2<f32>) -> bool {
  return x.x == y.x && x.y == y.y && ordered_(x.x, y.x);
}`,
  `fn abs2_(x: vec2<f32>) -> vec2<f32> { return select(x, -x, bitcast<i32>(x.x) < 0); }`,
  `fn withSign2_(x: vec2<f32>, y: vec2<f32>) -> vec2<f32> {
  return select(x, -x, ((bitcast<u32>(x.x) ^ bitcast<u32>(y.x)) >> 31u) == 1u);
}`,
  // Payne and Hanek, see \`elementary/reduceArgument.ts\`: here of the 96 bits of 2/π that meet a float32. Returns the
  // quadrant and a pair.
  `fn reduceAngle_(x: f32) -> vec3<f32> {
  if (!isFinite_(x)) { return vec3(0.0f, nan_(), 0.0f); }
  var table = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
  let start = ((${BITS} >> 23u) & 255u) - 120u; let word = start >> 5u; let shift = start & 31u;
  let m = (${BITS} & 0x7fffffu) | 0x800000u;
  var w: array<u32, 3>;
  for (var k = 0u; k < 3u; k++) { w[k] = (table[word + k] << shift) | ((table[word + k + 1u] >> 1u) >> (31u - shift)); }
  let c = m * w[2]; let low = m * w[1]; let b = low + upper_(m, w[2]);
  let a = m * w[0] + upper_(m, w[1]) + select(0u, 1u, b < low);
  var f0 = (a << 2u) | (b >> 30u); var f1 = (b << 2u) | (c >> 30u); var f2 = c << 2u;
  let behind = f0 >> 31u;
  if (behind == 1u) {
    f2 = ~f2 + 1u; f1 = ~f1 + select(0u, 1u, f2 == 0u); f0 = ~f0 + select(0u, 1u, f2 == 0u && f1 == 0u);
  }
  var unit = 1.0f;
  if (f0 == 0u) { f0 = f1; f1 = f2; f2 = 0u; unit = 2.3283064365386963e-10f; }
  let zeros = countLeadingZeros(f0 | 1u);
  let g0 = (f0 << zeros) | ((f1 >> 1u) >> (31u - zeros)); let g1 = (f1 << zeros) | ((f2 >> 1u) >> (31u - zeros));
  let size = vec2(f32(g0 >> 8u) * 5.9604644775390625e-8f, f32(((g0 & 255u) << 16u) | (g1 >> 16u)) * 3.552713678800501e-15f);
  let angle = mul2_(quick2_(size.x, size.y), vec2(1.5707963705062866f, -4.371138828673793e-8f));
  let turn = select(1.0f, -1.0f, x < 0.0f);
  let scale = unit * pow2_(-f32(zeros)) * turn * select(1.0f, -1.0f, behind == 1u);
  return vec3(turn * f32((((a >> 29u) + 1u) >> 1u) & 3u), angle * scale);
}`,
  `fn upper_(x: u32, y: u32) -> u32 {
  let a = x >> 16u; let b = x & 65535u; let c = y >> 16u; let d = y & 65535u;
  let t = a * d + ((b * d) >> 16u); let u = b * c + (t & 65535u);
  return a * c + (t >> 16u) + (u >> 16u);
}`,
];

/** The functions that shaders call: a shader contains only those that it calls. */
const FUNCTIONS: readonly string[] = [
  ...ELEMENTARY.map((text) =>
    text.replace(/pair_<(.*?)>/g, (_all, number) => {
      const [high, low] = [Number(number), number - Math.fround(number)];
      return `vec2(${literal(high, "number")}, ${literal(low, "number")})`;
    }),
  ),
  // Rounds a value by an exclusive-or that compilers cannot fold.
  `fn keep_(x: f32) -> f32 { return bitcast<f32>(${BITS} ^ ${ZERO}); }`,
  `fn nan_() -> f32 { return bitcast<f32>(0x7fc00000u ^ ${ZERO}); }`,
  `fn infinity_() -> f32 { return bitcast<f32>(0x7f800000u ^ ${ZERO}); }`,
  `fn isNaN_(x: f32) -> bool { return (${BITS} & 0x7fffffffu) > 0x7f800000u; }`,
  `fn ordered_(x: f32, y: f32) -> bool { return !(isNaN_(x) || isNaN_(y)); }`,
  `fn zeroOf_(x: f32) -> f32 { return select(0.0f, nan_(), (${BITS} & 0x7f800000u) == 0x7f800000u); }`,
  `fn divide_(x: f32, y: f32) -> f32 { return round_(x / keep_(y)); }`,
  `fn sign_(x: f32) -> f32 { return select(select(x, 1.0f, x > 0.0f), -1.0f, x < 0.0f); }`,
  `fn maximum_(x: f32, y: f32) -> f32 {
  if (isNaN_(x)) { return x; }
  if (isNaN_(y)) { return y; }
  if (x == y) { return bitcast<f32>(${BITS} & bitcast<u32>(y)); }
  return select(y, x, x > y);
}`,
  `fn minimum_(x: f32, y: f32) -> f32 {
  if (isNaN_(x)) { return x; }
  if (isNaN_(y)) { return y; }
  if (x == y) { return bitcast<f32>(${BITS} | bitcast<u32>(y)); }
  return select(y, x, x < y);
}`,
  `fn toInt32_(x: f32) -> i32 {
  if (isNaN_(x)) { return 0; }
  if (x >= 2147483648.0f) { return 2147483647i; }
  if (x <= -2147483648.0f) { return -2147483647i - 1i; }
  return i32(x);
}`,
  `fn remainder_(x: i32, y: i32) -> i32 {
  if (y == 0 || y == -1) { return 0; }
  return x % y;
}`,
  // Words in the order of numbers: zeros are equal, and so are NaN, the greatest.
  `fn orderOf_(x: u32) -> u32 {
  let size = x & 0x7fffffffu;
  if (size > 0x7f800000u) { return 0xffffffffu; }
  if (size == 0u) { return 0x80000000u; }
  return select(x | 0x80000000u, ~x, x >= 0x80000000u);
}`,
  // The bits of the quotient, eight at a time, for an exponent of at most 127.
  `fn fmod_(x: f32, y: f32) -> f32 {
  let a = ${BITS} & 0x7fffffffu; let b = bitcast<u32>(y) & 0x7fffffffu;
  if (a >= 0x7f800000u || b > 0x7f800000u || b == 0u) { return nan_(); }
  if (a < b) { return x; }
  let divisor = (b & 0x7fffffu) | select(0u, 0x800000u, b >= 0x800000u);
  var e = max(b >> 23u, 1u); var more = max(a >> 23u, 1u) - e;
  var rest = ((a & 0x7fffffu) | select(0u, 0x800000u, a >= 0x800000u)) % divisor;
  while (more > 0u) { let next = min(more, 8u); rest = (rest << next) % divisor; more -= next; }
  if (rest == 0u) { return bitcast<f32>(${BITS} & 0x80000000u); }
  let shift = min(countLeadingZeros(rest) - 8u, e - 1u);
  return bitcast<f32>((${BITS} & 0x80000000u) | (((e - shift - 1u) << 23u) + (rest << shift)));
}`,
  // The angle does not depend on the scale, which keeps sums finite and quotients normal.
  `fn angle_(y: f32, x: f32) -> f32 {
  let scale = pow2_(clamp(-exponent_(max(abs(y), abs(x)), 0i), -126.0f, 126.0f));
  return atan2_(keep_(y * scale), keep_(x * scale));
}`,
  ...PAIRS,
  // The functions that the descriptions of elementary functions call.
  `fn least_(x: f32, y: f32) -> f32 { return select(x, y, y < x || isNaN_(y)); }`,
  `fn greatest_(x: f32, y: f32) -> f32 { return select(x, y, x < y || isNaN_(y)); }`,
  `fn pow2_(n: f32) -> f32 { return bitcast<f32>((i32(n) + 127i) << 23u); }`,
  `fn exponent_(x: f32, offset: i32) -> f32 { return f32(((bitcast<i32>(x) + offset) >> 23u) - 127i); }`,
  `fn withSign_(size: f32, x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(size) | (${BITS} & 0x80000000u)); }`,
];

/**
 * Returns the text of a dispatch of shaders, none of which needs what another one writes: all are of elements, or the same
 * one. The workgroups of one follow those of another, and so do their slots.
 *
 * @param slots of all of them.
 * @param exact whether sums and products pass through `keep_`, too, so that none is contracted or reordered.
 */
export function codeOf(shaders: readonly Shader[], slots: number, exact: boolean): string {
  const [{ threads, lines, globals, isPredicated, count, groups }] = shaders as [Shader];
  const [depth, several] = [groups[2], shaders.length > 1];
  const body = `let w = ${several ? `vec3(grid.xy, grid.z % ${depth}u); let slot = grid.z / ${depth}u * ${SLOT_VECTORS}u` : "grid"};
${lines}`;
  // A dispatch without such a word tests the word of errors twice.
  const skips = `m[0] | m[${slotWord(SLOT.skip)}]`;
  const guard = isPredicated
    ? `let skipped = (${skips}) != 0u;`
    : globals === undefined
      ? `if ((${skips}) != 0u) { return; }`
      : unless(skips, "return;");
  const memory = `${globals === undefined || isPredicated ? "" : "var<workgroup> skipped: u32;\n"}${globals ?? ""}`;
  const code = `${memory}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) grid: vec3<u32>, @builtin(local_invocation_index) t: u32) {
${guard}
${count === undefined ? body : elementLines(shaders)}
}`;
  const functions = new Map(
    [
      ...FUNCTIONS,
      `fn round_(x: f32) -> f32 { return ${exact ? `keep_(x)` : "x"}; }`,
      ...[2, 4].map(
        (n) =>
          `fn round${n}_(x: vec${n}<f32>) -> vec${n}<f32> { return ${exact ? `bitcast<vec${n}<f32>>(bitcast<vec${n}<u32>>(x) ^ vec${n}(${ZERO}))` : "x"}; }`,
      ),
    ].map((body) => [/\w+_/.exec(body)?.[0], body]),
  );
  const found = new Map<string, string>();
  const visit = (text: string) => {
    for (const [, name = ""] of text.matchAll(/\b(\w+_)\(/g)) {
      const body = functions.get(name);
      if (body === undefined || found.has(name)) continue;
      found.set(name, body);
      visit(body);
    }
  };
  visit(code);
  return `@group(0) @binding(0) var<uniform> p: array<vec4<u32>, ${slots * SLOT_VECTORS}>;
const slot = 0u;
${[...found.values()].join("\n")}
${code}`;
}

/**
 * Returns the text of a dispatch with memory, the array `m` of words: a buffer, or several, among which each access
 * selects.
 *
 * @param count the number of buffers.
 * @param words of a buffer, before those of the next one.
 */
export function withBuffers(code: string, count: number, words: number): string {
  const buffers = Array.from({ length: count }, (_, k) => (count === 1 ? "m" : `m${k}`));
  const declared = buffers.map(
    (name, k) => `@group(0) @binding(${k + 1}) var<storage, read_write> ${name}: array<u32>;`,
  );
  if (count === 1) return `${declared}\n${code}`;
  const chosen = (write: (name: string) => string) =>
    `let j = i % ${words}u; switch i / ${words}u { ${buffers.map((name, k) => `${k < count - 1 ? `case ${k}u` : "default"} { ${write(name)} }`).join(" ")} }`;
  return `${declared.join("\n")}
fn load_(i: u32) -> u32 { ${chosen((name) => `return ${name}[j];`)} }
fn store_(i: u32, x: u32) { ${chosen((name) => `${name}[j] = x;`)} }
${accessed(code)}`;
}

/** Returns a text in which functions load and store the words of memory. */
function accessed(code: string): string {
  const start = code.search(/\bm\[/);
  if (start < 0) return code;
  let end = start + 2;
  for (let depth = 1; depth > 0; end++)
    depth += Number(code[end] === "[") - Number(code[end] === "]");
  const index = accessed(code.slice(start + 2, end - 1));
  const [all = "", operator, value = ""] = /^\s*([-+]?)=(?!=)([^;]*);/.exec(code.slice(end)) ?? [];
  const before = operator ? `load_(${index}) ${operator} ` : "";
  const call = all === "" ? `load_(${index})` : `store_(${index}, ${before}${accessed(value)});`;
  return `${code.slice(0, start)}${call}${accessed(code.slice(end + all.length))}`;
}

/** Writes code that a workgroup runs if a word, read by its first thread, is not 0. */
export function unless(word: string, lines: string): string {
  return `if (t == 0u) { skipped = ${word}; }
if (workgroupUniformLoad(&skipped) != 0u) { ${lines} }`;
}

/**
 * Writes the lines of shaders that have a thread for each element. Successive shaders with equal lines share one copy
 * of them.
 */
function elementLines(shaders: readonly Shader[]): string {
  const lines = [`var rest = grid.y * ${gridOf(shaders)[0]}u + grid.x;`];
  for (let first = 0; first < shaders.length; ) {
    const shader = at(shaders, first);
    const next = shaders.findIndex((other, i) => i > first && other.lines !== shader.lines);
    const end = next < 0 ? shaders.length : next;
    const groups = groupsOf(shader);
    const all = (end - first) * groups;
    lines.push(`if (rest < ${all}u) {
let slot = (${first}u + rest / ${groups}u) * ${SLOT_VECTORS}u; let i = (rest % ${groups}u) * 64u + t;
${shader.lines}
return;
}
rest -= ${all}u;`);
    first = end;
  }
  return lines.join("\n");
}

/** Returns the argument of a slot at an index. */
export function argument(i: number): string {
  if (i % SLOT.words >= SLOT.most) throw new Error(`${i + 1} arguments of a dispatch`);
  return slotWord(i, "slot + ");
}

/** The most workgroups along an axis of a grid. */
export const MOST_GROUPS = 65535;

/** Returns the grid of workgroups in a row, of which there may be many. */
export function rowOf(count: number): [number, number, number] {
  return count > MOST_GROUPS ? [MOST_GROUPS, Math.ceil(count / MOST_GROUPS), 1] : [count, 1, 1];
}

/** Returns the grid of a dispatch of shaders. */
export function gridOf(shaders: readonly Shader[]): Shader["groups"] {
  const [
    {
      count,
      groups: [x, y, z],
    },
  ] = shaders as [Shader];
  return count === undefined
    ? [x, y, z * shaders.length]
    : rowOf(shaders.reduce((sum, shader) => sum + groupsOf(shader), 0));
}

/** Returns the number of workgroups of a shader of elements. */
function groupsOf({ count = 0 }: Shader): number {
  return Math.ceil(count / 64);
}

/** Returns the shader of a thread for each of `count` elements, which the lines have as `i`. */
export function shaderOfElements(count: number, lines: string): Shader {
  const body = `if (i < ${count}u) {\n${lines}\n}`;
  return { lines: body, groups: rowOf(Math.ceil(count / 64)), threads: 64, count };
}
