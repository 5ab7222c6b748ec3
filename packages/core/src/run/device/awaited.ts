/**
 * Devices whose memory cannot be looked at, and which do later what they are asked: `await tensor.read()` brings elements
 * here, and whoever looks at them before gets an error.
 *
 * A copy of what a run writes over is a `Deferred`, on the device. What a run has refused is known when it has ended: it is
 * told to whoever reads a result, or something that follows from one, and else to the next run.
 */

import { ArgumentError } from "../../errors.ts";
import type { Cell } from "../../graph/cell.ts";
import { peekCell } from "../../graph/recording.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { at } from "../../tensor/shape.ts";
import { disposedError, findStorage, type Resident, type Storage } from "../../tensor/tensor.ts";
import type { Program } from "../program/program.ts";
import { DeviceResident, Slot } from "./resident.ts";
import { DeviceRun, type ProgramSlots } from "./run.ts";

/** A copy of elements on a device, which no run changes. */
export interface Deferred {
  /** Brings the elements here. */
  fetch(): Promise<TypedArray>;
  /** Returns the error for elements whose device is gone; undefined while they can be fetched. Default: always. */
  gone?(): Error | undefined;
  /** Gives the memory of the copy up, which nobody asks for again. */
  free?(): void;
}

/** Tells whether elements are those that were to be computed. */
export interface Verdict {
  /** Throws what the run that has left the elements has refused. It is asked when they have been fetched. */
  check(): void | Promise<void>;
}

/** The outcome of a run: an error, or none. */
export class Outcome implements Verdict {
  readonly #end: Promise<Error | undefined>;
  /** The outcomes from which this one follows. */
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

  /** Returns the end of this run and of others: the error of the first that has one. */
  with(others: readonly Outcome[]): Outcome {
    const all = [this, ...others];
    const errors = Promise.all(all.map((outcome) => outcome.#end));
    return new Outcome(
      errors.then((list) => list.find((error) => error)),
      all,
    );
  }
}

/** Elements that have to be awaited. */
export class AwaitedResident extends DeviceResident {
  #deferred: Deferred | undefined;
  #fetched: Promise<void> | undefined;
  /** The outcome of the run that has left them. */
  readonly outcome: Verdict | undefined;

  /** For one tensor: the elements that stand in a slot now, or a copy of what stands elsewhere. */
  constructor(elements: AwaitedSlot | Deferred, outcome: Verdict | undefined) {
    super(elements instanceof AwaitedSlot ? elements : undefined);
    if (!(elements instanceof AwaitedSlot)) this.#deferred = elements;
    this.outcome = outcome;
  }

  /** The slot of the elements on the device; undefined where they are in an array alone. */
  get source(): AwaitedSlot | Deferred | undefined {
    return this.#deferred ?? (this.slot as AwaitedSlot | undefined);
  }

  protected override missing(): Error {
    const { source } = this;
    return source ? (source.gone?.() ?? elsewhereError()) : super.missing();
  }

  override absence(): string | undefined {
    const { source } = this;
    if (this.array || source === undefined) return undefined;
    return source.gone?.() ? "lost" : "not read";
  }

  override fetch(): Promise<void> | undefined {
    if (this.array) return undefined;
    this.#fetched ??= this.#bring().catch((error) => {
      // An error that was told is not told again of elements that are still there.
      this.#fetched = undefined;
      throw error;
    });
    return this.#fetched;
  }

  async #bring(): Promise<void> {
    // At once, before a later run writes over the slot.
    const deferred = this.#deferred ?? (this.slot as AwaitedSlot | undefined)?.copied();
    if (deferred === undefined) throw disposedError();
    const array = await deferred.fetch();
    await this.outcome?.check();
    this.array = array;
    // The elements are here, so no copy of them is kept there.
    for (const copy of new Set([deferred, this.#deferred])) copy?.free?.();
    this.#deferred = undefined;
  }

  protected override keep(slot: AwaitedSlot): void {
    this.#deferred = slot.copied();
  }

  protected override giveUp(): void {
    super.giveUp();
    this.#deferred = undefined;
  }
}

/** Returns the error for elements that are looked at before they are here. */
export function elsewhereError(): ArgumentError {
  return new ArgumentError({
    op: "tensor",
    expected: "a tensor whose elements are here",
    got: "one whose elements stand in the memory of a backend",
    hint: "Write await x.read() before x is looked at",
  });
}

/** A slot in memory that cannot be looked at. */
export abstract class AwaitedSlot extends Slot {
  /** Returns a copy of the elements as they are when all that was asked before is done. */
  abstract copied(): Deferred;
  /** Returns the error for elements whose device is gone; undefined while they can be fetched. Default: always. */
  gone?(): Error | undefined;
  override view(): undefined {}
}

/** A program at home on such a device. */
export abstract class AwaitedRun extends DeviceRun {
  /** The homes that the program leaves new values in. */
  readonly #assigned: readonly { readonly cell: Cell; readonly slot: Slot }[];
  /** The outcome of the last run, and of those whose results this run is given. */
  #outcome: Outcome | undefined;
  readonly #given: Outcome[] = [];

  constructor(program: Program, slots: ProgramSlots) {
    super(program, slots);
    this.#assigned = program.plan.homes.flatMap(({ cell, assigned }, i) =>
      assigned ? [{ cell, slot: at(slots.homes, i) }] : [],
    );
  }

  /**
   * Asks for the calls to be made.
   *
   * @returns how they end; undefined where none may refuse what it is given.
   */
  protected abstract ask(): Outcome | undefined;
  /** Writes an argument, a value of a Variable or a constant to its address. */
  protected abstract put(id: number, elements: Storage | Resident): void;
  /** Returns a copy of a value without a slot. */
  protected abstract copied(id: number): Deferred;

  /** @throws what the run before has refused, if nobody has read its results meanwhile. */
  protected override prepare(): void {
    this.#outcome?.throwUntold();
    // A run that refuses something ends without its commits: homes then go on with the old values.
    if (!this.program.plan.throws) return;
    for (const { cell, slot } of this.#assigned)
      this.fill(slot, findStorage(peekCell(cell), "compile"));
  }

  protected override fill(slot: Slot, elements: Storage | Resident): void {
    this.#follow(elements);
    super.fill(slot, elements);
  }

  protected override write(id: number, elements: Storage | Resident): void {
    this.#follow(elements);
    this.put(id, elements);
  }

  #follow(elements: Storage | Resident): void {
    if (!(elements instanceof AwaitedResident)) return;
    if (elements.outcome instanceof Outcome) this.#given.push(elements.outcome);
  }

  /** A run on the results of a run that has refused something is refused, too. */
  protected override call(): void {
    const own = this.ask();
    const [first, ...others] = this.#given;
    this.#outcome = first?.with(own ? [...others, own] : others) ?? own;
    this.#given.length = 0;
  }

  protected override left(slot: AwaitedSlot): AwaitedResident {
    return new AwaitedResident(slot, this.#outcome);
  }

  protected override leftAtHome(slot: AwaitedSlot): AwaitedResident {
    return new AwaitedResident(slot, undefined);
  }

  protected override take(id: number): AwaitedResident {
    return new AwaitedResident(this.copied(id), this.#outcome);
  }

  /** Nothing of it can be looked at. */
  override elements(): undefined {}
}
