/**
 * Programs of a device that does later what it is asked, and goes on after an error: what a run has refused is told to
 * whoever reads a result, or something that follows from one, and else to the next run.
 */

import type { Cell } from "../../src/graph/cell.ts";
import { peekCell } from "../../src/graph/recording.ts";
import {
  type AwaitedBuffer,
  AwaitedStorage,
  type CompletionStatus,
  type Deferred,
} from "../../src/run/device/awaited.ts";
import type { DeviceBuffer } from "../../src/run/device/bufferStorage.ts";
import { DeviceRun, type ProgramBuffers } from "../../src/run/device/run.ts";
import type { Program } from "../../src/run/program/program.ts";
import { at } from "../../src/tensor/shape.ts";
import { type DeviceStorage, findStorage, type Storage } from "../../src/tensor/tensor.ts";

/** The outcome of a run: an error, or none. */
export class Outcome implements CompletionStatus {
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

/** A program at home on such a device. */
export abstract class AwaitedRun extends DeviceRun {
  /** The homes that the program leaves new values in. */
  readonly #assigned: readonly { readonly cell: Cell; readonly slot: DeviceBuffer }[];
  /** The outcome of the last run, and of those whose results this run is given. */
  #outcome: Outcome | undefined;
  readonly #given: Outcome[] = [];

  constructor(program: Program, slots: ProgramBuffers) {
    super(program, slots);
    this.#assigned = program.plan.variableBuffers.flatMap(({ cell, assigned }, i) =>
      assigned ? [{ cell, slot: at(slots.variableBuffers, i) }] : [],
    );
  }

  /**
   * Asks for the calls to be made.
   *
   * @returns how they end; undefined where none may refuse what it is given.
   */
  protected abstract ask(): Outcome | undefined;
  /** Writes an argument, a value of a Variable or a constant to its address. */
  protected abstract put(id: number, elements: Storage | DeviceStorage): void;
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

  protected override fill(slot: DeviceBuffer, elements: Storage | DeviceStorage): void {
    this.#follow(elements);
    super.fill(slot, elements);
  }

  protected override write(id: number, elements: Storage | DeviceStorage): void {
    this.#follow(elements);
    this.put(id, elements);
  }

  #follow(elements: Storage | DeviceStorage): void {
    if (!(elements instanceof AwaitedStorage)) return;
    if (elements.status instanceof Outcome) this.#given.push(elements.status);
  }

  /** A run on the results of a run that has refused something is refused, too. */
  protected override call(): void {
    const own = this.ask();
    const [first, ...others] = this.#given;
    this.#outcome = first?.with(own ? [...others, own] : others) ?? own;
    this.#given.length = 0;
  }

  protected override left(slot: AwaitedBuffer): AwaitedStorage {
    return new AwaitedStorage(slot, this.#outcome);
  }

  protected override leftInBuffer(slot: AwaitedBuffer): AwaitedStorage {
    return new AwaitedStorage(slot, undefined);
  }

  protected override take(id: number): AwaitedStorage {
    return new AwaitedStorage(this.copied(id), this.#outcome);
  }

  /** Nothing of it can be looked at. */
  override elements(): undefined {}
}
