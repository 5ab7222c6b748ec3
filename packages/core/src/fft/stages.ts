/**
 * Fourier transforms on GPUs: the passes of `assembly/algorithms/fft`, with the same operations in the same order, as stages.
 * Complex numbers are `vec2`. `round2_` rounds two numbers in exact mode; no compiler sees which number `keep_` returns.
 */

import type { Stage, StageAccess, StagedKernel } from "../graph/kernel.ts";
import { HEADER, longerOf, type Pass, passesOf } from "./radices.ts";

/** A transform of the arrays [rows, n, columns] along n. */
export interface Fourier {
  readonly name: "dft" | "realDft" | "realDftAdjoint";
  readonly rows: number;
  /** The length of the signal. */
  readonly n: number;
  readonly columns: number;
  /** True if the sign of the exponent is positive. */
  readonly inverse?: boolean;
  /** True if numbers of the spectrum count twice, but the first one and that of n/2. */
  readonly doubled?: boolean;
}

type Buffer = 0 | 1;

/** Writes lines that declare the element k of the input of a chain of passes as `name`. */
type Source = (io: StageAccess, k: string, name: string) => string;
/** Writes lines that take the element k of its result. */
type Sink = (io: StageAccess, k: string, value: string) => string;

const R = (text: string) => `round2_(${text})`;
const product = (x: string, w: string) =>
  R(`${R(`${x}.x * ${w}`)} + ${R(`${x}.y * vec2(-${w}.y, ${w}.x)`)}`);
/** Writes −i x. */
const turned = (x: string) => `vec2(${x}.y, -${x}.x)`;
const float = (index: string) => `bitcast<f32>(m[${index}])`;
const stored = (index: string, value: string) => `m[${index}] = bitcast<u32>(${value});`;
const number = (x: number) => `${Math.fround(x)}f`;
/** A zero that compilers do not see. */
const NOTHING = `keep_(${number(0)})`;

/** Writes 0 − x. */
const negative = (x: string) => `round_(${NOTHING} - ${x})`;

/** The lines of butterflies of x0, x1 …, which they turn into y0, y1 …, by radix. */
const BUTTERFLIES: Readonly<Record<number, string>> = {
  1: "let y0 = x0;",
  2: `let y0 = ${R("x0 + x1")}; let y1 = ${R("x0 - x1")};`,
  3: `let b = ${R("x1 + x2")}; let c = ${R(`${R("x1 - x2")} * ${number(Math.sqrt(3) / 2)}`)};
let h = ${R(`x0 - ${R("b * 0.5f")}`)}; let d = ${turned("c")};
let y0 = ${R("x0 + b")}; let y1 = ${R("h + d")}; let y2 = ${R("h - d")};`,
  4: `let a = ${R("x0 + x2")}; let b = ${R("x0 - x2")}; let c = ${R("x1 + x3")}; let h = ${R("x1 - x3")}; let d = ${turned("h")};
let y0 = ${R("a + c")}; let y1 = ${R("b + d")}; let y2 = ${R("a - c")}; let y3 = ${R("b - d")};`,
  5: five(),
};

function five(): string {
  // The cosine and sine of 2π/5, then of 4π/5.
  const [c1, s1, c2, s2] = [
    0.30901699437494745, 0.9510565162951535, -0.8090169943749475, 0.5877852522924731,
  ].map(number);
  const sum = (x: string, a: string | undefined, y: string, b: string | undefined, sign = "+") =>
    R(`${R(`${x} * ${a}`)} ${sign} ${R(`${y} * ${b}`)}`);
  return `let a = ${R("x1 + x4")}; let b = ${R("x1 - x4")}; let c = ${R("x2 + x3")}; let d = ${R("x2 - x3")};
let f = ${R(`x0 + ${sum("a", c1, "c", c2)}`)}; let g = ${R(`x0 + ${sum("a", c2, "c", c1)}`)};
let h = ${sum("b", s1, "d", s2)}; let j = ${sum("b", s2, "d", s1, "-")};
let u = ${turned("h")}; let v = ${turned("j")};
let y0 = ${R(`x0 + ${R("a + c")}`)}; let y1 = ${R("f + u")}; let y4 = ${R("f - u")}; let y2 = ${R("g + v")}; let y3 = ${R("g - v")};`;
}

/** A pass that copies the only element. */
const COPY: Pass = { radix: 1, m: 1, s: 1, twiddles: 0, roots: 0 };

/** The tables of a transform: numbers of the header, and floats. */
class Tables {
  readonly #start: string;

  constructor(start: string) {
    this.#start = start;
  }

  header(i: number): string {
    return `m[${this.#start} + ${i}u]`;
  }

  /** Writes the complex number of a table of all real parts, then all imaginary ones, which begins at a float. */
  root(first: string, count: number, k: string): string {
    const start = `${this.#start} + ${HEADER}u + ${first} + ${k}`;
    return `vec2(${float(start)}, ${float(`${start} + ${count}u`)})`;
  }

  /** Writes the k-th complex number of a table of pairs. */
  pair(first: number, k: string): string {
    const start = `${this.#start} + ${HEADER + first}u + 2u * ${k}`;
    return `vec2(${float(start)}, ${float(`${start} + 1u`)})`;
  }
}

/** Returns the stages of the passes of a length. @param first the buffer to which the first one writes. */
function chain(
  tables: Tables,
  length: number,
  source: Source,
  sink: Sink,
  first: Buffer = 0,
): Stage[] {
  const passes = length === 1 ? [COPY] : passesOf(length);
  return passes.map((pass, i) => {
    const { radix, m, s, twiddles } = pass;
    const [from, to] = [(first + i + 1) % 2, (first + i) % 2] as [Buffer, Buffer];
    const lines = (io: StageAccess) => {
      const load = (k: string, name: string) =>
        i === 0 ? source(io, k, name) : `let ${name} = ${io.load(from, k)};`;
      const element = (j: string) => `q + ${s}u * (block + ${m}u * ${j})`;
      const twiddle = (k: string) =>
        tables.root(`${twiddles}u + 2u * (${k} - 1u) * ${m}u`, m, "block");
      const save = (k: string, value: string, isFirst: boolean) => {
        const result = m === 1 || isFirst ? value : product(value, twiddle(k));
        const index = `q + ${s}u * (${radix}u * block + ${k})`;
        return i === passes.length - 1 ? sink(io, index, result) : io.store(to, index, result);
      };
      const head = `let q = e % ${s}u; let block = e / ${s}u;`;
      const butterfly = BUTTERFLIES[radix];
      if (butterfly === undefined) return `${head}\n${odd(tables, pass, load, element, save)}`;
      const all = Array.from({ length: radix }, (_, j) => j);
      return `${head}
${all.map((j) => load(element(`${j}u`), `x${j}`)).join("\n")}
${butterfly}
${all.map((k) => `{ ${save(`${k}u`, `y${k}`, k === 0)} }`).join("\n")}`;
    };
    return { count: length / radix, lines };
  });
}

/** Writes a butterfly of any odd radix: results k and r − k have the same sums of x_j ± x_(r−j). */
function odd(
  tables: Tables,
  { radix, roots }: Pass,
  load: (k: string, name: string) => string,
  element: (j: string) => string,
  save: (k: string, value: string, isFirst: boolean) => string,
): string {
  return `${load(element("0u"), "first")}
var sum = first;
for (var j = 1u; j < ${radix}u; j++) { ${load(element("j"), "x")} sum = ${R("sum + x")}; }
{ ${save("0u", "sum", true)} }
for (var k = 1u; 2u * k < ${radix}u; k++) {
var even = first; var rest = vec2(0.0f, 0.0f); var i = k;
for (var j = 1u; 2u * j < ${radix}u; j++) {
let root = ${tables.pair(roots, "i")};
${load(element("j"), "x")}
${load(element(`(${radix}u - j)`), "z")}
even = ${R(`even + ${R(`${R("x + z")} * root.x`)}`)};
rest = ${R(`rest + ${R(`${R("x - z")} * root.y`)}`)};
i = (i + k) % ${radix}u;
}
let turn = ${turned("rest")}; let u = ${R("even + turn")}; let v = ${R("even - turn")};
{ ${save("k", "u", false)} }
{ ${save(`(${radix}u - k)`, "v", false)} }
}`;
}

/** Returns the stages of a transform of a length: its passes, or two longer chains of them (Bluestein). */
function stagesOf(tables: Tables, n: number, source: Source, sink: Sink): Stage[] {
  const longer = longerOf(n, "float32");
  if (longer === 0) return chain(tables, n, source, sink);
  const first = tables.header(1);
  const chirp = (k: string) => tables.root(first, n, `(${k})`);
  const filter = (k: string) => tables.root(`${first} + ${2 * n}u`, longer, `(${k})`);
  const between = ((passesOf(longer).length + 1) % 2) as Buffer;
  return [
    ...chain(
      tables,
      longer,
      (io, k, name) => `var ${name} = vec2(0.0f, 0.0f);
if (${k} < ${n}u) { ${source(io, k, "element")} let w = ${chirp(k)}; ${name} = ${product("element", "w")}; }`,
      (io, k, value) =>
        `let v = ${value}; let w = ${filter(k)}; ${io.store(between, k, product("v", "w"))}`,
    ),
    // Exchanged parts make it the inverse transform.
    ...chain(
      tables,
      longer,
      (io, k, name) => `let ${name} = ${io.load(between, k)}.yx;`,
      (io, k, value) =>
        `if (${k} < ${n}u) { let v = (${value}).yx; let w = ${chirp(k)}; ${sink(io, k, product("v", "w"))} }`,
      (1 - between) as Buffer,
    ),
  ];
}

/** Returns the stages of a transform. Arguments: the parts of the input, tables, the parts of the result. */
function allStages(
  { name, n, inverse = false, doubled = false }: Fourier,
  start: (argument: number) => string,
): Stage[] {
  const half = Math.floor(n / 2) + 1;
  const isEven = n % 2 === 0;
  const m = n / 2;
  /** Writes an element of a spectrum times 2 if it is doubled. */
  const weighted = (value: string, k: string, factor: number) =>
    factor === 1
      ? value
      : `(${value}) * select(${number(factor)}, 1.0f, ${k} == 0u${isEven ? ` || ${k} == ${m}u` : ""})`;
  if (name === "dft") {
    const [re, im] = inverse ? [1, 0] : [0, 1];
    return stagesOf(
      new Tables(start(2)),
      n,
      (io, k, x) =>
        `let ${x} = vec2(${float(io.address(re, n, k))}, ${float(io.address(im, n, k))});`,
      (io, k, value) => `let y = ${value};
${stored(io.address(3 + re, n, k), "y.x")} ${stored(io.address(3 + im, n, k), "y.y")}`,
    );
  }
  if (name === "realDft") {
    const tables = new Tables(start(1));
    const result = (io: StageAccess, k: string, value: string) =>
      `let z = ${weighted(value, k, doubled ? 2 : 1)};
${stored(io.address(2, half, k), "z.x")} ${stored(io.address(3, half, k), "z.y")}`;
    if (!isEven) {
      return stagesOf(
        tables,
        n,
        (io, k, x) => `let ${x} = vec2(${float(io.address(0, n, k))}, ${NOTHING});`,
        // The imaginary part of the sum of real numbers is 0, without a sign.
        (io, k, value) =>
          `if (${k} < ${half}u) { var y = ${value}; if (${k} == 0u) { y.y = 0.0f; } ${result(io, k, "y")} }`,
      );
    }
    const stages = stagesOf(
      tables,
      m,
      (io, k, x) =>
        `let ${x} = vec2(${float(io.address(0, n, `2u * (${k})`))}, ${float(io.address(0, n, `2u * (${k}) + 1u`))});`,
      (io, k, value) => io.store(last, k, value),
    );
    const last = ((stages.length + 1) % 2) as Buffer;
    const lines = (io: StageAccess) => `let l = ${m}u - e; let k = min(e, l);
let a = ${io.load(last, "k")}; var y = vec2(a.x, ${negative("a.y")});
if (k == 0u) {
y = vec2(select(a.x - a.y, a.x + a.y, e == 0u), 0.0f);
} else if (e != l) {
let b = ${io.load(last, `${m}u - k`)}; let c = vec2(b.x, -b.y); let w = ${tables.root(tables.header(2), Math.floor(m / 2) + 1, "k")};
let s = ${R("a + c")} * 0.5f; let d = ${R("a - c")} * 0.5f;
let h = vec2(d.y, ${negative("d.x")}); let t = ${product("h", "w")};
let u = ${R("s + t")}; let v = ${R("vec2(s.x, t.y) - vec2(t.x, s.y)")};
y = select(u, v, e > l);
}
${result(io, "e", "y")}`;
    return [...stages, { count: half, lines }];
  }
  const tables = new Tables(start(2));
  const spectrum = (io: StageAccess, k: string, x: string, factor: number) =>
    `let ${x} = ${weighted(`vec2(${float(io.address(0, half, k))}, ${float(io.address(1, half, k))})`, k, factor)};`;
  if (!isEven) {
    return stagesOf(
      tables,
      n,
      (io, k, name) => `var ${name} = vec2(0.0f, 0.0f);
if (${k} < ${half}u) { ${spectrum(io, `(${k})`, "bin", doubled ? 2 : 1)} ${name} = bin.yx; if (${k} == 0u) { ${name}.x = 0.0f; } }`,
      (io, k, value) => stored(io.address(3, n, k), `(${value}).y`),
    );
  }
  const whole = (io: StageAccess, k: string, x: string) => spectrum(io, k, x, doubled ? 1 : 0.5);
  return stagesOf(
    tables,
    m,
    (io, k, x) => `var ${x} = vec2(0.0f, 0.0f);
{ let e = ${k}; let l = ${m}u - e; let k = min(e, l);
${whole(io, "k", "a")}
${whole(io, `(${m}u - k)`, "b")}
let c = vec2(b.x, -b.y); let s = ${R("a + c")}; let d = ${R("a - c")};
if (k == 0u) { ${x} = vec2(${R("a.x + vec2(b.x, -b.x)")}); }
else if (e == l) { ${x} = vec2(2.0f, -2.0f) * a; }
else {
let w = ${tables.root(tables.header(2), Math.floor(m / 2) + 1, "k")};
let t = ${R(`${R("d.x * vec2(w.x, -w.y)")} + ${R("d.y * vec2(w.y, w.x)")}`)}; let r = vec2(-t.y, t.x);
let u = ${R("s + r")}; let v = ${R("vec2(s.x, r.y) - vec2(r.x, s.y)")};
${x} = select(u, v, e > l);
}
${x} = ${x}.yx; }`,
    (io, k, value) => `let y = ${value};
${stored(io.address(3, n, `2u * (${k})`), "y.y")} ${stored(io.address(3, n, `2u * (${k}) + 1u`), "y.x")}`,
  );
}

/** Returns the length of the complex transform that computes a transform; for Bluestein's, the longer length. */
function lengthOf({ name, n }: Fourier): number {
  const length = name !== "dft" && n % 2 === 0 ? n / 2 : n;
  return Math.max(length, longerOf(length, "float32"));
}

/** Returns the stages of transforms. */
export function fourierStages(form: Fourier): StagedKernel {
  const { rows, columns } = form;
  return { rows, columns, size: lengthOf(form), stages: (start) => allStages(form, start) };
}
