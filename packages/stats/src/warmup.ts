/** The warm-up of a chain, as in Stan: windows in which masses are estimated. After each, a new step size is searched. */

import { type Tensor, where, zeros } from "@graddiff/core";
import { cholesky } from "@graddiff/core/linalg";
import { double } from "./numbers.ts";
import type { Chain } from "./nuts.ts";

/** A window of the warm-up: the transition at which it ends, and whether masses are estimated from its positions. */
export interface Window {
  readonly end: number;
  readonly estimates: boolean;
}

/**
 * Returns the windows of a warm-up: a first one that estimates no masses, windows of doubling lengths that do, and a
 * last one that adapts only the step size. A warm-up of fewer than 20 transitions is one window without estimates.
 */
export function windowsOf(warmup: number): Window[] {
  if (warmup < 20) return warmup > 0 ? [{ end: warmup, estimates: false }] : [];
  const isLong = warmup >= 150;
  const first = isLong ? 75 : Math.floor(0.15 * warmup);
  const last = warmup - (isLong ? 50 : Math.floor(0.1 * warmup));
  const windows: Window[] = [{ end: first, estimates: false }];
  for (let at = first, size = isLong ? 25 : warmup; at < last; size *= 2) {
    at = at + 3 * size <= last ? at + size : last;
    windows.push({ end: at, estimates: true });
  }
  return [...windows, { end: warmup, estimates: false }];
}

/** Returns Welford's sums of no positions. `shape` is [n] for variances, or [n, n] for covariances. */
export function noMoments(shape: readonly number[]): Chain["moments"] {
  const mean = zeros(shape.slice(0, 1), { dtype: "float64" });
  return { n: double(0), mean, squares: zeros(shape, { dtype: "float64" }) };
}

/** Returns the state of dual averaging at its start from a step size. */
export function averagingFrom(stepSize: Tensor): Chain["averaging"] {
  const zero = double(0);
  return { logAverage: zero, error: zero, steps: zero, centre: stepSize.mul(10).log() };
}

/** Returns a chain with masses estimated from its moments. Variances are shrunk towards 10⁻³, as in Stan. */
export function withMasses(chain: Chain): Chain {
  const { n, squares } = chain.moments;
  const share = n.div(n.add(5));
  const rest = share.neg().add(1).mul(1e-3);
  const estimate = squares.div(n.sub(1)).mul(share);
  if (squares.shape.length === 1) {
    const inverse = estimate.add(rest);
    return { ...chain, metric: { inverse, root: inverse.sqrt() } };
  }
  const size = squares.shape[0] ?? 0;
  const diagonal = zeros([size], { dtype: "float64" }).add(rest);
  const inverse = estimate.add(where(identity(size), diagonal, 0));
  const root = cholesky(inverse, { failure: "nan" });
  // If rounding has made the covariances indefinite, the masses stay as they were.
  if (!root.isFinite().all().item()) return chain;
  return { ...chain, metric: { inverse, root } };
}

function identity(size: number): Tensor {
  const indices = double(Array.from({ length: size }, (_, i) => i));
  return indices.reshape([size, 1]).equal(indices);
}
