/**
 * Tables of Fourier transforms: the radices of a length and the roots of unity that the passes multiply by, in the layout that
 * `packages/wasm-kernel/assembly/algorithms/fft/transforms.ts` reads.
 */

import { computeIn } from "../algorithms/arithmetic.ts";
import { dft, dftScratch } from "../generated/algorithms/fft/transforms.ts";
import { cos_f64, sin_f64 } from "../generated/elementary/elementary.ts";
import { BYTES, type FloatDType } from "../tensor/dtype.ts";
import { numberAt } from "../tensor/shape.ts";
import { stored, type Tensor } from "../tensor/tensor.ts";
import { HEADER, longerOf, passesOf } from "./radices.ts";

/** An eighth of a turn, and its rounding error. */
const EIGHTH = Math.PI / 4;
const LOST = 3.061616997868383e-17;

/** Returns a number in two parts, of which products with those of others are exact. */
function halvesOf(x: number): readonly [number, number] {
  const upper = Math.fround(x);
  return [upper, x - upper];
}

const [UPPER, LOWER] = halvesOf(EIGHTH);

/** Returns cos and sin of π/4 · part/whole, from the nearest angle and its rounding error (Dekker, 1971). */
function inEighth(part: number, whole: number): readonly [cos: number, sin: number] {
  const quotient = part / whole;
  const [upper, lower] = halvesOf(quotient);
  const angle = EIGHTH * quotient;
  const ofProduct = UPPER * upper - angle + UPPER * lower + LOWER * upper + LOWER * lower;
  const ofQuotient = (part - upper * whole - lower * whole) / whole;
  const rest = ofProduct + LOST * quotient + EIGHTH * ofQuotient;
  const [c, s] = [cos_f64(angle), sin_f64(angle)];
  return [c - s * rest, s + c * rest];
}

/** Returns cos and sin of 2π i/n: the angle is reduced to an eighth of a turn in integers, so each is right to an ulp. */
export function rootOfUnity(i: number, n: number): readonly [cos: number, sin: number] {
  const eighths = 8 * (i % n);
  const eighth = Math.floor(eighths / n);
  const rest = eighth % 2 === 0 ? eighths - eighth * n : (eighth + 1) * n - eighths;
  // Rounded, the sine and cosine of an eighth would differ.
  const [c, s] = rest === n ? [Math.SQRT1_2, Math.SQRT1_2] : inEighth(rest, n);
  switch (eighth) {
    case 0:
      return [c, s];
    case 1:
      return [s, c];
    case 2:
      return [-s, c];
    case 3:
      return [-c, s];
    case 4:
      return [-c, -s];
    case 5:
      return [-s, -c];
    case 6:
      return [s, -c];
    default:
      return [c, -s];
  }
}

/** The floats of tables, and where they begin: numbers of the header by their position. */
interface Layout {
  readonly header: Int32Array;
  readonly floats: number[];
}

/** Adds roots of unity: real parts, then imaginary ones, of e^(−2πi index/n) for `count` indices. */
function addRoots(
  floats: number[],
  count: number,
  n: number,
  indexOf: (k: number) => number,
): void {
  const sines = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const [c, s] = rootOfUnity(indexOf(k), n);
    floats.push(c);
    sines[k] = -s;
  }
  for (const s of sines) floats.push(s);
}

/** Adds the passes of a length. */
function addPasses({ header, floats }: Layout, n: number): void {
  const passes = passesOf(n);
  header[3] = passes.length;
  for (const { radix, m } of passes) {
    for (let k = 1; k < radix && m > 1; k++) addRoots(floats, m, radix * m, (p) => p * k);
  }
  passes.forEach(({ radix, roots }, i) => {
    header[4 + 2 * i] = radix;
    if (radix <= 5) return;
    header[5 + 2 * i] = roots;
    for (let k = 0; k < radix; k++) floats.push(...rootOfUnity(k, radix));
  });
}

/** Adds the chirp of Bluestein's transforms, and the transform of its conjugate divided by their length. */
function addChirp({ header, floats }: Layout, n: number, longer: number): void {
  const first = floats.length;
  header[0] = longer;
  header[1] = first;
  addRoots(floats, n, 2 * n, (j) => (j * j) % (2 * n));
  const [re, im, ofRe, ofIm] = [0, 1, 2, 3].map(() => new Float64Array(longer)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let j = 0; j < n; j++) {
    for (const i of [j, (longer - j) % longer]) {
      re[i] = numberAt(floats, first + j);
      im[i] = -numberAt(floats, first + n + j);
    }
  }
  // The filter is computed in float64, whatever the dtype is.
  const tables = arrayOf(layoutOf(longer), "float64");
  const scratch = new Float64Array(dftScratch(longer, 0, 1));
  computeIn("float64", () => {
    dft(re, im, tables, ofRe, ofIm, scratch, longer, 1, 1);
  });
  for (const x of ofRe) floats.push(x / longer);
  for (const x of ofIm) floats.push(x / longer);
}

function layoutOf(n: number): Layout {
  const layout: Layout = { header: new Int32Array(HEADER), floats: [] };
  addPasses(layout, n);
  return layout;
}

/** Returns the tables of a complex transform of a length. */
function complexLayout(n: number, dtype: FloatDType): Layout {
  const longer = longerOf(n, dtype);
  if (longer === 0) return layoutOf(n);
  const layout = layoutOf(longer);
  addChirp(layout, n, longer);
  return layout;
}

/**
 * Returns the tables of a transform of n real numbers. For an even n they are those of n / 2 complex numbers, followed
 * by roots of unity of order n.
 */
function realLayout(n: number, dtype: FloatDType): Layout {
  if (n % 2 === 1) return complexLayout(n, dtype);
  const layout = complexLayout(n / 2, dtype);
  layout.header[2] = layout.floats.length;
  addRoots(layout.floats, Math.floor(n / 4) + 1, n, (k) => k);
  return layout;
}

function arrayOf({ header, floats }: Layout, dtype: FloatDType): Int32Array<ArrayBuffer> {
  const array = new Int32Array(HEADER + (floats.length * BYTES[dtype]) / 4);
  array.set(header);
  const afterHeader = [array.buffer, 4 * HEADER] as const;
  (dtype === "float32" ? new Float32Array(...afterHeader) : new Float64Array(...afterHeader)).set(
    floats,
  );
  return array;
}

/** The tables that were used last, and the most of them. */
const recent = new Map<string, Tensor>();
const MOST = 64;

/** Returns the tables of transforms of a length and a dtype: int32 of shape [rows, n], made once. */
export function tablesOf(n: number, dtype: FloatDType, isReal: boolean): Tensor {
  const key = `${n} ${dtype} ${isReal}`;
  const found = recent.get(key);
  recent.delete(key);
  const made = found ?? tableOf(n, dtype, isReal);
  recent.set(key, made);
  for (const oldest of recent.keys()) {
    if (recent.size <= MOST) break;
    recent.delete(oldest);
  }
  return made;
}

/** Returns the tables in rows of n, so that their shape tells the length of the transform. */
function tableOf(n: number, dtype: FloatDType, isReal: boolean): Tensor {
  const used = arrayOf((isReal ? realLayout : complexLayout)(n, dtype), dtype);
  const rows = Math.ceil(used.length / n);
  const array = new Int32Array(rows * n);
  array.set(used);
  return stored([rows, n], "int32", array);
}
