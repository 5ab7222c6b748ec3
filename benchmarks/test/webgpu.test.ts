// Tests of the recorder of WebGPU calls, of the counted work of the models, and of the report. No test needs a GPU.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Adapter, Buffer, Device, Encoder, Host, Pass } from "../src/webgpu/device.ts";
import { trainerOf } from "../src/webgpu/graddiff.ts";
import { modelsOf } from "../src/webgpu/models.ts";
import { type Counts, recordHost } from "../src/webgpu/recorder.ts";
import { cellsOf, goalsOf, notesOf, type Result } from "../src/webgpu/report.ts";
import { madeOf, weightsOf } from "../src/webgpu/shapes.ts";
import { changeShader } from "../src/webgpu/touches.ts";

/** The words that each dispatch of the planted device reads and writes. */
const [READ, WRITTEN] = [3, 2];

/** Returns a host with a device that does nothing, and records its shaders and dispatches. */
function plantedHost() {
  const shaders: string[] = [];
  const requested: object[] = [];
  const told = { dispatches: 0, refuse: (_message: string) => {} };
  const buffer = (size: number): Buffer => ({
    size,
    mapAsync: async () => {},
    // A row of 64 words for each dispatch.
    getMappedRange: () =>
      Uint32Array.from({ length: size / 4 }, (_, i) => [READ, WRITTEN][i % 64] ?? 0).buffer,
    destroy() {},
  });
  const pass = (): Pass => ({
    setPipeline() {},
    setBindGroup() {},
    dispatchWorkgroups: () => void told.dispatches++,
    dispatchWorkgroupsIndirect: () => void told.dispatches++,
    end() {},
  });
  const encoder = (): Encoder => ({
    beginComputePass: pass,
    copyBufferToBuffer() {},
    clearBuffer() {},
    finish: () => ({}),
  });
  const pipeline = () => ({ getBindGroupLayout: () => ({}) });
  const device: Device = {
    limits: { maxStorageBuffersPerShaderStage: 12 },
    queue: { submit() {}, writeBuffer() {} },
    createBuffer: ({ size }) => buffer(size),
    createShaderModule: ({ code }) => ({ code: shaders.push(code) }),
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createBindGroup: () => ({}),
    createComputePipeline: pipeline,
    createComputePipelineAsync: async () => pipeline(),
    createCommandEncoder: encoder,
    addEventListener(_, listener) {
      told.refuse = (message) => listener({ error: { message } });
    },
  };
  const adapter: Adapter = {
    limits: { maxStorageBuffersPerShaderStage: 12 },
    info: { vendor: "planted", description: "" },
    requestDevice: async (descriptor = {}) => {
      requested.push(descriptor);
      return device;
    },
  };
  const host: Host = { requestAdapter: async () => adapter };
  return { host, shaders, requested, told };
}

const SHADER = `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1) fn main() { y[0] = x[0]; }`;

describe("the recorder", () => {
  async function recorded(use: (device: Device) => Promise<void> | void) {
    const { host, ...planted } = plantedHost();
    const recorder = recordHost(host);
    const adapter = await host.requestAdapter();
    const device = (await adapter?.requestDevice()) as Device;
    await use(device);
    return { ...planted, device, recorder: recorder() };
  }

  it("counts submits, bytes of the host and bytes of copies, however they are given", async () => {
    const { recorder } = await recorded((device) => {
      const [a, b] = [device.createBuffer({ size: 64, usage: 0 }), { size: 40 } as Buffer];
      device.createBuffer({ size: 100, usage: 0, mappedAtCreation: true });
      device.queue.writeBuffer(a, 0, new Float32Array(5));
      device.queue.writeBuffer(a, 0, new Float32Array(5), 2);
      device.queue.writeBuffer(a, 0, new Float32Array(5), 1, 2);
      device.queue.writeBuffer(a, 0, new ArrayBuffer(7));
      device.queue.writeBuffer(a, 0, new DataView(new ArrayBuffer(9)), 1, 3);
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(a, 0, b, 0, 16);
      encoder.copyBufferToBuffer(a, b, 4);
      encoder.copyBufferToBuffer(b, a);
      device.queue.submit([encoder.finish()]);
      device.queue.submit([]);
    });
    const { submits, uploaded, copied, dispatches } = await recorder.counts();
    expect(submits).toBe(2);
    expect(uploaded).toBe(100 + 20 + 12 + 8 + 7 + 3);
    expect(copied).toBe(2 * (16 + 4 + 40));
    expect(dispatches).toBe(0);
  });

  it("counts dispatches with what they touch, and has each followed by one that counts", async () => {
    const { recorder, told, shaders } = await recorded(async (device) => {
      const module = device.createShaderModule({ code: SHADER });
      const descriptor = { layout: "auto" as const, compute: { module } };
      const resource = { buffer: device.createBuffer({ size: 256, usage: 0 }) };
      const group = device.createBindGroup({
        layout: {},
        entries: [0, 1].map((binding) => ({ binding, resource })),
      });
      const pass = device.createCommandEncoder().beginComputePass();
      pass.setPipeline(device.createComputePipeline(descriptor));
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(1);
      pass.dispatchWorkgroups(2, 2, 2);
      pass.setPipeline(await device.createComputePipelineAsync(descriptor));
      pass.dispatchWorkgroupsIndirect(resource.buffer, 0);
      pass.end();
    });
    expect(await recorder.counts()).toMatchObject({
      dispatches: 3,
      submits: 0,
      read: 3 * READ * 4,
      written: 3 * WRITTEN * 4,
    });
    expect(told.dispatches).toBe(6);
    expect(shaders.at(-1)).toContain("@group(1) @binding(0)");
  });

  it("tells the library of the buffers that are left to it, and tells what was refused", async () => {
    const { recorder, requested, device, told } = await recorded(() => {});
    expect(requested).toEqual([{ requiredLimits: { maxStorageBuffersPerShaderStage: 12 } }]);
    expect(device.limits["maxStorageBuffersPerShaderStage"]).toBe(8);
    told.refuse("too many buffers");
    await expect(recorder.counts()).rejects.toThrow("WebGPU refuses: too many buffers");
    expect(recordHost(plantedHost().host)).toThrow("no device was opened");
  });
});

describe("a changed shader", () => {
  const head = `@binding(1) @group(2) var<storage, read_write> m : array<u32>;
@group(0) @binding(0) var<storage,read> v: array<vec4<f32>>; // m[9]
@group(0) @binding(3) var<storage, read_write> n: array<atomic<i32>, 4>;
var<private> mm: array<u32, 4>;
`;
  const read = (index: string) => `m[touch_(0u, u32(${index}), 1u, 0u)]`;
  const written = (index: string) => `m[touch_(0u, u32(${index}), 1u, 1u)]`;
  const both = (index: string) => `m[touch_(0u, touch_(0u, u32(${index}), 1u, 0u), 1u, 1u)]`;

  it.each([
    ["let a = m[i + 1u];", `let a = ${read("i + 1u")};`],
    ["m[i] = 3u;", `${written("i")} = 3u;`],
    ["m[i] += 3u;", `${both("i")} += 3u;`],
    ["m[i] <<= 1u;", `${both("i")} <<= 1u;`],
    ["m[i]++;", `${both("i")}++;`],
    ["if (m[i] == 3u) {}", `if (${read("i")} == 3u) {}`],
    ["if (m[i] <= 3u || m[i] >= 4u) {}", `if (${read("i")} <= 3u || ${read("i")} >= 4u) {}`],
    ["m[m[j]] = m[k];", `${written(read("j"))} = ${read("k")};`],
    ["let a = b && m[i] != 0u;", `let a = b && ${read("i")} != 0u;`],
    ["let a = b & m[i];", `let a = b & ${read("i")};`],
    ["atomicAdd(&n[i], 1);", "atomicAdd(&n[touch_(2u, touch_(2u, u32(i), 1u, 0u), 1u, 1u)], 1);"],
    ["let a = v[i].x;", "let a = v[touch_(1u, u32(i), 4u, 0u)].x;"],
    ["let a = mm[i] + p.m[i]; /* m[i] */", "let a = mm[i] + p.m[i]; "],
  ])("notes what %s touches", (line, expected) => {
    const { code, group } = changeShader(head + line);
    expect(code).toContain(`\n${expected}\n`);
    expect(group).toBe(3);
  });

  it("has its arrays with groups, bindings and the words of an element", () => {
    expect(changeShader(head).arrays).toEqual([
      { name: "m", group: 2, binding: 1, words: 1 },
      { name: "v", group: 0, binding: 0, words: 4 },
      { name: "n", group: 0, binding: 3, words: 1 },
    ]);
  });

  it.each([
    "@group(0) @binding(0) var<storage> x: Rows;",
    "enable f16; @group(0) @binding(0) var<storage> x: array<f16>;",
  ])("is refused where %s has no words", (code) => {
    expect(() => changeShader(code)).toThrow("a shader whose storage is no array");
  });
});

describe("the models", () => {
  const made = (name: string) => {
    const model = modelsOf(false).find((each) => each.name === name);
    if (model === undefined) throw new Error(name);
    const { weights, flops } = madeOf(model);
    const sizes = weights.map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    return { flops, weights: sizes.reduce((a, b) => a + b, 0) };
  };

  it("begin with the same random weights, and with numbers that they name", () => {
    for (const model of modelsOf(true).filter(({ name }) => /^(GRU|ResNet)$/.test(name))) {
      const [first, second] = [weightsOf(model), weightsOf(model)];
      expect(first).toEqual(second);
      madeOf(model).weights.forEach(({ shape, fill }, i) => {
        const { elements = new Float32Array() } = first[i] ?? {};
        expect(elements.length).toBe(shape.reduce((a, b) => a * b, 1));
        expect(new Set(elements).size === 1 ? elements[0] : undefined).toBe(fill);
      });
    }
  });

  it("have the weights and the operations of closed forms", () => {
    expect(made("digits MLP")).toEqual({
      weights: 784 * 128 + 128 + (128 * 64 + 64) + (64 * 10 + 10),
      flops: 2 * 64 * (2 * 784 * 128 + 3 * 128 * 64 + 3 * 64 * 10),
    });
    expect(made("digits CNN")).toEqual({
      weights: 8 * 9 + 8 + (16 * 8 * 9 + 16) + (784 * 10 + 10),
      flops: 2 * 32 * (2 * 784 * 8 * 9 + 3 * 196 * 16 * 8 * 9 + 3 * 784 * 10),
    });
    expect(made("MLP of 10⁷ weights").weights).toBe(10_020_874);
    // A block of width d has 12 d² weights in products; attention adds 4 d for each pair of positions.
    const [d, blocks, tokens, length, symbols] = [384, 6, 16 * 256, 256, 65];
    const inProducts = blocks * 12 * d * d + d * symbols;
    expect(made("GPT")).toEqual({
      weights: inProducts + blocks * 13 * d + 2 * d + symbols + (symbols + length) * d,
      flops: 6 * tokens * (inProducts + blocks * 2 * d * length),
    });
    expect(made("GRU")).toEqual({
      weights: (64 + 128 + 2) * 384 + 128 * 10 + 10,
      flops: 2 * 64 * (64 * (2 * 64 + 3 * 128) * 384 + 3 * 128 * 10),
    });
    // Each stage has four windows of 3 × 3, and one of 1 × 1 where its width is another; each has its batch norm.
    const convolutions = [16, 32, 64].map((out, i) => {
      const ins = i === 0 ? out : out / 2;
      return { out, count: 9 * out * ins + 3 * 9 * out * out + (i === 0 ? 0 : out * ins) };
    });
    const channels = 16 + 4 * 16 + 5 * 32 + 5 * 64;
    const residual = convolutions.reduce((sum, { count }) => sum + count, 27 * 16);
    expect(made("ResNet").weights).toBe(residual + 2 * channels + 64 * 10 + 10);
    const products = convolutions.reduce(
      (sum, { count }, i) => sum + 3 * count * (32 / 2 ** i) ** 2,
      2 * 27 * 16 * 32 ** 2 + 3 * 640,
    );
    expect(made("ResNet").flops).toBe(2 * 64 * products);
  });

  it("learn by graddiff, from a loss near that of no knowledge", async () => {
    for (const model of modelsOf(true)) {
      if (model.name === "MLP of 10⁷ weights" || model.name === "GPT") continue;
      const { step } = trainerOf(model);
      const first = await step(0)();
      expect(Math.abs(first - Math.log(model.classes)), model.name).toBeLessThan(1);
      for (let i = 0; i < 20; i++) step(0);
      expect(await step(0)(), model.name).toBeLessThan(first - 0.1);
    }
  });
});

describe("the report", () => {
  const counts = (dispatches: number, submits: number, read: number): Counts => ({
    dispatches,
    submits,
    uploaded: 1e6,
    copied: 0,
    read,
    written: 1e6,
  });
  const result = (model: string, own: Counts, other: Counts): Result => ({
    model,
    sizes: "small",
    weights: 1234,
    flops: 5e8,
    rows: [
      { library: "graddiff", counts: own },
      { library: "jax-js", counts: other },
      { library: "tfjs", reason: "it has none" },
    ],
  });
  const results = [
    result("A", counts(5, 1, 1e6), counts(6, 6, 4e6)),
    result("B", counts(6, 1, 4e6), counts(5, 6, 4e6)),
  ];

  it("has a row for each library, with times where something was timed", () => {
    const [header, own, , lacking] = cellsOf(results);
    expect(header?.at(-1)).toBe("MB in all");
    expect(own).toEqual(["A", "graddiff", "5", "1", "1.00", "1.00", "0", "1.00", "3.00"]);
    expect(lacking).toEqual(["A", "tfjs", ...new Array(7).fill("–")]);
    const [first] = results as [Result];
    const timed = cellsOf([{ ...first, wasm: 2, rows: [{ library: "graddiff", time: 4 }] }]);
    expect(timed.map((row) => row.slice(-2))).toEqual([
      ["ms", "WebAssembly ms"],
      ["4.00", "2.00"],
    ]);
    expect(notesOf(results).slice(0, 2)).toEqual([
      "A: small: 1,234 weights, 0.500 GFLOP.",
      "A by tfjs: it has none",
    ]);
  });

  it("of one run on software stands in the README, with its command and its goals", () => {
    const read = (place: string) => readFileSync(new URL(place, import.meta.url), "utf8");
    const readme = read("../README.md").replaceAll("\n", " ");
    const run = JSON.parse(read("../results/webgpu.json"));
    expect([run.fallback, run.device]).toEqual([true, expect.stringContaining("SwiftShader")]);
    expect(run.results.map(({ model }: Result) => model)).toEqual(
      modelsOf(true).map(({ name }) => name),
    );
    expect(readme).toContain(run.command);
    const [header = [], ...rows] = cellsOf(run.results).map((row) => `| ${row.join(" | ")} |`);
    const rule = cellsOf(run.results)[0]
      ?.map((_, i) => (i < 2 ? "---" : "---:"))
      .join("|");
    expect(readme).toContain([header, `|${rule}|`, ...rows].join(" "));
    for (const line of [...notesOf(run.results), ...goalsOf(run.results)]) {
      expect(readme).toContain(`- ${line}`);
    }
  });

  it("says for which models each goal is reached", () => {
    expect(goalsOf(results)).toEqual([
      "One submit: A, B. Not: none.",
      "Fewer dispatches than both: A. Not: B.",
      "At most half of the bytes of both: A. Not: B.",
      "Fewer bytes than both: A. Not: B.",
    ]);
  });
});
