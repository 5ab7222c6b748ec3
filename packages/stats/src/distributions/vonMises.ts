/** The von Mises distribution of angles. */

import {
  asin,
  besselI0e,
  besselI1e,
  sin,
  type Tensor,
  type TensorLike,
  uniform,
  where,
  whileLoop,
} from "@graddiff/core";
import { refuseSurplus } from "@graddiff/core/extend";
import { type Distribution, distribution } from "../distribution.ts";
import { commonShape, FINITE, POSITIVE, parameter } from "../numbers.ts";
import { interval } from "../supports.ts";
import { seedsOf } from "./positive.ts";

/** The concentration below which 1 / κ + κ, from its series, is used for r. */
const SMALL = 1e-5;

/**
 * Returns angles around 0 by rejection from a wrapped Cauchy distribution (D. Best and N. Fisher, Efficient simulation of the
 * von Mises distribution, Applied Statistics 28, 1979). Proposals go on until all elements have theirs: two in three are taken.
 * Angles near 0 are computed from 1 − cos θ, which has their digits.
 */
function angles(concentration: Tensor, seed: Tensor, shape: readonly number[]): Tensor {
  const k = concentration.broadcastTo(shape);
  const large = k.maximum(SMALL);
  const root = large.square().mul(4).add(1).sqrt();
  // r − 1 = (1 − ρ)² / 2ρ with ρ = (τ − √(2τ)) / 2κ and τ = 1 + √(1 + 4κ²).
  const tau = root.add(1);
  const rho = tau.sub(tau.mul(2).sqrt()).div(large.mul(2));
  const excess = where(
    k.less(SMALL),
    k.maximum(1e-300).reciprocal().add(k).sub(1),
    rho.neg().add(1).square().div(rho.mul(2)),
  );
  interface Search {
    readonly seed: Tensor;
    readonly angle: Tensor;
    readonly found: Tensor;
  }
  const last = whileLoop(
    (s: Search) => s.found.all().logicalNot(),
    (s: Search): Search => {
      const [next, ofRound] = seedsOf(s.seed, 2);
      const drawn = uniform([3, ...shape], { seed: ofRound, dtype: "float64" });
      const [first, second, third] = [drawn.at(0), drawn.at(1), drawn.at(2)];
      // 1 − z for z = cos πu, and 1 − f for f = (1 + r z) / (r + z), the cosine of the proposal.
      const distance = sin(first.mul(Math.PI / 2))
        .square()
        .mul(2);
      const change = excess.mul(distance).div(excess.add(2).sub(distance));
      const c = k.mul(excess.add(change));
      const log = c.div(second.maximum(1e-300)).log();
      const isTaken = log.add(1).sub(c).greaterEqual(0).logicalAnd(s.found.logicalNot());
      const angle = asin(change.mul(0.5).minimum(1).sqrt()).mul(2);
      const signed = where(third.less(0.5), angle.neg(), angle);
      return {
        seed: next,
        angle: where(isTaken, signed, s.angle),
        found: s.found.logicalOr(isTaken),
      };
    },
    { seed, angle: k.mul(0), found: k.notEqual(k) },
  );
  return last.angle;
}

/** The coefficients of 1 − I₁(κ) / I₀(κ) in powers of 1 / κ (NIST DLMF 10.40.1), from the first one on. */
const COEFFICIENTS = [1 / 2, 1 / 8, 1 / 8, 25 / 128, 13 / 32];

/** The concentration from which these give all digits, where the difference would lose them. */
const SERIES_FROM = 1000;

/** Returns 1 − I₁(κ) / I₀(κ). */
function spread(k: Tensor): Tensor {
  const inverse = k.maximum(SERIES_FROM).reciprocal();
  const series = COEFFICIENTS.reduceRight<Tensor>(
    (sum, coefficient) => sum.add(coefficient).mul(inverse),
    k.mul(0),
  );
  const small = k.minimum(SERIES_FROM);
  const direct = besselI1e(small).div(besselI0e(small)).neg().add(1);
  return where(k.less(SERIES_FROM), direct, series);
}

/**
 * Returns the von Mises distribution of angles, a normal distribution on a circle. Its density e^(κ cos(x − location)) / (2π I₀(κ))
 * has the period 2π; draws and unknowns are within π of the location. Its mean is the location. Its variance is that of
 * angles, 1 − I₁(κ) / I₀(κ), from 0 to 1.
 *
 * @param location the most probable angle, in radians.
 * @param concentration κ, above 0: near 0 all angles are nearly equally probable, and great ones give a normal distribution
 *   with the variance 1 / κ.
 * @returns a {@link Distribution} whose parameters broadcast.
 * @throws ArgumentError for a concentration that is not above 0; DTypeError for float32.
 * @example
 * ```ts
 * import { VonMises } from "@graddiff/stats";
 *
 * console.log(VonMises(0, 4).variance.item().toFixed(3)); // 0.136
 * ```
 */
export function VonMises(location: TensorLike, concentration: TensorLike): Distribution {
  refuseSurplus("VonMises", 2, arguments);
  const m = parameter("VonMises", "location", location, FINITE);
  const k = parameter("VonMises", "concentration", concentration, POSITIVE);
  return distribution("VonMises", {
    shape: commonShape(m, k),
    support: interval(m.sub(Math.PI), m.add(Math.PI)),
    // cos z − 1 = −2 sin² z/2
    logProb: (x) =>
      sin(x.sub(m).mul(0.5))
        .square()
        .mul(k.mul(-2))
        .sub(
          besselI0e(k)
            .mul(2 * Math.PI)
            .log(),
        ),
    sample: (seed, shape) => angles(k, seed, shape).add(m),
    mean: () => m.add(k.mul(0)),
    variance: () => spread(k).add(m.mul(0)),
  });
}
