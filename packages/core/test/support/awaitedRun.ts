/**
 * Programs of a device that executes requests later, and goes on after an error. The error of a run is thrown where one
 * of its results, or a result computed from one, is read; if none is read, the next run throws it.
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
  /** The outcomes of the runs whose results this run reads. */
  readonly #others: readonly Outcome[];
  /** The error; undefined once it has been thrown. */
  #error: Error | undefined;

  /** @param end resolves to the error: it never rejects. */
  constructor(end: Promise<Error | undefined>, others: readonly Outcome[] = []) {
    this.#others = others;
    this.#end = end.then((error) => {
      this.#error = error;
      return error;
    });
  }

  /** Waits for the end of the run. @throws the error, if there is one. */
  async check(): Promise<void> {
    const error = await this.#end;
    for (const each of [this, ...this.#others]) each.#error = undefined;
    if (error !== undefined) throw error;
  }

  /** Throws the error, if it is known and was not thrown before. */
  throwUntold(): void {
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
  }

  /** Returns the combined outcome of this run and of others: the error of the first that has one. */
  with(others: readonly Outcome[]): Outcome {
    const all = [this, ...others];
    const errors = Promise.all(all.map((outcome) => outcome.#end));
    return new Outcome(
      errors.then((list) => list.find((error) => error)),
      all,
    );
  }
}

/** A program on a device that executes requests later. */
export abstract class AwaitedRun extends DeviceRun {
  /** The variable buffers that the program assigns. */
  readonly #assigned: readonly { readonly cell: Cell; readonly slot: DeviceBuffer }[];
  /** The outcome of the last run, combined with those of the runs whose results were its arguments. */
  #outcome: Outcome | undefined;
  readonly #given: Outcome[] = [];

  constructor(program: Program, slots: ProgramBuffers) {
    super(program, slots);
    this.#assigned = program.plan.variableBuffers.flatMap(({ cell, assigned }, i) =>
      assigned ? [{ cell, slot: at(slots.variableBuffers, i) }] : [],
    );
  }

  /**
   * Requests the calls of the program.
   *
   * @returns their outcome; undefined where no call can fail.
   */
  protected abstract ask(): Outcome | undefined;
  /** Writes an argument, a value of a Variable or a constant to its address. */
  protected abstract put(id: number, elements: Storage | DeviceStorage): void;
  /** Returns a copy of a value that has no buffer. */
  protected abstract copied(id: number): Deferred;

  /** @throws the error of the run before, if none of its results was read meanwhile. */
  protected override prepare(): void {
    this.#outcome?.throwUntold();
    // A run that fails ends without assigning its Variables, so their buffers get the old values first.
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

  /** Makes the calls. A run fails, too, if its arguments are results of a run that failed. */
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

  /** Returns undefined, since the host cannot read the memory. */
  override elements(): undefined {}
}
