/** Gaussian-process regression, whose hyperparameters are fitted by the gradient of the likelihood: see README.md. */

import { compile, diagonal, eye, grad, type Tensor, tensor, Variable } from "@graddiff/core";
import { cholesky, triangularSolve } from "@graddiff/core/linalg";
import { Adam } from "@graddiff/nn";
import { noiseVariance, truth, x, y } from "./data.ts";
import { saveDrawing } from "./drawing.ts";

/** Returns the squared-exponential kernel σ² exp(−(a − b)² / 2ℓ²). `logs` are ln ℓ, ln σ² and ln of the noise. */
function kernel(a: Tensor, b: Tensor, logs: Tensor): Tensor {
  const distances = a.expandDims(1).sub(b).div(logs.at(0).exp());
  return distances.square().mul(-0.5).add(logs.at(1)).exp();
}

/** Returns the Cholesky factor L of the covariance of y, and L⁻¹ y: the likelihood and predictions follow from them. */
function factorise(logs: Tensor): { l: Tensor; white: Tensor } {
  const l = cholesky(kernel(x, x, logs).add(eye(x.size).mul(logs.at(2).exp())));
  return { l, white: triangularSolve(l, y) };
}

/** Returns the log marginal likelihood −½ |L⁻¹ y|² − Σ ln Lᵢᵢ − ½ n ln 2π. */
export function logLikelihood(logs: Tensor): Tensor {
  const { l, white } = factorise(logs);
  const constant = 0.5 * x.size * Math.log(2 * Math.PI);
  return white.square().sum().mul(-0.5).sub(diagonal(l).log().sum()).sub(constant);
}

/** Returns the posterior mean and standard deviation of the function at other points. */
export function predict(places: Tensor, logs: Tensor): { mean: Tensor; deviation: Tensor } {
  const { l, white } = factorise(logs);
  const between = triangularSolve(l, kernel(x, places, logs));
  const variance = logs.at(1).exp().sub(between.square().sum(0));
  return { mean: white.matmul(between), deviation: variance.sqrt() };
}

export const start = tensor([0, 0, 0], { dtype: "float64" });
export const fitted = new Variable(start);
const descent = grad(() => logLikelihood(fitted.value).neg(), { variables: [fitted] });
const optimizer = new Adam([fitted], { learningRate: 0.1 });
const step = compile(() => optimizer.step(descent()));
for (let i = 0; i < 400; i++) step();

function print(...cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => (typeof cell === "string" ? cell : cell.toFixed(3)));
  console.log(texts.map((text) => text.padStart(17)).join(""));
}
const both = [start, fitted.value];
print("", "start", "fitted", "true");
for (const [i, name] of ["length scale", "signal variance", "noise variance"].entries()) {
  print(name, ...both.map((logs) => logs.at(i).exp().item()), ...(i === 2 ? [noiseVariance] : []));
}
print("log likelihood", ...both.map((logs) => logLikelihood(logs).item()));

const places = tensor([-2, 0, 2, 4, 6, 8, 10, 12], { dtype: "float64" });
const { mean, deviation } = predict(places, fitted.value);
const columns = [places, truth(places), mean, deviation.mul(2)];
console.log();
print("x", "function", "predicted", "± two deviations");
for (let i = 0; i < places.size; i++) print(...columns.map((column) => column.at(i).item()));
saveDrawing((grid) => predict(grid, fitted.value));
