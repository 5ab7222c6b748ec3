// One step of training a network of convolutions: forward, backward and the update, written as users write it.

import { type Layer, relu, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import {
  Conv2d,
  crossEntropy,
  Dense,
  Flatten,
  MaxPool2d,
  Sequential,
  SGD,
  trainingStep,
} from "@graddiff/nn";
import { type CnnPlan, cnnData, cnnPlans } from "./data.ts";
import { type Call, callOf, type Mode, type Numbers, type Workload } from "./workload.ts";

export const cnns: readonly Workload[] = cnnPlans.map((plan) => ({
  name: plan.name,
  prepare: (mode) => prepare(plan, mode),
  inputs: () => inputsOf(plan),
  isLong: true,
}));

/** Images, classes and weights. */
function inputsOf(plan: CnnPlan): Numbers[] {
  const { images, classes, weights } = cnnData(plan);
  return [images, [classes, [plan.batch]], ...weights];
}

function prepare(plan: CnnPlan, mode: Mode): Call {
  const { images, classes } = cnnData(plan);
  const network = makeNetwork(plan);
  const optimizer = new SGD(network, { learningRate: plan.learningRate });
  const [x, y] = [tensor(images[0], { shape: images[1] }), tensor(classes)];
  if (mode === "compiled") {
    const step = trainingStep(
      network,
      (model, batch: { x: Tensor; y: Tensor }) => crossEntropy(model.forward(batch.x), batch.y),
      optimizer,
    );
    return callOf(step, [{ x, y }], () => [step({ x, y })]);
  }
  const { variables } = network;
  return () => {
    const loss = () => crossEntropy(network.forward(x), y);
    const { value, gradient } = valueAndGrad(loss, { variables })();
    optimizer.step(gradient);
    return [value];
  };
}

function makeNetwork({ convolutions, dense, ...plan }: CnnPlan): Sequential {
  const values = cnnData({ convolutions, dense, ...plan }).weights.map(([elements, shape]) =>
    tensor(elements, { shape }),
  );
  const layers: (Layer | typeof relu)[] = [];
  let channels = 1;
  for (const { channels: next, size, padding } of convolutions) {
    const own = new Conv2d(channels, next, size, { seed: 1, padding });
    own.weight.assign(values.shift() as Tensor);
    layers.push(own, relu, new MaxPool2d(2));
    channels = next;
  }
  layers.push(new Flatten());
  dense.forEach((outputs, i) => {
    const value = values.shift() as Tensor;
    const own = new Dense(value.shape[0] ?? 0, outputs, { seed: 1 });
    own.weight.assign(value);
    layers.push(...(i === 0 ? [own] : [relu, own]));
  });
  return new Sequential(...layers);
}
