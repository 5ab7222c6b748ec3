/**
 * A program on a device: which values stay in its memory from one run to the next, which have to leave, and in what
 * order a run goes.
 *
 * In: a program and the tensors of its inputs. Out: tensors of its outputs, many of which stay on the device.
 *
 * Invariant: inputs are written unless they are there, and the calls run. New values become those of Variables after the
 * last call that may fail; after an error nothing is assigned. A new value replaces an old one in the same memory if nobody
 * has seen the old one, and the same Tensor then stands for it.
 *
 * Each device implements the abstract members.
 */

import type { Cell } from "../../graph/cell.ts";
import { isReplaced, peekCell, writeCell } from "../../graph/recording.ts";
import { leafValue } from "../../graph/replay.ts";
import { isComputed, nodeAt, rootsOf, type TraceNode } from "../../graph/trace.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { at, numberAt } from "../../tensor/shape.ts";
import { findStorage, type Resident, type Storage, Tensor } from "../../tensor/tensor.ts";
import type { ProgramCall } from "../program/calls/call.ts";
import { HOMES, SCRATCH } from "../program/locations/locations.ts";
import type { Program } from "../program/program.ts";
import type { CalledProgram } from "./backend.ts";
import { DeviceResident, type Slot } from "./resident.ts";

/** The home of a Variable's value, as a program sees it. */
interface Home {
  readonly cell: Cell;
  readonly slot: Slot;
  /** True if the program leaves a new value there. */
  readonly assigned: boolean;
  /** True if a result of the program is the new value, too. */
  readonly shared: boolean;
  /** True if the new value replaces one that nobody has seen: then the same Tensor stands for it. */
  stays: boolean;
}

/** A value that is written, or handed out. */
interface Passed {
  readonly id: number;
  readonly node: TraceNode;
  /** The slot in which the value may be left from one run to the next. */
  readonly slot: Slot | undefined;
}

/** A new value of a Variable. */
interface Assigned extends Passed {
  readonly cell: Cell;
  /** The home that it is in at the end, if it is in one. */
  readonly home: Home | undefined;
}

/** The slots of a program. */
export interface ProgramSlots {
  /** The slots of the values in the persistent region, in the order of the plan. */
  readonly persistent: readonly Slot[];
  /**
   * The slots of the homes of its Variables, in the order of the plan: programs that have the same Variable share them.
   */
  readonly homes: readonly Slot[];
}

/** A program at home on a device. */
export abstract class DeviceRun implements CalledProgram {
  readonly program: Program;
  /** The slots of values in the persistent region, by their ids. */
  readonly #slotsById = new Map<number, Slot>();
  readonly #homes: readonly Home[];
  /** The values that are written: arguments, values of Variables, constants. */
  readonly #inputs: readonly Passed[];
  readonly #outputs: readonly Passed[];
  readonly #assignments: readonly Assigned[];
  /** The slots that results are left in. */
  readonly #results: readonly Slot[];
  /** The Variables whose old values are handed out. */
  readonly #seen: readonly Cell[];

  constructor(program: Program, { persistent, homes }: ProgramSlots) {
    const { trace, plan } = program;
    const { nodes } = trace;
    this.program = program;
    plan.persistent.forEach(({ id }, i) => {
      this.#slotsById.set(id, at(persistent, i));
    });
    this.#homes = plan.homes.map(({ cell, assigned, shared }, i) => {
      return { cell, slot: at(homes, i), assigned, shared, stays: false };
    });
    this.#inputs = plan.leaves.map((id) => this.#passed(id));
    this.#outputs = trace.outputs.map((id) => {
      // An argument in another shape is copied out: its slot is the argument's.
      const owner = nodeAt(nodes, numberAt(plan.owners, id));
      return { ...this.#passed(id), ...(!isComputed(owner) && { slot: undefined }) };
    });
    this.#assignments = trace.assignments.map(({ cell, id }): Assigned => {
      const home = this.#homes.find((each) => each.cell === cell && each.assigned);
      return { ...this.#passed(id), slot: undefined, cell, home };
    });
    this.#seen = rootsOf(trace).flatMap((id) => {
      const node = nodeAt(nodes, id);
      return node.kind === "state" ? [node.cell] : [];
    });
    this.#results = plan.persistent.flatMap(({ id }, i) =>
      isComputed(nodeAt(nodes, id)) ? [at(persistent, i)] : [],
    );
  }

  /** Gives each value of the program its address. */
  protected abstract prepare(): void;
  /** Writes an argument, a value of a Variable or a constant to its address. */
  protected abstract write(id: number, elements: Storage | Resident): void;
  /**
   * Makes the calls.
   *
   * @param clock is called when each call begins, and when the last one has ended.
   * @param calls in the place of those of the program.
   * @throws what a call refuses, before anything is assigned.
   */
  protected abstract call(clock?: () => void, calls?: readonly ProgramCall[]): void;
  /** Returns a copy of a value without a slot: of a single number, that. */
  protected abstract take(id: number): Storage | Resident;
  /** Makes the calls that copy new values to the homes of Variables, unless a call has refused something. */
  protected abstract commit(): void;
  /** Gives up what the program has in memory for itself, until it runs again. */
  abstract release(): void;
  abstract elements(id: number): TypedArray | undefined;

  /** Has a slot hold elements. */
  protected fill(slot: Slot, elements: Storage | Resident): void {
    slot.fill(elements);
  }

  /** Returns the elements that this run has left in a slot. */
  protected left(slot: Slot): DeviceResident {
    return new DeviceResident(slot);
  }

  /** Returns the elements in the home of a Variable: its value, whether or not the run has given a new one. */
  protected leftAtHome(slot: Slot): DeviceResident {
    return new DeviceResident(slot);
  }

  run(inputs: readonly Tensor[], clock?: () => void, calls?: readonly ProgramCall[]): Tensor[] {
    this.prepare();
    for (const input of this.#inputs) this.#copyIn(input, inputs);
    this.#makeRoom();
    this.call(clock, calls);
    // Most Variables keep the Tensor that stands for their value. All values of the others are taken
    // before any is assigned.
    const assigned = this.#assignments.filter(({ home }) => !home?.stays);
    const values = assigned.map((each) => this.#newValue(each, inputs));
    const results: Tensor[] = [];
    for (const output of this.#outputs) results.push(this.#result(output, inputs));
    // Last: a result or another Variable may have been copied from an old value in one of these homes.
    this.commit();
    assigned.forEach(({ cell }, i) => {
      writeCell(cell, at(values, i));
    });
    return results;
  }

  #passed(id: number): Passed {
    return { id, node: nodeAt(this.program.trace.nodes, id), slot: this.#slot(id) };
  }

  #copyIn({ id, node, slot }: Passed, inputs: readonly Tensor[]): void {
    const source = leafValue(node, inputs, peekCell);
    if (source === undefined) return;
    const storage = findStorage(source, "compile");
    if (slot === undefined) this.write(id, storage);
    else this.fill(slot, storage);
  }

  /** Values of earlier runs leave the memory that this run writes, as far as they are needed. */
  #makeRoom(): void {
    for (const cell of this.#seen) peekCell(cell).unseen = false;
    for (const slot of this.#results) slot.vacate();
    for (const home of this.#homes) {
      const { cell, slot, assigned, shared } = home;
      if (!assigned) continue;
      const value = peekCell(cell);
      const { storage } = value;
      const unseen = value.unseen && storage instanceof DeviceResident && storage.isIn(slot);
      home.stays = unseen && !shared && isReplaced(cell, value);
      if (!home.stays) slot.vacate();
    }
  }

  /** Returns a Variable's new value, where its present Tensor does not stand for that. */
  #newValue(assigned: Assigned, inputs: readonly Tensor[]): Tensor {
    const { node, home } = assigned;
    if (home === undefined) return this.#result(assigned, inputs);
    const { shape, dtype, weak } = node;
    const tensor = new Tensor(shape, dtype, weak, this.leftAtHome(home.slot));
    tensor.unseen = !home.shared;
    return tensor;
  }

  /** Returns a value to be handed out: left in its slot, if it has one, or copied. */
  #result({ id, node, slot }: Passed, inputs: readonly Tensor[]): Tensor {
    const leaf = leafValue(node, inputs, peekCell);
    if (leaf !== undefined) return leaf;
    const { shape, dtype, weak } = node;
    if (slot === undefined) return new Tensor(shape, dtype, weak, this.take(id));
    const { holds } = slot;
    const resident = holds instanceof DeviceResident ? holds.share() : this.left(slot);
    return new Tensor(shape, dtype, weak, resident);
  }

  /** Returns the slot of a value that is in the persistent region or at home. */
  #slot(id: number): Slot | undefined {
    const { locations, owners } = this.program.plan;
    const { region = SCRATCH } = locations[id] ?? {};
    if (region >= HOMES) return at(this.#homes, region - HOMES).slot;
    // By owner, since values without elements have the offset of what follows them.
    return this.#slotsById.get(numberAt(owners, id));
  }
}
