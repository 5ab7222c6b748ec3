// Bessel functions of the orders 0 and 1: polynomials, beyond 9 those of modulus and phase (NIST DLMF 10.17.3).

import { Real } from "../elements";
import {
  besselI0High, besselI0Low, besselI0Middle, besselI1High, besselI1Low, besselI1Middle,
  besselJ0Low, besselJ0Middle, besselJ1Low, besselJ1Middle, besselP0, besselP1, besselQ0, besselQ1,
} from "./coefficients";
import { cos, magnitude, sin, squareRoot } from "./scalars";

/** e^−|x| I₀(x). */
export function besselI0e(x: Real): Real {
  const z = magnitude(x);
  if (z <= 4.0) return besselI0Low(0.5 * z - 1.0);
  if (z <= 12.0) return besselI0Middle(0.25 * z - 2.0);
  return besselI0High(24.0 / z - 1.0) / squareRoot(z);
}

/** e^−|x| I₁(x). */
export function besselI1e(x: Real): Real {
  const z = magnitude(x);
  if (z <= 4.0) return x * besselI1Low(0.5 * z - 1.0);
  if (z <= 12.0) return x * besselI1Middle(0.25 * z - 2.0);
  const size = besselI1High(24.0 / z - 1.0) / squareRoot(z);
  return x < 0.0 ? -size : size;
}

/** √(1 / π) */
const ROOT: Real = 0.5641895835477563;

/** J₀(x): cos(x − π/4) and sin(x − π/4) are those of x, so no digits of x are lost. */
export function besselJ0(x: Real): Real {
  const z = magnitude(x);
  if (z <= 5.0) return besselJ0Low(0.08 * (z * z) - 1.0);
  if (z <= 9.0) return besselJ0Middle(0.5 * (z - 7.0));
  if (z === Infinity) return 0.0;
  const t = 162.0 / z / z - 1.0;
  const c = cos(z);
  const s = sin(z);
  return (ROOT / squareRoot(z)) * (besselP0(t) * (c + s) - (besselQ0(t) / z) * (s - c));
}

/** J₁(x). */
export function besselJ1(x: Real): Real {
  const z = magnitude(x);
  if (z <= 5.0) return x * besselJ1Low(0.08 * (z * z) - 1.0);
  let size: Real = 0.0;
  if (z <= 9.0) {
    size = besselJ1Middle(0.5 * (z - 7.0));
  } else if (z !== Infinity) {
    const t = 162.0 / z / z - 1.0;
    const c = cos(z);
    const s = sin(z);
    size = (ROOT / squareRoot(z)) * (besselP1(t) * (s - c) + (besselQ1(t) / z) * (s + c));
  }
  return x < 0.0 ? -size : x !== x ? x : size;
}
