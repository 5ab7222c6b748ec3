/**
 * Diagnostics of chains, computed on the host: A. Vehtari, A. Gelman, D. Simpson, B. Carpenter and P.-C. Bürkner,
 * "Rank-normalization, folding, and localization: an improved R̂" (2021). Each function takes draws, [chains, draws,
 * …], and returns one number for each element of a draw.
 */

import { erfInv, ShapeError, type Tensor, type TensorLike, treeMap } from "@graddiff/core";
import { formatShape, refuseSurplus } from "@graddiff/core/extend";
import { double, float64, sizeOf } from "./numbers.ts";

/** The draws of one scalar, an array for each chain. */
export type Chains = readonly Float64Array[];

function meanOf(x: Float64Array): number {
  let sum = 0;
  for (const value of x) sum += value;
  return sum / x.length;
}

function varianceOf(x: Float64Array, mean = meanOf(x)): number {
  let sum = 0;
  for (const value of x) sum += (value - mean) ** 2;
  return sum / (x.length - 1);
}

function joined(chains: Chains): Float64Array {
  return Float64Array.from(chains.flatMap((chain) => Array.from(chain)));
}

/** Returns the first and the last half of each chain, without the middle draw of an odd number of draws. */
function halves(chains: Chains): Chains {
  return chains.flatMap((chain) => {
    const half = chain.length >> 1;
    return [chain.subarray(0, half), chain.subarray(chain.length - half)];
  });
}

const mapped = (chains: Chains, fn: (x: number) => number): Chains =>
  chains.map((chain) => chain.map(fn));

/** Returns a quantile of sorted numbers, by linear interpolation. */
function quantileOf(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const low = Math.floor(at);
  const first = sorted[low] ?? Number.NaN;
  return first + (at - low) * ((sorted[low + 1] ?? first) - first);
}

/**
 * Returns the median of sorted numbers. Of an even count it is (a + b) / 2, as in NumPy: the two middle numbers then have
 * distances from it that are equal to the last bit, and so equal ranks.
 */
function medianOf(sorted: Float64Array): number {
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}

/** Returns the ranks of the draws among all chains, from 1. Equal draws have the mean of their ranks. */
export function ranksOf(chains: Chains): Chains {
  const all = joined(chains);
  const order = Array.from(all.keys()).sort((a, b) => (all[a] ?? 0) - (all[b] ?? 0));
  const ranks = new Float64Array(all.length);
  const valueAt = (i: number) => all[order[i] ?? 0];
  for (let i = 0; i < order.length; ) {
    let end = i + 1;
    while (end < order.length && valueAt(end) === valueAt(i)) end++;
    for (let j = i; j < end; j++) ranks[order[j] ?? 0] = (i + end + 1) / 2;
    i = end;
  }
  let from = 0;
  return chains.map(({ length }) => {
    from += length;
    return ranks.slice(from - length, from);
  });
}

/** Returns the normal scores of the ranks. */
function scores(chains: Chains): Chains {
  const size = chains.reduce((sum, { length }) => sum + length, 0);
  return ranksOf(chains).map((ranks) => {
    const shares = ranks.map((rank) => (rank - 3 / 8) / (size + 1 / 4));
    return Float64Array.from(erfInv(double(shares).mul(2).sub(1)).mul(Math.SQRT2).data());
  });
}

/** Returns R̂ of chains without a transformation; NaN if all draws are equal. */
function plainRhat(chains: Chains): number {
  const first = chains[0]?.[0];
  if (chains.every((chain) => chain.every((x) => x === first))) return Number.NaN;
  const n = chains[0]?.length ?? 0;
  const between = n * varianceOf(Float64Array.from(chains, (chain) => meanOf(chain)));
  const within = meanOf(Float64Array.from(chains, (chain) => varianceOf(chain)));
  return Math.sqrt((between / within + n - 1) / n);
}

function rhatOf(chains: Chains): number {
  const parts = halves(chains);
  const median = medianOf(joined(parts).sort());
  const folded = mapped(parts, (x) => Math.abs(x - median));
  const [middle, tails] = [plainRhat(scores(parts)), plainRhat(scores(folded))];
  // If all draws have the same distance from the median, R̂ of the distances is NaN.
  return Number.isNaN(tails) ? middle : Math.max(middle, tails);
}

/**
 * Returns the effective sample size by Geyer's initial monotone sequence. Autocovariances are computed up to the lag at
 * which the sequence ends.
 */
function effectiveSize(chains: Chains): number {
  const n = chains[0]?.length ?? 0;
  const size = n * chains.length;
  const means = Float64Array.from(chains, (chain) => meanOf(chain));
  const covariance = (lag: number) => {
    let total = 0;
    for (const [c, chain] of chains.entries()) {
      const mean = means[c] ?? 0;
      let sum = 0;
      for (let i = 0; i + lag < n; i++) {
        sum += ((chain[i] ?? 0) - mean) * ((chain[i + lag] ?? 0) - mean);
      }
      total += sum / n;
    }
    return total / chains.length;
  };
  const within = (covariance(0) * n) / (n - 1);
  const spread = chains.length > 1 ? varianceOf(means) : 0;
  const total = (within * (n - 1)) / n + spread;
  // The effective size of constant draws is their number, as in ArviZ.
  if (total === 0) return size;
  const correlation = (lag: number) => 1 - (within - covariance(lag)) / total;
  let [even, odd] = [1, correlation(1)];
  const all = [even, odd];
  let t = 1;
  while (t < n - 3 && even + odd > 0) {
    [even, odd] = [correlation(t + 1), correlation(t + 2)];
    if (even + odd >= 0) all.push(even, odd);
    t += 2;
  }
  const last = t - 2;
  if (even > 0) all[last + 1] = even;
  const at = (i: number) => all[i] ?? 0;
  for (let i = 1; i <= last - 2; i += 2) {
    const before = at(i - 1) + at(i);
    if (at(i + 1) + at(i + 2) > before) all[i + 1] = all[i + 2] = before / 2;
  }
  let sum = 0;
  for (let i = 0; i <= last; i++) sum += at(i);
  const time = Math.max(-1 + 2 * sum + at(last + 1), 1 / Math.log10(size));
  return size / time;
}

const bulkOf = (chains: Chains) => effectiveSize(scores(halves(chains)));

function tailOf(chains: Chains): number {
  const sorted = joined(chains).sort();
  const sizes = [0.05, 0.95].map((p) => {
    const end = quantileOf(sorted, p);
    return effectiveSize(halves(mapped(chains, (x) => (x <= end ? 1 : 0))));
  });
  return Math.min(...sizes);
}

const errorOf = (chains: Chains) =>
  Math.sqrt(varianceOf(joined(chains)) / effectiveSize(halves(chains)));

/** Returns the numbers of one row of a summary. */
export function describeChains(chains: Chains) {
  const sorted = joined(chains).sort();
  return {
    mean: meanOf(joined(chains)),
    deviation: Math.sqrt(varianceOf(sorted)),
    mcse: errorOf(chains),
    q5: quantileOf(sorted, 0.05),
    q50: quantileOf(sorted, 0.5),
    q95: quantileOf(sorted, 0.95),
    essBulk: bulkOf(chains),
    essTail: tailOf(chains),
    rhat: rhatOf(chains),
  };
}

/** The fewest draws of a chain: each half needs two for a variance, and the effective size needs some lags. */
const LEAST = 4;

/** Returns the shape of one draw, and the chains of each of its elements, from draws [chains, draws, …]. */
export function chainsOf(op: string, draws: TensorLike): { shape: number[]; columns: Chains[] } {
  const x = float64(op, "draws", draws);
  const [chains = 0, count = 0, ...shape] = x.shape;
  if (chains < 1 || count < LEAST) {
    const expected = `[chains, draws, …] with at least ${LEAST} draws`;
    throw new ShapeError({ op, argument: "draws", expected, got: formatShape(x.shape) });
  }
  const size = sizeOf(shape);
  const data = x.data();
  const columns = Array.from({ length: size }, (_, element) =>
    Array.from({ length: chains }, (_, chain) =>
      Float64Array.from(
        { length: count },
        (_, i) => data[(chain * count + i) * size + element] ?? 0,
      ),
    ),
  );
  return { shape, columns };
}

function each(op: string, draws: TensorLike, fn: (chains: Chains) => number): Tensor {
  const { shape, columns } = chainsOf(op, draws);
  return double(
    Float64Array.from(columns, (chains) => (isFiniteAll(chains) ? fn(chains) : Number.NaN)),
  ).reshape(shape);
}

function isFiniteAll(chains: Chains): boolean {
  return chains.every((chain) => chain.every((x) => Number.isFinite(x)));
}

/**
 * Returns rank-normalized R̂, which measures the disagreement of chains. It is the greater of two values: for the
 * draws, and for their distances from the median. Below 1.01 the chains agree. Each chain is split into halves, so one
 * chain is compared with itself. NaN for draws that are not finite, or all equal.
 *
 * @param draws float64, [chains, draws, …], such as a leaf of `posterior.draws`. Integers and booleans are converted.
 * @returns float64, of the shape after the first two axes.
 * @throws ShapeError for fewer than 4 draws; DTypeError for float32.
 * @example
 * ```ts
 * import { normal } from "@graddiff/core";
 * import { rhat } from "@graddiff/stats";
 *
 * console.log(rhat(normal([4, 1000], { seed: 1, dtype: "float64" })).item() < 1.01); // true
 * ```
 */
export function rhat(draws: TensorLike): Tensor {
  refuseSurplus("rhat", 1, arguments);
  return each("rhat", draws, rhatOf);
}

/**
 * Returns the bulk effective sample size: the number of independent draws that would estimate the centre of the
 * distribution with the same precision. It is computed from the normal scores of the draws' ranks. NaN for draws that
 * are not finite.
 *
 * @param draws as for {@link rhat}.
 * @returns float64, of the shape after the first two axes.
 * @throws what `rhat` throws.
 * @example
 * ```ts
 * import { normal } from "@graddiff/core";
 * import { essBulk } from "@graddiff/stats";
 *
 * console.log(essBulk(normal([4, 1000], { seed: 1, dtype: "float64" })).item() > 3000); // true
 * ```
 */
export function essBulk(draws: TensorLike): Tensor {
  refuseSurplus("essBulk", 1, arguments);
  return each("essBulk", draws, bulkOf);
}

/**
 * Returns the tail effective sample size: the lesser of the effective sample sizes of the 5 % and 95 % quantiles. NaN for
 * draws that are not finite.
 *
 * @param draws as for {@link rhat}.
 * @returns float64, of the shape after the first two axes.
 * @throws what `rhat` throws.
 * @example
 * ```ts
 * import { normal } from "@graddiff/core";
 * import { essTail } from "@graddiff/stats";
 *
 * console.log(essTail(normal([4, 1000], { seed: 1, dtype: "float64" })).item() > 3000); // true
 * ```
 */
export function essTail(draws: TensorLike): Tensor {
  refuseSurplus("essTail", 1, arguments);
  return each("essTail", draws, tailOf);
}

/**
 * Returns the Monte Carlo standard error of the mean of the draws. NaN for draws that are not finite.
 *
 * @param draws as for {@link rhat}.
 * @returns float64, of the shape after the first two axes.
 * @throws what `rhat` throws.
 * @example
 * ```ts
 * import { normal } from "@graddiff/core";
 * import { mcse } from "@graddiff/stats";
 *
 * console.log(mcse(normal([4, 1000], { seed: 1, dtype: "float64" })).item().toFixed(2)); // 0.02
 * ```
 */
export function mcse(draws: TensorLike): Tensor {
  refuseSurplus("mcse", 1, arguments);
  return each("mcse", draws, errorOf);
}

/**
 * Returns the energy Bayesian fraction of missing information (E-BFMI): the mean squared change of the energy from draw
 * to draw, divided by the variance of the energy (M. Betancourt, 2016). Below 0.3 the random momenta change the energy
 * too little for a chain to explore the tails.
 *
 * @param energies float64, [chains, draws], such as `posterior.stats.energy`.
 * @returns float64, [chains].
 * @throws what `rhat` throws.
 * @example
 * ```ts
 * import { normal } from "@graddiff/core";
 * import { bfmi } from "@graddiff/stats";
 *
 * console.log(bfmi(normal([1, 10_000], { seed: 1, dtype: "float64" })).at(0).item().toFixed(0)); // 2
 * ```
 */
export function bfmi(energies: TensorLike): Tensor {
  refuseSurplus("bfmi", 1, arguments);
  const { shape, columns } = chainsOf("bfmi", energies);
  const [chains, ...others] = columns;
  if (chains === undefined || others.length > 0) {
    const got = formatShape([0, 0, ...shape]).replace("0, 0", "chains, draws");
    throw new ShapeError({ op: "bfmi", argument: "energies", expected: "[chains, draws]", got });
  }
  return double(chains.map(explored));
}

function explored(energies: Float64Array): number {
  let sum = 0;
  for (let i = 1; i < energies.length; i++) {
    sum += ((energies[i] ?? 0) - (energies[i - 1] ?? 0)) ** 2;
  }
  return sum / (energies.length - 1) / varianceOf(energies);
}

/** Returns the mean effective sample size of all elements of a tree of draws. */
export function meanEss(draws: unknown): number {
  const sizes: number[] = [];
  treeMap((leaf: Tensor) => {
    const { columns } = chainsOf("loo", leaf);
    sizes.push(...columns.map((chains) => effectiveSize(halves(chains))));
    return leaf;
  }, draws);
  return sizes.reduce((a, b) => a + b, 0) / sizes.length;
}
