// One step of training a fully connected network: forward, backward and the optimizer's update.

import { compile, Relu, Tanh, type Tensor, tensor, valueAndGrad } from "@graddiff/core";
import { Adam, crossEntropy, Dense, meanSquaredError, Sequential, SGD } from "@graddiff/nn";
import { type TrainingData, type TrainingPlan, trainingData, trainingPlans } from "./data.ts";
import { figures } from "./figures.ts";
import { type Call, callOf, type Mode, type Workload } from "./workload.ts";

export const training: readonly Workload[] = [
  {
    name: "train 2-16-16-1",
    prepare: (mode) => prepare(trainingPlans.tiny, mode),
    figure: figures.tiny,
  },
  {
    name: "train 784-128-64-10",
    prepare: (mode) => prepare(trainingPlans.digits, mode),
    figure: figures.digits,
  },
  {
    name: "train 784-512-512-10",
    prepare: (mode) => prepare(trainingPlans.wide, mode),
    figure: figures.wide,
  },
];

function prepare(plan: TrainingPlan, mode: Mode): Call {
  const data = trainingData(plan);
  const network = makeNetwork(plan, data);
  const { variables } = network;
  const { learningRate, momentum } = plan;
  const optimizer =
    plan.optimizer === "Adam"
      ? new Adam(variables, { learningRate })
      : new SGD(variables, { learningRate, momentum });
  const error = plan.loss === "cross-entropy" ? crossEntropy : meanSquaredError;

  function step(x: Tensor, y: Tensor): Tensor {
    const loss = () => error(network.forward(x), y);
    const { value, gradient } = valueAndGrad(loss, { variables })();
    optimizer.step(gradient);
    return value;
  }

  const { batch, widths } = plan;
  const x = tensor(data.x, { shape: [batch, widths[0] ?? 0] });
  const y = tensor(data.y, { shape: plan.loss === "cross-entropy" ? [batch] : [batch, 1] });
  const train = mode === "compiled" ? compile(step) : step;
  return callOf(train, [x, y], () => [train(x, y)]);
}

function makeNetwork({ widths, activation }: TrainingPlan, { weights }: TrainingData): Sequential {
  const layers = weights.flatMap((weight, i) => {
    const [inputs = 0, outputs = 0] = widths.slice(i);
    const dense = new Dense(inputs, outputs, { seed: i });
    dense.weight.assign(tensor(weight, { shape: [inputs, outputs] }));
    const last = i === weights.length - 1;
    return last ? [dense] : [dense, activation === "tanh" ? new Tanh() : new Relu()];
  });
  return new Sequential(...layers);
}
