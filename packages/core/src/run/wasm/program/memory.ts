/**
 * Runs a program in linear memory: inputs are copied in unless they are there, every unit works on
 * planned addresses, and results stay where they are until somebody reads them.
 */

import type { Place, Step } from "../../../graph/kernel.ts";
import type { TensorType } from "../../../graph/op.ts";
import { type Cell, isReplaced, peekCell, writeCell } from "../../../graph/recording.ts";
import { givenValue } from "../../../graph/replay.ts";
import { nodeAt, rootsOf, type Trace, type TraceNode } from "../../../graph/trace.ts";
import { BYTES, type TypedArray } from "../../../tensor/dtype.ts";
import { at, numberAt, sizeOf } from "../../../tensor/shape.ts";
import { findStorage, Resident, Tensor } from "../../../tensor/tensor.ts";
import { viewOf } from "../steps.ts";
import type { Kernel, Workspace } from "../workspace.ts";
import { ProgramSteps } from "./bind.ts";
import { type Heap, Region } from "./heap.ts";
import type { Plan } from "./plan.ts";
import { LinearResident, Slot } from "./resident.ts";
import type { Unit } from "./units.ts";

/** The home of each Variable's value: one for all programs. */
const regions = new WeakMap<Cell, Region>();

/** The home of a Variable's value, as a program sees it. */
interface Home {
  readonly cell: Cell;
  readonly region: Region;
  readonly slot: Slot;
  /** Whether the program leaves a new value there. */
  readonly assigned: boolean;
  /** Whether a result of the program is the new value, too. */
  readonly shared: boolean;
  /** Whether the new value replaces one that nobody has seen: then the same Tensor stands for it. */
  stays: boolean;
}

/** A value that is copied in, or handed out. */
interface Passed {
  readonly id: number;
  readonly node: TraceNode;
  /** Where it may be left from one run to the next. */
  readonly slot: Slot | undefined;
}

/** A new value of a Variable. */
interface Assigned extends Passed {
  readonly cell: Cell;
  /** The home that it is in at the end, if it is in one. */
  readonly home: Home | undefined;
}

/** A program at home in linear memory. */
export class MemoryRun {
  readonly #trace: Trace;
  readonly #steps: ProgramSteps;
  readonly #plan: Plan;
  readonly #kernel: Kernel;
  readonly #heap: Heap;
  /** The region of the program in memory. */
  readonly #own: Region;
  /** Its slots, by the ids of the values that they are for. */
  readonly #ownSlots = new Map<number, Slot>();
  readonly #homes: readonly Home[];
  /** The values that are copied in: arguments, values of Variables, constants. */
  readonly #givens: readonly Passed[];
  readonly #outputs: readonly Passed[];
  readonly #assignments: readonly Assigned[];
  /** The slots that results are left in. */
  readonly #results: readonly Slot[];
  /** The Variables whose old values are handed out. */
  readonly #seen: readonly Cell[];
  readonly #scratchBytes: number;
  /** The heap's version for which addresses, views and steps are right. */
  #version = -1;
  #scratch = 0;
  #bound: readonly Step[] = [];
  #views: (TypedArray | undefined)[] = [];

  constructor(trace: Trace, units: readonly Unit[], plan: Plan, { kernel, heap }: Workspace) {
    this.#trace = trace;
    this.#steps = new ProgramSteps(kernel, trace, units);
    this.#plan = plan;
    this.#kernel = kernel;
    this.#heap = heap;
    const { nodes } = trace;
    const slots = plan.own.map(({ id, offset }) => {
      const slot = slotFor(kernel, nodeAt(nodes, id));
      this.#ownSlots.set(id, slot);
      return { slot, offset };
    });
    this.#own = new Region(slots, plan.ownBytes);
    this.#homes = plan.homes.map(({ cell, id, assigned, shared }) => {
      const region = homeOf(kernel, cell, nodeAt(nodes, id));
      return { cell, region, slot: at(region.slots, 0).slot, assigned, shared, stays: false };
    });
    this.#givens = plan.given.map((id) => this.#passed(id));
    this.#outputs = trace.outputs.map((id) => {
      // An argument in another shape is copied out: its slot is the argument's.
      const owner = nodeAt(nodes, numberAt(plan.owners, id));
      return { ...this.#passed(id), ...(owner.kind !== "operation" && { slot: undefined }) };
    });
    this.#assignments = trace.assignments.map(({ cell, id }): Assigned => {
      const home = this.#homes.find((each) => each.cell === cell && each.assigned);
      return { ...this.#passed(id), slot: undefined, cell, home };
    });
    this.#seen = rootsOf(trace).flatMap((id) => {
      const node = nodeAt(nodes, id);
      return node.kind === "state" ? [node.cell] : [];
    });
    this.#results = plan.own.flatMap(({ id }, i) =>
      nodeAt(nodes, id).kind === "operation" ? [at(this.#own.slots, i).slot] : [],
    );
    this.#scratchBytes = plan.scratchBytes + this.#steps.scratchBytes;
  }

  /** Runs, assigns to Variables, and returns the values of the outputs. */
  run(inputs: readonly Tensor[]): Tensor[] {
    this.#prepare();
    for (const given of this.#givens) this.#copyIn(given, inputs);
    this.#makeRoom();
    for (const step of this.#bound) step();
    // Most Variables keep the Tensor that stands for their value. All values of the others are taken
    // before any is assigned.
    const assigned = this.#assignments.filter(({ home }) => !home?.stays);
    const values = assigned.map((each) => this.#newValue(each, inputs));
    const results: Tensor[] = [];
    for (const output of this.#outputs) results.push(this.#result(output, inputs));
    // Last: a result or another Variable may have been copied from an old value in one of these homes.
    for (const { id, home } of this.#plan.moves) {
      at(this.#homes, home).slot.view().set(this.#view(id));
    }
    assigned.forEach(({ cell }, i) => {
      writeCell(cell, at(values, i));
    });
    return results;
  }

  /** Gives up what the program has in memory for itself, until it runs again. */
  leave(): void {
    this.#heap.remove(this.#own);
  }

  /** Sees to it that everything has its place, and that the steps know it. */
  #prepare(): void {
    const heap = this.#heap;
    heap.beginRun();
    heap.touch(this.#own);
    for (const { region } of this.#homes) heap.touch(region);
    if (heap.version === this.#version) return;
    this.#scratch = heap.scratch(this.#scratchBytes);
    if (this.#own.slots.length > 0) heap.admit(this.#own, this);
    for (const { region, cell } of this.#homes) heap.admit(region, cell);
    this.#views = [];
    const place = (id: number) => this.#place(id);
    this.#bound = this.#steps.bind(place, this.#scratch + this.#plan.scratchBytes);
    this.#version = heap.version;
  }

  #passed(id: number): Passed {
    return { id, node: nodeAt(this.#trace.nodes, id), slot: this.#slot(id) };
  }

  #copyIn({ id, node, slot }: Passed, inputs: readonly Tensor[]): void {
    const source = givenValue(node, inputs, peekCell);
    if (source === undefined) return;
    const storage = findStorage(source, "compile");
    if (typeof storage === "number") {
      this.#view(id)[0] = storage;
      return;
    }
    // Tensors never change, so what is there need not be copied again.
    if (slot?.holds === storage) return;
    slot?.vacate();
    if (storage instanceof Resident) storage.copyTo(this.#view(id));
    else this.#view(id).set(storage);
    if (slot !== undefined) slot.holds = storage;
  }

  /** Values of earlier runs leave the places that this run writes, as far as they are needed. */
  #makeRoom(): void {
    for (const cell of this.#seen) peekCell(cell).unseen = false;
    for (const slot of this.#results) slot.vacate();
    for (const home of this.#homes) {
      const { cell, slot, assigned, shared } = home;
      if (!assigned) continue;
      const value = peekCell(cell);
      const { storage } = value;
      const unseen = value.unseen && storage instanceof LinearResident && storage.isIn(slot);
      home.stays = unseen && !shared && isReplaced(cell, value);
      if (!home.stays) slot.vacate();
    }
  }

  /** A Variable's new value, where its present Tensor does not stand for that. */
  #newValue(assigned: Assigned, inputs: readonly Tensor[]): Tensor {
    const { node, home } = assigned;
    if (home === undefined) return this.#result(assigned, inputs);
    const { shape, dtype, weak } = node;
    const tensor = new Tensor(shape, dtype, weak, new LinearResident(home.slot));
    tensor.unseen = !home.shared;
    return tensor;
  }

  /** A value to be handed out: left in its slot, if it has one, or copied. */
  #result({ id, node, slot }: Passed, inputs: readonly Tensor[]): Tensor {
    const given = givenValue(node, inputs, peekCell);
    if (given !== undefined) return given;
    const { shape, dtype, weak } = node;
    const view = this.#view(id);
    if (shape.length === 0) return new Tensor(shape, dtype, weak, view[0]);
    if (slot === undefined) return new Tensor(shape, dtype, weak, view.slice());
    const { holds } = slot;
    const resident = holds instanceof LinearResident ? holds.share() : new LinearResident(slot);
    return new Tensor(shape, dtype, weak, resident);
  }

  /** The slot of a value that stands in the program's own region or at home. */
  #slot(id: number): Slot | undefined {
    const location = this.#plan.locations[id];
    if (location?.region === "variable") return at(this.#homes, location.home).slot;
    // By owner, since values without elements have the offset of what follows them.
    return this.#ownSlots.get(numberAt(this.#plan.owners, id));
  }

  #address(id: number): number {
    const location = this.#plan.locations[id];
    if (location === undefined) throw new Error(`%${id} has no place in the plan`);
    if (location.region === "variable") return at(this.#homes, location.home).slot.address;
    const start = location.region === "own" ? this.#own.address : this.#scratch;
    if (start === undefined) throw new Error("the program is not in memory");
    return start + location.offset;
  }

  #view(id: number): TypedArray {
    const known = this.#views[id];
    if (known !== undefined) return known;
    const view = viewOf(this.#kernel, this.#place(id));
    this.#views[id] = view;
    return view;
  }

  #place(id: number): Place {
    const { shape, dtype, weak } = nodeAt(this.#trace.nodes, id);
    return { shape, dtype, weak, address: this.#address(id) };
  }
}

/** A slot for values of a type. It may outlive the program, so it holds nothing of it. */
function slotFor(kernel: Kernel, { shape, dtype, weak }: TensorType): Slot {
  return new Slot((address) => viewOf(kernel, { shape, dtype, weak, address }));
}

function homeOf(kernel: Kernel, cell: Cell, type: TensorType): Region {
  const known = regions.get(cell);
  if (known !== undefined) return known;
  const bytes = BYTES[type.dtype] * sizeOf(type.shape);
  const region = new Region([{ slot: slotFor(kernel, type), offset: 0 }], bytes);
  regions.set(cell, region);
  return region;
}
