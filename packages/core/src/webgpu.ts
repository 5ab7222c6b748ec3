/**
 * `@graddiff/core/webgpu`: compiled functions on a graphics processor. It is a separate entry, so a program without it has
 * none of it.
 */

import {
  argumentError,
  flag,
  optional,
  optionsReader,
  type Reader,
  refuseSurplus,
} from "./arguments.ts";
import { ArgumentError } from "./errors.ts";
import type { GpuAdapter, GpuHost } from "./run/webgpu/api.ts";
import { Gpu } from "./run/webgpu/gpu.ts";
import { lostRoundings } from "./run/webgpu/probe.ts";
import { TIMES } from "./run/webgpu/timer.ts";
import { WebGpu } from "./run/webgpu/webGpu.ts";

export {
  profileWebGpu,
  type WebGpuProfile,
  type WebGpuProfileRow,
} from "./models/profileWebGpu.ts";
export type { GpuHost } from "./run/webgpu/api.ts";
export type { WebGpu } from "./run/webgpu/webGpu.ts";

/** The settings of {@link openWebGpu}. */
export interface WebGpuOptions {
  /** The start of WebGPU. Default: `navigator.gpu`. In Node, what npm's `webgpu` creates. */
  readonly gpu?: GpuHost;
  /** True if software that imitates a GPU will do, as for tests: WebAssembly is faster. Default false. */
  readonly fallback?: boolean;
  /**
   * True if each product and each sum is rounded, as on WebAssembly: products of matrices may take up to four times as
   * long. Opening tries whether the driver does so. Default false: drivers may take a product and a sum together.
   */
  readonly exact?: boolean;
}

const readHost: Reader<GpuHost | undefined> = (op, argument, value) => {
  if (value === undefined || typeof Object(value).requestAdapter === "function") {
    return value as GpuHost | undefined;
  }
  throw argumentError(op, argument, "WebGPU, such as navigator.gpu", value);
};

const readOptions = optionsReader({
  gpu: optional<GpuHost | undefined>(readHost, undefined),
  fallback: optional(flag, false),
  exact: optional(flag, false),
});

/**
 * Opens a GPU, as a backend of `compile`, `trainingStep` and `fit`. It has float32, int32 and bool; float64 that follows from
 * seeds and counts of steps, such as draws, and results in float64, such as metrics, are computed by the host. All else of
 * float64, linear algebra and functions of statistics are an error when they are compiled, which names the op and its line.
 *
 * Random words, integers and booleans are those of WebAssembly. Numbers of float32 are near to its, within bounds that
 * the README states, and the same again on the same device and driver.
 *
 * @param options `gpu`, `fallback`, `exact`.
 * @returns a promise of the open GPU. It is rejected with an ArgumentError where there is no WebGPU, and where only software
 *   imitates a GPU and `fallback` is not true. With `exact: true` it is also rejected where the driver rounds otherwise.
 * @example
 * ```ts
 * import { type Tensor, tensor } from "@graddiff/core";
 * import { Dense, meanSquaredError, SGD, trainingStep } from "@graddiff/nn";
 * import { openWebGpu } from "@graddiff/core/webgpu";
 *
 * const gpu = await openWebGpu().catch(() => undefined);
 * const model = new Dense(1, 1, { seed: 1 });
 * const loss = (model: Dense, x: Tensor) => meanSquaredError(model.forward(x), x.mul(3));
 * const optimizer = new SGD(model, { learningRate: 0.1 });
 * const step = trainingStep(model, loss, optimizer, gpu && { backend: gpu });
 * for (let i = 0; i < 100; i++) step(tensor([[1], [2]]));
 * console.log((await step(tensor([[1], [2]])).read()).item() < 0.1); // true
 * gpu?.close();
 * ```
 */
export async function openWebGpu(options?: WebGpuOptions): Promise<WebGpu> {
  const op = "openWebGpu";
  refuseSurplus(op, 1, arguments);
  const { gpu = hostOf(), fallback, exact } = readOptions(op, options);
  if (gpu === undefined) {
    const expected = "a host with WebGPU";
    const hint = "Take a browser that has it, on https or localhost; in Node that of npm's webgpu";
    throw new ArgumentError(op, "gpu", expected, "one without", hint);
  }
  // Whoever has WebGPU has adapters as they are described.
  const adapter = (await gpu.requestAdapter({
    powerPreference: "high-performance",
  })) as GpuAdapter | null;
  if (!adapter) {
    const expected = "a GPU with a driver";
    const hint = "Look whether the browser's settings turn it off";
    throw new ArgumentError(op, "gpu", expected, "WebGPU without one", hint);
  }
  const { isFallbackAdapter = false, description } = adapter.info;
  const isSoftware = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(description);
  if (isSoftware && !fallback) {
    const hint = "WebAssembly is faster; { fallback: true } takes it";
    throw new ArgumentError(op, "gpu", "a GPU", `software, ${description}`, hint);
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
    // Profiles have times of dispatches with it.
    requiredFeatures: adapter.features?.has(TIMES) ? [TIMES] : [],
  });
  const opened = new Gpu(gpu, device, exact);
  try {
    if (exact) await checkRoundings(op, opened, description || "one");
  } catch (error) {
    opened.close();
    throw error;
  }
  return new WebGpu(opened);
}

/** @throws ArgumentError for a driver that does not round as `exact` promises. */
async function checkRoundings(op: string, opened: Gpu, description: string): Promise<void> {
  const lost = await lostRoundings(opened);
  if (lost.length === 0) return;
  const expected = "a driver that rounds each product, sum, quotient and root";
  const got = `${description}, which does not in ${lost.join(", ")}`;
  const hint =
    "Leave it out: float32 are then within the bounds that the README states, or compile for WebAssembly";
  throw new ArgumentError(op, "exact", expected, got, hint);
}

function hostOf(): GpuHost | undefined {
  return (globalThis as { readonly navigator?: { readonly gpu?: GpuHost } }).navigator?.gpu;
}
