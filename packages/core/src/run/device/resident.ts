/**
 * Residents: values that stay in the memory of a device between runs.
 *
 * ```
 * Tensor ──storage──▶ DeviceResident ──stands in──▶ Slot
 * ```
 *
 * A slot is the memory of one array: a Variable's value, an argument, a result. A resident is the
 * elements that stand there, as long as nobody needs the slot for others; before that happens they
 * are copied, unless nobody needs them any more.
 *
 * Here a copy is an array, since the memory can be looked at; `awaited.ts` is for memory that cannot.
 */

import type { TypedArray } from "../../tensor/dtype.ts";
import { disposedError, Resident, type Storage } from "../../tensor/tensor.ts";

/** Elements that a program has left in the memory of a device. */
export class DeviceResident extends Resident {
  protected slot: Slot | undefined;
  protected array: TypedArray | undefined;
  /** The number of tensors that have these elements. */
  #tensors = 1;
  /** Why there are none. */
  #lost: Error | undefined;

  /** For one tensor: the elements that stand in a slot now. */
  constructor(slot?: Slot) {
    super();
    this.slot = slot;
    if (slot) slot.holds = this;
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
    const elements = this.array ?? this.slot?.view();
    if (elements === undefined) throw this.missing();
    return elements;
  }

  /** Returns the error for elements that are not here. */
  protected missing(): Error {
    return this.#lost ?? disposedError();
  }

  /** Something else stands in the slot now: without a separate copy, the elements are lost. @returns whether they are. */
  lose(slot: Slot, why: Error): boolean {
    if (!this.isIn(slot)) return false;
    this.slot = undefined;
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
    this.slot?.forget(this);
    this.slot = undefined;
  }

  /** True if it has no elements but those in a slot. */
  isIn(slot: Slot): boolean {
    return this.slot === slot && this.array === undefined;
  }

  /** Moves out of a slot, if that is where it is. */
  moveOut(slot: Slot): void {
    if (this.slot !== slot) return;
    if (this.array === undefined) this.keep(slot);
    this.slot = undefined;
  }

  /** Copies the elements out of a slot. */
  protected keep(slot: Slot): void {
    this.array = slot.view()?.slice();
  }
}

/** Memory for the elements of one tensor, which finds them there in the next run. */
export abstract class Slot {
  /** The elements here: an array's, or those of a resident, which may have no other. */
  holds: Storage | Resident | undefined;

  /** Returns the elements, until memory changes; undefined where they have to be fetched. */
  abstract view(): TypedArray | undefined;
  /** Writes elements over those that are there. */
  abstract write(elements: Storage | Resident): void;

  /** Has it hold elements. Tensors never change, so what is there need not be written again. */
  fill(elements: Storage | Resident): void {
    if (Object.is(this.holds, elements)) return;
    this.vacate();
    this.write(elements);
    this.holds = elements;
  }

  /** Makes room for other elements: whoever has the present ones keeps them elsewhere. */
  vacate(): void {
    const { holds } = this;
    this.holds = undefined;
    if (holds instanceof DeviceResident) holds.moveOut(this);
  }

  /** Marks the elements as lost: a run that was given up has written here. @returns whether elements are lost. */
  lose(why: Error): boolean {
    const { holds } = this;
    this.holds = undefined;
    return holds instanceof DeviceResident && holds.lose(this, why);
  }

  /** Nobody needs these elements any more. */
  forget(resident: Resident): void {
    if (this.holds === resident) this.holds = undefined;
  }
}

/** Writes elements into an array. */
export function writeTo(target: TypedArray, elements: Storage | Resident): void {
  if (typeof elements === "number") target[0] = elements;
  else if (elements instanceof Resident) elements.copyTo(target);
  else target.set(elements);
}
