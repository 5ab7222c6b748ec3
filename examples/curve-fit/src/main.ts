/** A growth curve is fitted by Levenberg–Marquardt and by L-BFGS, with the errors of its parameters: see README.md. */

import { compile, diagonal, hessian, onesLike, type Tensor, Variable } from "@graddiff/core";
import { inv } from "@graddiff/core/linalg";
import { LBFGS } from "@graddiff/nn";
import { type CurveFit, curveFit } from "@graddiff/solve";
import { saveDrawing } from "./drawing.ts";
import { certified, curve, start, times, weights } from "./onions.ts";

export const sumOfSquares = (b: Tensor): Tensor => curve(b, times).sub(weights).square().sum();

export const least: CurveFit<Tensor, Tensor> = curveFit(
  (x: Tensor, b: Tensor) => curve(b, x),
  times,
  weights,
  start,
  { tolerance: 1e-13 },
);

/** L-BFGS begins with one scale for all parameters, so they are in units of their start values. */
const units = new Variable(onesLike(start));
const inParameters = () => units.value.mul(start);
const optimizer = new LBFGS(units, { tolerance: 1e-9 });
export const quasi = optimizer.minimize(compile(() => sumOfSquares(inParameters())));
export const quasiPlace: Tensor = inParameters();

/** s², the variance of a measurement, estimated with the degrees of freedom. */
const variance = sumOfSquares(least.x).div(times.size - start.size);
/** The covariance of the parameters from the full Hessian of half the sum of squares: s² H⁻¹. */
const covarianceByHessian = inv(hessian(sumOfSquares)(least.x).div(2)).mul(variance);

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
printParameters(least.x, quasiPlace, certified.parameters);
print("sum of squares", sumOfSquares(least.x).item(), quasi.loss, certified.sumOfSquares);
print("steps", String(least.iterations.item()), String(quasi.steps));
console.log();
print("standard error of", "by JᵀJ", "by the Hessian", "certified");
printParameters(least.standardErrors, diagonal(covarianceByHessian).sqrt(), certified.errors);
print("a measurement", variance.sqrt().item(), "", certified.deviation);
saveDrawing((x) => least.predict(x));
