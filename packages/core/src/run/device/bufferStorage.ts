/**
 * Device-resident storage: values that stay in the memory of a device between runs.
 *
 * ```
 * Tensor ──storage──▶ BufferStorage ──▶ DeviceBuffer
 * ```
 *
 * A buffer is the memory of one array: a Variable's value, an argument, a result. A storage is the
 * elements that are there, as long as nobody needs the buffer for others; before that happens they
 * are copied, unless nobody needs them any more.
 *
 * Here a copy is an array, since the memory can be looked at; `awaited.ts` is for memory that cannot.
 */

import type { TypedArray } from "../../tensor/dtype.ts";
import { DeviceStorage, disposedError, type Storage } from "../../tensor/tensor.ts";

/** Elements that a program has left in the memory of a device. */
export class BufferStorage extends DeviceStorage {
  protected buffer: DeviceBuffer | undefined;
  protected array: TypedArray | undefined;
  /** The number of tensors that have these elements. */
  #tensors = 1;
  /** Why there are none. */
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

  /** Returns the elements where they are: to look at only, and only until the next op. */
  #elements(): TypedArray {
    const elements = this.array ?? this.buffer?.view();
    if (elements === undefined) throw this.missing();
    return elements;
  }

  /** Returns the error for elements that are not here. */
  protected missing(): Error {
    return this.#lost ?? disposedError();
  }

  /**
   * Something else is in the buffer now: without a separate copy, the elements are lost. @returns whether they are.
   */
  lose(buffer: DeviceBuffer, why: Error): boolean {
    if (!this.isIn(buffer)) return false;
    this.buffer = undefined;
    this.#lost = why;
    return true;
  }

  /** For one more tensor. */
  share(): this {
    this.#tensors++;
    return this;
  }

  override release(): void {
    this.#tensors--;
    if (this.#tensors === 0) this.giveUp();
  }

  /** No tensor has the elements any more. */
  protected giveUp(): void {
    this.buffer?.forget(this);
    this.buffer = undefined;
  }

  /** True if it has no elements but those in a buffer. */
  isIn(buffer: DeviceBuffer): boolean {
    return this.buffer === buffer && this.array === undefined;
  }

  /** Moves out of a buffer, if that is where it is. */
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

/** Memory for the elements of one tensor, which finds them there in the next run. */
export abstract class DeviceBuffer {
  /** The elements here: an array's, or those of a storage, which may have no other. */
  holds: Storage | DeviceStorage | undefined;

  /** Returns the elements, until memory changes; undefined where they have to be fetched. */
  abstract view(): TypedArray | undefined;
  /** Writes elements over those that are there. */
  abstract write(elements: Storage | DeviceStorage): void;

  /** Has it hold elements. Tensors never change, so what is there need not be written again. */
  fill(elements: Storage | DeviceStorage): void {
    if (Object.is(this.holds, elements)) return;
    this.vacate();
    this.write(elements);
    this.holds = elements;
  }

  /** Makes room for other elements: whoever has the present ones keeps them elsewhere. */
  vacate(): void {
    const { holds } = this;
    this.holds = undefined;
    if (holds instanceof BufferStorage) holds.moveOut(this);
  }

  /** Marks the elements as lost: a run that was given up has written here. @returns whether elements are lost. */
  lose(why: Error): boolean {
    const { holds } = this;
    this.holds = undefined;
    return holds instanceof BufferStorage && holds.lose(this, why);
  }

  /** Nobody needs these elements any more. */
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
