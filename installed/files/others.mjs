// A program that uses all packages but core alone: it writes, reads and exports a model, solves a linear system, fits a
// curve, integrates a differential equation, and samples a posterior.

import { grad, loadState, state, tensor, uniform, zeros } from "@graddiff/core";
import { solve } from "@graddiff/core/linalg";
import { readSafetensors, writeSafetensors } from "@graddiff/files";
import { newestCheckpoint } from "@graddiff/files/node";
import { crossEntropy, Dense, SGD } from "@graddiff/nn";
import { exportOnnx, exportTrainingStep } from "@graddiff/onnx";
import { curveFit, odeint } from "@graddiff/solve";
import { model as bayes, Normal, sample } from "@graddiff/stats";

const model = new Dense(3, 2, { seed: 1 });
const other = new Dense(3, 2, { seed: 2 });
loadState(other, readSafetensors(writeSafetensors(state(model))).tensors);
const { inputs, bytes } = exportOnnx((x) => model.forward(x), [zeros([1, 3])], {
  dynamic: { x: 0 },
  variables: model,
});
const files = exportTrainingStep((x, labels) => crossEntropy(model.forward(x), labels), {
  parameters: model,
  optimizer: new SGD(model.variables, { learningRate: 0.1 }),
  batch: [zeros([1, 3]), zeros([1], { dtype: "int32" })],
});
let place = "";
try {
  exportOnnx((x) => x.add(x.shape[0] ** 3), [zeros([2, 3])], { dynamic: { x: 0 } });
} catch (error) {
  place = /\[(.*)\]$/.exec(error.message)?.[1] ?? error.message;
}
const matrix = uniform([20, 20], { seed: 1 });
const ofMatrix = grad((a) => solve(a, uniform([20], { seed: 2 })).sum())(matrix);
const double = (values) => tensor(values, { dtype: "float64" });
const line = curveFit(
  (x, [slope, height]) => slope.mul(x).add(height),
  double([0, 1, 2]),
  double([1, 3, 5]),
  [0, 0],
);
const decay = odeint((_time, y) => y.neg(), 1, double([0, 1])).values;
const coin = bayes(({ draw, observe }) => {
  const mean = draw(Normal(0, 1));
  observe(Normal(mean, 1), 2);
  return { mean };
});
const posterior = await sample(coin, { seed: 1 });
const { checkpoint } = await newestCheckpoint("nowhere");
console.log(
  JSON.stringify({
    same: String(other.weight.value) === String(model.weight.value),
    shape: inputs[0]?.shape,
    bytes: bytes.length > 100,
    files: Object.keys(files).length,
    place,
    none: checkpoint === undefined,
    solved: ofMatrix.shape.join(),
    line: line.x.map((each) => each.item().toFixed(6)).join(),
    decay: decay.at(1).item().toFixed(5),
    posterior: posterior.draws.mean.mean().item().toFixed(1),
  }),
);
