/** WebGPU in a page, where it is built in: a training, a refusal and the end, as in Node. */

import { relu, type Tensor, take, tensor, uniform } from "@graddiff/core";
import { openWebGpu, type WebGpu } from "@graddiff/core/webgpu";
import { expect, test } from "vitest";
import { Adam, crossEntropy, Dense, Sequential, trainingStep } from "../../src/index.ts";

test("a page trains on its WebGPU as on WebAssembly", async () => {
  await expect(openWebGpu()).rejects.toThrow(/fallback: true/);
  const gpu = await openWebGpu({ fallback: true });
  const x = uniform([32, 6], { seed: 1, low: -1 });
  const y = tensor(
    Array.from({ length: 32 }, (_, i) => i % 4),
    { dtype: "int32" },
  );
  const made = (backend: WebGpu | "wasm") => {
    const model = new Sequential(new Dense(6, 16), relu, new Dense(16, 4), { seed: 3 });
    const loss = (net: Sequential, batch: { x: Tensor; y: Tensor }) =>
      crossEntropy(
        take(net.forward(batch.x), tensor([0, 1, 2, 3], { dtype: "int32" }), 1),
        batch.y,
      );
    const optimizer = new Adam(model, { learningRate: 0.02 });
    return { model, step: trainingStep(model, loss, optimizer, { backend }) };
  };
  const [own, other] = [made(gpu), made("wasm")];
  for (let i = 0; i < 20; i++) {
    const want = other.step({ x, y }).item();
    expect((await own.step({ x, y }).read()).item()).toBeCloseTo(want, 4);
  }
  await gpu.read(own.model);
  own.model.variables.forEach(({ value }, i) => {
    const want = other.model.variables[i]?.value as Tensor;
    expect(value.sub(want).abs().max().item()).toBeLessThan(1e-5);
  });
  const before = own.model.variables.map(({ value }) => value.toArray());
  const bad = own.step({ x, y: y.add(1) });
  await expect(bad.read()).rejects.toThrow(/integers from 0 to 3/);
  await gpu.read(own.model);
  expect(own.model.variables.map(({ value }) => value.toArray())).toEqual(before);
  gpu.close();
  expect(await gpu.lost).toMatch(/closed/);
  expect(() => own.step({ x, y })).toThrow(/it was closed/);
});
