// Discrete Fourier transforms of complex and of real numbers, along an axis of [rows, n, inner]. Complex numbers are pairs of
// arrays. `packages/core/src/fft/tables.ts` makes the tables: HEADER int32, then floats of T.
//
//   int32 0        the length of Bluestein's transforms; 0 where n itself is divided into radices
//   int32 1        the position of Bluestein's chirp and filter among the floats
//   int32 2        the position of the roots of transforms of real numbers
//   int32 3        the number of passes
//   int32 4 + 2 i  the radix of pass i, and then the position of the roots of an odd radix above 5
//   floats         the twiddles of all passes, in order; then what the positions name

import { Elements, get, Int } from "../elements";
import {
  add,
  at,
  constant,
  floatsAfter,
  lanes,
  mul,
  read,
  readBackwards,
  readEven,
  readOdd,
  scatterTwo,
  spread,
  sub,
  unit,
  Vector,
  write,
  writeBackwards,
} from "./lanes";
import { dftPass, imaginaryOf, passOfPairs, realOf } from "./passes";

const HEADER: Int = 80;

/**
 * The elements between arrays in scratch memory: arrays whose starts differ by a multiple of 4096 bytes share sets of the cache,
 * and transforms then take up to twice as long from n = 4096 on.
 */
const APART: Int = 144;

/** The most columns that Bluestein's transforms compute at once. */
const WIDEST: Int = 16;

/** Returns the elements of scratch memory of one transform. */
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
 * Transforms rows of [rows, n, inner] along n: y_k = Σ_j x_j e^(−2πi jk/n). If the real and imaginary parts of x and of
 * y are exchanged, it computes the unscaled inverse.
 *
 * @param scratch as many elements as `dftScratch` returns.
 * @param count the number of rows.
 */
// exported for f32, f64
function dft<T>(
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
  const size = n * inner * unit<T>();
  for (let row: Int = 0; row < count; row++) {
    const here = row * size;
    transform<T>(at(xr, here), at(xi, here), at(yr, here), at(yi, here), tables, scratch, n, inner);
  }
}

/** Transforms [n, inner] along n. */
function transform<T>(
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
  if (longer === 0) direct<T>(xr, xi, yr, yi, tables, scratch, n, inner, 0);
  else bluestein<T>(xr, xi, yr, yi, tables, scratch, n, inner, longer);
}

/**
 * Transforms [n, inner] along n by the passes of its radices.
 *
 * @param pairs 1 if x has the real and imaginary part of each number side by side, as the first pass then reads them;
 *   else 0.
 */
function direct<T>(
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  tables: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
  pairs: Int,
): void {
  const one = unit<T>();
  const size = n * inner * one;
  const floats = floatsAfter(tables, HEADER);
  const count = get<Int>(tables, 3);
  const tr = scratch;
  const ti = at(scratch, size + APART * one);
  if (count === 0) {
    copy<T>(xr, yr, size);
    copy<T>(xi, yi, size);
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
    // Passes write to scratch memory and to y in turn, so that the last pass writes to y.
    const isLast = ((count - i) & 1) === 1;
    const br = isLast ? yr : tr;
    const bi = isLast ? yi : ti;
    if (i < pairs) passOfPairs<T>(ar, br, bi, floats, m);
    else dftPass<T>(radix, table, ar, ai, br, bi, at(floats, twiddles), m, s, m, s);
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
function bluestein<T>(
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
  const one = unit<T>();
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
    multiply<T>(at(xr, here), at(xi, here), inner, chirp, ar, ai, width, n, width);
    clear<T>(ar, n * width * one, large);
    clear<T>(ai, n * width * one, large);
    direct<T>(ar, ai, br, bi, tables, rest, longer, width, 0);
    multiply<T>(br, bi, width, filter, br, bi, width, longer, width);
    direct<T>(bi, br, ai, ar, tables, rest, longer, width, 0);
    multiply<T>(ar, ai, width, chirp, at(yr, here), at(yi, here), inner, n, width);
  }
}

/**
 * y = x · w, row by row.
 *
 * @param xStep the elements from a row of x to the next one.
 * @param w a complex number for each of `count` rows: all real parts, then all imaginary ones.
 * @param width the elements of a row.
 */
function multiply<T>(
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
  const one = unit<T>();
  const imaginary = count * one;
  if (xStep === 1 && yStep === 1) {
    const whole = (count - (count % lanes<T, Vector>())) * one;
    multiplyEach<T, Vector>(xr, xi, w, imaginary, yr, yi, 0, whole);
    multiplyEach<T, T>(xr, xi, w, imaginary, yr, yi, whole, imaginary);
    return;
  }
  const whole = (width - (width % lanes<T, Vector>())) * one;
  for (let j: Int = 0; j < count; j++) {
    const a = j * xStep * one;
    const b = j * yStep * one;
    const t = j * one;
    multiplyRow<T, Vector>(xr, xi, a, w, t, imaginary, yr, yi, b, 0, whole);
    multiplyRow<T, T>(xr, xi, a, w, t, imaginary, yr, yi, b, whole, width * one);
  }
}

/** y = x · w for each element of w, of which the imaginary parts are u units after the real ones. */
@inline
function multiplyEach<T, V>(
  xr: Elements,
  xi: Elements,
  w: Elements,
  u: Int,
  yr: Elements,
  yi: Elements,
  first: Int,
  end: Int,
): void {
  const step = lanes<T, V>() * unit<T>();
  for (let i = first; i < end; i += step) {
    const re = read<T, V>(xr, i);
    const im = read<T, V>(xi, i);
    const wr = read<T, V>(w, i);
    const wi = read<T, V>(w, i + u);
    write<T, V>(yr, i, realOf<T, V>(re, im, wr, wi));
    write<T, V>(yi, i, imaginaryOf<T, V>(re, im, wr, wi));
  }
}

/** y = x · w for one element of w, at t. */
@inline
function multiplyRow<T, V>(
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
  const step = lanes<T, V>() * unit<T>();
  const wr = spread<T, V>(w, t);
  const wi = spread<T, V>(w, t + u);
  for (let i = first; i < end; i += step) {
    const re = read<T, V>(xr, a + i);
    const im = read<T, V>(xi, a + i);
    write<T, V>(yr, b + i, realOf<T, V>(re, im, wr, wi));
    write<T, V>(yi, b + i, imaginaryOf<T, V>(re, im, wr, wi));
  }
}

function copy<T>(x: Elements, y: Elements, size: Int): void {
  for (let i: Int = 0; i < size; i += unit<T>()) write<T, T>(y, i, read<T, T>(x, i));
}

/** Sets elements to 0. */
function clear<T>(x: Elements, first: Int, end: Int): void {
  for (let i = first; i < end; i += unit<T>()) write<T, T>(x, i, constant<T, T>(0));
}

/**
 * Copies a column to a row, or a row to a column, and multiplies all elements by a factor, except the elements 0 and
 * `last`.
 */
function move<T>(
  x: Elements,
  xStep: Int,
  y: Elements,
  yStep: Int,
  count: Int,
  factor: T,
  last: Int,
): void {
  const one = unit<T>();
  for (let k: Int = 0; k < count; k++) {
    const value = read<T, T>(x, k * xStep * one);
    const isEnd = k === 0 || k === last;
    write<T, T>(y, k * yStep * one, isEnd ? value : mul<T, T>(value, factor));
  }
}

/**
 * Transforms rows of [rows, n, inner] of real numbers along n: y_k = Σ_j x_j e^(−2πi jk/n) for k = 0 … n/2, rounded down.
 *
 * @param tables of n/2, with the roots of n; for an odd n, the tables of n.
 * @param scratch as many elements as `realDftScratch` returns.
 * @param doubled 1 to double y_k, except y_0 and y_(n/2); else 0.
 * @param width the number of columns that are computed, of inner.
 * @param count the number of rows.
 */
// exported for f32, f64
function realDft<T>(
  x: Elements,
  tables: Elements,
  yr: Elements,
  yi: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
  doubled: Int,
  width: Int,
  count: Int,
): void {
  const one = unit<T>();
  const length = (n >> 1) + 1;
  const gap = (n + APART) * one;
  const isEven = n % 2 === 0;
  const isPlain = inner === 1 && doubled === 0 && isEven;
  const factor = constant<T, T>(doubled === 1 ? 2 : 1);
  const last = isEven ? n >> 1 : -1;
  for (let row: Int = 0; row < count; row++) {
    for (let column: Int = 0; column < width; column++) {
      const from = at(x, (row * n * inner + column) * one);
      const to = (row * length * inner + column) * one;
      let signal = from;
      if (inner > 1) {
        move<T>(from, inner, scratch, 1, n, constant<T, T>(1), -1);
        signal = scratch;
      }
      const zr = isPlain ? at(yr, to) : at(scratch, gap);
      const zi = isPlain ? at(yi, to) : at(scratch, 2 * gap);
      const pr = at(scratch, 3 * gap);
      const pi = at(scratch, 4 * gap);
      const rest = at(scratch, 5 * gap);
      if (isEven) {
        evenSpectrum<T>(signal, zr, zi, tables, pr, pi, rest, n >> 1);
      } else {
        clear<T>(pi, 0, n * one);
        transform<T>(signal, pi, zr, zi, tables, rest, n, 1);
        // The imaginary part of the sum of real numbers is 0, without a sign.
        write<T, T>(zi, 0, constant<T, T>(0));
      }
      if (!isPlain) {
        move<T>(zr, 1, at(yr, to), inner, length, factor, last);
        move<T>(zi, 1, at(yi, to), inner, length, factor, last);
      }
    }
  }
}

/**
 * Transforms 2 m real numbers to m + 1 complex ones. Two neighbours are the parts of one of m complex numbers; their
 * spectrum gives the spectra of the even and of the odd elements.
 */
function evenSpectrum<T>(
  x: Elements,
  zr: Elements,
  zi: Elements,
  tables: Elements,
  pr: Elements,
  pi: Elements,
  rest: Elements,
  m: Int,
): void {
  const one = unit<T>();
  const size = m * one;
  const whole = size - (size % (lanes<T, Vector>() * one));
  const roots = at(floatsAfter(tables, HEADER), get<Int>(tables, 2) * one);
  if (m > 4 && get<Int>(tables, 0) === 0 && get<Int>(tables, 4) === 4) {
    direct<T>(x, x, zr, zi, tables, rest, m, 1, 1);
  } else {
    separate<T, Vector>(x, pr, pi, 0, whole);
    separate<T, T>(x, pr, pi, whole, size);
    transform<T>(pr, pi, zr, zi, tables, rest, m, 1);
  }
  const ar = read<T, T>(zr, 0);
  const ai = read<T, T>(zi, 0);
  const zero = constant<T, T>(0);
  write<T, T>(zr, 0, add<T, T>(ar, ai));
  write<T, T>(zi, 0, zero);
  write<T, T>(zr, size, sub<T, T>(ar, ai));
  write<T, T>(zi, size, zero);
  const k = untangle<T, Vector>(zr, zi, zr, zi, roots, m, one, 0);
  untangle<T, T>(zr, zi, zr, zi, roots, m, k, 0);
  if (m % 2 === 0) {
    const middle = (m >> 1) * one;
    write<T, T>(zi, middle, sub<T, T>(zero, read<T, T>(zi, middle)));
  }
}

/**
 * The adjoint of `realDft`: rows of [rows, n/2 + 1, inner] become x_j = Σ_k w_k (re_k cos φ − im_k sin φ) with φ = 2π jk/n and
 * k = 0 … n/2, where w_k is 2 if it is doubled, but 1 for k = 0 and n/2. With doubling, the result is the inverse times
 * n. The imaginary parts 0 and n/2 are not read.
 *
 * @param tables of n/2, with the roots of n; for an odd n, the tables of n.
 * @param scratch as many elements as `realDftScratch` returns.
 * @param width the number of columns that are computed, of inner.
 * @param count the number of rows.
 */
// exported for f32, f64
function realDftAdjoint<T>(
  xr: Elements,
  xi: Elements,
  tables: Elements,
  y: Elements,
  scratch: Elements,
  n: Int,
  inner: Int,
  doubled: Int,
  width: Int,
  count: Int,
): void {
  const one = unit<T>();
  const length = (n >> 1) + 1;
  const gap = (n + APART) * one;
  const isEven = n % 2 === 0;
  const isPlain = inner === 1 && doubled === 1 && isEven;
  // `evenSignal` doubles the terms without a factor.
  const factor = constant<T, T>(isEven ? (doubled === 1 ? 1 : 0.5) : doubled === 1 ? 2 : 1);
  const last = isEven ? n >> 1 : -1;
  for (let row: Int = 0; row < count; row++) {
    for (let column: Int = 0; column < width; column++) {
      const from = (row * length * inner + column) * one;
      const to = at(y, (row * n * inner + column) * one);
      const signal = inner === 1 ? to : scratch;
      const zr = isPlain ? at(xr, from) : at(scratch, gap);
      const zi = isPlain ? at(xi, from) : at(scratch, 2 * gap);
      const pr = at(scratch, 3 * gap);
      const pi = at(scratch, 4 * gap);
      const rest = at(scratch, 7 * gap);
      if (!isPlain) {
        move<T>(at(xr, from), inner, zr, 1, length, factor, last);
        move<T>(at(xi, from), inner, zi, 1, length, factor, last);
      }
      if (isEven) {
        evenSignal<T>(zr, zi, signal, tables, pr, pi, at(scratch, 5 * gap), rest, n >> 1);
      } else {
        write<T, T>(zi, 0, constant<T, T>(0));
        clear<T>(zr, length * one, n * one);
        clear<T>(zi, length * one, n * one);
        // With real and imaginary parts exchanged, the transform is the inverse.
        transform<T>(zi, zr, pi, signal, tables, rest, n, 1);
      }
      if (inner > 1) move<T>(scratch, 1, to, inner, n, constant<T, T>(1), -1);
    }
  }
}

/** Computes the inverse of `evenSpectrum`, times 2 m. */
function evenSignal<T>(
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
  const one = unit<T>();
  const size = m * one;
  const whole = size - (size % (lanes<T, Vector>() * one));
  const roots = at(floatsAfter(tables, HEADER), get<Int>(tables, 2) * one);
  const odd = at(pairs, (2 * m + APART) * one);
  const ar = read<T, T>(zr, 0);
  const br = read<T, T>(zr, size);
  write<T, T>(pr, 0, add<T, T>(ar, br));
  write<T, T>(pi, 0, sub<T, T>(ar, br));
  const k = untangle<T, Vector>(zr, zi, pr, pi, roots, m, one, 1);
  untangle<T, T>(zr, zi, pr, pi, roots, m, k, 1);
  if (m % 2 === 0) {
    const middle = (m >> 1) * one;
    write<T, T>(pr, middle, mul<T, T>(constant<T, T>(2), read<T, T>(zr, middle)));
    write<T, T>(pi, middle, mul<T, T>(constant<T, T>(-2), read<T, T>(zi, middle)));
  }
  // With real and imaginary parts exchanged, the transform is the inverse.
  transform<T>(pi, pr, odd, pairs, tables, rest, m, 1);
  join<T, Vector>(pairs, odd, y, 0, whole);
  join<T, T>(pairs, odd, y, whole, size);
}

/** Splits pairs of neighbours into real and imaginary parts. */
@inline
function separate<T, V>(x: Elements, pr: Elements, pi: Elements, first: Int, end: Int): void {
  const step = lanes<T, V>() * unit<T>();
  for (let i = first; i < end; i += step) {
    write<T, V>(pr, i, readEven<T, V>(x, 2 * i));
    write<T, V>(pi, i, readOdd<T, V>(x, 2 * i));
  }
}

/** Writes the real and imaginary part of each number side by side. */
@inline
function join<T, V>(pr: Elements, pi: Elements, y: Elements, first: Int, end: Int): void {
  const one = unit<T>();
  const step = lanes<T, V>() * one;
  for (let i = first; i < end; i += step) {
    scatterTwo<T, V>(y, 2 * i, 2 * one, read<T, V>(pr, i), read<T, V>(pi, i));
  }
}

/**
 * Converts the spectrum of pairs to the spectrum of real numbers, or back, for k and m − k, beginning at an index k.
 *
 * @param roots e^(−2πi k/(2 m)) for k = 0 … m/2: real parts, then imaginary ones.
 * @param back 1 to convert to the spectrum of pairs.
 * @returns the first k that is not yet converted.
 */
@inline
function untangle<T, V>(
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  roots: Elements,
  m: Int,
  k: Int,
  back: Int,
): Int {
  const one = unit<T>();
  const step = lanes<T, V>() * one;
  const size = m * one;
  const u = ((m >> 1) + 1) * one;
  const half = constant<T, V>(0.5);
  const zero = constant<T, V>(0);
  for (; 2 * (k + step - one) < size; k += step) {
    const l = size - k;
    const ar = read<T, V>(xr, k);
    const ai = read<T, V>(xi, k);
    const br = readBackwards<T, V>(xr, l);
    const bi = readBackwards<T, V>(xi, l);
    const wr = read<T, V>(roots, k);
    const wi = read<T, V>(roots, k + u);
    const sr = add<T, V>(ar, br);
    const si = sub<T, V>(ai, bi);
    const dr = sub<T, V>(ar, br);
    const di = add<T, V>(ai, bi);
    if (back === 0) {
      const er = mul<T, V>(sr, half);
      const ei = mul<T, V>(si, half);
      const or = mul<T, V>(di, half);
      const oi = mul<T, V>(sub<T, V>(zero, dr), half);
      const tr = realOf<T, V>(or, oi, wr, wi);
      const ti = imaginaryOf<T, V>(or, oi, wr, wi);
      write<T, V>(yr, k, add<T, V>(er, tr));
      write<T, V>(yi, k, add<T, V>(ei, ti));
      writeBackwards<T, V>(yr, l, sub<T, V>(er, tr));
      writeBackwards<T, V>(yi, l, sub<T, V>(ti, ei));
    } else {
      const tr = add<T, V>(mul<T, V>(dr, wr), mul<T, V>(di, wi));
      const ti = sub<T, V>(mul<T, V>(di, wr), mul<T, V>(dr, wi));
      write<T, V>(yr, k, sub<T, V>(sr, ti));
      write<T, V>(yi, k, add<T, V>(si, tr));
      writeBackwards<T, V>(yr, l, add<T, V>(sr, ti));
      writeBackwards<T, V>(yi, l, sub<T, V>(tr, si));
    }
  }
  return k;
}
