/**
 * Shaders as text: a row for each op of loops, the functions that they call, and the frame around them.
 *
 * Memory is one array of words, `m`. A dispatch has a slot of words, `p`: its arguments, which are addresses in words and
 * numbers, and a zero that compilers do not know. The first words of memory tell of an error, see `memory.ts`; behind one no
 * shader does anything.
 */

import type { Kind, LoopOp } from "../program/loop/loopOps.ts";
import { ELEMENTARY } from "./elementary.ts";

/** A dispatch without its arguments. */
export interface Shader {
  readonly code: string;
  readonly groups: readonly [number, number, number];
}

/** The words of a slot, how many of them are arguments, and the place of the zero. */
export const SLOT = { words: 64, most: 60, zero: 63 } as const;

/** The zero that compilers do not know. */
export const ZERO = `p[${SLOT.zero >> 2}].${"xyzw"[SLOT.zero & 3]}`;

/** The types of values. */
export const TYPES = { number: "f32", integer: "i32", truth: "bool" } as const satisfies Record<
  Kind,
  string
>;

/** Returns a number as a value of a kind. */
export function literal(x: number, kind: Kind): string {
  if (kind === "truth") return x === 0 ? "false" : "true";
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
  if (from === "truth") return `select(${literal(0, to)}, ${literal(1, to)}, ${text})`;
  if (to === "truth") return `(${text} != ${literal(0, from)})`;
  return to === "number" ? `f32(${text})` : `toInt32_(${text})`;
}

/** Writes an op of operands of a kind. */
type Row = (kind: Kind, ...operands: string[]) => string;

/** x − x is NaN of an infinity, and so is ∞ · 0: compilers take both for 0 where they see them. */
const isZero = (text: string) => /^\(-?0(\.0)?f\)$/.test(text);
const hidden = (text: string) => (isZero(text) ? `keep_(${text})` : text);

const arithmetic =
  (operator: string): Row =>
  (kind, a, b) =>
    kind === "number"
      ? `round_(${hidden(a as string)} ${operator} ${hidden(b as string)})`
      : `(${a} ${operator} ${b})`;
/** Some drivers take no NaN into account: that there is none is seen by bits. */
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
 * The text of each op of loops; a string is the reason why one is refused. Names that end in _ are functions of
 * FUNCTIONS.
 */
export const ROWS: Readonly<Record<LoopOp, Row | string>> = {
  add: arithmetic("+"),
  sub: byKind(
    (kind, a, b) => (a === b ? `zeroOf_(${a})` : arithmetic("-")(kind, a as string, b as string)),
    infix("-"),
  ),
  mul: arithmetic("*"),
  div: call("divide_"),
  maximum: byKind(call("maximum_"), call("max")),
  minimum: byKind(call("minimum_"), call("min")),
  pow: inFloat64("powers"),
  atan2: inFloat64("angles"),
  asin: inFloat64("angles"),
  sin: inFloat64("sines"),
  cos: inFloat64("cosines"),
  neg: (_kind, a) => `(-${a})`,
  abs: call("abs"),
  sqrt: call("sqrt"),
  sign: byKind(call("sign_"), call("sign")),
  floor: ofNumbers("floor"),
  ceil: ofNumbers("ceil"),
  round: ofNumbers("round"),
  trunc: ofNumbers("trunc"),
  fmod: call("remainder_"),
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
  toTruth: same,
};

/** Why rows of numbers are refused where those of integers are not. */
export const OF_INTEGERS: Readonly<Record<string, string>> = { fmod: inFloat64("remainders") };

function inFloat64(what: string): string {
  return `${what} are computed in float64, which WebGPU does not have`;
}

const BITS = "bitcast<u32>(x)";

/** The functions that shaders call: each is in those alone that call it. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  ...ELEMENTARY,
  // A value that passes through here is rounded, and no compiler sees which it is.
  keep_: `fn keep_(x: f32) -> f32 { return bitcast<f32>(${BITS} ^ ${ZERO}); }`,
  nan_: `fn nan_() -> f32 { return bitcast<f32>(0x7fc00000u ^ ${ZERO}); }`,
  infinity_: `fn infinity_() -> f32 { return bitcast<f32>(0x7f800000u ^ ${ZERO}); }`,
  isNaN_: `fn isNaN_(x: f32) -> bool { return (${BITS} & 0x7fffffffu) > 0x7f800000u; }`,
  ordered_: "fn ordered_(x: f32, y: f32) -> bool { return !(isNaN_(x) || isNaN_(y)); }",
  zeroOf_: `fn zeroOf_(x: f32) -> f32 { return select(0.0f, nan_(), (${BITS} & 0x7f800000u) == 0x7f800000u); }`,
  divide_: "fn divide_(x: f32, y: f32) -> f32 { return round_(x / keep_(y)); }",
  sign_: `fn sign_(x: f32) -> f32 { return select(select(x, 1.0f, x > 0.0f), -1.0f, x < 0.0f); }`,
  maximum_: `fn maximum_(x: f32, y: f32) -> f32 {
  if (isNaN_(x)) { return x; }
  if (isNaN_(y)) { return y; }
  if (x == y) { return bitcast<f32>(${BITS} & bitcast<u32>(y)); }
  return select(y, x, x > y);
}`,
  minimum_: `fn minimum_(x: f32, y: f32) -> f32 {
  if (isNaN_(x)) { return x; }
  if (isNaN_(y)) { return y; }
  if (x == y) { return bitcast<f32>(${BITS} | bitcast<u32>(y)); }
  return select(y, x, x < y);
}`,
  toInt32_: `fn toInt32_(x: f32) -> i32 {
  if (isNaN_(x)) { return 0; }
  if (x >= 2147483648.0f) { return 2147483647i; }
  if (x <= -2147483648.0f) { return -2147483647i - 1i; }
  return i32(x);
}`,
  remainder_: `fn remainder_(x: i32, y: i32) -> i32 {
  if (y == 0 || y == -1) { return 0; }
  return x % y;
}`,
  // Of the descriptions of elementary functions.
  least_: "fn least_(x: f32, y: f32) -> f32 { return select(x, y, y < x || isNaN_(y)); }",
  greatest_: "fn greatest_(x: f32, y: f32) -> f32 { return select(x, y, x < y || isNaN_(y)); }",
  pow2_: "fn pow2_(n: f32) -> f32 { return bitcast<f32>((i32(n) + 127i) << 23u); }",
  exponent_:
    "fn exponent_(x: f32, offset: i32) -> f32 { return f32(((bitcast<i32>(x) + offset) >> 23u) - 127i); }",
  withSign_: `fn withSign_(size: f32, x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(size) | (${BITS} & 0x80000000u)); }`,
};

const HEAD = `@group(0) @binding(0) var<storage, read_write> m: array<u32>;
@group(0) @binding(1) var<uniform> p: array<vec4<u32>, ${SLOT.words / 4}>;
`;

/**
 * Returns a whole shader. Its lines have the workgroup as `w` and the thread as `t`.
 *
 * @param exact whether sums and products pass through `keep_`, too, so that none is contracted or reordered.
 * @param globals memory of workgroups; the lines then wait for each other.
 */
export function shader(lines: string, threads: number, exact: boolean, globals = ""): string {
  const guard =
    globals === ""
      ? "if (m[0] != 0u) { return; }"
      : "if (t == 0u) { refused = m[0]; } if (workgroupUniformLoad(&refused) != 0u) { return; }";
  const code = `${globals === "" ? "" : `var<workgroup> refused: u32;\n${globals}\n`}@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) w: vec3<u32>, @builtin(local_invocation_index) t: u32) {
${guard}
${lines}
}`;
  const functions: Readonly<Record<string, string>> = {
    ...FUNCTIONS,
    round_: `fn round_(x: f32) -> f32 { return ${exact ? "keep_(x)" : "x"}; }`,
  };
  const found = new Map<string, string>();
  const visit = (text: string) => {
    for (const [, name = ""] of text.matchAll(/\b(\w+_)\(/g)) {
      const body = functions[name];
      if (body === undefined || found.has(name)) continue;
      found.set(name, body);
      visit(body);
    }
  };
  visit(code);
  return `${HEAD}${[...found.values()].join("\n")}\n${code}`;
}

/** Returns the argument of a slot at a place. */
export function argument(i: number): string {
  if (i >= SLOT.most) throw new Error(`${i + 1} arguments of a dispatch`);
  return `p[${i >> 2}].${"xyzw"[i & 3]}`;
}

/** The most workgroups along an axis of a grid. */
export const MOST_GROUPS = 65535;

/** Returns the grid of so many workgroups. */
export function gridOf(count: number): [number, number, number] {
  return count > MOST_GROUPS ? [MOST_GROUPS, Math.ceil(count / MOST_GROUPS), 1] : [count, 1, 1];
}

/** Returns the dispatch of a thread for each of so many elements, which the lines have as `i`. */
export function shaderOfElements(count: number, lines: string, exact: boolean): Shader {
  const groups = gridOf(Math.ceil(count / 64));
  const head = `let i = (w.y * ${groups[0]}u + w.x) * 64u + t; if (i >= ${count}u) { return; }`;
  return { groups, code: shader(`${head}\n${lines}`, 64, exact) };
}
