// The packages and entries beside core: a model that is written, read again, and exported, and a system that is solved.

import { grad, loadState, state, uniform, zeros } from "@graddiff/core";
import { solve } from "@graddiff/core/linalg";
import { crossEntropy, Dense, SGD } from "@graddiff/core/nn";
import { readSafetensors, writeSafetensors } from "@graddiff/files";
import { newestCheckpoint } from "@graddiff/files/node";
import { exportOnnx, exportTrainingStep } from "@graddiff/onnx";

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
  }),
);
