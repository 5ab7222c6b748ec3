/**
 * Quantiles of distributions of counts, element by element. int32 gives float32.
 */

import { binomialQuantileKernel, poissonQuantileKernel } from "../families/statistics.ts";
import { none } from "../graph/op.ts";
import type { Binary } from "./elementwise.ts";
import { ofSameShapes, type Ternary } from "./sameShapes.ts";

const NONE = none("its result is a count");

/**
 * The least count k for which a Poisson distribution has at most k events with the probability p or more, broadcast. It is
 * 0 at 0, Infinity at 1, and NaN outside of 0 to 1 and for a rate that is negative or infinite. It has no derivative.
 *
 * @param x the rate, the mean of the distribution.
 * @param y p, the probability.
 * @example
 * ```ts
 * import { poissonQuantile } from "@graddiff/core";
 *
 * console.log(poissonQuantile(3, 0.5).item(), poissonQuantile(3, 0.99).item()); // 3 8
 * ```
 */
export const poissonQuantile: Binary = ofSameShapes(2, {
  name: "poissonQuantile",
  symbol: "Poisson⁻¹",
  formula: "the least k with Q(k + 1, x) ≥ y",
  kernel: poissonQuantileKernel,
  derivative: NONE,
  domain: [[[0.3, 40]], [[0.1, 0.9]]],
  edges: [
    [3, 0, 0],
    [0, 0.5, 0],
    [3, 1, Infinity],
    [-1, 0.5, NaN],
    [Infinity, 0.5, NaN],
    [3, 2, NaN],
    [3, -1, NaN],
    [NaN, 0.5, NaN],
    [3, NaN, NaN],
  ],
});

/**
 * The least count k for which a binomial distribution has at most k successes with the probability p or more, broadcast. It
 * is 0 at 0, and the number of trials at 1. It is NaN for probabilities outside of 0 to 1, and for a number of trials that
 * is no integer from 0. It has no derivative.
 *
 * @param x the number of trials.
 * @param y the probability of a success.
 * @param z p, the probability.
 * @example
 * ```ts
 * import { binomialQuantile } from "@graddiff/core";
 *
 * console.log(binomialQuantile(10, 0.5, 0.5).item(), binomialQuantile(10, 0.5, 0.99).item()); // 5 9
 * ```
 */
export const binomialQuantile: Ternary = ofSameShapes(3, {
  name: "binomialQuantile",
  symbol: "binomial⁻¹",
  formula: "the least k with I(x − k, k + 1; 1 − y) ≥ z",
  kernel: binomialQuantileKernel,
  derivative: NONE,
  domain: [[[4, 4]], [[0.1, 0.9]], [[0.1, 0.9]]],
  edges: [
    [7, 0.5, 0, 0],
    [7, 0.5, 1, 7],
    [0, 0.5, 0.5, 0],
    [7, 0, 0.5, 0],
    [7, 1, 0.5, 7],
    [7.5, 0.5, 0.5, NaN],
    [-1, 0.5, 0.5, NaN],
    [Infinity, 0.5, 0.5, NaN],
    [7, 2, 0.5, NaN],
    [7, 0.5, -1, NaN],
    [NaN, 0.5, 0.5, NaN],
    [7, NaN, 0.5, NaN],
    [7, 0.5, NaN, NaN],
  ],
});
