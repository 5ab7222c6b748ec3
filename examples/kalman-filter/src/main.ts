/** A Kalman filter by scan, whose noise levels are fitted by a gradient through all of its steps: see README.md. */

import { compile, diagonal, grad, scan, type Tensor, tensor, Variable } from "@graddiff/core";
import { cholesky, triangularSolve } from "@graddiff/core/linalg";
import { Adam } from "@graddiff/nn";
import { saveDrawing } from "./drawing.ts";
import { measurementNoise, observation, prior, processNoise, transition } from "./model.ts";
import { levels, measured, track } from "./track.ts";

/**
 * Returns the filtered positions, and the log likelihood of the measurements. `logs` are ln of the two noise levels.
 */
export function filter(logs: Tensor): { positions: Tensor; logLikelihood: Tensor } {
  const [acceleration, noise] = [logs.at(0).mul(2).exp(), logs.at(1).mul(2).exp()];
  const step = ({ mean, covariance }: typeof prior, measurement: Tensor) => {
    const ahead = transition.matmul(mean);
    const moved = transition.matmul(covariance).matmul(transition.transpose());
    const spread = moved.add(processNoise.mul(acceleration));
    // The gain is P Hᵀ S⁻¹ = (L⁻¹ H P)ᵀ L⁻¹, where L Lᵀ = S is the covariance of the innovation.
    const seen = observation.matmul(spread);
    const l = cholesky(seen.matmul(observation.transpose()).add(measurementNoise.mul(noise)));
    const whitened = triangularSolve(l, measurement.sub(observation.matmul(ahead)));
    const whitenedGain = triangularSolve(l, seen);
    const next = {
      mean: ahead.add(whitened.matmul(whitenedGain)),
      covariance: spread.sub(whitenedGain.transpose().matmul(whitenedGain)),
    };
    const logDensity = whitened.square().sum().mul(-0.5).sub(diagonal(l).log().sum());
    return [next, { position: observation.matmul(next.mean), logDensity }] as const;
  };
  const [, { position, logDensity }] = scan(step, prior, measured);
  return { positions: position, logLikelihood: logDensity.sub(Math.log(2 * Math.PI)).sum() };
}

export const start = tensor([0, 0], { dtype: "float64" });
export const fitted = new Variable(start);
const descent = grad(() => filter(fitted.value).logLikelihood.neg(), { variables: [fitted] });
const optimizer = new Adam([fitted], { learningRate: 0.1 });
const step = compile(() => optimizer.step(descent()));
for (let i = 0; i < 400; i++) step();

function print(...cells: readonly (string | number)[]): void {
  const texts = cells.map((cell) => (typeof cell === "string" ? cell : cell.toFixed(3)));
  console.log(texts.map((text) => text.padStart(18)).join(""));
}
/** Returns the root mean square of the distances from the track. */
const error = (positions: Tensor) => positions.sub(track).square().sum(1).mean().sqrt().item();
const columns = [start, fitted.value, levels.log()];
const filters = columns.map((logs) => filter(logs));
print("", "start", "fitted", "true");
print("acceleration", ...columns.map((logs) => logs.at(0).exp().item()));
print("measurement noise", ...columns.map((logs) => logs.at(1).exp().item()));
print("log likelihood", ...filters.map(({ logLikelihood }) => logLikelihood.item()));
print("error measured", ...filters.map(() => error(measured)));
print("error filtered", ...filters.map(({ positions }) => error(positions)));
saveDrawing(filter(fitted.value).positions);
