/**
 * Elementary functions of single float64 numbers, for algorithms that are written once for both languages.
 * `packages/wasm-kernel/assembly/algorithms/statistics/scalars.ts` says the same for WebAssembly.
 */

export {
  cos_f64 as cos,
  erfc_f64 as erfc,
  exp_f64 as exp,
  expm1_f64 as expm1,
  log_f64 as log,
  log1p_f64 as log1p,
  pow_f64 as pow,
  sin_f64 as sin,
} from "../../generated/elementary/elementary.ts";

export function squareRoot(x: number): number {
  return Math.sqrt(x);
}

export function magnitude(x: number): number {
  return Math.abs(x);
}

export function floor(x: number): number {
  return Math.floor(x);
}

/** Returns a quotient of two polynomials of degree 7 in r, whose coefficients begin with those of r⁰. */
export function quotient(
  r: number,
  a0: number,
  a1: number,
  a2: number,
  a3: number,
  a4: number,
  a5: number,
  a6: number,
  a7: number,
  b0: number,
  b1: number,
  b2: number,
  b3: number,
  b4: number,
  b5: number,
  b6: number,
  b7: number,
): number {
  const above = a0 + r * (a1 + r * (a2 + r * (a3 + r * (a4 + r * (a5 + r * (a6 + r * a7))))));
  return above / (b0 + r * (b1 + r * (b2 + r * (b3 + r * (b4 + r * (b5 + r * (b6 + r * b7)))))));
}

/** Returns 1 + x / (a + 1) + x² / ((a + 1) (a + 2)) + …, two terms a step. */
export function series(a: number, x: number): number {
  let n = a + 1;
  let m = a + 2;
  let term = 1;
  let sum = 1;
  do {
    const first = x / n;
    const both = first * (x / m);
    sum += term * first + term * both;
    term *= both;
    n += 2;
    m += 2;
  } while (term > sum * 4.4e-17);
  return sum;
}

/** Returns a x (1 − b) / (a + 1) + a x² (1 − b) (2 − b) / (2 (a + 2)) + …, two terms a step. */
export function betaSeries(a: number, b: number, x: number): number {
  let term = 1;
  let sum = 0;
  for (let n = 1; n < 1000; n += 2) {
    const c = n + 1;
    const first = (x * (n - b) * (n - 1 + a)) / (n * (n + a));
    const both = first * ((x * (c - b) * (c - 1 + a)) / (c * (c + a)));
    const last = term * both;
    sum += term * first + last;
    term = last;
    if (Math.abs(last) <= 1e-17 * (1 + sum)) break;
  }
  return sum;
}
