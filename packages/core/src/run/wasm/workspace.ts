/**
 * The kernel and its working memory: loaded on first need, or not at all.
 */

import {
  createKernel,
  type Kernel,
  KernelMemoryError,
  KernelUnavailableError,
} from "@graddiff/wasm-kernel";
import { BYTES } from "../../tensor/dtype.ts";
import { Heap } from "./heap.ts";
import type { KernelDType } from "./kernels.ts";

export { type Kernel, KernelMemoryError };

/** The typed arrays that kernels work on. */
export type FloatArray = Float32Array | Float64Array;

/** Elements that go through the kernel at once: three float64 operands fit a 1 MB cache. */
export const PIECE = 16384;

/** A kernel with room for two operands and a result, and the heap of compiled programs. */
export class Workspace {
  readonly kernel: Kernel;
  /** The rest of memory. */
  readonly heap: Heap;
  readonly #addresses: readonly [number, number, number];

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    const place = () => kernel.arena.allocate(PIECE * BYTES.float64);
    this.#addresses = [place(), place(), place()];
    this.heap = new Heap(kernel);
  }

  /** The places of x, y and the result as arrays of a dtype. */
  views(dtype: KernelDType): readonly [FloatArray, FloatArray, FloatArray] {
    const { arena } = this.kernel;
    const view = (address: number): FloatArray =>
      dtype === "float32" ? arena.float32(address, PIECE) : arena.float64(address, PIECE);
    const [x, y, out] = this.#addresses;
    return [view(x), view(y), view(out)];
  }
}

/** Undefined while untried, null where there is none. */
let loaded: Workspace | null | undefined;

/**
 * The workspace, made on the first call. Where WebAssembly is missing or forbidden that is said
 * once, and JavaScript computes everything with the same results.
 */
export function workspace(): Workspace | undefined {
  if (loaded === undefined) loaded = load();
  return loaded ?? undefined;
}

function load(): Workspace | null {
  try {
    return new Workspace(createKernel());
  } catch (error) {
    if (!(error instanceof KernelUnavailableError)) throw error;
    warn(`graddiff: WebAssembly is not available, JavaScript computes instead. ${error.message}`);
    return null;
  }
}

/** The console is not part of the language, so the types of the language do not know it. */
function warn(message: string): void {
  const { console } = globalThis as { console?: { warn(message: string): void } };
  console?.warn(message);
}
