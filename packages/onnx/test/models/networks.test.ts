/**
 * The models that `npm run models` compares with PyTorch's: their operators, their results with any batch size, and a
 * training step.
 */

import {
  type Layer,
  loadState,
  state,
  type Tensor,
  treeLeaves,
  valueAndGrad,
} from "@graddiff/core";
import { readSafetensors } from "@graddiff/files";
import { SGD } from "@graddiff/nn";
import { describe, expect, test } from "vitest";
import { sampled } from "../../../core/test/support/sampling.ts";
import { exportOnnx, exportTrainingStep, importOnnx } from "../../src/index.ts";
import { run } from "../support/runtime.ts";
import { stepOf } from "../support/trainingStep.ts";
import { computed, inputOf, NETWORKS } from "./networks.ts";

/** The number of operators of each kind in a model. */
const OPERATORS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  mlp: { Gemm: 3, Gelu: 2 },
  lenet: { Conv: 2, Relu: 4, MaxPool: 2, Reshape: 1, Gemm: 3, Softmax: 1 },
  resnet: {
    Conv: 9,
    BatchNormalization: 9,
    Relu: 7,
    Add: 3,
    AveragePool: 1,
    ReduceMean: 1,
    Gemm: 1,
  },
  unet: {
    Conv: 11,
    BatchNormalization: 10,
    Relu: 10,
    MaxPool: 2,
    ConvTranspose: 1,
    Concat: 2,
    Resize: 1,
  },
  tagger: { Mod: 1, Gather: 1, Transpose: 4, LSTM: 2, Reshape: 2, Concat: 1, MatMul: 1, Add: 1 },
  forecast: { Transpose: 1, GRU: 2, Reshape: 2, LayerNormalization: 1, Gemm: 1 },
  encoder: {
    Mod: 1,
    Gather: 1,
    Add: 17,
    LayerNormalization: 4,
    MatMul: 16,
    Reshape: 8,
    Transpose: 8,
    Mul: 2,
    Softmax: 2,
    Gelu: 2,
    ReduceMean: 1,
    Gemm: 1,
  },
  gpt: {
    Mod: 1,
    Gather: 2,
    Add: 17,
    LayerNormalization: 5,
    MatMul: 17,
    Reshape: 8,
    Transpose: 8,
    Mul: 2,
    Where: 2,
    Softmax: 2,
    Gelu: 2,
  },
  groups: {
    Conv: 2,
    Reshape: 5,
    InstanceNormalization: 2,
    Mul: 3,
    Add: 2,
    Relu: 1,
    MaxPool: 1,
    Sigmoid: 1,
    GlobalAveragePool: 1,
    Gemm: 1,
  },
  classifier: { Mod: 1, Gather: 1, ReduceMean: 1, Gemm: 2, Tanh: 1, LogSoftmax: 1 },
};

/** Returns the largest difference, relative to the greatest number. */
function differenceOf(own: Tensor | undefined, wanted: Tensor): number {
  expect(own?.shape).toEqual(wanted.shape);
  const greatest = Math.max(1e-3, wanted.abs().max().item());
  return (own as Tensor).sub(wanted).abs().max().item() / greatest;
}

const made = (name: string): Layer => {
  const model = (NETWORKS[name] as () => Layer)();
  // A forward pass changes the running statistics from their initial values.
  computed(model, inputOf(name, 3, 7));
  return model.train(false);
};

describe.each(sampled(Object.keys(NETWORKS), 3))("%s", (name) => {
  const model = made(name);
  const fn = (x: Tensor) => computed(model, x);
  const exported = (options: object) =>
    exportOnnx(fn, [inputOf(name)], { variables: model, inputs: ["x"], ...options });

  test("has these operators and our results", async () => {
    const file = exported({});
    const counts: Record<string, number> = {};
    for (const { operator } of importOnnx(file.bytes).nodes) {
      counts[operator] = (counts[operator] ?? 0) + 1;
    }
    expect(counts).toEqual(OPERATORS[name]);
    const x = inputOf(name);
    expect(differenceOf((await run(file, [x]))[0], fn(x))).toBeLessThan(2e-6);
  });

  test("takes any batch", async () => {
    const file = exported({ dynamic: { x: 0 } });
    for (const batch of [1, 3]) {
      const x = inputOf(name, batch, 5);
      expect(differenceOf((await run(file, [x]))[0], fn(x))).toBeLessThan(2e-6);
    }
  });

  test("takes a step of training", async () => {
    const training = () => {
      const parameters = made(name);
      return { parameters, optimizer: new SGD(parameters, { learningRate: 0.01 }) };
    };
    const own = training();
    const loss = (x: Tensor) => computed(own.parameters, x).square().mean();
    const files = exportTrainingStep(loss, { ...own, batch: [inputOf(name, 2)] });
    const x = inputOf(name, 3, 5);
    const there = await stepOf(files)(readSafetensors(files["state.safetensors"]).tensors, [x]);
    const { variables } = own.optimizer;
    const here = valueAndGrad(loss, { variables })(x);
    own.optimizer.step(here.gradient);
    expect(differenceOf(there.loss, here.value)).toBeLessThan(2e-6);
    const other = training();
    loadState(other, there.state);
    const [a, b] = [treeLeaves(state(other)), treeLeaves(state(own))];
    expect(a.length).toBe(b.length);
    a.forEach((value, i) => {
      expect(differenceOf(value, b[i] as Tensor)).toBeLessThan(1e-5);
    });
  });
});
