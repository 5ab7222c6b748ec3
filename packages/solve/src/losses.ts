/**
 * Robust losses: functions of a squared residual, as in SciPy's `least_squares`.
 */

import { ArgumentError, hypot, type Tensor, where } from "@graddiff/core";
import { describe } from "@graddiff/core/extend";

/** The names of the losses. */
export type LossName = "linear" | "huber" | "softL1" | "cauchy";

/** A loss: ½ C² Σ ρ(r²/C²) for residuals r and a scale C. */
export interface Loss {
  /** The scale C, beyond which the weight of residuals is reduced. */
  readonly scale: number;
  /** ρ, and its first two derivatives; undefined for ρ(z) = z. */
  readonly rho: Rho | undefined;
}

/** The function ρ of a loss in terms of t = |r|/C, so that no square of a residual overflows. */
interface Rho {
  /** √(ρ(t²)/t²), the factor of an effective residual. */
  readonly factor: (t: Tensor) => Tensor;
  /** ρ′(t²) */
  readonly first: (t: Tensor) => Tensor;
  /** ρ′(t²) + 2 t² ρ″(t²) */
  readonly curvature: (t: Tensor) => Tensor;
}

/** √(1 + t²) */
const hypotenuse = (t: Tensor) => hypot(t, 1);

/** Returns the greater of t and a number, so that the formula for large t is finite where it is not used. */
const beyond = (t: Tensor, least: number) => t.maximum(least);

/** The t below which log(1 + t²) rounds to t²; above its inverse it rounds to 2 log t. */
const SMALL = 1e-9;

const RHOS: Readonly<Record<LossName, Rho | undefined>> = {
  linear: undefined,
  huber: {
    factor: (t) => where(t.lessEqual(1), 1, beyond(t, 1).mul(2).sub(1).sqrt().div(beyond(t, 1))),
    first: (t) => beyond(t, 1).reciprocal(),
    curvature: (t) => t.lessEqual(1).cast(t.dtype),
  },
  softL1: {
    factor: (t) => hypotenuse(t).add(1).rsqrt().mul(Math.SQRT2),
    first: (t) => hypotenuse(t).reciprocal(),
    curvature: (t) => hypotenuse(t).pow(-3),
  },
  cauchy: {
    factor: (t) => {
      const middle = beyond(t, SMALL).minimum(1 / SMALL);
      const far = beyond(t, 1 / SMALL);
      const ofMiddle = middle.square().log1p().sqrt().div(middle);
      const ofFar = far.log().mul(2).sqrt().div(far);
      return where(t.less(SMALL), 1, where(t.greater(1 / SMALL), ofFar, ofMiddle));
    },
    first: (t) => hypotenuse(t).square().reciprocal(),
    curvature: (t) => {
      const h = hypotenuse(t);
      return h.pow(-4).sub(t.div(h).div(h).square());
    },
  },
};

/** Reads a loss: its name, or its name and scale. */
export function readLoss(op: string, argument: string, value: unknown): Loss {
  const { name, scale } = (typeof value === "string" ? { name: value, scale: 1 } : value) as {
    readonly name?: unknown;
    readonly scale?: unknown;
  };
  const isName = (text: unknown): text is LossName =>
    typeof text === "string" && Object.hasOwn(RHOS, text);
  if (isName(name) && typeof scale === "number" && scale > 0 && Number.isFinite(scale)) {
    return { scale, rho: RHOS[name] };
  }
  const names = Object.keys(RHOS).map((own) => `"${own}"`);
  throw new ArgumentError({
    op,
    argument,
    expected: `${names.join(", ")}, or { name, scale } with a scale above 0`,
    got: describe(value),
  });
}

/** Returns residuals whose sum of squares is the sum of the loss. */
export function effective({ scale, rho }: Loss, residuals: Tensor): Tensor {
  return rho === undefined ? residuals : residuals.mul(rho.factor(residuals.abs().div(scale)));
}

/**
 * Returns ρ′ of residuals r; Jᵀ ρ′ r is the gradient of ½ Σ of the loss. It is undefined for the linear loss, whose ρ′ is
 * 1.
 */
export function slopeOf({ scale, rho }: Loss, residuals: Tensor): Tensor | undefined {
  return rho?.first(residuals.abs().div(scale));
}

/** The least curvature of a loss relative to its slope, which replaces the negative curvature of a concave loss. */
const FLATTEST = 1e-6;

/**
 * Returns residuals and the factors of the rows of their Jacobian with which the plain sum of squares has the gradient
 * of the loss, and nearly its curvature; undefined for the linear loss (B. Triggs et al., "Bundle Adjustment: A Modern Synthesis", 2000, section 4.3).
 */
export function weighed(
  { scale, rho }: Loss,
  residuals: Tensor,
): readonly [Tensor, Tensor] | undefined {
  if (rho === undefined) return undefined;
  const t = residuals.abs().div(scale);
  const first = rho.first(t);
  const rows = rho.curvature(t).maximum(first.mul(FLATTEST)).sqrt();
  return [residuals.mul(first).div(rows), rows];
}
