// The quantile function of the normal distribution (M. J. Wichura, Algorithm AS 241, Applied Statistics 37, 1988).

import { Real } from "../elements";
import { log, quotient, squareRoot } from "./scalars";

/** Returns the x with Φ(x) = p: ±Infinity at 0 and 1, NaN outside of them. */
export function normalQuantile(p: Real): Real {
  return isMiddle(p) ? middleQuantile(p) : tailQuantile(p, log(tailOf(p)));
}

/** True if p is near 1/2, where the quantile is a rational function of p. */
export function isMiddle(p: Real): boolean {
  return p - 0.5 >= -0.425 && p - 0.5 <= 0.425;
}

/** Returns the quantile of a p near 1/2. */
export function middleQuantile(p: Real): Real {
  const q = p - 0.5;
  return q * middle(0.180625 - q * q);
}

/** Returns the smaller of p and 1 − p. */
export function tailOf(p: Real): Real {
  return p < 0.5 ? p : 1.0 - p;
}

/** Returns the quantile of any other p, of whose tail the logarithm is known. */
export function tailQuantile(p: Real, logarithm: Real): Real {
  const r = squareRoot(-logarithm);
  const x = r <= 5.0 ? near(r - 1.6) : r === Infinity ? r : far(r - 5.0);
  return p < 0.5 ? -x : x;
}

function middle(r: Real): Real {
  return quotient(
    r,
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
    45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
    1.0, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077,
    21213.794301586595867, 39307.89580009271061, 28729.085735721942674, 5226.495278852854561,
  );
}

function near(r: Real): Real {
  return quotient(
    r,
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
    1.0, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455,
    0.14810397642748007459, 0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  );
}

function far(r: Real): Real {
  return quotient(
    r,
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    1.0, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525,
    7.868691311456132591e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
  );
}
