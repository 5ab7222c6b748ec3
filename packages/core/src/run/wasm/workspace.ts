/**
 * The kernel and its working memory: loaded on first need, or not at all.
 */

import {
  createKernel,
  type Kernel,
  KernelMemoryError,
  KernelUnavailableError,
} from "@graddiff/wasm-kernel";
import { type ArrayOf, BYTES, type DType, type TypedArray } from "../../tensor/dtype.ts";
import { Heap } from "./program/heap.ts";

export { type Kernel, KernelMemoryError };

/** Elements that go through the kernel at once: three float64 operands fit a 1 MB cache. */
export const PIECE = 16384;

/** How many arrays have a place for a piece: three operands and a result. */
export const PLACES = 4;

/** A kernel with room for pieces of arrays, and the heap of compiled programs. */
export class Workspace {
  readonly kernel: Kernel;
  /** The rest of memory. */
  readonly heap: Heap;
  readonly #base: number;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.#base = kernel.arena.allocate(PLACES * PIECE * BYTES.float64);
    this.heap = new Heap(kernel);
  }

  /** The address of a place for a piece. */
  address(place: number): number {
    return this.#base + place * PIECE * BYTES.float64;
  }

  /** A place as an array of a dtype, valid until memory grows. */
  view<D extends DType>(place: number, dtype: D): ArrayOf[D];
  view(place: number, dtype: DType): TypedArray {
    return arrayAt(this.kernel, dtype, this.address(place), PIECE);
  }
}

/** An array of a dtype in linear memory, valid until memory grows. */
export function arrayAt<D extends DType>(
  kernel: Kernel,
  dtype: D,
  address: number,
  length: number,
): ArrayOf[D];
export function arrayAt(
  { memory }: Kernel,
  dtype: DType,
  address: number,
  length: number,
): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(memory.buffer, address, length);
    case "float64":
      return new Float64Array(memory.buffer, address, length);
    case "int32":
      return new Int32Array(memory.buffer, address, length);
    case "bool":
      return new Uint8Array(memory.buffer, address, length);
    default:
      return dtype satisfies never;
  }
}

/** Copies `rows` × `columns` elements between places and strides of rows, at once if they touch. */
export function copyRows(
  source: TypedArray,
  from: number,
  sourceStride: number,
  target: TypedArray,
  to: number,
  targetStride: number,
  rows: number,
  columns: number,
): void {
  const touch = sourceStride === columns && targetStride === columns;
  const atOnce = touch ? rows : 1;
  for (let row = 0; row < rows; row += atOnce) {
    const start = from + row * sourceStride;
    target.set(source.subarray(start, start + atOnce * columns), to + row * targetStride);
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
