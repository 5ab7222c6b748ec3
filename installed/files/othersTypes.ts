// Programs that only the type checker reads: the types of the packages and entries beside core. It is not run.

import { state, type Tensor, zeros } from "@graddiff/core";
import { eigh, solve } from "@graddiff/core/linalg";
import { readSafetensors, writeSafetensors } from "@graddiff/files";
import { saveCheckpoint } from "@graddiff/files/node";
import { Dense, SGD } from "@graddiff/nn";
import { exportOnnx, exportTrainingStep, type OnnxModel } from "@graddiff/onnx";
import { curveFit, type OdeSolution, odeint } from "@graddiff/solve";
import { model as bayes, HalfNormal, Normal, type Posterior, sample } from "@graddiff/stats";

const model = new Dense(3, 2);
const predict = (x: Tensor): Tensor => model.forward(x);
export const exported: OnnxModel = exportOnnx(predict, [zeros([1, 3])], { dynamic: { x: 0 } });
export const step: Uint8Array = exportTrainingStep((x: Tensor) => predict(x).sum(), {
  parameters: model,
  optimizer: new SGD(model.variables, { learningRate: 0.1 }),
  batch: [zeros([1, 3])],
})["gradient.onnx"];
export const saved: Promise<string> = saveCheckpoint("folder", state({ model }), { step: 1 });
export const weight = readSafetensors(writeSafetensors(state({ model }))).tensors["model.weight"];

export const solved: Tensor = solve(zeros([2, 2]), eigh(zeros([2, 2])).vectors);

exportOnnx(predict, [zeros([1, 3])], { dynamic: { x: { 0: "batch", "-1": "width" } } });
// @ts-expect-error axes are numbers
exportOnnx(predict, [zeros([1, 3])], { dynamic: { x: "batch" } });
// @ts-expect-error names of lengths are strings
exportOnnx(predict, [zeros([1, 3])], { dynamic: { x: { 0: 1 } } });

const line = (x: Tensor, p: { slope: Tensor; height: Tensor }) => x.mul(p.slope).add(p.height);
export const slope: Tensor = curveFit(line, zeros([3]), zeros([3]), { slope: 1, height: 0 }).x
  .slope;
export const decay: OdeSolution<Tensor> = odeint((_t: Tensor, y: Tensor) => y.neg(), 1, zeros([2]));
// @ts-expect-error there is no such method
odeint((_t: Tensor, y: Tensor) => y.neg(), 1, zeros([2]), { method: "euler" });

const schools = bayes(({ draw, observe }, { y }: { y: Tensor }) => {
  const mean = draw(Normal(0, 5));
  observe(Normal(mean, draw(HalfNormal(5))), y);
  return { mean };
});
export const posterior: Promise<Posterior<{ mean: Tensor }>> = sample(schools, {
  data: { y: zeros([8]) },
});
export const mean: Promise<Tensor> = posterior.then(({ draws }) => draws.mean);
// @ts-expect-error the model returns no such name
posterior.then(({ draws }) => draws.deviation);
// @ts-expect-error the model has data
sample(schools, { seed: 1 });
