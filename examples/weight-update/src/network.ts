/** A network of two inputs, two hidden nodes and two outputs, made of layers, and a step of its training. */

import { concat, loadState, Sigmoid, stack, type Tensor, tensor } from "@graddiff/core";
import { Dense, Sequential, SGD } from "@graddiff/nn";

const dtype = "float64";
const matrix = (...rows: number[][]) => tensor(rows, { dtype });
const vector = (...numbers: number[]) => tensor(numbers, { dtype });

const hidden = new Dense(2, 2, { dtype });
const hiddenSigmoid = new Sigmoid();
const output = new Dense(2, 2, { dtype });
const outputSigmoid = new Sigmoid();
export const network = new Sequential(hidden, hiddenSigmoid, output, outputSigmoid);

/** Start values and rate of Matt Mazur, "A Step by Step Backpropagation Example" (2015). */
loadState(
  { hidden, output },
  {
    hidden: { weight: matrix([0.15, 0.25], [0.2, 0.3]), bias: vector(0.35, 0.35) },
    output: { weight: matrix([0.4, 0.5], [0.45, 0.55]), bias: vector(0.6, 0.6) },
  },
);
export const rate = 0.5;
const optimizer = new SGD(network, { learningRate: rate });

export const nodeNames = ["o1", "o2", "h1", "h2"] as const;
export const weightNames: readonly string[] = [
  ...["w1", "w2", "w3", "w4", "bias h1", "bias h2"],
  ...["w5", "w6", "w7", "w8", "bias o1", "bias o2"],
];

/** Returns the elements of all tensors in the order of `weightNames`: a column of a weight belongs to a node. */
const inOrder = (tensors: readonly Tensor[]) => concat(tensors.map((x) => x.transpose().flatten()));
const weights = () => inOrder(network.variables.map(({ value }) => value));
const gradients = () => inOrder(network.variables.map(({ gradient }) => gradient));

/** The values that a step has computed. */
export interface Step {
  readonly inputs: Tensor;
  /** For each of `nodeNames`: value, error and delta. */
  readonly nodes: Tensor;
  /** For each of `weightNames`: the old weight, the gradient and the new weight. */
  readonly updates: Tensor;
}

/** Computes the outputs, carries their errors back, and updates every weight and bias. */
export function step(inputs: Tensor, targets: Tensor): Step {
  const h = hiddenSigmoid.forward(hidden.forward(inputs));
  const o = outputSigmoid.forward(output.forward(h));
  const errors = targets.sub(o);

  // E = ½ (E₁² + E₂²) has the gradients ∂E/∂o_k = −E_k.
  network.zeroGradient();
  const intoOutputs = outputSigmoid.backward(errors.neg());
  const carried = output.backward(intoOutputs);
  const intoHidden = hiddenSigmoid.backward(carried);
  hidden.backward(intoHidden);

  const old = weights();
  optimizer.step();
  const deltas = concat([intoOutputs, intoHidden]).neg();
  return {
    inputs,
    nodes: stack([concat([o, h]), concat([errors, carried.neg()]), deltas], 1),
    updates: stack([old, gradients(), weights()], 1),
  };
}
