// The group of the functions of statistics and Bessel's, element by element. They compute in float64, and the result is
// rounded.

import { besselI0e, besselI1e, besselJ0, besselJ1 } from "../../algorithms/statistics/bessel";
import { betaI, betaIComplement, betaIComplementInverse, betaIInverse } from "../../algorithms/statistics/beta";
import { binomialQuantile, poissonQuantile } from "../../algorithms/statistics/counts";
import {
  gammaP, gammaPInverse, gammaQ, gammaQInverse, stirlingRemainder,
} from "../../algorithms/statistics/gamma";
import { isMiddle, middleQuantile, tailOf, tailQuantile } from "../../algorithms/statistics/normal";
import { lanesOf, logarithmsOf } from "../../algorithms/statistics/scalars";
import { isSame } from "../../operations";

class StirlingRemainder {}
class BesselI0e {}
class BesselI1e {}
class BesselJ0 {}
class BesselJ1 {}
class GammaP {}
class GammaQ {}
class GammaPInverse {}
class GammaQInverse {}
class PoissonQuantile {}
class BetaI {}
class BetaIComplement {}
class BetaIInverse {}
class BetaIComplementInverse {}
class BinomialQuantile {}

@inline
function one<O>(x: f64): f64 {
  if (isSame<O, StirlingRemainder>()) return stirlingRemainder(x);
  if (isSame<O, BesselI0e>()) return besselI0e(x);
  if (isSame<O, BesselI1e>()) return besselI1e(x);
  if (isSame<O, BesselJ0>()) return besselJ0(x);
  return besselJ1(x);
}

@inline
function two<O>(x: f64, y: f64): f64 {
  if (isSame<O, GammaP>()) return gammaP(x, y);
  if (isSame<O, GammaQ>()) return gammaQ(x, y);
  if (isSame<O, GammaPInverse>()) return gammaPInverse(x, y);
  if (isSame<O, GammaQInverse>()) return gammaQInverse(x, y);
  return poissonQuantile(x, y);
}

@inline
function three<O>(x: f64, y: f64, z: f64): f64 {
  if (isSame<O, BetaI>()) return betaI(x, y, z);
  if (isSame<O, BetaIComplement>()) return betaIComplement(x, y, z);
  if (isSame<O, BetaIInverse>()) return betaIInverse(x, y, z);
  if (isSame<O, BetaIComplementInverse>()) return betaIComplementInverse(x, y, z);
  return binomialQuantile(x, y, z);
}

/**
 * out[i] = the normal quantile of x[i]. Runs of 64 elements take two passes, since a branch for each element is
 * mispredicted: the first computes all as if they were in the middle, and the second computes the tails.
 */
// exported for f32, f64
function normalQuantile<T>(x: usize, out: usize, count: usize): void {
  while (count > 0) {
    const length = min<usize>(count, 64);
    let tails: u64 = 0;
    for (let i: usize = 0; i < length; i++) {
      const given = load<T>(x + i * sizeof<T>());
      const p = <f64>given;
      const inside = isMiddle(p);
      // `out` may be `x`, so an element of a tail stays there for the second pass.
      store<T>(out + i * sizeof<T>(), select<T>(<T>middleQuantile(p), given, inside));
      tails |= <u64>!inside << i;
    }
    // Two at a time, for which one logarithm is computed; the last may be alone.
    while (tails !== 0) {
      const first = out + <usize>ctz<u64>(tails) * sizeof<T>();
      tails &= tails - 1;
      const second = tails === 0 ? first : out + <usize>ctz<u64>(tails) * sizeof<T>();
      tails &= tails - 1;
      const p = <f64>load<T>(first);
      const q = <f64>load<T>(second);
      const logarithms = logarithmsOf(lanesOf(tailOf(p), tailOf(q)));
      store<T>(first, <T>tailQuantile(p, f64x2.extract_lane(logarithms, 0)));
      store<T>(second, <T>tailQuantile(q, f64x2.extract_lane(logarithms, 1)));
    }
    x += length * sizeof<T>();
    out += length * sizeof<T>();
    count -= length;
  }
}

/** out[i] = f(x[i]). */
// exported for f32, f64, as stirlingRemainder of StirlingRemainder, besselI0e of BesselI0e, besselI1e of BesselI1e, besselJ0 of BesselJ0, besselJ1 of BesselJ1
function ofOne<T, O>(x: usize, out: usize, count: usize): void {
  const end = x + count * sizeof<T>();
  for (; x < end; x += sizeof<T>(), out += sizeof<T>()) store<T>(out, <T>one<O>(<f64>load<T>(x)));
}

/** out[i] = f(x[i], y[i]). */
// exported for f32, f64, as gammaP of GammaP, gammaQ of GammaQ, gammaPInverse of GammaPInverse, gammaQInverse of GammaQInverse, poissonQuantile of PoissonQuantile
function ofTwo<T, O>(x: usize, y: usize, out: usize, count: usize): void {
  const end = x + count * sizeof<T>();
  for (; x < end; x += sizeof<T>(), y += sizeof<T>(), out += sizeof<T>()) {
    store<T>(out, <T>two<O>(<f64>load<T>(x), <f64>load<T>(y)));
  }
}

/** out[i] = f(x[i], y[i], z[i]). */
// exported for f32, f64, as betaI of BetaI, betaIComplement of BetaIComplement, betaIInverse of BetaIInverse, betaIComplementInverse of BetaIComplementInverse, binomialQuantile of BinomialQuantile
function ofThree<T, O>(x: usize, y: usize, z: usize, out: usize, count: usize): void {
  const end = x + count * sizeof<T>();
  for (; x < end; x += sizeof<T>(), y += sizeof<T>(), z += sizeof<T>(), out += sizeof<T>()) {
    store<T>(out, <T>three<O>(<f64>load<T>(x), <f64>load<T>(y), <f64>load<T>(z)));
  }
}
