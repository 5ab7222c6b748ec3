/** Levenberg–Marquardt: the steps of Gauss and Newton, damped where they do not lead down. */

import { diag, diagonal, jacobian, type Tensor } from "@graddiff/core";
import { solve } from "@graddiff/core/linalg";

/** Sums of squares that differ by no more than this part of them are equal but for rounding. */
const ROUNDING = 1e-12;

/** The place of the least sum of squared residuals, once a step changes no parameter by more than 1e-12 of it. */
export function levenbergMarquardt(residuals: (b: Tensor) => Tensor, start: Tensor) {
  const derivatives = jacobian(residuals);
  const sumAt = (b: Tensor) => residuals(b).square().sum().item();
  let [b, damping] = [start, 1e-3];
  for (let steps = 1; steps <= 1000; steps++) {
    const j = derivatives(b);
    const hessian = j.transpose().matmul(j);
    const damped = hessian.add(diag(diagonal(hessian).mul(damping)));
    const next = b.sub(solve(damped, j.transpose().matmul(residuals(b))));
    if (next.div(b).sub(1).abs().max().item() < 1e-12) return { b: next, steps };
    const leadsDown = sumAt(next) <= sumAt(b) * (1 + ROUNDING);
    damping *= leadsDown ? 0.1 : 10;
    if (leadsDown) b = next;
  }
  throw new Error("Levenberg–Marquardt has not converged in 1000 steps");
}
