/**
 * Residents: values that stay in the memory of a device between runs.
 *
 * ```
 * Tensor ──storage──▶ DeviceResident ──stands in──▶ Slot
 * ```
 *
 * A slot is the place of one array: a Variable's value, an argument, a result. A resident is the
 * elements that stand there, as long as nobody needs the slot for others; before that happens they
 * are copied, unless nobody needs them any more.
 *
 * Of memory that can be looked at, a copy is an array. Of other memory it is a `Deferred`, a copy on the device whose
 * elements are asked for: `await tensor.read()` brings them here, and whoever looks at them before gets an error.
 */

import { ArgumentError } from "../../errors.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { disposedError, Resident, type Storage } from "../../tensor/tensor.ts";

/** The error for elements that are looked at before they are here. */
function elsewhereError(): ArgumentError {
  return new ArgumentError({
    op: "tensor",
    expected: "a tensor whose elements are here",
    got: "one whose elements stand in the memory of a backend",
    hint: "Write await x.read() before x is looked at",
  });
}

/** A copy of elements on a device, which no run changes. */
export interface Deferred {
  /** Brings the elements here. */
  fetch(): Promise<TypedArray>;
}

/** How a run ends on a device that lets nobody wait for it: with an error, or without. */
export class Outcome {
  readonly #end: Promise<Error | undefined>;
  /** Those that this one follows from. */
  readonly #others: readonly Outcome[];
  /** While nobody has got it. */
  #error: Error | undefined;

  /** @param end is not rejected: it is the error. */
  constructor(end: Promise<Error | undefined>, others: readonly Outcome[] = []) {
    this.#others = others;
    this.#end = end.then((error) => {
      this.#error = error;
      return error;
    });
  }

  /** Waits for the end. @throws the error, if there is one. */
  async check(): Promise<void> {
    const error = await this.#end;
    for (const each of [this, ...this.#others]) each.#error = undefined;
    if (error !== undefined) throw error;
  }

  /** Throws the error, if it is known and nobody has got it. */
  throwUntold(): void {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
  }

  /** The end of this run and of others: the error of the first that has one. */
  with(others: readonly Outcome[]): Outcome {
    const all = [this, ...others];
    const errors = Promise.all(all.map((outcome) => outcome.#end));
    return new Outcome(
      errors.then((list) => list.find((error) => error)),
      all,
    );
  }
}

/** Elements that a program has left in the memory of a device. */
export class DeviceResident extends Resident {
  #slot: Slot | undefined;
  #array: TypedArray | undefined;
  #deferred: Deferred | undefined;
  #fetched: Promise<void> | undefined;
  /** Of the run that has left them. */
  readonly outcome: Outcome | undefined;
  /** How many tensors have these elements. */
  #tensors = 1;

  /** For one tensor: the elements that stand in a slot now, or a copy of what stands elsewhere. */
  constructor(elements: Slot | Deferred, outcome?: Outcome) {
    super();
    this.outcome = outcome;
    if (elements instanceof Slot) {
      this.#slot = elements;
      elements.holds = this;
    } else this.#deferred = elements;
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
    if (elements !== undefined) return elements;
    throw this.#slot || this.#deferred ? elsewhereError() : disposedError();
  }

  /** Where a device finds the elements; undefined where they are in an array alone. */
  get source(): Slot | Deferred | undefined {
    return this.#deferred ?? this.#slot;
  }

  override fetch(): Promise<void> | undefined {
    if (this.#array ?? this.#slot?.view()) return undefined;
    this.#fetched ??= this.#bring();
    return this.#fetched;
  }

  async #bring(): Promise<void> {
    // At once, before a later run writes over the slot.
    const copied = this.#deferred ?? this.#slot?.copied();
    await this.outcome?.check();
    if (copied === undefined) throw disposedError();
    this.#array = "fetch" in copied ? await copied.fetch() : copied;
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
    this.#deferred = undefined;
  }

  /** Whether it has no elements but those in a slot. */
  isIn(slot: Slot): boolean {
    return this.#slot === slot && this.#array === undefined;
  }

  /** Moves out of a slot, if that is where it is. */
  moveOut(slot: Slot): void {
    if (this.#slot !== slot) return;
    if (this.#array === undefined) {
      const copied = slot.copied();
      if ("fetch" in copied) this.#deferred = copied;
      else this.#array = copied;
    }
    this.#slot = undefined;
  }
}

/** A place for the elements of one tensor, which finds them there in the next run. */
export abstract class Slot {
  /** The elements here: an array's, or those of a resident, which may have no other. */
  holds: Storage | Resident | undefined;

  /** The elements, until memory changes; undefined where they have to be fetched. */
  abstract view(): TypedArray | undefined;
  /** A copy of the elements as they are now. */
  abstract copied(): TypedArray | Deferred;

  /** Writes elements over those that are there. */
  write(elements: Storage | Resident): void {
    const view = this.view();
    if (view === undefined) throw elsewhereError();
    writeTo(view, elements);
  }

  /** Makes place for other elements: whoever has the present ones keeps them elsewhere. */
  vacate(): void {
    const { holds } = this;
    this.holds = undefined;
    if (holds instanceof DeviceResident) holds.moveOut(this);
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
