// Written from packages/wasm-kernel/assembly/algorithms/fft/transforms.ts; do not edit.
//
// Discrete Fourier transforms of complex and of real numbers, along an axis of [rows, n, inner]. Complex numbers are pairs of
// arrays. `packages/core/src/fft/tables.ts` makes the tables: HEADER int32, then floats of T.
//
//   int32 0        the length of Bluestein's transforms; 0 where n itself is divided into radices
//   int32 1        the position of Bluestein's chirp and filter among the floats
//   int32 2        the position of the roots of transforms of real numbers
//   int32 3        the number of passes
//   int32 4 + 2 i  the radix of pass i, and behind it the position of the roots of an odd radix above 5
//   floats         the twiddles of all passes, in order; then what the positions name

import { round } from "../arithmetic.ts";
import { type Elements, get, type Int } from "../elements.ts";
import { at, floatsAfter } from "./lanes.ts";
import { pass } from "./passes.ts";

const HEADER: Int = 80;

/**
 * The elements between arrays in scratch memory: arrays whose starts differ by a multiple of 4096 bytes share sets of the cache,
 * which takes up to twice as long from n = 4096 on.
 */
const APART: Int = 144;

/** The most columns that Bluestein's transforms compute at once. */
const WIDEST: Int = 16;

/** The elements of scratch memory of one transform of a length whose tables name these longer ones. */
function lengthOfScratch(n: Int, longer: Int, inner: Int): Int {
  if (longer === 0) return 2 * (n * inner + APART);
  return 6 * (longer * (inner < WIDEST ? inner : WIDEST) + APART);
}

/**
 * Returns the elements of scratch memory of `dft`.
 *
 * @param longer the length of Bluestein's transforms, or 0.
 */
export function dftScratch(n: Int, longer: Int, inner: Int): Int {
  return lengthOfScratch(n, longer, inner);
}

/**
 * Returns the elements of scratch memory of `realDft` and `realDftAdjoint`.
 *
 * @param longer the length of Bluestein's transforms, or 0.
 */
export function realDftScratch(n: Int, longer: Int): Int {
  return 7 * (n + APART) + lengthOfScratch(n, longer, 1);
}

/**
 * Transforms rows of [rows, n, inner] along n: y_k = Σ_j x_j e^(−2πi jk/n). Exchanged parts of x and of y make it the
 * unscaled inverse.
 *
 * @param scratch as many elements as `dftScratch` returns.
 * @param count the number of rows.
 */
export function dft(
  xr: Elements,
  xi: Elements,
  tables: Elements,
  yr: Elements,
  yi: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
  count: Int,
): void {
  const size = n * inner * 1;
  for (let row: Int = 0; row < count; row++) {
    const here = row * size;
    transform(at(xr, here), at(xi, here), at(yr, here), at(yi, here), tables, scratch, n, inner);
  }
}

/** Transforms [n, inner] along n. */
function transform(
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  tables: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
): void {
  const longer = get<Int>(tables, 0);
  if (longer === 0) direct(xr, xi, yr, yi, tables, scratch, n, inner);
  else bluestein(xr, xi, yr, yi, tables, scratch, n, inner, longer);
}

/** Transforms [n, inner] along n by the passes of its radices. */
function direct(
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  tables: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
): void {
  const one = 1;
  const size = n * inner * one;
  const floats = floatsAfter(tables, HEADER);
  const count = get<Int>(tables, 3);
  const tr = scratch;
  const ti = at(scratch, size + APART * one);
  if (count === 0) {
    copy(xr, yr, size);
    copy(xi, yi, size);
  }
  let ar = xr;
  let ai = xi;
  let s = inner;
  let m = n;
  let twiddles: Int = 0;
  for (let i: Int = 0; i < count; i++) {
    const radix = get<Int>(tables, 4 + 2 * i);
    const table = at(floats, get<Int>(tables, 5 + 2 * i) * one);
    m = (m / radix) | 0;
    // Passes write to both places in turn, the last one to y.
    const isLast = ((count - i) & 1) === 1;
    const br = isLast ? yr : tr;
    const bi = isLast ? yi : ti;
    pass(radix, table, ar, ai, br, bi, at(floats, twiddles), m, s);
    ar = br;
    ai = bi;
    if (m > 1) twiddles += 2 * (radix - 1) * m * one;
    s *= radix;
  }
}

/**
 * Transforms [n, inner] along n for an n with a large prime factor (Bluestein, 1970): jk = (j² + k² − (k − j)²)/2 makes it a
 * convolution, which two transforms of the length `longer` compute. `longer` is at least 2 n − 1.
 */
function bluestein(
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  tables: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
  longer: Int,
): void {
  const one = 1;
  // e^(−πi j²/n), then the transform of its conjugate divided by `longer`: n or `longer` real parts, then imaginary ones.
  const chirp = at(floatsAfter(tables, HEADER), get<Int>(tables, 1) * one);
  const filter = at(chirp, 2 * n * one);
  for (let column: Int = 0; column < inner; column += WIDEST) {
    const width = inner - column < WIDEST ? inner - column : WIDEST;
    const here = column * one;
    const large = longer * width * one;
    const gap = large + APART * one;
    const ar = scratch;
    const ai = at(scratch, gap);
    const br = at(scratch, 2 * gap);
    const bi = at(scratch, 3 * gap);
    const rest = at(scratch, 4 * gap);
    multiply(at(xr, here), at(xi, here), inner, chirp, ar, ai, width, n, width);
    clear(ar, n * width * one, large);
    clear(ai, n * width * one, large);
    direct(ar, ai, br, bi, tables, rest, longer, width);
    multiply(br, bi, width, filter, br, bi, width, longer, width);
    direct(bi, br, ai, ar, tables, rest, longer, width);
    multiply(ar, ai, width, chirp, at(yr, here), at(yi, here), inner, n, width);
  }
}

/**
 * y = x · w, row by row.
 *
 * @param xStep the elements from a row of x to the next one.
 * @param w a complex number for each of `count` rows: all real parts, then all imaginary ones.
 * @param width the elements of a row.
 */
function multiply(
  xr: Elements,
  xi: Elements,
  xStep: Int,
  w: Elements,
  yr: Elements,
  yi: Elements,
  yStep: Int,
  count: Int,
  width: Int,
): void {
  const one = 1;
  const imaginary = count * one;
  if (xStep === 1 && yStep === 1) {
    const whole = (count - (count % 1)) * one;
    multiplyEach(xr, xi, w, imaginary, yr, yi, 0, whole);
    multiplyEach(xr, xi, w, imaginary, yr, yi, whole, imaginary);
    return;
  }
  const whole = (width - (width % 1)) * one;
  for (let j: Int = 0; j < count; j++) {
    const a = j * xStep * one;
    const b = j * yStep * one;
    const t = j * one;
    multiplyRow(xr, xi, a, w, t, imaginary, yr, yi, b, 0, whole);
    multiplyRow(xr, xi, a, w, t, imaginary, yr, yi, b, whole, width * one);
  }
}

/** y = x · w for each element of w, of which the imaginary parts are u units after the real ones. */
function multiplyEach(
  xr: Elements,
  xi: Elements,
  w: Elements,
  u: Int,
  yr: Elements,
  yi: Elements,
  first: Int,
  end: Int,
): void {
  const step = 1 * 1;
  for (let i = first; i < end; i += step) {
    const re = (xr[i] as number);
    const im = (xi[i] as number);
    const wr = (w[i] as number);
    const wi = (w[i + u] as number);
    yr[i] = round(round(re * wr) - round(im * wi));
    yi[i] = round(round(re * wi) + round(im * wr));
  }
}

/** y = x · w for one element of w, at t. */
function multiplyRow(
  xr: Elements,
  xi: Elements,
  a: Int,
  w: Elements,
  t: Int,
  u: Int,
  yr: Elements,
  yi: Elements,
  b: Int,
  first: Int,
  end: Int,
): void {
  const step = 1 * 1;
  const wr = (w[t] as number);
  const wi = (w[t + u] as number);
  for (let i = first; i < end; i += step) {
    const re = (xr[a + i] as number);
    const im = (xi[a + i] as number);
    yr[b + i] = round(round(re * wr) - round(im * wi));
    yi[b + i] = round(round(re * wi) + round(im * wr));
  }
}

function copy(x: Elements, y: Elements, size: Int): void {
  for (let i: Int = 0; i < size; i += 1) y[i] = (x[i] as number);
}

/** Sets elements to 0. */
function clear(x: Elements, first: Int, end: Int): void {
  for (let i = first; i < end; i += 1) x[i] = round(0);
}

/** Copies a column to a row, or a row to a column, times a factor but for the elements 0 and `last`. */
function move(
  x: Elements,
  xStep: Int,
  y: Elements,
  yStep: Int,
  count: Int,
  factor: number,
  last: Int,
): void {
  const one = 1;
  for (let k: Int = 0; k < count; k++) {
    const value = (x[k * xStep * one] as number);
    const isEnd = k === 0 || k === last;
    y[k * yStep * one] = isEnd ? value : round(value * factor);
  }
}

/**
 * Transforms rows of [rows, n, inner] of real numbers along n: y_k = Σ_j x_j e^(−2πi jk/n) for k = 0 … n/2, rounded down.
 *
 * @param tables of n/2, with the roots of n; of an odd n its own.
 * @param scratch as many elements as `realDftScratch` returns.
 * @param doubled 1 if y_k is doubled, but for y_0 and y_(n/2); 0 if it is not.
 * @param count the number of rows.
 */
export function realDft(
  x: Elements,
  tables: Elements,
  yr: Elements,
  yi: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
  doubled: Int,
  count: Int,
): void {
  const one = 1;
  const length = (n >> 1) + 1;
  const gap = (n + APART) * one;
  const isEven = n % 2 === 0;
  const isPlain = inner === 1 && doubled === 0 && isEven;
  const factor = round(doubled === 1 ? 2 : 1);
  const last = isEven ? n >> 1 : -1;
  for (let row: Int = 0; row < count; row++) {
    for (let column: Int = 0; column < inner; column++) {
      const from = at(x, (row * n * inner + column) * one);
      const to = (row * length * inner + column) * one;
      let own = from;
      if (inner > 1) {
        move(from, inner, scratch, 1, n, round(1), -1);
        own = scratch;
      }
      const zr = isPlain ? at(yr, to) : at(scratch, gap);
      const zi = isPlain ? at(yi, to) : at(scratch, 2 * gap);
      const pr = at(scratch, 3 * gap);
      const pi = at(scratch, 4 * gap);
      const rest = at(scratch, 5 * gap);
      if (isEven) {
        evenSpectrum(own, zr, zi, tables, pr, pi, rest, n >> 1);
      } else {
        clear(pi, 0, n * one);
        transform(own, pi, zr, zi, tables, rest, n, 1);
        // The imaginary part of the sum of real numbers is 0, without a sign.
        zi[0] = round(0);
      }
      if (!isPlain) {
        move(zr, 1, at(yr, to), inner, length, factor, last);
        move(zi, 1, at(yi, to), inner, length, factor, last);
      }
    }
  }
}

/**
 * Transforms 2 m real numbers to m + 1 complex ones. Neighbours are the parts of m complex numbers, and the spectra of the even
 * and of the odd elements follow from theirs.
 */
function evenSpectrum(
  x: Elements,
  zr: Elements,
  zi: Elements,
  tables: Elements,
  pr: Elements,
  pi: Elements,
  rest: Elements,
  m: Int,
): void {
  const one = 1;
  const size = m * one;
  const whole = size - (size % (1 * one));
  const roots = at(floatsAfter(tables, HEADER), get<Int>(tables, 2) * one);
  separate(x, pr, pi, 0, whole);
  separate(x, pr, pi, whole, size);
  transform(pr, pi, zr, zi, tables, rest, m, 1);
  const ar = (zr[0] as number);
  const ai = (zi[0] as number);
  const zero = round(0);
  zr[0] = round(ar + ai);
  zi[0] = zero;
  zr[size] = round(ar - ai);
  zi[size] = zero;
  const k = untangle(zr, zi, zr, zi, roots, m, one, 0);
  untangle(zr, zi, zr, zi, roots, m, k, 0);
  if (m % 2 === 0) {
    const middle = (m >> 1) * one;
    zi[middle] = round(zero - (zi[middle] as number));
  }
}

/**
 * The adjoint of `realDft`: rows of [rows, n/2 + 1, inner] become x_j = Σ_k w_k (re_k cos φ − im_k sin φ) with φ = 2π jk/n and
 * k = 0 … n/2, where w_k is 2 if it is doubled, but 1 for k = 0 and n/2. Doubled it is the inverse times n. The imaginary
 * parts 0 and n/2 are not read.
 *
 * @param tables of n/2, with the roots of n; of an odd n its own.
 * @param scratch as many elements as `realDftScratch` returns.
 * @param count the number of rows.
 */
export function realDftAdjoint(
  xr: Elements,
  xi: Elements,
  tables: Elements,
  y: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
  doubled: Int,
  count: Int,
): void {
  const one = 1;
  const length = (n >> 1) + 1;
  const gap = (n + APART) * one;
  const isEven = n % 2 === 0;
  const isPlain = inner === 1 && doubled === 1 && isEven;
  // The transform of an even length doubles by itself.
  const factor = round(isEven ? (doubled === 1 ? 1 : 0.5) : doubled === 1 ? 2 : 1);
  const last = isEven ? n >> 1 : -1;
  for (let row: Int = 0; row < count; row++) {
    for (let column: Int = 0; column < inner; column++) {
      const from = (row * length * inner + column) * one;
      const to = at(y, (row * n * inner + column) * one);
      const own = inner === 1 ? to : scratch;
      const zr = isPlain ? at(xr, from) : at(scratch, gap);
      const zi = isPlain ? at(xi, from) : at(scratch, 2 * gap);
      const pr = at(scratch, 3 * gap);
      const pi = at(scratch, 4 * gap);
      const rest = at(scratch, 7 * gap);
      if (!isPlain) {
        move(at(xr, from), inner, zr, 1, length, factor, last);
        move(at(xi, from), inner, zi, 1, length, factor, last);
      }
      if (isEven) {
        evenSignal(zr, zi, own, tables, pr, pi, at(scratch, 5 * gap), rest, n >> 1);
      } else {
        zi[0] = round(0);
        clear(zr, length * one, n * one);
        clear(zi, length * one, n * one);
        // Exchanged parts make it the inverse transform.
        transform(zi, zr, pi, own, tables, rest, n, 1);
      }
      if (inner > 1) move(scratch, 1, to, inner, n, round(1), -1);
    }
  }
}

/** The inverse of `evenSpectrum`, times 2 m. */
function evenSignal(
  zr: Elements,
  zi: Elements,
  y: Elements,
  tables: Elements,
  pr: Elements,
  pi: Elements,
  pairs: Elements,
  rest: Elements,
  m: Int,
): void {
  const one = 1;
  const size = m * one;
  const whole = size - (size % (1 * one));
  const roots = at(floatsAfter(tables, HEADER), get<Int>(tables, 2) * one);
  const odd = at(pairs, (2 * m + APART) * one);
  const ar = (zr[0] as number);
  const br = (zr[size] as number);
  pr[0] = round(ar + br);
  pi[0] = round(ar - br);
  const k = untangle(zr, zi, pr, pi, roots, m, one, 1);
  untangle(zr, zi, pr, pi, roots, m, k, 1);
  if (m % 2 === 0) {
    const middle = (m >> 1) * one;
    pr[middle] = round(round(2) * (zr[middle] as number));
    pi[middle] = round(round(-2) * (zi[middle] as number));
  }
  // Exchanged parts make it the inverse transform.
  transform(pi, pr, odd, pairs, tables, rest, m, 1);
  join(pairs, odd, y, 0, whole);
  join(pairs, odd, y, whole, size);
}

/** Splits neighbours into the parts of complex numbers. */
function separate(x: Elements, pr: Elements, pi: Elements, first: Int, end: Int): void {
  const step = 1 * 1;
  for (let i = first; i < end; i += step) {
    pr[i] = (x[2 * i] as number);
    pi[i] = (x[2 * i + 1] as number);
  }
}

/** Writes the parts of complex numbers as neighbours. */
function join(pr: Elements, pi: Elements, y: Elements, first: Int, end: Int): void {
  const one = 1;
  const step = 1 * one;
  for (let i = first; i < end; i += step) {
    y[2 * i] = (pr[i] as number);
y[2 * i + 1] = (pi[i] as number);
  }
}

/**
 * Converts the spectrum of pairs to that of real numbers, or back, for k from an index on, together with m − k.
 *
 * @param roots e^(−2πi k/(2 m)) for k = 0 … m/2: real parts, then imaginary ones.
 * @param back 1 for the way back.
 * @returns the first k that is left.
 */
function untangle(
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  roots: Elements,
  m: Int,
  k: Int,
  back: Int,
): Int {
  const one = 1;
  const step = 1 * one;
  const size = m * one;
  const u = ((m >> 1) + 1) * one;
  const half = round(0.5);
  const zero = round(0);
  for (; 2 * (k + step - one) < size; k += step) {
    const l = size - k;
    const ar = (xr[k] as number);
    const ai = (xi[k] as number);
    const br = (xr[l] as number);
    const bi = (xi[l] as number);
    const wr = (roots[k] as number);
    const wi = (roots[k + u] as number);
    const sr = round(ar + br);
    const si = round(ai - bi);
    const dr = round(ar - br);
    const di = round(ai + bi);
    if (back === 0) {
      const er = round(sr * half);
      const ei = round(si * half);
      const or = round(di * half);
      const oi = round(round(zero - dr) * half);
      const tr = round(round(or * wr) - round(oi * wi));
      const ti = round(round(or * wi) + round(oi * wr));
      yr[k] = round(er + tr);
      yi[k] = round(ei + ti);
      yr[l] = round(er - tr);
      yi[l] = round(ti - ei);
    } else {
      const tr = round(round(dr * wr) + round(di * wi));
      const ti = round(round(di * wr) - round(dr * wi));
      yr[k] = round(sr - ti);
      yi[k] = round(si + tr);
      yr[l] = round(sr + ti);
      yi[l] = round(tr - si);
    }
  }
  return k;
}
