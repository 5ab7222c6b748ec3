/** A growth curve is fitted by Levenberg–Marquardt and by L-BFGS, with the errors of its parameters: see README.md. */

import {
  compile,
  diagonal,
  hessian,
  jacobian,
  onesLike,
  type Tensor,
  Variable,
} from "@graddiff/core";
import { inv } from "@graddiff/core/linalg";
import { LBFGS } from "@graddiff/core/nn";
import { saveDrawing } from "./drawing.ts";
import { levenbergMarquardt } from "./levenbergMarquardt.ts";
import { certified, curve, start, times, weights } from "./onions.ts";

const residuals = (b: Tensor) => curve(b, times).sub(weights);
export const sumOfSquares = (b: Tensor): Tensor => residuals(b).square().sum();

export const least = levenbergMarquardt(residuals, start);

/** L-BFGS begins with one scale for all, so parameters are counted in units of their start. */
const units = new Variable(onesLike(start));
const inParameters = () => units.value.mul(start);
const optimizer = new LBFGS(units, { tolerance: 1e-9 });
export const quasi = optimizer.minimize(compile(() => sumOfSquares(inParameters())));
export const quasiPlace: Tensor = inParameters();

/** s², the variance of a measurement, by the degrees of freedom. */
const variance = sumOfSquares(least.b).div(times.size - start.size);
/** The covariance of the parameters: s² H⁻¹, where H is the Hessian of half the sum of squares. */
const covarianceOf = (h: Tensor) => inv(h).mul(variance);
const j = jacobian(residuals)(least.b);
const covariance = covarianceOf(j.transpose().matmul(j));
const covarianceByHessian = covarianceOf(hessian(sumOfSquares)(least.b).div(2));
const errorsOf = (matrix: Tensor) => diagonal(matrix).sqrt();

/** The curve at other times, and its standard error by that of the parameters. */
export function predict(x: Tensor): { mean: Tensor; error: Tensor } {
  const slopes = jacobian((b) => curve(b, x))(least.b);
  return { mean: curve(least.b, x), error: slopes.matmul(covariance).mul(slopes).sum(1).sqrt() };
}

function print(...cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => (typeof cell === "string" ? cell : cell.toPrecision(11)));
  console.log(texts.map((text) => text.padStart(20)).join(""));
}
function printParameters(...columns: readonly Tensor[]): void {
  for (let i = 0; i < start.size; i++) {
    print(`b${i + 1}`, ...columns.map((column) => column.at(i).item()));
  }
}
print("", "Levenberg–Marquardt", "L-BFGS", "certified");
printParameters(least.b, quasiPlace, certified.parameters);
print("sum of squares", sumOfSquares(least.b).item(), quasi.loss, certified.sumOfSquares);
print("steps", String(least.steps), String(quasi.steps));
console.log();
print("standard error of", "by JᵀJ", "by the Hessian", "certified");
printParameters(errorsOf(covariance), errorsOf(covarianceByHessian), certified.errors);
print("a measurement", variance.sqrt().item(), "", certified.deviation);
saveDrawing(predict);
