/**
 * Residents: values that stay in linear memory between runs.
 *
 * ```
 * Tensor ──storage──▶ LinearResident ──stands in──▶ Slot ──of a──▶ Region of the heap
 * ```
 *
 * A slot is the place of one array: a Variable's value, an argument, a result. A resident is the
 * elements that stand there, as long as nobody needs the slot for others; before that happens they
 * are copied to an array of their own, unless nobody needs them any more.
 */

import type { TypedArray } from "../../tensor/dtype.ts";
import { disposedError, Resident } from "../../tensor/tensor.ts";

/** Elements that a program has left in its memory. */
export class LinearResident extends Resident {
  #slot: Slot | undefined;
  #array: TypedArray | undefined;
  /** How many tensors have these elements. */
  #tensors = 1;

  /** The elements that stand in a slot now, for one tensor. */
  constructor(slot: Slot) {
    super();
    this.#slot = slot;
    slot.holds = this;
  }

  override read(): TypedArray {
    this.#array ??= this.copy();
    return this.#array;
  }

  override copy(): TypedArray {
    return this.#elements().slice();
  }

  override copyTo(target: TypedArray): void {
    target.set(this.#elements());
  }

  /** The elements where they are: to look at only, and only until the next op. */
  #elements(): TypedArray {
    const elements = this.#array ?? this.#slot?.view();
    if (elements === undefined) throw disposedError();
    return elements;
  }

  /** For one more tensor. */
  share(): this {
    this.#tensors++;
    return this;
  }

  override release(): void {
    this.#tensors--;
    if (this.#tensors > 0) return;
    this.#slot?.forget(this);
    this.#slot = undefined;
  }

  /** Whether it has no elements but those in a slot. */
  isIn(slot: Slot): boolean {
    return this.#slot === slot && this.#array === undefined;
  }

  /** Moves out of a slot, if that is where it is. */
  moveOut(slot: Slot): void {
    if (this.#slot !== slot) return;
    this.read();
    this.#slot = undefined;
  }
}

/** A place for the elements of one tensor, which finds them there in the next run. */
export class Slot {
  /** The elements here: an array's, or those of a resident, which may have no other. */
  holds: TypedArray | Resident | undefined;
  /** While its region is in memory. */
  address = -1;
  readonly #view: (address: number) => TypedArray;

  /** @param view makes a view of the elements. */
  constructor(view: (address: number) => TypedArray) {
    this.#view = view;
  }

  /** The elements, until memory grows. */
  view(): TypedArray {
    return this.#view(this.address);
  }

  /** Makes place for other elements: whoever has the present ones keeps them elsewhere. */
  vacate(): void {
    const { holds } = this;
    this.holds = undefined;
    if (holds instanceof LinearResident) holds.moveOut(this);
  }

  /** Nobody needs these elements any more. */
  forget(resident: Resident): void {
    if (this.holds === resident) this.holds = undefined;
  }
}
