/**
 * Runs a program in linear memory: inputs are copied in unless they are there, every unit works on
 * planned addresses, and results stay where they are until somebody reads them.
 */

import { warn } from "../../errors.ts";
import { grouped } from "../../families/cost.ts";
import type { TensorType } from "../../graph/op.ts";
import { type Cell, isReplaced, peekCell, writeCell } from "../../graph/recording.ts";
import { givenValue } from "../../graph/replay.ts";
import { isComputed, nodeAt, rootsOf, type Trace, type TraceNode } from "../../graph/trace.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { copyResult } from "../../tensor/results.ts";
import { at, bytesOf, numberAt, sizeOf } from "../../tensor/shape.ts";
import { findStorage, Resident, Tensor } from "../../tensor/tensor.ts";
import { memoryLimit } from "../memoryLimit.ts";
import { HOMES, OWN, SCRATCH, WORK } from "../program/places.ts";
import { describeProgram, type Program, programOf } from "../program/program.ts";
import { CallBinder } from "./bind.ts";
import { type Heap, Region } from "./heap.ts";
import type { Bound, RegionStarts } from "./makeCall.ts";
import { LinearResident, Slot } from "./resident.ts";
import { wasmTarget } from "./target.ts";
import { arrayAt, type Host, type Workspace } from "./workspace.ts";

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

/** The program that a trace would be in linear memory, however much it needs. */
export function plannedInMemory(trace: Trace, { host }: Workspace): Program {
  return programOf(trace, wasmTarget(host));
}

/** A program at home in linear memory; undefined where it needs too much of it. */
export function runInMemory(program: Program, space: Workspace): MemoryRun | undefined {
  if (program.bytes <= memoryLimit()) return new MemoryRun(program, space);
  warnOfMemory(program, `the limit is ${inMegabytes(memoryLimit())}`);
  return undefined;
}

/** How many of its values a warning names. */
const NAMED = 3;

/** Says that a program runs op by op, why, and what helps. */
export function warnOfMemory({ trace, plan, bytes }: Program, why: string): void {
  const sizes = trace.nodes.map(bytesOf);
  const computed = trace.nodes.flatMap((node, id) =>
    node.kind === "operation" && plan.born.has(id) && numberAt(sizes, id) > bytes / 100
      ? [{ node, id }]
      : [],
  );
  const largest = computed
    .sort((a, b) => numberAt(sizes, b.id) - numberAt(sizes, a.id))
    .slice(0, NAMED)
    .map(
      ({ node, id }) =>
        `${node.op.name} [${node.shape.join(", ")}] of ${inMegabytes(numberAt(sizes, id))}`,
    );
  warn(
    `a compiled program needs ${inMegabytes(bytes)} of linear memory at once, and ${why}, so it runs op by op, which ` +
      `takes 5 to 20 times as long. Its largest values are ${largest.join(", ")}. Make batches smaller, compute values ` +
      "anew by checkpoint, or loop by scan; setMemoryLimit(2 ** 32) allows 4 GiB, and what memory() of " +
      "the program returns shows which values stand where and when.",
  );
}

function inMegabytes(bytes: number): string {
  return `${grouped(Math.ceil(bytes / 2 ** 20))} MiB`;
}

/** A program at home in linear memory. */
export class MemoryRun {
  readonly program: Program;
  readonly #calls: CallBinder;
  readonly #commits: CallBinder;
  readonly #host: Host;
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
  /** The heap's version for which addresses, views and steps are right. */
  #version = -1;
  #starts: RegionStarts = [];
  #bound: readonly Bound[] = [];
  #boundCommits: readonly Bound[] = [];
  #views: (TypedArray | undefined)[] = [];

  constructor(program: Program, space: Workspace) {
    const { trace, plan } = program;
    const { host, heap } = space;
    this.program = program;
    this.#calls = new CallBinder(space, program.calls);
    this.#commits = new CallBinder(space, program.commits);
    this.#host = host;
    this.#heap = heap;
    const { nodes } = trace;
    const slots = plan.own.map(({ id, offset }) => {
      const slot = slotFor(host, nodeAt(nodes, id));
      this.#ownSlots.set(id, slot);
      return { slot, offset };
    });
    this.#own = new Region(slots, plan.ownBytes);
    this.#homes = plan.homes.map(({ cell, id, assigned, shared }) => {
      const region = homeOf(space, cell, nodeAt(nodes, id));
      return { cell, region, slot: at(region.slots, 0).slot, assigned, shared, stays: false };
    });
    this.#givens = plan.given.map((id) => this.#passed(id));
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
    this.#results = plan.own.flatMap(({ id }, i) =>
      isComputed(nodeAt(nodes, id)) ? [at(this.#own.slots, i).slot] : [],
    );
  }

  /**
   * Runs, assigns to Variables, and returns the values of the outputs.
   *
   * @param clock is told when each call begins, and when the last one has ended.
   */
  run(inputs: readonly Tensor[], clock?: () => void): Tensor[] {
    this.#prepare();
    for (const given of this.#givens) this.#copyIn(given, inputs);
    this.#makeRoom();
    if (clock === undefined) for (const call of this.#bound) call();
    else {
      for (const call of this.#bound) {
        clock();
        call();
      }
      clock();
    }
    // Most Variables keep the Tensor that stands for their value. All values of the others are taken
    // before any is assigned.
    const assigned = this.#assignments.filter(({ home }) => !home?.stays);
    const values = assigned.map((each) => this.#newValue(each, inputs));
    const results: Tensor[] = [];
    for (const output of this.#outputs) results.push(this.#result(output, inputs));
    // Last: a result or another Variable may have been copied from an old value in one of these homes.
    for (const commit of this.#boundCommits) commit();
    assigned.forEach(({ cell }, i) => {
      writeCell(cell, at(values, i));
    });
    return results;
  }

  /** The elements of a value while the program runs, where they stand; undefined for one without a place. */
  elements(id: number): TypedArray | undefined {
    return this.program.plan.locations[id] && this.#view(id);
  }

  /** The calls, with the arithmetic and the memory of a run. */
  describe(): string {
    return describeProgram(this.program);
  }

  /** Gives up what the program has in memory for itself, until it runs again. */
  release(): void {
    this.#heap.remove(this.#own);
  }

  /** Sees to it that everything has its place, and that the steps know it. */
  #prepare(): void {
    const heap = this.#heap;
    const { scratchBytes, workBytes } = this.program.plan;
    heap.beginRun(scratchBytes + workBytes);
    heap.touch(this.#own);
    for (const { region } of this.#homes) heap.touch(region);
    if (heap.version === this.#version) return;
    const scratch = heap.scratch(scratchBytes + workBytes);
    if (this.#own.slots.length > 0) heap.admit(this.#own, this);
    for (const { region, cell } of this.#homes) heap.admit(region, cell);
    this.#views = [];
    const starts: number[] = [];
    starts[SCRATCH] = scratch;
    starts[WORK] = scratch + scratchBytes;
    starts[OWN] = this.#own.address ?? 0;
    this.#homes.forEach(({ region }, i) => {
      starts[HOMES + i] = region.address ?? 0;
    });
    this.#starts = starts;
    this.#bound = this.#calls.bind(starts);
    this.#boundCommits = this.#commits.bind(starts);
    this.#version = heap.version;
  }

  #passed(id: number): Passed {
    return { id, node: nodeAt(this.program.trace.nodes, id), slot: this.#slot(id) };
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
    if (slot === undefined) return new Tensor(shape, dtype, weak, copyResult(dtype, view));
    const { holds } = slot;
    const resident = holds instanceof LinearResident ? holds.share() : new LinearResident(slot);
    return new Tensor(shape, dtype, weak, resident);
  }

  /** The slot of a value that stands in the program's own region or at home. */
  #slot(id: number): Slot | undefined {
    const { locations, owners } = this.program.plan;
    const { region = SCRATCH } = locations[id] ?? {};
    if (region >= HOMES) return at(this.#homes, region - HOMES).slot;
    // By owner, since values without elements have the offset of what follows them.
    return this.#ownSlots.get(numberAt(owners, id));
  }

  #view(id: number): TypedArray {
    const known = this.#views[id];
    if (known !== undefined) return known;
    const location = this.program.plan.locations[id];
    if (location === undefined) throw new Error(`%${id} has no place in the plan`);
    const address = numberAt(this.#starts, location.region) + location.offset;
    const view = viewOf(this.#host, nodeAt(this.program.trace.nodes, id), address);
    this.#views[id] = view;
    return view;
  }
}

/** The elements of a value at an address, valid until memory grows. */
function viewOf(host: Host, { dtype, shape }: TensorType, address: number): TypedArray {
  return arrayAt(host, dtype, address, sizeOf(shape));
}

/** A slot for values of a type. It may outlive the program, so it holds nothing of it. */
function slotFor(host: Host, { shape, dtype, weak }: TensorType): Slot {
  return new Slot((address) => viewOf(host, { shape, dtype, weak }, address));
}

function homeOf({ homes, host }: Workspace, cell: Cell, type: TensorType): Region {
  const known = homes.get(cell);
  if (known !== undefined) return known;
  const region = new Region([{ slot: slotFor(host, type), offset: 0 }], bytesOf(type));
  homes.set(cell, region);
  return region;
}
