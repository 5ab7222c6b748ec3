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
