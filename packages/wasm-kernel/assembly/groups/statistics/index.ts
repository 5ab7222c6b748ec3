// The group of the functions of statistics and Bessel's, element by element. They compute in float64, and the result is
// rounded.

import { besselI0e, besselI1e, besselJ0, besselJ1 } from "../../algorithms/statistics/bessel";
import { betaI, betaIComplement, betaIComplementInverse, betaIInverse } from "../../algorithms/statistics/beta";
import { binomialQuantile, poissonQuantile } from "../../algorithms/statistics/counts";
import {
  gammaP, gammaPInverse, gammaQ, gammaQInverse, stirlingRemainder,
} from "../../algorithms/statistics/gamma";
import { normalQuantile } from "../../algorithms/statistics/normal";
import { isSame } from "../../operations";

class NormalQuantile {}
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
  if (isSame<O, NormalQuantile>()) return normalQuantile(x);
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

/** out[i] = f(x[i]). */
// exported for f32, f64, as normalQuantile of NormalQuantile, stirlingRemainder of StirlingRemainder, besselI0e of BesselI0e, besselI1e of BesselI1e, besselJ0 of BesselJ0, besselJ1 of BesselJ1
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
