/**
 * Device-resident storage: values that stay in the memory of a device between runs.
 *
 * ```
 * Tensor ──storage──▶ BufferStorage ──▶ DeviceBuffer
 * ```
 *
 * A buffer is the memory of one array: a Variable's value, an argument, a result. A storage is the elements in a buffer
 * until the buffer is needed for other elements; before that they are copied, unless no tensor has them any more.
 *
 * In this file a copy is an array, since the host can read the memory; `awaited.ts` is for memory that it cannot read.
 */

import type { TypedArray } from "../../tensor/dtype.ts";
import { DeviceStorage, disposedError, type Storage } from "../../tensor/tensor.ts";

/** Elements in the memory of a device. */
export class BufferStorage extends DeviceStorage {
  protected buffer: DeviceBuffer | undefined;
  protected array: TypedArray | undefined;
  /** The number of tensors that have these elements. */
  #tensors = 1;
  /** The reason why there are no elements. */
  #lost: Error | undefined;

  /** For one tensor: the elements that are in a buffer now. */
  constructor(buffer?: DeviceBuffer) {
    super();
    this.buffer = buffer;
    if (buffer) buffer.holds = this;
  }

  override read(): TypedArray {
    this.array ??= this.copy();
    return this.array;
  }

  override copy(): TypedArray {
    return this.#elements().slice();
  }

  override copyTo(target: TypedArray): void {
    target.set(this.#elements());
  }

  /** Returns a view of the elements in place, read-only and valid until the next op. */
  #elements(): TypedArray {
    const elements = this.array ?? this.buffer?.view();
    if (elements === undefined) throw this.missing();
    return elements;
  }

  /** Returns the error for elements that were lost or not fetched. */
  protected missing(): Error {
    return this.#lost ?? disposedError();
  }

  /**
   * Notes that the buffer has other elements now. @returns true if the elements are lost, since there is no copy.
   */
  lose(buffer: DeviceBuffer, why: Error): boolean {
    if (!this.isIn(buffer)) return false;
    this.buffer = undefined;
    this.#lost = why;
    return true;
  }

  /** Counts one more tensor. */
  share(): this {
    this.#tensors++;
    return this;
  }

  override release(): void {
    this.#tensors--;
    if (this.#tensors === 0) this.giveUp();
  }

  /** Releases the elements, since no tensor has them any more. */
  protected giveUp(): void {
    this.buffer?.forget(this);
    this.buffer = undefined;
  }

  /** True if its only elements are in a buffer. */
  isIn(buffer: DeviceBuffer): boolean {
    return this.buffer === buffer && this.array === undefined;
  }

  /** Copies its elements out of a buffer, if they are in that one. */
  moveOut(buffer: DeviceBuffer): void {
    if (this.buffer !== buffer) return;
    if (this.array === undefined) this.keep(buffer);
    this.buffer = undefined;
  }

  /** Copies the elements out of a buffer. */
  protected keep(buffer: DeviceBuffer): void {
    this.array = buffer.view()?.slice();
  }
}

/** A buffer: memory for the elements of one tensor, which are still there in the next run. */
export abstract class DeviceBuffer {
  /** The array or the storage whose elements are in the buffer; the storage may have no copy. */
  holds: Storage | DeviceStorage | undefined;

  /** Returns the elements, until memory changes; undefined where they have to be fetched. */
  abstract view(): TypedArray | undefined;
  /** Writes elements over those that are there. */
  abstract write(elements: Storage | DeviceStorage): void;

  /** Writes elements to the buffer, unless it has them: tensors never change. */
  fill(elements: Storage | DeviceStorage): void {
    if (Object.is(this.holds, elements)) return;
    this.vacate();
    this.write(elements);
    this.holds = elements;
  }

  /** Makes room for other elements: the present ones are copied for their tensors. */
  vacate(): void {
    const { holds } = this;
    this.holds = undefined;
    if (holds instanceof BufferStorage) holds.moveOut(this);
  }

  /**
   * Marks the elements as lost, since an aborted run has written to the buffer. @returns true if a tensor loses
   * elements.
   */
  lose(why: Error): boolean {
    const { holds } = this;
    this.holds = undefined;
    return holds instanceof BufferStorage && holds.lose(this, why);
  }

  /** Notes that the elements are no longer needed. */
  forget(storage: DeviceStorage): void {
    if (this.holds === storage) this.holds = undefined;
  }
}

/** Writes elements into an array. */
export function writeTo(target: TypedArray, elements: Storage | DeviceStorage): void {
  if (typeof elements === "number") target[0] = elements;
  else if (elements instanceof DeviceStorage) elements.copyTo(target);
  else target.set(elements);
}
