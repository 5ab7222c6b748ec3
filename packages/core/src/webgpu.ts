/**
 * `@graddiff/core/webgpu`: compiled functions on a graphics processor. It is an entry of its own, so a program without it has
 * none of it.
 */

import { flag, optional, optionsReader, type Reader, refuseSurplus, unfit } from "./arguments.ts";
import { ArgumentError } from "./errors.ts";
import { type Leaf, walkTree } from "./graph/tree.ts";
import { Variable } from "./graph/variable.ts";
import { Backend, type Prepared, type Recorded } from "./run/device/backend.ts";
import type { GpuHost } from "./run/webgpu/api.ts";
import { GpuPrograms } from "./run/webgpu/backend.ts";
import { Gpu } from "./run/webgpu/gpu.ts";
import type { Tensor } from "./tensor/tensor.ts";

export type {
  GpuAdapter,
  GpuBuffer,
  GpuDevice,
  GpuEncoder,
  GpuHost,
  GpuLimits,
  GpuPass,
  GpuQueue,
} from "./run/webgpu/api.ts";

/** The settings of {@link openWebGpu}. */
export interface WebGpuOptions {
  /** The start of WebGPU. Default: `navigator.gpu`. In Node, what npm's `webgpu` creates. */
  readonly gpu?: GpuHost;
  /** True if software that imitates a GPU will do, as for tests: WebAssembly is faster. Default false. */
  readonly fallback?: boolean;
  /**
   * True if each product and each sum is rounded, as on WebAssembly, as far as the driver lets it: products of matrices
   * may take up to four times as long. Default false: drivers may take a product and a sum together.
   */
  readonly exact?: boolean;
}

const readHost: Reader<GpuHost | undefined> = (op, argument, value) => {
  if (value === undefined || typeof Object(value).requestAdapter === "function") {
    return value as GpuHost | undefined;
  }
  throw unfit(op, argument, "WebGPU, such as navigator.gpu", value);
};

const readOptions = optionsReader({
  gpu: optional<GpuHost | undefined>(readHost, undefined),
  fallback: optional(flag, false),
  exact: optional(flag, false),
});

/**
 * A GPU that is open: a backend of `compile`, `trainingStep` and `fit`. Their results stand in its memory, and so do
 * Variables between calls: `await tensor.read()` brings elements here.
 *
 * An error of an element, such as an index out of range, is known when something has been read: behind it the GPU computes
 * nothing, that read is rejected with it, and Variables have the values that they had before.
 *
 * @example
 * ```ts
 * import { compile, type Tensor, tensor } from "@graddiff/core";
 * import { openWebGpu } from "@graddiff/core/webgpu";
 *
 * // Where there is no GPU, the default backend.
 * const gpu = await openWebGpu().catch(() => undefined);
 * const double = compile((x: Tensor) => x.mul(2), gpu && { backend: gpu });
 * console.log((await double(tensor([1, 2])).read()).toArray()); // [ 2, 4 ]
 * gpu?.close();
 * ```
 */
export class WebGpu extends Backend {
  override readonly name = "WebGPU";
  readonly #gpu: Gpu;
  readonly #programs: GpuPrograms;

  /** @internal */
  constructor(gpu: Gpu) {
    super();
    this.#gpu = gpu;
    this.#programs = new GpuPrograms(gpu);
  }

  /** Resolves to the reason, in words, when the GPU is lost or closed. Everything then throws. */
  get lost(): Promise<string> {
    return this.#gpu.lost;
  }

  /** @internal */
  override prepare(recorded: Recorded): Prepared {
    return this.#programs.prepare(recorded.lowered());
  }

  /**
   * Returns a tree when the elements of all its tensors and Variables are here, which are fetched together.
   *
   * @param tree tensors, Variables, or a tree of them, such as `state(model)`.
   * @returns a promise of the same tree, which is rejected with what a run has refused.
   */
  async read<Tree>(tree: Tree): Promise<Tree> {
    refuseSurplus("read", 1, arguments);
    const tensors: Tensor[] = [];
    walkTree("read", tree, (leaf: Leaf) => {
      if (leaf instanceof Variable) tensors.push(leaf.value);
      else if (typeof leaf !== "number") tensors.push(leaf);
      return leaf;
    });
    await Promise.all(tensors.map((tensor) => tensor.read()));
    return tree;
  }

  /** Gives up the GPU and all that stands there. What is compiled for it throws from then on. */
  close(): void {
    refuseSurplus("close", 0, arguments);
    this.#gpu.close();
  }
}

/**
 * Opens a GPU, as a backend of `compile`, `trainingStep` and `fit`. It has float32, int32 and bool; single numbers of
 * float64, such as seeds and counts of steps, are computed by the host. What it cannot compute is an error when it is
 * compiled, which names the op and its line.
 *
 * Random words, integers and truth values are those of WebAssembly. Numbers of float32 are near to its, within bounds that
 * the README states, and the same again on the same device and driver.
 *
 * @param options `gpu`, `fallback`, `exact`.
 * @returns a promise of the open GPU, rejected with an ArgumentError where there is no WebGPU, or only software that
 *   imitates a GPU and `fallback` is not true.
 * @example
 * ```ts
 * import { type Tensor, tensor } from "@graddiff/core";
 * import { Dense, meanSquaredError, SGD, trainingStep } from "@graddiff/core/nn";
 * import { openWebGpu } from "@graddiff/core/webgpu";
 *
 * const gpu = await openWebGpu().catch(() => undefined);
 * const model = new Dense(1, 1, { seed: 1 });
 * const loss = (own: Dense, x: Tensor) => meanSquaredError(own.forward(x), x.mul(3));
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
    throw new ArgumentError({
      op,
      argument: "gpu",
      expected: "a host with WebGPU",
      got: "one without",
      hint: "Take a browser that has it and a page from https or localhost; in Node hand over that of npm's webgpu",
    });
  }
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) {
    throw new ArgumentError({
      op,
      argument: "gpu",
      expected: "a GPU with a driver",
      got: "WebGPU without one",
      hint: "Look whether the browser's settings turn the GPU off; else compile for WebAssembly",
    });
  }
  const { isFallbackAdapter = false, description } = adapter.info;
  const isSoftware = isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(description);
  if (isSoftware && !fallback) {
    throw new ArgumentError({
      op,
      argument: "gpu",
      expected: "a GPU",
      got: `software that imitates one, ${description}`,
      hint: "WebAssembly is many times faster than that; { fallback: true } takes it all the same",
    });
  }
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBufferBindingSize, maxBufferSize },
  });
  return new WebGpu(new Gpu(device, exact));
}

function hostOf(): GpuHost | undefined {
  return (globalThis as { readonly navigator?: { readonly gpu?: GpuHost } }).navigator?.gpu;
}
