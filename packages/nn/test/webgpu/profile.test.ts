/** Profiles of functions that are compiled for a GPU. */

import { compile, profile, relu, state, type Tensor, take, tensor, uniform } from "@graddiff/core";
import { type GpuHost, profileWebGpu } from "@graddiff/core/webgpu";
import { expect, test } from "vitest";
import {
  errorOf,
  host,
  hostWith,
  openCounted,
  openDriver,
  openForTests,
} from "../../../core/test/webgpu/open.ts";
import { Adam, crossEntropy, Dense, Dropout, Sequential, trainingStep } from "../../src/index.ts";

const { gpu, dispatches } = await openCounted({});

const batch = {
  x: uniform([256, 64], { seed: 1 }),
  y: tensor(
    Array.from({ length: 256 }, (_, i) => i % 3),
    { dtype: "int32" },
  ),
};

function training(backend = gpu) {
  const model = new Sequential(
    new Dense(64, 128),
    relu,
    new Dropout(0.2, { seed: 9 }),
    new Dense(128, 3),
    { seed: 3 },
  );
  const optimizer = new Adam(model, { learningRate: 0.01 });
  const loss = (own: Sequential, { x, y }: typeof batch) => crossEntropy(own.forward(x), y);
  return { model, optimizer, step: trainingStep(model, loss, optimizer, { backend }) };
}

test("a profile has the dispatches, bytes, layers and lines of a training step", async () => {
  const { step } = training();
  await step(batch).read();
  const before = dispatches();
  await step(batch).read();
  const own = dispatches() - before;
  const told = await profileWebGpu(step, batch);
  expect(told.backend).toBe("WebGPU");
  expect(told.dispatches).toBe(own);
  expect(told.rows.reduce((sum, row) => sum + row.dispatches, 0)).toBe(own);
  expect(told.runs).toBeGreaterThanOrEqual(5);
  expect(told.milliseconds).toBeGreaterThan(0);
  const product = told.rows.find(({ what }) => what.startsWith("matmul"));
  expect(product?.layer).toBe("Sequential.layers[0], Dense 64 → 128");
  expect(told.rows.some(({ isGradient, layer }) => isGradient && layer?.includes("Dense"))).toBe(
    true,
  );
  expect(told.rows.some(({ line }) => line?.startsWith("profile.test.ts:"))).toBe(true);
  const described = step.program(batch).describe();
  const flops = told.rows.reduce((sum, row) => sum + row.flops, 0);
  expect(described).toContain(`of ${flops.toLocaleString("en-US")} flops`);
  // The weights, their gradients and their moments are each read or written at least once.
  expect(told.bytes).toBeGreaterThan(4 * 4 * (64 * 128 + 128 + 128 * 3 + 3));
  const text = String(told);
  expect(text).toMatch(
    new RegExp(`µs a run on WebGPU, ${own} dispatches, [\\d,]+ bytes read and written`),
  );
  expect(text).toMatch(/matmul .*Dense 64 → 128/);
});

test("has times where the device has timestamp queries, and says so where it has none", async () => {
  const adapter = (await host.requestAdapter()) as { features: Set<string> };
  const { step } = training();
  const told = await profileWebGpu(step, batch);
  expect(told.hasTimes).toBe(adapter.features.has("timestamp-query"));
  const without: GpuHost = {
    requestAdapter: async (options) => {
      const own = (await host.requestAdapter(options)) as { features: object };
      Object.defineProperty(own, "features", { value: new Set() });
      return own;
    },
  };
  const other = await openForTests({ gpu: without });
  const silent = await profileWebGpu(training(other).step, batch);
  expect(silent.hasTimes).toBe(false);
  expect(
    silent.rows.every(
      ({ milliseconds, share }) => milliseconds === undefined && share === undefined,
    ),
  ).toBe(true);
  expect(String(silent)).toMatch(/no times of dispatches: the device has no timestamp queries$/);
  if (!told.hasTimes) return;
  for (const { milliseconds, share } of told.rows) {
    expect(milliseconds).toBeGreaterThanOrEqual(0);
    expect(share).toBeGreaterThanOrEqual(0);
  }
  const sum = told.rows.reduce((total, row) => total + (row.milliseconds ?? 0), 0);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThanOrEqual(told.milliseconds);
  expect(String(told)).toMatch(/^ *µs +share +dispatches/);
});

test("leaves all state as it was, and the function as it is", async () => {
  const { model, optimizer, step } = training();
  step(batch);
  const elements = async () => {
    const own = state({ model, optimizer });
    await gpu.read(own);
    return JSON.stringify(own);
  };
  const before = await elements();
  await profileWebGpu(step, batch);
  expect(await elements()).toBe(before);
  const twin = training();
  twin.step(batch);
  expect((await step(batch).read()).item()).toBe((await twin.step(batch).read()).item());
});

test("more dispatches than a list of times has are timed", async () => {
  const many = compile(
    (x: Tensor) => {
      let sum = x;
      for (let i = 0; i < 2100; i++) sum = sum.matmul(x).mul(0.01);
      return sum;
    },
    { backend: gpu },
  );
  const told = await profileWebGpu(many, uniform([33, 33], { seed: 1 }));
  expect(told.dispatches).toBeGreaterThan(2048);
  expect(told.rows.length).toBe(told.dispatches);
});

test("what a run refuses rejects, and functions of other backends are told whose they are", async () => {
  const rows = compile((index: Tensor) => take(batch.x, index, 0), { backend: gpu });
  expect((await errorOf(profileWebGpu(rows, tensor([256], { dtype: "int32" })))).message).toMatch(
    /256 at position 0/,
  );
  const wasm = compile((x: Tensor) => x.mul(2));
  expect((await errorOf(profileWebGpu(wasm, batch.x))).message).toMatch(
    /profileWebGpu: compiled: expected a function that is compiled for WebGPU, got one of another backend/,
  );
  expect((await errorOf(profileWebGpu(relu as never))).message).toMatch(
    /profileWebGpu: compiled: expected what compile or trainingStep has returned/,
  );
  expect(() => profile(rows, tensor([1], { dtype: "int32" }))).toThrow(
    /profile: compiled: expected a program in WebAssembly's memory, got one of WebGPU\. Write await profileWebGpu\(step, …\)/,
  );
});

test("a GPU that goes meanwhile is told of", async () => {
  let device: { destroy(): void } | undefined;
  const own = await openDriver({
    gpu: hostWith((made) => {
      device = made;
    }),
  });
  const told = profileWebGpu(training(own).step, batch);
  device?.destroy();
  expect((await errorOf(told)).message).toMatch(/a GPU that is there/);
});
