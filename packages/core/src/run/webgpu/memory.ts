/** The device buffers of values on a GPU, and copies of their elements. */

import type { TensorType } from "../../graph/types.ts";
import { allocate, type DType, type TypedArray } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { DeviceStorage, type Storage } from "../../tensor/tensor.ts";
import { keysOf } from "../../tensor/threefry.ts";
import {
  AwaitedBuffer,
  AwaitedStorage,
  type CompletionStatus,
  type Deferred,
} from "../device/awaited.ts";
import type { GpuBuffer } from "./api.ts";
import type { Allocation, Gpu, Words } from "./gpu.ts";

export type ValueType = Pick<TensorType, "shape" | "dtype">;

/** Bytes of a value there: each element is a word, but of seeds, which have two. */
export function bytesOf({ shape, dtype }: ValueType): number {
  return (dtype === "float64" ? 8 : 4) * sizeOf(shape);
}

/** Completion status of the runs after elements: refused, or not. */
export class RunStatus implements CompletionStatus {
  readonly gpu: Gpu;
  /** Undefined for elements in their buffer, which a refused run does not change. */
  readonly run: number | undefined;

  constructor(gpu: Gpu, run: number | undefined) {
    this.gpu = gpu;
    this.run = run;
  }

  /** Throws the error of the run; for elements in their buffer, an error that was not thrown yet. */
  check(): void {
    if (this.run === undefined) this.gpu.throwUnreported();
    else this.throwKnown();
  }

  /** Throws the error of the run, if it is known. */
  throwKnown(): void {
    const error = this.run === undefined ? undefined : this.gpu.errorOf(this.run);
    if (error !== undefined) throw error;
  }
}

/** A copy of elements. */
export class GpuCopy implements Deferred {
  readonly gpu: Gpu;
  readonly type: ValueType;
  readonly buffer: GpuBuffer;

  constructor(gpu: Gpu, type: ValueType, start: number) {
    this.gpu = gpu;
    this.type = type;
    this.buffer = gpu.copyOut(start, bytesOf(type), this);
  }

  async fetch(): Promise<TypedArray> {
    const words = await this.gpu.fetch(this.buffer, bytesOf(this.type));
    return arrayOf(this.type.dtype, words);
  }

  gone(): Error | undefined {
    return this.gpu.gone();
  }

  free(): void {
    this.gpu.free(this.buffer, this);
  }
}

function arrayOf(dtype: DType, words: ArrayBuffer): TypedArray {
  if (dtype === "float32") return new Float32Array(words);
  const integers = new Int32Array(words);
  if (dtype === "int32") return integers;
  const array = allocate(dtype, integers.length);
  array.set(integers);
  return array;
}

/** The buffer of a value, which it keeps from run to run. */
export class GpuValue extends AwaitedBuffer {
  readonly gpu: Gpu;
  readonly type: ValueType;
  readonly allocation: Allocation;

  constructor(gpu: Gpu, type: ValueType) {
    super();
    this.gpu = gpu;
    this.type = type;
    this.allocation = gpu.take(bytesOf(type), this);
  }

  override copied(): GpuCopy {
    return new GpuCopy(this.gpu, this.type, this.allocation.start);
  }

  override gone(): Error | undefined {
    return this.gpu.gone();
  }

  override write(elements: Storage | DeviceStorage): void {
    writeTo(this.gpu, this.allocation.start, this.type, elements);
  }
}

/** Writes elements to memory: elements on the same GPU are copied there. */
export function writeTo(
  gpu: Gpu,
  start: number,
  type: ValueType,
  elements: Storage | DeviceStorage,
): void {
  const bytes = bytesOf(type);
  const source = elements instanceof AwaitedStorage ? elements.source : undefined;
  if (source instanceof GpuValue && source.gpu === gpu) {
    gpu.copyWithin(source.allocation.start, start, bytes);
    return;
  }
  if (source instanceof GpuCopy && source.gpu === gpu) {
    gpu.copyIn(source.buffer, start, bytes);
    return;
  }
  const read = elements instanceof DeviceStorage ? elements.read() : elements;
  gpu.write(start, wordsOf(type.dtype, read));
}

function wordsOf(dtype: DType, elements: Storage): Words {
  const list = typeof elements === "number" ? [elements] : elements;
  if (dtype === "float64") return Uint32Array.from(keysOf("uniform", list[0]));
  if (dtype === "float32") return list instanceof Float32Array ? list : Float32Array.from(list);
  return list instanceof Int32Array ? list : Int32Array.from(list);
}

/** Refuses elements of runs that were refused. */
export function refuseGarbage(elements: Storage | DeviceStorage): void {
  if (!(elements instanceof AwaitedStorage)) return;
  const { status } = elements;
  if (status instanceof RunStatus) status.throwKnown();
}
