/** Compiled training steps have the bits of the eager loop. */

import {
  compile,
  normal,
  ones,
  Sigmoid,
  Tanh,
  type Tensor,
  tensor,
  uniform,
  Variable,
  valueAndGrad,
  zeros,
} from "@graddiff/core";
import { test } from "vitest";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import { Adam, Dense, Sequential } from "../../src/index.ts";

test("networks train to the bits of the eager loop, with gradients of grad or of layers", () => {
  const x = uniform([8, 3], { seed: 1 });
  const y = uniform([8, 2], { seed: 2 });
  const make = () =>
    new Sequential(
      new Dense(3, 5, { seed: 3 }),
      new Tanh(),
      new Dense(5, 2, { seed: 4 }),
      new Sigmoid(),
    );

  const byGrad = (network: Sequential) => (inputs: Tensor, targets: Tensor, rate: Tensor) => {
    const loss = () => network.forward(inputs).sub(targets).square().mean();
    const { value, gradient } = valueAndGrad(loss, { variables: network.variables })();
    network.variables.forEach((v, i) => {
      v.assign(v.value.sub((gradient[i] as Tensor).mul(rate)));
    });
    return value;
  };
  const byLayers = (network: Sequential) => (inputs: Tensor, targets: Tensor, rate: Tensor) => {
    network.zeroGradient();
    const difference = network.forward(inputs).sub(targets);
    network.backward(difference.mul(2 / 16));
    for (const v of network.variables) v.assign(v.value.sub(v.gradient.mul(rate)));
    return difference.square().mean();
  };
  for (const method of [byGrad, byLayers]) {
    const eager = make();
    const compiled = make();
    const eagerStep = method(eager);
    const compiledStep = compile(method(compiled));
    for (let i = 0; i < 5; i++) {
      const rate = tensor(0.5 / (i + 1));
      expectSameBits(compiledStep(x, y, rate), eagerStep(x, y, rate));
    }
    eager.variables.forEach((v, i) => {
      expectSameBits((compiled.variables[i] as Variable).value, v.value);
    });
  }
});

test("a pattern is the first moment of an optimizer that a compiled step makes", () => {
  const train = (backend: "wasm" | "js" | undefined) => {
    let made: { w: Variable; bias: Variable; optimizer: Adam } | undefined;
    const make = () => {
      const [w, bias] = [new Variable(ones([40, 40])), new Variable(zeros([40]))];
      return { w, bias, optimizer: new Adam([w, bias], { learningRate: 0.1 }) };
    };
    const fn = (x: Tensor) => {
      made ??= make();
      const { w, bias, optimizer } = made;
      const loss = () => x.matmul(w.value).add(bias.value).tanh().sum();
      optimizer.step(valueAndGrad(loss, { variables: [w, bias] })().gradient);
    };
    const step = backend === undefined ? fn : compile(fn, { backend });
    const x = normal([8, 40], { seed: 3 });
    for (let i = 0; i < 4; i++) step(x);
    return [made?.w.value as Tensor, made?.bias.value as Tensor] as const;
  };
  const [w, bias] = train(undefined);
  for (const backend of ["wasm", "js"] as const) {
    const [compiledW, compiledBias] = train(backend);
    expectSameBits(compiledW, w);
    expectSameBits(compiledBias, bias);
  }
});
