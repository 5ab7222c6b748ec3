/**
 * Robust losses: what a squared residual costs. They are those of SciPy's `least_squares`.
 */

import { ArgumentError, type Tensor, where } from "@graddiff/core";
import { describe } from "./doors.ts";

/** The names of the losses. */
export type LossName = "linear" | "huber" | "softL1" | "cauchy";

/** A loss: for residuals r at scale C it is ½ C² Σ ρ(r²/C²). */
export interface Loss {
  /** C, beyond which residuals count less. */
  readonly scale: number;
  /** ρ, and its first two derivatives; undefined for ρ(z) = z. */
  readonly rho: Rho | undefined;
}

interface Rho {
  readonly value: (z: Tensor) => Tensor;
  readonly first: (z: Tensor) => Tensor;
  readonly second: (z: Tensor) => Tensor;
}

/** z beyond 1, and 1 below, where the root would have no slope. */
const beyond = (z: Tensor) => z.maximum(1);

const RHOS: Readonly<Record<LossName, Rho | undefined>> = {
  linear: undefined,
  huber: {
    value: (z) => where(z.lessEqual(1), z, beyond(z).sqrt().mul(2).sub(1)),
    first: (z) => where(z.lessEqual(1), 1, beyond(z).rsqrt()),
    second: (z) => where(z.lessEqual(1), 0, beyond(z).pow(-1.5).mul(-0.5)),
  },
  softL1: {
    value: (z) => z.add(1).sqrt().sub(1).mul(2),
    first: (z) => z.add(1).rsqrt(),
    second: (z) => z.add(1).pow(-1.5).mul(-0.5),
  },
  cauchy: {
    value: (z) => z.log1p(),
    first: (z) => z.add(1).reciprocal(),
    second: (z) => z.add(1).square().reciprocal().neg(),
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

/** Returns ½ Σ of the loss of squared residuals. */
export function costOf({ scale, rho }: Loss, squares: Tensor): Tensor {
  if (rho === undefined) return squares.sum().div(2);
  return rho
    .value(squares.div(scale ** 2))
    .sum()
    .mul(scale ** 2 / 2);
}

/**
 * Returns the factors of residuals and of the rows of their Jacobian with which the plain sum of squares has the gradient
 * of the loss, and nearly its curvature (B. Triggs et al., "Bundle Adjustment: A Modern Synthesis", 2000, section 4.3).
 */
export function weighed(
  { scale, rho }: Loss,
  residuals: Tensor,
  epsilon: number,
): [Tensor, Tensor] {
  const ones = residuals.mul(0).add(1);
  if (rho === undefined) return [ones, ones];
  const z = residuals.div(scale).square();
  const first = rho.first(z);
  const curvature = first.add(rho.second(z).mul(z).mul(2)).maximum(epsilon);
  const ofRows = curvature.sqrt();
  return [first.div(ofRows), ofRows];
}
