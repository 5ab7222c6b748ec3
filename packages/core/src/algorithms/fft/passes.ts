// Written from packages/wasm-kernel/assembly/algorithms/fft/passes.ts; do not edit.
//
// The passes of a discrete Fourier transform X_k = Σ_j x_j e^(−2πi jk/n), of real and imaginary parts in separate arrays.
//
// n is a product of radices r₁ r₂ …. A pass of radix r turns each transform of length N = r m into r transforms of length m
// (decimation in frequency): y_k[p] = e^(−2πi pk/N) Σ_j x[p + m j] e^(−2πi jk/r). It writes element p of the transform with
// the digits q so far to position q + s p, where s is the product of the radices so far (Stockham), so the results are in
// order without a permutation (Van Loan, "Computational Frameworks for the Fast Fourier Transform", 1992). The bits of a
// result follow from the radices alone: not from the memory layout, the blocks or the width of the vectors.

import { round } from "../arithmetic.ts";
import { type Elements, type Int } from "../elements.ts";


/** sin of 2π/3; cos and sin of 2π/5 and 4π/5. */
const S3 = 0.8660254037844386;
const C51 = 0.30901699437494745;
const S51 = 0.9510565162951535;
const C52 = -0.8090169943749475;
const S52 = 0.5877852522924731;

/** The order of a butterfly's results: each result as a vector; or the results of each lane side by side. */
const ROWS: Int = 0;
const COLUMNS: Int = 1;

/** The twiddles of a butterfly: none; one for all lanes; one for each lane. */
const NONE: Int = 0;
const ONE: Int = 1;
const EACH: Int = 2;

// Each butterfly below loops over x from a to `end`: it reads x_j at a + j d and writes y_k at b + k e, or, with COLUMNS, lane
// l of y_k at b + k + l e. Twiddle k is the pair of parts at t + 2 (k − 1) u and t + (2 k − 1) u of w.

function two(
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
  const step = 1 * 1;
  let w1r = round(0);
  let w1i = round(0);
  if (hold === ONE) {
    w1r = (w[t] as number);
    w1i = (w[t + u] as number);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = (w[t] as number);
      w1i = (w[t + u] as number);
      t += step;
    }
    const ar = (xr[a] as number);
    const ai = (xi[a] as number);
    const br = (xr[a + d] as number);
    const bi = (xi[a + d] as number);
    const r0 = round(ar + br);
    const i0 = round(ai + bi);
    let r1 = round(ar - br);
    let i1 = round(ai - bi);
    if (hold !== NONE) {
      const re = r1;
      r1 = round(round(re * w1r) - round(i1 * w1i));
      i1 = round(round(re * w1i) + round(i1 * w1r));
    }
    if (to === COLUMNS) {
      yr[b] = r0;
yr[b + 1] = r1;
      yi[b] = i0;
yi[b + 1] = i1;
      b += 2 * step;
    } else {
      yr[b] = r0;
      yi[b] = i0;
      yr[b + e] = r1;
      yi[b + e] = i1;
      b += step;
    }
  }
}

function three(
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
  const step = 1 * 1;
  const half = round(0.5);
  const s3 = round(S3);
  let w1r = round(0);
  let w1i = round(0);
  let w2r = round(0);
  let w2i = round(0);
  if (hold === ONE) {
    w1r = (w[t] as number);
    w1i = (w[t + u] as number);
    w2r = (w[t + 2 * u] as number);
    w2i = (w[t + 3 * u] as number);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = (w[t] as number);
      w1i = (w[t + u] as number);
      w2r = (w[t + 2 * u] as number);
      w2i = (w[t + 3 * u] as number);
      t += step;
    }
    const ar = (xr[a] as number);
    const ai = (xi[a] as number);
    const br = (xr[a + d] as number);
    const bi = (xi[a + d] as number);
    const cr = (xr[a + 2 * d] as number);
    const ci = (xi[a + 2 * d] as number);
    const tr = round(br + cr);
    const ti = round(bi + ci);
    const ur = round(round(br - cr) * s3);
    const ui = round(round(bi - ci) * s3);
    const mr = round(ar - round(tr * half));
    const mi = round(ai - round(ti * half));
    const r0 = round(ar + tr);
    const i0 = round(ai + ti);
    let r1 = round(mr + ui);
    let i1 = round(mi - ur);
    let r2 = round(mr - ui);
    let i2 = round(mi + ur);
    if (hold !== NONE) {
      let re = r1;
      r1 = round(round(re * w1r) - round(i1 * w1i));
      i1 = round(round(re * w1i) + round(i1 * w1r));
      re = r2;
      r2 = round(round(re * w2r) - round(i2 * w2i));
      i2 = round(round(re * w2i) + round(i2 * w2r));
    }
    if (to === COLUMNS) {
      const one = 1;
      yr[b] = r0;
      yr[b + one] = r1;
      yr[b + 2 * one] = r2;
      yi[b] = i0;
      yi[b + one] = i1;
      yi[b + 2 * one] = i2;
      b += 3 * step;
    } else {
      yr[b] = r0;
      yi[b] = i0;
      yr[b + e] = r1;
      yi[b + e] = i1;
      yr[b + 2 * e] = r2;
      yi[b + 2 * e] = i2;
      b += step;
    }
  }
}

function four(
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
  const step = 1 * 1;
  let w1r = round(0);
  let w1i = round(0);
  let w2r = round(0);
  let w2i = round(0);
  let w3r = round(0);
  let w3i = round(0);
  if (hold === ONE) {
    w1r = (w[t] as number);
    w1i = (w[t + u] as number);
    w2r = (w[t + 2 * u] as number);
    w2i = (w[t + 3 * u] as number);
    w3r = (w[t + 4 * u] as number);
    w3i = (w[t + 5 * u] as number);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = (w[t] as number);
      w1i = (w[t + u] as number);
      w2r = (w[t + 2 * u] as number);
      w2i = (w[t + 3 * u] as number);
      w3r = (w[t + 4 * u] as number);
      w3i = (w[t + 5 * u] as number);
      t += step;
    }
    const ar = (xr[a] as number);
    const ai = (xi[a] as number);
    const br = (xr[a + d] as number);
    const bi = (xi[a + d] as number);
    const cr = (xr[a + 2 * d] as number);
    const ci = (xi[a + 2 * d] as number);
    const dr = (xr[a + 3 * d] as number);
    const di = (xi[a + 3 * d] as number);
    const t0r = round(ar + cr);
    const t0i = round(ai + ci);
    const t1r = round(ar - cr);
    const t1i = round(ai - ci);
    const t2r = round(br + dr);
    const t2i = round(bi + di);
    const t3r = round(br - dr);
    const t3i = round(bi - di);
    const r0 = round(t0r + t2r);
    const i0 = round(t0i + t2i);
    let r2 = round(t0r - t2r);
    let i2 = round(t0i - t2i);
    let r1 = round(t1r + t3i);
    let i1 = round(t1i - t3r);
    let r3 = round(t1r - t3i);
    let i3 = round(t1i + t3r);
    if (hold !== NONE) {
      let re = r1;
      r1 = round(round(re * w1r) - round(i1 * w1i));
      i1 = round(round(re * w1i) + round(i1 * w1r));
      re = r2;
      r2 = round(round(re * w2r) - round(i2 * w2i));
      i2 = round(round(re * w2i) + round(i2 * w2r));
      re = r3;
      r3 = round(round(re * w3r) - round(i3 * w3i));
      i3 = round(round(re * w3i) + round(i3 * w3r));
    }
    if (to === COLUMNS) {
      yr[b] = r0;
yr[b + 1] = r1;
yr[b + 2] = r2;
yr[b + 3] = r3;
      yi[b] = i0;
yi[b + 1] = i1;
yi[b + 2] = i2;
yi[b + 3] = i3;
      b += 4 * step;
    } else {
      yr[b] = r0;
      yi[b] = i0;
      yr[b + e] = r1;
      yi[b + e] = i1;
      yr[b + 2 * e] = r2;
      yi[b + 2 * e] = i2;
      yr[b + 3 * e] = r3;
      yi[b + 3 * e] = i3;
      b += step;
    }
  }
}

function five(
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
  const step = 1 * 1;
  const c1 = round(C51);
  const s1 = round(S51);
  const c2 = round(C52);
  const s2 = round(S52);
  let w1r = round(0);
  let w1i = round(0);
  let w2r = round(0);
  let w2i = round(0);
  let w3r = round(0);
  let w3i = round(0);
  let w4r = round(0);
  let w4i = round(0);
  if (hold === ONE) {
    w1r = (w[t] as number);
    w1i = (w[t + u] as number);
    w2r = (w[t + 2 * u] as number);
    w2i = (w[t + 3 * u] as number);
    w3r = (w[t + 4 * u] as number);
    w3i = (w[t + 5 * u] as number);
    w4r = (w[t + 6 * u] as number);
    w4i = (w[t + 7 * u] as number);
  }
  for (; a < end; a += step) {
    if (hold === EACH) {
      w1r = (w[t] as number);
      w1i = (w[t + u] as number);
      w2r = (w[t + 2 * u] as number);
      w2i = (w[t + 3 * u] as number);
      w3r = (w[t + 4 * u] as number);
      w3i = (w[t + 5 * u] as number);
      w4r = (w[t + 6 * u] as number);
      w4i = (w[t + 7 * u] as number);
      t += step;
    }
    const ar = (xr[a] as number);
    const ai = (xi[a] as number);
    const br = (xr[a + d] as number);
    const bi = (xi[a + d] as number);
    const cr = (xr[a + 2 * d] as number);
    const ci = (xi[a + 2 * d] as number);
    const dr = (xr[a + 3 * d] as number);
    const di = (xi[a + 3 * d] as number);
    const er = (xr[a + 4 * d] as number);
    const ei = (xi[a + 4 * d] as number);
    const pr = round(br + er);
    const pi = round(bi + ei);
    const ur = round(br - er);
    const ui = round(bi - ei);
    const qr = round(cr + dr);
    const qi = round(ci + di);
    const vr = round(cr - dr);
    const vi = round(ci - di);
    const r0 = round(ar + round(pr + qr));
    const i0 = round(ai + round(pi + qi));
    const fr = round(ar + round(round(pr * c1) + round(qr * c2)));
    const fi = round(ai + round(round(pi * c1) + round(qi * c2)));
    const gr = round(ar + round(round(pr * c2) + round(qr * c1)));
    const gi = round(ai + round(round(pi * c2) + round(qi * c1)));
    const hr = round(round(ur * s1) + round(vr * s2));
    const hi = round(round(ui * s1) + round(vi * s2));
    const kr = round(round(ur * s2) - round(vr * s1));
    const ki = round(round(ui * s2) - round(vi * s1));
    let r1 = round(fr + hi);
    let i1 = round(fi - hr);
    let r4 = round(fr - hi);
    let i4 = round(fi + hr);
    let r2 = round(gr + ki);
    let i2 = round(gi - kr);
    let r3 = round(gr - ki);
    let i3 = round(gi + kr);
    if (hold !== NONE) {
      let re = r1;
      r1 = round(round(re * w1r) - round(i1 * w1i));
      i1 = round(round(re * w1i) + round(i1 * w1r));
      re = r2;
      r2 = round(round(re * w2r) - round(i2 * w2i));
      i2 = round(round(re * w2i) + round(i2 * w2r));
      re = r3;
      r3 = round(round(re * w3r) - round(i3 * w3i));
      i3 = round(round(re * w3i) + round(i3 * w3r));
      re = r4;
      r4 = round(round(re * w4r) - round(i4 * w4i));
      i4 = round(round(re * w4i) + round(i4 * w4r));
    }
    if (to === COLUMNS) {
      const one = 1;
      yr[b] = r0;
yr[b + 1] = r1;
yr[b + 2] = r2;
yr[b + 3] = r3;
      yr[b + 4 * one] = r4;
      yi[b] = i0;
yi[b + 1] = i1;
yi[b + 2] = i2;
yi[b + 3] = i3;
      yi[b + 4 * one] = i4;
      b += 5 * step;
    } else {
      yr[b] = r0;
      yi[b] = i0;
      yr[b + e] = r1;
      yi[b + e] = i1;
      yr[b + 2 * e] = r2;
      yi[b + 2 * e] = i2;
      yr[b + 3 * e] = r3;
      yi[b + 3 * e] = i3;
      yr[b + 4 * e] = r4;
      yi[b + 4 * e] = i4;
      b += step;
    }
  }
}

/**
 * A butterfly of any odd radix, in r² operations: results k and r − k have the same sums of x_j ± x_(r−j).
 *
 * @param table cos and sin of 2π i/r, for i from 0, as pairs.
 */
function odd(
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
  const step = 1 * 1;
  const one = 1;
  const next = to === COLUMNS ? one : e;
  for (; a < end; a += step) {
    const ar = (xr[a] as number);
    const ai = (xi[a] as number);
    let sr = ar;
    let si = ai;
    for (let j: Int = 1; j < radix; j++) {
      sr = round(sr + (xr[a + j * d] as number));
      si = round(si + (xi[a + j * d] as number));
    }
    if (to === COLUMNS) {
      yr[b] = sr;
      yi[b] = si;
    } else {
      yr[b] = sr;
      yi[b] = si;
    }
    for (let k: Int = 1; 2 * k < radix; k++) {
      let er = ar;
      let ei = ai;
      let or = round(0);
      let oi = or;
      let i = k;
      for (let j: Int = 1; 2 * j < radix; j++) {
        const c = (table[2 * i * one] as number);
        const s = (table[(2 * i + 1) * one] as number);
        const pr = (xr[a + j * d] as number);
        const pi = (xi[a + j * d] as number);
        const qr = (xr[a + (radix - j) * d] as number);
        const qi = (xi[a + (radix - j) * d] as number);
        er = round(er + round(round(pr + qr) * c));
        ei = round(ei + round(round(pi + qi) * c));
        or = round(or + round(round(pr - qr) * s));
        oi = round(oi + round(round(pi - qi) * s));
        i += k;
        if (i >= radix) i -= radix;
      }
      let r1 = round(er + oi);
      let i1 = round(ei - or);
      let r2 = round(er - oi);
      let i2 = round(ei + or);
      if (hold !== NONE) {
        const t1 = t + 2 * (k - 1) * u;
        const t2 = t + 2 * (radix - k - 1) * u;
        let re = r1;
        let wr = (w[t1] as number);
        let wi = (w[t1 + u] as number);
        r1 = round(round(re * wr) - round(i1 * wi));
        i1 = round(round(re * wi) + round(i1 * wr));
        re = r2;
        wr = (w[t2] as number);
        wi = (w[t2 + u] as number);
        r2 = round(round(re * wr) - round(i2 * wi));
        i2 = round(round(re * wi) + round(i2 * wr));
      }
      const first = b + k * next;
      const second = b + (radix - k) * next;
      if (to === COLUMNS) {
        yr[first] = r1;
        yi[first] = i1;
        yr[second] = r2;
        yi[second] = i2;
      } else {
        yr[first] = r1;
        yi[first] = i1;
        yr[second] = r2;
        yi[second] = i2;
      }
    }
    b += to === COLUMNS ? radix * step : step;
    if (hold === EACH) t += step;
  }
}

/** The first pass of one transform (s = 1), in vectors of neighbouring p, from `first` to `last`. */
function passFirst(
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
  const one = 1;
  const u = m * one;
  const e = radix * one;
  const p = first * one;
  const end = last * one;
  const b = radix * p;
  if (radix === 4) four(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else if (radix === 2) two(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else if (radix === 3) three(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else if (radix === 5) five(xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
  else odd(radix, table, xr, xi, p, end, u, yr, yi, b, e, COLUMNS, EACH, w, p, u);
}

/** A pass in vectors of neighbouring q, from `first` to `last` of s. */
function passLater(
  radix: Int,
  table: Elements,
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  w: Elements,
  m: Int,
  s: Int,
  first: Int,
  last: Int,
): void {
  const one = 1;
  const row = s * one;
  const d = m * row;
  const u = m * one;
  let a = first * one;
  let b = a;
  let end = last * one;
  if (m === 1) {
    if (radix === 4) four(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else if (radix === 2) two(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else if (radix === 3) three(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else if (radix === 5) five(xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    else odd(radix, table, xr, xi, a, end, row, yr, yi, b, row, ROWS, NONE, w, 0, 0);
    return;
  }
  for (let p: Int = 0; p < u; p += one) {
    if (radix === 4) four(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else if (radix === 2) two(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else if (radix === 3) three(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else if (radix === 5) five(xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    else odd(radix, table, xr, xi, a, end, d, yr, yi, b, row, ROWS, ONE, w, p, u);
    a += row;
    end += row;
    b += radix * row;
  }
}

/**
 * A pass, in vectors as far as they reach.
 *
 * @param table cos and sin of 2π i/r as pairs, for an odd radix above 5.
 * @param w the twiddles: for k = 1 … r − 1 the real parts for p = 0 … m − 1, then the imaginary ones. None where m is 1.
 * @param m the length of the transforms after the pass.
 * @param s the product of the radices before it and of the columns.
 */
export function pass(
  radix: Int,
  table: Elements,
  xr: Elements,
  xi: Elements,
  yr: Elements,
  yi: Elements,
  w: Elements,
  m: Int,
  s: Int,
): void {
  if (s === 1 && m > 1) {
    const whole = m - (m % 1);
    if (whole > 0) passFirst(radix, table, xr, xi, yr, yi, w, m, 0, whole);
    if (whole < m) passFirst(radix, table, xr, xi, yr, yi, w, m, whole, m);
    return;
  }
  const whole = s - (s % 1);
  if (whole > 0) passLater(radix, table, xr, xi, yr, yi, w, m, s, 0, whole);
  if (whole < s) passLater(radix, table, xr, xi, yr, yi, w, m, s, whole, s);
}
