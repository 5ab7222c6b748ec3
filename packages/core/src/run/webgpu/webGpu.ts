/** The public class of an open GPU. */

import { refuseSurplus } from "../../arguments.ts";
import { type Leaf, walkTree } from "../../graph/tree.ts";
import { Variable } from "../../graph/variable.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { Backend, type Prepared, type Recorded } from "../device/backend.ts";
import { GpuPrograms } from "./backend.ts";
import type { Gpu } from "./gpu.ts";

/**
 * A GPU that is open: a backend of `compile`, `trainingStep` and `fit`. Their results are in its memory, and so do
 * Variables between calls: `await tensor.read()` brings elements here.
 *
 * An error of an element, such as an index out of range, is known when something has been read. After it the GPU
 * computes nothing, that read is rejected with it, and Variables have the values that they had before.
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
    return this.#programs.prepare(recorded);
  }

  /**
   * Returns a tree when the elements of all its tensors and Variables are here, which are fetched together.
   *
   * @param tree tensors, Variables, or a tree of them, such as `state(model)`.
   * @returns a promise of the same tree, which is rejected with what a run has refused.
   */
  async read<Tree>(tree: Tree): Promise<Tree> {
    refuseSurplus("WebGpu.read", 1, arguments);
    const tensors: Tensor[] = [];
    walkTree("WebGpu.read", tree, (leaf: Leaf) => {
      if (leaf instanceof Variable) tensors.push(leaf.value);
      else if (typeof leaf !== "number") tensors.push(leaf);
      return leaf;
    });
    await Promise.all(tensors.map((tensor) => tensor.read()));
    return tree;
  }

  /** Releases the GPU and its memory. Functions that were compiled for it throw from then on. */
  close(): void {
    refuseSurplus("WebGpu.close", 0, arguments);
    this.#gpu.close();
  }
}
