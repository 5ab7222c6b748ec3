// The passes of a discrete Fourier transform X_k = Σ_j x_j e^(−2πi jk/n), of real and imaginary parts in separate arrays.
//
// n is a product of radices r₁ r₂ …. A pass of radix r turns each transform of length N = r m into r transforms of length m
// (decimation in frequency): y_k[p] = e^(−2πi pk/N) Σ_j x[p + m j] e^(−2πi jk/r). It writes element p of the transform with
// the digits q so far to position q + s p, where s is the product of the radices so far (Stockham), so the results are in
// order without a permutation (Van Loan, "Computational Frameworks for the Fast Fourier Transform", 1992). The bits of
// a result depend only on the radices, not on the memory layout, the blocks or the width of the vectors.

import { Elements, Int } from "../elements";
import {
  add,
  constant,
  lanes,
  mul,
  read,
  readEven,
  readOdd,
  scatter,
  scatterFour,
  scatterTwo,
  spread,
  sub,
  unit,
  Vector,
  write,
} from "./lanes";

/** sin of 2π/3; cos and sin of 2π/5 and 4π/5. */
const S3 = 0.8660254037844386;
const C51 = 0.30901699437494745;
const S51 = 0.9510565162951535;
const C52 = -0.8090169943749475;
const S52 = 0.5877852522924731;

/**
 * The order in which a butterfly writes its results: each result as a vector, or the results of each lane side by side.
 */
const ROWS: Int = 0;
const COLUMNS: Int = 1;
/** COLUMNS, for a butterfly whose x has the real and imaginary part of each number side by side. */
const COLUMNS_OF_PAIRS: Int = 2;

/** The twiddles of a butterfly: none, one for all lanes, or one for each lane. */
const NONE: Int = 0;
const ONE: Int = 1;
const EACH: Int = 2;

/** The real part of a product of complex numbers. */
@inline
export function realOf<T, V>(re: V, im: V, wr: V, wi: V): V {
  return sub<T, V>(mul<T, V>(re, wr), mul<T, V>(im, wi));
}

/** The imaginary part of a product of complex numbers. */
@inline
export function imaginaryOf<T, V>(re: V, im: V, wr: V, wi: V): V {
  return add<T, V>(mul<T, V>(re, wi), mul<T, V>(im, wr));
}

/** The real parts of neighbouring elements. */
@inline
function realAt<T, V>(x: Elements, position: Int, to: Int): V {
  return to === COLUMNS_OF_PAIRS ? readEven<T, V>(x, 2 * position) : read<T, V>(x, position);
}

/** The imaginary parts of neighbouring elements. */
@inline
function imaginaryAt<T, V>(x: Elements, position: Int, to: Int): V {
  return to === COLUMNS_OF_PAIRS ? readOdd<T, V>(x, 2 * position) : read<T, V>(x, position);
}

// Each butterfly below loops over x from a to `end`: it reads x_j at a + j d and writes y_k at b + k e, or, with COLUMNS, lane
// l of y_k at b + k + l e. Twiddle k is the pair of parts at t + 2 (k − 1) u and t + (2 k − 1) u of w.

@inline
function two<T, V>(
  xr: Elements,
  xi: Elements,
  a: Int,
  end: Int,
  d: Int,
  yr: Elements,
  yi: Elements,
  b: Int,
  e: Int,
  to: Int,
  hold: Int,
  w: Elements,
  t: Int,
  u: Int,
): void {
  const step = lanes<T, V>() * unit<T>();
  let w1r = constant<T, V>(0);
  let w1i = constant<T, V>(0);
  if (hold === ONE) {
    w1r = spread<T, V>(w, t);
    w1i = spread<T, V>(w, t + u);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = read<T, V>(w, t);
      w1i = read<T, V>(w, t + u);
      t += step;
    }
    const ar = read<T, V>(xr, a);
    const ai = read<T, V>(xi, a);
    const br = read<T, V>(xr, a + d);
    const bi = read<T, V>(xi, a + d);
    const r0 = add<T, V>(ar, br);
    const i0 = add<T, V>(ai, bi);
    let r1 = sub<T, V>(ar, br);
    let i1 = sub<T, V>(ai, bi);
    if (hold !== NONE) {
      const re = r1;
      r1 = realOf<T, V>(re, i1, w1r, w1i);
      i1 = imaginaryOf<T, V>(re, i1, w1r, w1i);
    }
    if (to === COLUMNS) {
      scatterTwo<T, V>(yr, b, e, r0, r1);
      scatterTwo<T, V>(yi, b, e, i0, i1);
      b += 2 * step;
    } else {
      write<T, V>(yr, b, r0);
      write<T, V>(yi, b, i0);
      write<T, V>(yr, b + e, r1);
      write<T, V>(yi, b + e, i1);
      b += step;
    }
  }
}

@inline
function three<T, V>(
  xr: Elements,
  xi: Elements,
  a: Int,
  end: Int,
  d: Int,
  yr: Elements,
  yi: Elements,
  b: Int,
  e: Int,
  to: Int,
  hold: Int,
  w: Elements,
  t: Int,
  u: Int,
): void {
  const step = lanes<T, V>() * unit<T>();
  const half = constant<T, V>(0.5);
  const s3 = constant<T, V>(S3);
  let w1r = constant<T, V>(0);
  let w1i = constant<T, V>(0);
  let w2r = constant<T, V>(0);
  let w2i = constant<T, V>(0);
  if (hold === ONE) {
    w1r = spread<T, V>(w, t);
    w1i = spread<T, V>(w, t + u);
    w2r = spread<T, V>(w, t + 2 * u);
    w2i = spread<T, V>(w, t + 3 * u);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = read<T, V>(w, t);
      w1i = read<T, V>(w, t + u);
      w2r = read<T, V>(w, t + 2 * u);
      w2i = read<T, V>(w, t + 3 * u);
      t += step;
    }
    const ar = read<T, V>(xr, a);
    const ai = read<T, V>(xi, a);
    const br = read<T, V>(xr, a + d);
    const bi = read<T, V>(xi, a + d);
    const cr = read<T, V>(xr, a + 2 * d);
    const ci = read<T, V>(xi, a + 2 * d);
    const tr = add<T, V>(br, cr);
    const ti = add<T, V>(bi, ci);
    const ur = mul<T, V>(sub<T, V>(br, cr), s3);
    const ui = mul<T, V>(sub<T, V>(bi, ci), s3);
    const mr = sub<T, V>(ar, mul<T, V>(tr, half));
    const mi = sub<T, V>(ai, mul<T, V>(ti, half));
    const r0 = add<T, V>(ar, tr);
    const i0 = add<T, V>(ai, ti);
    let r1 = add<T, V>(mr, ui);
    let i1 = sub<T, V>(mi, ur);
    let r2 = sub<T, V>(mr, ui);
    let i2 = add<T, V>(mi, ur);
    if (hold !== NONE) {
      let re = r1;
      r1 = realOf<T, V>(re, i1, w1r, w1i);
      i1 = imaginaryOf<T, V>(re, i1, w1r, w1i);
      re = r2;
      r2 = realOf<T, V>(re, i2, w2r, w2i);
      i2 = imaginaryOf<T, V>(re, i2, w2r, w2i);
    }
    if (to === COLUMNS) {
      const one = unit<T>();
      scatter<T, V>(yr, b, e, r0);
      scatter<T, V>(yr, b + one, e, r1);
      scatter<T, V>(yr, b + 2 * one, e, r2);
      scatter<T, V>(yi, b, e, i0);
      scatter<T, V>(yi, b + one, e, i1);
      scatter<T, V>(yi, b + 2 * one, e, i2);
      b += 3 * step;
    } else {
      write<T, V>(yr, b, r0);
      write<T, V>(yi, b, i0);
      write<T, V>(yr, b + e, r1);
      write<T, V>(yi, b + e, i1);
      write<T, V>(yr, b + 2 * e, r2);
      write<T, V>(yi, b + 2 * e, i2);
      b += step;
    }
  }
}

@inline
function four<T, V>(
  xr: Elements,
  xi: Elements,
  a: Int,
  end: Int,
  d: Int,
  yr: Elements,
  yi: Elements,
  b: Int,
  e: Int,
  to: Int,
  hold: Int,
  w: Elements,
  t: Int,
  u: Int,
): void {
  const step = lanes<T, V>() * unit<T>();
  let w1r = constant<T, V>(0);
  let w1i = constant<T, V>(0);
  let w2r = constant<T, V>(0);
  let w2i = constant<T, V>(0);
  let w3r = constant<T, V>(0);
  let w3i = constant<T, V>(0);
  if (hold === ONE) {
    w1r = spread<T, V>(w, t);
    w1i = spread<T, V>(w, t + u);
    w2r = spread<T, V>(w, t + 2 * u);
    w2i = spread<T, V>(w, t + 3 * u);
    w3r = spread<T, V>(w, t + 4 * u);
    w3i = spread<T, V>(w, t + 5 * u);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = read<T, V>(w, t);
      w1i = read<T, V>(w, t + u);
      w2r = read<T, V>(w, t + 2 * u);
      w2i = read<T, V>(w, t + 3 * u);
      w3r = read<T, V>(w, t + 4 * u);
      w3i = read<T, V>(w, t + 5 * u);
      t += step;
    }
    const ar = realAt<T, V>(xr, a, to);
    const ai = imaginaryAt<T, V>(xi, a, to);
    const br = realAt<T, V>(xr, a + d, to);
    const bi = imaginaryAt<T, V>(xi, a + d, to);
    const cr = realAt<T, V>(xr, a + 2 * d, to);
    const ci = imaginaryAt<T, V>(xi, a + 2 * d, to);
    const dr = realAt<T, V>(xr, a + 3 * d, to);
    const di = imaginaryAt<T, V>(xi, a + 3 * d, to);
    const t0r = add<T, V>(ar, cr);
    const t0i = add<T, V>(ai, ci);
    const t1r = sub<T, V>(ar, cr);
    const t1i = sub<T, V>(ai, ci);
    const t2r = add<T, V>(br, dr);
    const t2i = add<T, V>(bi, di);
    const t3r = sub<T, V>(br, dr);
    const t3i = sub<T, V>(bi, di);
    const r0 = add<T, V>(t0r, t2r);
    const i0 = add<T, V>(t0i, t2i);
    let r2 = sub<T, V>(t0r, t2r);
    let i2 = sub<T, V>(t0i, t2i);
    let r1 = add<T, V>(t1r, t3i);
    let i1 = sub<T, V>(t1i, t3r);
    let r3 = sub<T, V>(t1r, t3i);
    let i3 = add<T, V>(t1i, t3r);
    if (hold !== NONE) {
      let re = r1;
      r1 = realOf<T, V>(re, i1, w1r, w1i);
      i1 = imaginaryOf<T, V>(re, i1, w1r, w1i);
      re = r2;
      r2 = realOf<T, V>(re, i2, w2r, w2i);
      i2 = imaginaryOf<T, V>(re, i2, w2r, w2i);
      re = r3;
      r3 = realOf<T, V>(re, i3, w3r, w3i);
      i3 = imaginaryOf<T, V>(re, i3, w3r, w3i);
    }
    if (to !== ROWS) {
      scatterFour<T, V>(yr, b, e, r0, r1, r2, r3);
      scatterFour<T, V>(yi, b, e, i0, i1, i2, i3);
      b += 4 * step;
    } else {
      write<T, V>(yr, b, r0);
      write<T, V>(yi, b, i0);
      write<T, V>(yr, b + e, r1);
      write<T, V>(yi, b + e, i1);
      write<T, V>(yr, b + 2 * e, r2);
      write<T, V>(yi, b + 2 * e, i2);
      write<T, V>(yr, b + 3 * e, r3);
      write<T, V>(yi, b + 3 * e, i3);
      b += step;
    }
  }
}

@inline
function five<T, V>(
  xr: Elements,
  xi: Elements,
  a: Int,
  end: Int,
  d: Int,
  yr: Elements,
  yi: Elements,
  b: Int,
  e: Int,
  to: Int,
  hold: Int,
  w: Elements,
  t: Int,
  u: Int,
): void {
  const step = lanes<T, V>() * unit<T>();
  const c1 = constant<T, V>(C51);
  const s1 = constant<T, V>(S51);
  const c2 = constant<T, V>(C52);
  const s2 = constant<T, V>(S52);
  let w1r = constant<T, V>(0);
  let w1i = constant<T, V>(0);
  let w2r = constant<T, V>(0);
  let w2i = constant<T, V>(0);
  let w3r = constant<T, V>(0);
  let w3i = constant<T, V>(0);
  let w4r = constant<T, V>(0);
  let w4i = constant<T, V>(0);
  if (hold === ONE) {
    w1r = spread<T, V>(w, t);
    w1i = spread<T, V>(w, t + u);
    w2r = spread<T, V>(w, t + 2 * u);
    w2i = spread<T, V>(w, t + 3 * u);
    w3r = spread<T, V>(w, t + 4 * u);
    w3i = spread<T, V>(w, t + 5 * u);
    w4r = spread<T, V>(w, t + 6 * u);
    w4i = spread<T, V>(w, t + 7 * u);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = read<T, V>(w, t);
      w1i = read<T, V>(w, t + u);
      w2r = read<T, V>(w, t + 2 * u);
      w2i = read<T, V>(w, t + 3 * u);
      w3r = read<T, V>(w, t + 4 * u);
      w3i = read<T, V>(w, t + 5 * u);
      w4r = read<T, V>(w, t + 6 * u);
      w4i = read<T, V>(w, t + 7 * u);
      t += step;
    }
    const ar = read<T, V>(xr, a);
    const ai = read<T, V>(xi, a);
    const br = read<T, V>(xr, a + d);
    const bi = read<T, V>(xi, a + d);
    const cr = read<T, V>(xr, a + 2 * d);
    const ci = read<T, V>(xi, a + 2 * d);
    const dr = read<T, V>(xr, a + 3 * d);
    const di = read<T, V>(xi, a + 3 * d);
    const er = read<T, V>(xr, a + 4 * d);
    const ei = read<T, V>(xi, a + 4 * d);
    const pr = add<T, V>(br, er);
    const pi = add<T, V>(bi, ei);
    const ur = sub<T, V>(br, er);
    const ui = sub<T, V>(bi, ei);
    const qr = add<T, V>(cr, dr);
    const qi = add<T, V>(ci, di);
    const vr = sub<T, V>(cr, dr);
    const vi = sub<T, V>(ci, di);
    const r0 = add<T, V>(ar, add<T, V>(pr, qr));
    const i0 = add<T, V>(ai, add<T, V>(pi, qi));
    const fr = add<T, V>(ar, add<T, V>(mul<T, V>(pr, c1), mul<T, V>(qr, c2)));
    const fi = add<T, V>(ai, add<T, V>(mul<T, V>(pi, c1), mul<T, V>(qi, c2)));
    const gr = add<T, V>(ar, add<T, V>(mul<T, V>(pr, c2), mul<T, V>(qr, c1)));
    const gi = add<T, V>(ai, add<T, V>(mul<T, V>(pi, c2), mul<T, V>(qi, c1)));
    const hr = add<T, V>(mul<T, V>(ur, s1), mul<T, V>(vr, s2));
    const hi = add<T, V>(mul<T, V>(ui, s1), mul<T, V>(vi, s2));
    const kr = sub<T, V>(mul<T, V>(ur, s2), mul<T, V>(vr, s1));
    const ki = sub<T, V>(mul<T, V>(ui, s2), mul<T, V>(vi, s1));
    let r1 = add<T, V>(fr, hi);
    let i1 = sub<T, V>(fi, hr);
    let r4 = sub<T, V>(fr, hi);
    let i4 = add<T, V>(fi, hr);
    let r2 = add<T, V>(gr, ki);
    let i2 = sub<T, V>(gi, kr);
    let r3 = sub<T, V>(gr, ki);
    let i3 = add<T, V>(gi, kr);
    if (hold !== NONE) {
      let re = r1;
      r1 = realOf<T, V>(re, i1, w1r, w1i);
      i1 = imaginaryOf<T, V>(re, i1, w1r, w1i);
      re = r2;
      r2 = realOf<T, V>(re, i2, w2r, w2i);
      i2 = imaginaryOf<T, V>(re, i2, w2r, w2i);
      re = r3;
      r3 = realOf<T, V>(re, i3, w3r, w3i);
      i3 = imaginaryOf<T, V>(re, i3, w3r, w3i);
      re = r4;
      r4 = realOf<T, V>(re, i4, w4r, w4i);
      i4 = imaginaryOf<T, V>(re, i4, w4r, w4i);
    }
    if (to === COLUMNS) {
      const one = unit<T>();
      scatterFour<T, V>(yr, b, e, r0, r1, r2, r3);
      scatter<T, V>(yr, b + 4 * one, e, r4);
      scatterFour<T, V>(yi, b, e, i0, i1, i2, i3);
      scatter<T, V>(yi, b + 4 * one, e, i4);
      b += 5 * step;
    } else {
      write<T, V>(yr, b, r0);
      write<T, V>(yi, b, i0);
      write<T, V>(yr, b + e, r1);
      write<T, V>(yi, b + e, i1);
      write<T, V>(yr, b + 2 * e, r2);
      write<T, V>(yi, b + 2 * e, i2);
      write<T, V>(yr, b + 3 * e, r3);
      write<T, V>(yi, b + 3 * e, i3);
      write<T, V>(yr, b + 4 * e, r4);
      write<T, V>(yi, b + 4 * e, i4);
      b += step;
    }
  }
}

/** Loads the real or the imaginary part of a twiddle. */
@inline
function factor<T, V>(w: Elements, t: Int, hold: Int): V {
  return hold === ONE ? spread<T, V>(w, t) : read<T, V>(w, t);
}

/**
 * A butterfly of any odd radix, in r² operations: results k and r − k have the same sums of x_j ± x_(r−j).
 *
 * @param table cos and sin of 2π i/r, for i from 0, as pairs.
 */
@inline
function odd<T, V>(
  radix: Int,
  table: Elements,
  xr: Elements,
  xi: Elements,
  a: Int,
  end: Int,
  d: Int,
  yr: Elements,
  yi: Elements,
  b: Int,
  e: Int,
  to: Int,
  hold: Int,
  w: Elements,
  t: Int,
  u: Int,
): void {
  const step = lanes<T, V>() * unit<T>();
  const one = unit<T>();
  const next = to === COLUMNS ? one : e;
  for (; a < end; a += step) {
    const ar = read<T, V>(xr, a);
    const ai = read<T, V>(xi, a);
    let sr = ar;
    let si = ai;
    for (let j: Int = 1; j < radix; j++) {
      sr = add<T, V>(sr, read<T, V>(xr, a + j * d));
      si = add<T, V>(si, read<T, V>(xi, a + j * d));
    }
    if (to === COLUMNS) {
      scatter<T, V>(yr, b, e, sr);
      scatter<T, V>(yi, b, e, si);
    } else {
      write<T, V>(yr, b, sr);
      write<T, V>(yi, b, si);
    }
    for (let k: Int = 1; 2 * k < radix; k++) {
      let er = ar;
      let ei = ai;
      let or = constant<T, V>(0);
      let oi = or;
      let i = k;
      for (let j: Int = 1; 2 * j < radix; j++) {
        const c = spread<T, V>(table, 2 * i * one);
        const s = spread<T, V>(table, (2 * i + 1) * one);
        const pr = read<T, V>(xr, a + j * d);
        const pi = read<T, V>(xi, a + j * d);
        const qr = read<T, V>(xr, a + (radix - j) * d);
        const qi = read<T, V>(xi, a + (radix - j) * d);
        er = add<T, V>(er, mul<T, V>(add<T, V>(pr, qr), c));
        ei = add<T, V>(ei, mul<T, V>(add<T, V>(pi, qi), c));
        or = add<T, V>(or, mul<T, V>(sub<T, V>(pr, qr), s));
        oi = add<T, V>(oi, mul<T, V>(sub<T, V>(pi, qi), s));
        i += k;
        if (i >= radix) i -= radix;
      }
      let r1 = add<T, V>(er, oi);
      let i1 = sub<T, V>(ei, or);
      let r2 = sub<T, V>(er, oi);
      let i2 = add<T, V>(ei, or);
      if (hold !== NONE) {
        const t1 = t + 2 * (k - 1) * u;
        const t2 = t + 2 * (radix - k - 1) * u;
        let re = r1;
        let wr = factor<T, V>(w, t1, hold);
        let wi = factor<T, V>(w, t1 + u, hold);
        r1 = realOf<T, V>(re, i1, wr, wi);
        i1 = imaginaryOf<T, V>(re, i1, wr, wi);
        re = r2;
        wr = factor<T, V>(w, t2, hold);
        wi = factor<T, V>(w, t2 + u, hold);
        r2 = realOf<T, V>(re, i2, wr, wi);
        i2 = imaginaryOf<T, V>(re, i2, wr, wi);
      }
      const first = b + k * next;
      const second = b + (radix - k) * next;
      if (to === COLUMNS) {
        scatter<T, V>(yr, first, e, r1);
        scatter<T, V>(yi, first, e, i1);
        scatter<T, V>(yr, second, e, r2);
        scatter<T, V>(yi, second, e, i2);
      } else {
        write<T, V>(yr, first, r1);
        write<T, V>(yi, first, i1);
        write<T, V>(yr, second, r2);
        write<T, V>(yi, second, i2);
      }
    }
    b += to === COLUMNS ? radix * step : step;
    if (hold === EACH) t += step;
  }
}

/** Runs the first pass of one transform (s = 1), in vectors of neighbouring p, from `first` to `last`. */
function passFirst<T, V>(
  radix: Int,
  table: Elements,
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  w: Elements,
  m: Int,
  first: Int,
  last: Int,
): void {
  const one = unit<T>();
  const u = m * one;
  const e = radix * one;
  const p = first * one;
  const end = last * one;
  const b = radix * p;
  if (radix === 4) four<T, V>(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else if (radix === 2) two<T, V>(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else if (radix === 3) three<T, V>(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else if (radix === 5) five<T, V>(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else odd<T, V>(radix, table, xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
}

/**
 * Runs the first pass of one transform with the radix 4, of an x that has the real and imaginary part of each number
 * side by side.
 *
 * @param w the twiddles.
 * @param m the length of the transforms after the pass, more than 1.
 */
export function passOfPairs<T>(
  x: Elements,
  yr: Elements,
  yi: Elements,
  w: Elements,
  m: Int,
): void {
  const one = unit<T>();
  const u = m * one;
  const whole = (m - (m % lanes<T, Vector>())) * one;
  const b = 4 * whole;
  four<T, Vector>(x, x, 0, whole, u, yr, yi, 0, 4 * one, COLUMNS_OF_PAIRS, EACH, w, 0, u);
  four<T, T>(x, x, whole, u, u, yr, yi, b, 4 * one, COLUMNS_OF_PAIRS, EACH, w, whole, u);
}

/** Runs a later pass in vectors of neighbouring q, for q from `first` to `last` and for `blocks` of the p. */
function passLater<T, V>(
  radix: Int,
  table: Elements,
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  w: Elements,
  m: Int,
  s: Int,
  blocks: Int,
  first: Int,
  last: Int,
): void {
  const one = unit<T>();
  const row = s * one;
  const d = m * row;
  const u = m * one;
  let a = first * one;
  let b = a;
  let end = last * one;
  if (m === 1) {
    if (radix === 4) four<T, V>(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else if (radix === 2) two<T, V>(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else if (radix === 3) three<T, V>(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else if (radix === 5) five<T, V>(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else odd<T, V>(radix, table, xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    return;
  }
  for (let p: Int = 0; p < blocks * one; p += one) {
    if (radix === 4) four<T, V>(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else if (radix === 2) two<T, V>(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else if (radix === 3) three<T, V>(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else if (radix === 5) five<T, V>(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else odd<T, V>(radix, table, xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    a += row;
    end += row;
    b += radix * row;
  }
}

/**
 * Runs a pass or a part of one, with vectors where they fit: threads divide the pass by p or by q.
 *
 * @param table cos and sin of 2π i/r as pairs, for an odd radix above 5.
 * @param w the twiddles: for k = 1 … r − 1 the real parts for p = 0 … m − 1, then the imaginary ones. There are none if
 *   m is 1.
 * @param m the length of the transforms after the pass.
 * @param s the product of the radices before it and of the columns.
 * @param blocks the number of p that are computed, of m.
 * @param count the number of q that are computed, of s.
 */
// exported for f32, f64
export function dftPass<T>(
  radix: Int,
  table: Elements,
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  w: Elements,
  m: Int,
  s: Int,
  blocks: Int,
  count: Int,
): void {
  if (s === 1 && m > 1) {
    const whole = blocks - (blocks % lanes<T, Vector>());
    if (whole > 0) passFirst<T, Vector>(radix, table, xr, xi, yr, yi, w, m, 0, whole);
    if (whole < blocks) passFirst<T, T>(radix, table, xr, xi, yr, yi, w, m, whole, blocks);
    return;
  }
  const whole = count - (count % lanes<T, Vector>());
  if (whole > 0) passLater<T, Vector>(radix, table, xr, xi, yr, yi, w, m, s, blocks, 0, whole);
  if (whole < count) passLater<T, T>(radix, table, xr, xi, yr, yi, w, m, s, blocks, whole, count);
}
