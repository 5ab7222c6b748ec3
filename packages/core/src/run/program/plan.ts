/**
 * The memory plan: the address of every value of a program, chosen before the first run.
 *
 * - *scratch*, shared by all programs: what only lives during a run. A value lives from the schedule item that
 *   writes it to the last that reads it; values that do not live together may overlap,
 *   and an elementwise result may take the memory of an input that it is the last to read.
 * - *persistent*, of this program: large arguments, constants and large results, which the next run or the
 *   caller may find there.
 * - *variable*: the buffer of a Variable, common to all programs. What is assigned is written
 *   there at once if nothing reads the old value any more, and copied there at the end if not.
 *
 * Reshapes share the memory of their input.
 */

import type { Cell } from "../../graph/cell.ts";
import { aliasesInput, mayRefuse, overwrites, refusedIn } from "../../graph/kernel.ts";
import { isComputed, nodeAt, type Operation, rootsOf, type Trace } from "../../graph/trace.ts";
import type { TensorType } from "../../graph/types.ts";
import { at, numberAt, sizeOf, stridesOf } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { rowsMayOverwrite } from "./fuse/rows.ts";
import { align } from "./locations/freeList.ts";
import {
  type Location,
  PERSISTENT,
  type Plan,
  type PlannedBuffer,
  SCRATCH,
  VARIABLES,
} from "./locations/locations.ts";
import { offsetsOf } from "./locations/offsets.ts";
import type { Frame } from "./schedule/bodies.ts";
import type { LoopItem, OperationItem, ScheduleItem } from "./schedule/items.ts";
import type { Target } from "./schedule/target.ts";

/** True if a schedule item only aliases its first input: a reshape, or a barrier that waits for other inputs. */
export function isReshape(item: ScheduleItem, trace: Trace): boolean {
  if (item.kind !== "operation") return false;
  const { op } = nodeAt(trace.nodes, item.id) as Operation;
  return aliasesInput(op);
}

/** True if a schedule item is an op that refuses some elements of its inputs. */
export function refuses(item: ScheduleItem, trace: Trace): boolean {
  return item.kind === "operation" && mayRefuse(nodeAt(trace.nodes, item.id) as Operation);
}

/**
 * Returns the index of the last schedule item that may refuse something that no schedule item before it has refused,
 * after which nothing throws; −1 if none does.
 */
export function lastThrow(trace: Trace, items: readonly ScheduleItem[]): number {
  const refused = new Set<string>();
  let last = -1;
  items.forEach((item, index) => {
    if (!mayThrow(item, trace)) return;
    const node = nodeAt(trace.nodes, (item as OperationItem).id) as Operation;
    const inputs = node.inputs.map((id) => nodeAt(trace.nodes, id));
    const name = refusedIn(node, inputs);
    const key = `%${node.inputs[1]} ${name}`;
    if (name !== undefined && refused.has(key)) return;
    refused.add(key);
    last = index;
  });
  return last;
}

/** True if a schedule item refuses some elements of its inputs, or has bodies that do. */
function mayThrow(item: ScheduleItem, trace: Trace): boolean {
  if (item.kind !== "operation") return false;
  const { control } = item;
  if (control === undefined) return refuses(item, trace);
  const { control: flow, bodies } = control;
  // A loop that stops may throw, if it has not stopped after its most steps.
  const ends = flow.kind === "repeat" && flow.stops && flow.length !== Number.POSITIVE_INFINITY;
  return ends || bodies.some((body) => body.throws);
}

/** Lays out the values of a program. @param frame of a body: the addresses of its inputs and results. */
export function plan(
  trace: Trace,
  items: readonly ScheduleItem[],
  target: Target,
  frame?: Frame,
): Plan {
  return new Planner(trace, items, target, frame).plan();
}

class Planner {
  readonly #trace: Trace;
  readonly #items: readonly ScheduleItem[];
  readonly #target: Target;
  readonly #frame: Frame | undefined;
  readonly #constants: Tensor[] = [];
  readonly #owners: number[];
  /** The schedule item that writes an owner, −1 for what is there before the first, and the last to read it. */
  readonly #born = new Map<number, number>();
  readonly #dies = new Map<number, number>();
  /** The last schedule item after which nothing throws that comes later; −1 if nothing throws. */
  readonly #lastThrow: number;
  readonly #located = new Map<number, Location>();
  readonly #persistent: { id: number; offset: number }[] = [];
  #persistentBytes = 0;
  readonly #variableBuffers: (PlannedBuffer & { assigned: boolean; shared: boolean })[] = [];
  readonly #variableBufferOf = new Map<Cell, number>();
  readonly #writeBacks: { id: number; to: Location }[] = [];

  constructor(
    trace: Trace,
    items: readonly ScheduleItem[],
    target: Target,
    frame: Frame | undefined,
  ) {
    this.#trace = trace;
    this.#items = items;
    this.#target = target;
    this.#frame = frame;
    this.#owners = trace.nodes.map((_, id) => id);
    for (const item of items) {
      if (!isReshape(item, trace)) continue;
      const [id] = item.writes;
      const [input] = item.reads;
      if (id !== undefined && input !== undefined) this.#owners[id] = numberAt(this.#owners, input);
    }
    this.#measureLives();
    const last = lastThrow(trace, items);
    // On targets whose calls run after one that has refused something, all schedule items are before a throw.
    this.#lastThrow = last >= 0 && !target.stopsAtErrors ? items.length : last;
  }

  plan(): Plan {
    if (this.#frame === undefined) {
      this.#locateLeaves();
      this.#locateAssigned();
      this.#locateResults();
    } else {
      this.#locateInFrame(this.#frame);
    }
    const scratchBytes = this.#locateScratch();
    return {
      locations: this.#locations(),
      owners: this.#owners,
      scratchBytes,
      workBytes: Math.max(0, ...this.#items.map((item) => this.#workBytes(item))),
      persistent: this.#persistent,
      persistentBytes: this.#persistentBytes,
      variableBuffers: this.#variableBuffers,
      leaves: [...this.#born.keys()].filter((id) => !this.#isComputed(id)),
      writeBacks: this.#writeBacks,
      born: this.#born,
      dies: this.#dies,
      constants: this.#constants,
      throws: this.#lastThrow >= 0,
    };
  }

  /** Returns the locations by id: most values of a large program are stored nowhere. */
  #locations(): (Location | undefined)[] {
    const locations = new Array<Location | undefined>(this.#owners.length).fill(undefined);
    for (const [id, location] of this.#located) locations[id] = location;
    for (const item of this.#items) {
      if (!isReshape(item, this.#trace)) continue;
      for (const id of item.writes) locations[id] = locations[numberAt(this.#owners, id)];
    }
    return locations;
  }

  #measureLives(): void {
    const live = (id: number, time: number) => {
      const owner = numberAt(this.#owners, id);
      this.#dies.set(owner, Math.max(this.#dies.get(owner) ?? time, time));
    };
    // Arguments, Variables and constants are there before the first schedule item.
    const bear = (id: number, time: number) => {
      const owner = numberAt(this.#owners, id);
      if (!this.#born.has(owner)) this.#born.set(owner, time);
    };
    this.#items.forEach((item, time) => {
      for (const id of item.reads) {
        bear(id, -1);
        live(id, time);
      }
      for (const id of item.writes) {
        bear(id, time);
        live(id, time);
      }
    });
    for (const id of rootsOf(this.#trace)) {
      // An input that is a result is returned as it is.
      if (this.#isComputed(id)) {
        bear(id, -1);
        live(id, this.#items.length);
      }
    }
  }

  #isComputed(id: number): boolean {
    return isComputed(nodeAt(this.#trace.nodes, id));
  }

  /** Large arguments, constants, and Variables that are read. */
  #locateLeaves(): void {
    for (const id of this.#born.keys()) {
      const node = nodeAt(this.#trace.nodes, id);
      const isArray = node.shape.length > 0;
      const { storedArgument: keptArgument } = this.#target.sizes;
      if (node.kind === "argument" && this.#bytesOf(id) >= keptArgument) this.#locatePersistent(id);
      if (node.kind === "constant" && isArray) this.#locatePersistent(id);
      if (node.kind === "state" && this.#mayHaveBuffer(node)) {
        this.#located.set(id, {
          region: VARIABLES + this.#variableBuffer(node.cell, id),
          offset: 0,
        });
      }
    }
  }

  /** The inputs and results of a body. */
  #locateInFrame({ input, output, constant, carried }: Frame): void {
    const { nodes, outputs } = this.#trace;
    const argumentAt = new Map<number, number>();
    for (const id of this.#born.keys()) {
      const node = nodeAt(nodes, id);
      if (node.kind === "argument") this.#located.set(id, input(node.position));
      if (node.kind === "constant") {
        this.#located.set(id, constant(this.#constants.push(node.tensor) - 1));
      }
    }
    nodes.forEach((node, id) => {
      if (node.kind === "argument") argumentAt.set(node.position, id);
    });
    outputs.forEach((id, i) => {
      // A carry that does not change keeps its address.
      if (!this.#isComputed(id)) return;
      const owner = numberAt(this.#owners, id);
      const position = carried[i];
      const replaced = position === undefined ? undefined : argumentAt.get(position);
      if (position === undefined || this.#mayReplace(replaced, owner)) {
        this.#located.set(owner, output(i));
      } else {
        this.#writeBacks.push({ id, to: output(i) });
      }
    });
  }

  #locatePersistent(id: number): void {
    this.#located.set(id, { region: PERSISTENT, offset: this.#persistentBytes });
    this.#persistent.push({ id, offset: this.#persistentBytes });
    this.#persistentBytes += this.#bytesOf(id);
  }

  #variableBuffer(cell: Cell, id: number): number {
    const known = this.#variableBufferOf.get(cell);
    if (known !== undefined) return known;
    const buffer = this.#variableBuffers.push({ cell, id, assigned: false, shared: false }) - 1;
    this.#variableBufferOf.set(cell, buffer);
    return buffer;
  }

  /**
   * True if a value may be in the buffer of a Variable: single numbers are passed and returned, unless the target has
   * buffers for them.
   */
  #mayHaveBuffer({ shape }: TensorType): boolean {
    return shape.length > 0 || this.#target.scalarBuffers;
  }

  /** The computed values that are assigned to Variables. An input or a scalar is assigned as it is. */
  #locateAssigned(): void {
    const states = new Map<Cell, number>();
    this.#trace.nodes.forEach((node, id) => {
      if (node.kind === "state") states.set(node.cell, id);
    });
    for (const { cell, id } of this.#trace.assignments) {
      const owner = numberAt(this.#owners, id);
      if (!this.#mayHaveBuffer(nodeAt(this.#trace.nodes, id)) || !this.#isComputed(owner)) continue;
      const buffer = this.#variableBuffer(cell, id);
      at(this.#variableBuffers, buffer).assigned = true;
      if (!this.#located.has(owner) && this.#mayReplace(states.get(cell), owner)) {
        this.#located.set(owner, { region: VARIABLES + buffer, offset: 0 });
      } else {
        this.#writeBacks.push({ id, to: { region: VARIABLES + buffer, offset: 0 } });
      }
    }
  }

  /**
   * True if a value can be written over a Variable's old one: nothing reads that later, and neither its schedule item
   * nor a later one can throw, which would leave only some Variables assigned.
   */
  #mayReplace(state: number | undefined, owner: number): boolean {
    const time = this.#born.get(owner) ?? 0;
    // A carry is no Variable: nothing reads it after the loop has thrown.
    if (this.#frame === undefined && time <= this.#lastThrow) return false;
    const before = state === undefined ? undefined : this.#dies.get(state);
    if (state === undefined || before === undefined) return true;
    return before < time || (before === time && this.#mayOverwrite(owner, state));
  }

  /**
   * True if the schedule item that writes `owner` reads each element of `input`, and no other, before it
   * writes in its place.
   */
  #mayOverwrite(owner: number, input: number): boolean {
    const item = this.#items[this.#born.get(owner) ?? -1];
    if (item?.kind === "operation") return this.#mayOverwriteFirst(item, owner, input);
    if (item === undefined) return false;
    if (item.kind === "loop") return this.#loopMayOverwrite(item, owner, input);
    const isInput = (id: number) => numberAt(this.#owners, id) === input;
    const size = sizeOf(nodeAt(this.#trace.nodes, input).shape);
    return rowsMayOverwrite(item, owner, isInput, size, (loop) =>
      this.#loopMayOverwrite(loop, owner, input),
    );
  }

  #loopMayOverwrite(item: LoopItem, owner: number, input: number): boolean {
    const { shape, inputs, outputs } = item.loop;
    // A loop of one element loads all that it reads before it stores.
    if (shape.length === 0) return true;
    const { reduction, strides: placed } = at(outputs, item.writes.indexOf(owner));
    if (reduction !== undefined || placed !== undefined) return false;
    const dense = stridesOf(shape);
    return item.reads.every((id, i) => {
      if (numberAt(this.#owners, id) !== input) return true;
      // An input with the strides of the space has as many elements, so it is read from the first element on.
      return at(inputs, i).strides.every(
        (stride, axis) => stride === dense[axis] || shape[axis] === 1,
      );
    });
  }

  /** Returns the same for an op, by the rule in its block. */
  #mayOverwriteFirst(item: OperationItem, owner: number, input: number): boolean {
    const { id, reads, writes, control, epilogue } = item;
    const { op, inputs } = this.#operation(id);
    const isInput = (read: number) => numberAt(this.#owners, read) === input;
    const firstRead = reads.findIndex(isInput);
    // The op reads its inputs until its last element is written.
    if (epilogue)
      return (
        owner !== id && firstRead >= inputs.length && this.#loopMayOverwrite(epilogue, owner, input)
      );
    if (firstRead !== reads.findLastIndex(isInput)) return false;
    // A carry is updated in place, at the address of its first value.
    if (control !== undefined) {
      // The first input of a condition is no input of its bodies.
      const first = control.control.kind === "branches" ? 1 : 0;
      return control.carried[writes.indexOf(owner)] === firstRead - first;
    }
    return overwrites(op) && id === owner && firstRead === 0;
  }

  #operation(id: number): Operation {
    return nodeAt(this.#trace.nodes, id) as Operation;
  }

  /** Bytes that the calls of a schedule item need beside its values. */
  #workBytes(item: ScheduleItem): number {
    if (item.kind === "loop") return this.#target.loopScratchBytes(item.loop);
    if (item.kind === "rows") {
      const bytes = item.members.map(({ item: each }) => this.#workBytes(each));
      return item.localBytes + Math.max(...bytes);
    }
    if (item.control !== undefined) {
      const { bodies } = item.control;
      const [values, calls] = [
        bodies.map((body) => body.scratchBytes),
        bodies.map((body) => body.workBytes),
      ];
      return Math.max(...values) + Math.max(...calls);
    }
    const { op, attributes, inputs } = this.#operation(item.id);
    const typesOf = (ids: readonly number[]) => ids.map((id) => nodeAt(this.#trace.nodes, id));
    const results = item.epilogue ? [item.id] : item.writes;
    const types = { attributes, inputs: typesOf(inputs), outputs: typesOf(results) };
    return this.#target.scratchBytes(op, types);
  }

  #locateResults(): void {
    for (const id of this.#trace.outputs) {
      const owner = numberAt(this.#owners, id);
      if (!this.#isComputed(owner)) continue;
      const { shape } = nodeAt(this.#trace.nodes, owner);
      const { leftResult } = this.#target.sizes;
      const large = shape.length > 0 && this.#bytesOf(owner) >= leftResult;
      const location = this.#located.get(owner);
      if (location && location.region >= VARIABLES)
        at(this.#variableBuffers, location.region - VARIABLES).shared = true;
      if (large && location === undefined) this.#locatePersistent(owner);
    }
  }

  /** Lays out all other values by their lifetimes, and returns the bytes that they take. */
  #locateScratch(): number {
    const numbers = this.#locateNumbers();
    const starts = [...this.#born].filter(([id]) => !this.#located.has(id));
    starts.sort(([, a], [, b]) => a - b);
    /** Values that reuse one address live one after the other. */
    const lives: { bytes: number; from: number; to: number; ids: number[] }[] = [];
    const lifeOf = new Map<number, number>();
    for (const [id, from] of starts) {
      const to = this.#dies.get(id) ?? 0;
      const heir = this.#inheritable(id, from, lifeOf);
      const life = heir === undefined ? undefined : lifeOf.get(heir);
      if (heir === undefined || life === undefined) {
        lifeOf.set(id, lives.push({ bytes: this.#bytesOf(id), from, to, ids: [id] }) - 1);
        continue;
      }
      // Reused memory is free when its last value ends.
      lifeOf.delete(heir);
      lifeOf.set(id, life);
      const shared = at(lives, life);
      shared.ids.push(id);
      shared.to = to;
    }
    const { offsets, bytes } = offsetsOf(lives);
    lives.forEach(({ ids }, i) => {
      for (const id of ids) {
        this.#located.set(id, { region: SCRATCH, offset: numbers + numberAt(offsets, i) });
      }
    });
    return numbers + bytes;
  }

  /**
   * Single numbers, close together before all else: a cache line for each would be more than they
   * cost by having separate memory.
   */
  #locateNumbers(): number {
    let offset = 0;
    const bytes = Math.max(...Object.values(this.#target.bytes));
    for (const id of this.#born.keys()) {
      if (nodeAt(this.#trace.nodes, id).shape.length > 0 || this.#located.has(id)) continue;
      this.#located.set(id, { region: SCRATCH, offset });
      offset += bytes;
    }
    return align(offset);
  }

  /** Returns an input of the schedule item that writes `id` whose memory it may take: read there for the last time. */
  #inheritable(id: number, time: number, lives: ReadonlyMap<number, number>): number | undefined {
    const item = this.#items[time];
    if (item === undefined) return undefined;
    const { dtype, shape } = nodeAt(this.#trace.nodes, id);
    const candidate = item.reads.find((read) => {
      const owner = numberAt(this.#owners, read);
      const node = nodeAt(this.#trace.nodes, owner);
      return (
        lives.has(owner) &&
        this.#dies.get(owner) === time &&
        node.dtype === dtype &&
        sizeOf(node.shape) === sizeOf(shape) &&
        this.#mayOverwrite(id, owner)
      );
    });
    return candidate === undefined ? undefined : numberAt(this.#owners, candidate);
  }

  #bytesOf(id: number): number {
    const { dtype, shape } = nodeAt(this.#trace.nodes, id);
    return align(this.#target.bytes[dtype] * sizeOf(shape));
  }
}
