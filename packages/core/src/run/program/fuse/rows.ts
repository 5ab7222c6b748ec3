/**
 * Row-wise fused kernels: successive loops and reductions over the same rows run together on a block of rows, while the
 * block is in the processor's cache. A softmax, whose maxima, exponentials and quotients are three passes over an
 * array, then reads and writes memory once.
 *
 *   for each block of rows:  maxAxis · loop: sub exp sum · loop: div
 *
 * Values that only the kernel reads take the memory of one block. Rows are independent of each other, so the bits are
 * those of whole passes. A block is an iteration of a body (`bodies.ts`), whose regions move by a block.
 */

import { type Argument, type PlacedArray, splitsOf, workOf } from "../../../graph/call.ts";
import type { PlacedOp } from "../../../graph/kernel.ts";
import { nodeAt, type Operation, rootsOf, type Trace } from "../../../graph/trace.ts";
import { at, numberAt, type Shape, sizeOf } from "../../../tensor/shape.ts";
import { align } from "../locations/freeList.ts";
import { type Lifetime, offsetsOf } from "../locations/offsets.ts";
import type { Loop } from "../loop/loop.ts";
import type {
  LoopItem,
  OperationItem,
  RowMember,
  RowsItem,
  ScheduleItem,
} from "../schedule/items.ts";
import type { Target } from "../schedule/target.ts";

/** The most schedule items that may be skipped in the search for the next member of a kernel. */
const MOST_BETWEEN = 32;

/** Returns the schedule items, some of them replaced by row-wise fused kernels, in an order in which they can run. */
export function withRowKernels(
  trace: Trace,
  items: readonly ScheduleItem[],
  target: Target,
): ScheduleItem[] {
  return new RowKernels(trace, items, target).items();
}

/** Returns the stride of several axes, if they can be walked as one axis. */
function stepAlong(strides: readonly number[], lengths: readonly number[]): number | undefined {
  let step = 0;
  let count = 1;
  for (let axis = lengths.length - 1; axis >= 0; axis--) {
    const length = at(lengths, axis);
    if (length === 1) continue;
    if (count === 1) step = at(strides, axis);
    else if (strides[axis] !== step * count) return undefined;
    count *= length;
  }
  return step;
}

/** Returns the loop over `rows` rows, in which each array moves by its number of `steps` from row to row. */
export function loopOfRows(loop: Loop, { axes, steps }: RowLoop, rows: number): Loop {
  return {
    ...loop,
    shape: [rows, ...loop.shape.slice(axes)],
    inputs: loop.inputs.map((input, i) => {
      return { ...input, strides: [at(steps, i), ...input.strides.slice(axes)] };
    }),
  };
}

/**
 * Returns the number of rows of a block: `rows`, rounded down to a multiple of `unit` if rows are short, so that they
 * fill vectors.
 */
function blockOf(count: number, rows: number, granularity: number): number {
  const whole = rows >= granularity ? rows - (rows % granularity) : Math.floor(rows);
  return Math.max(1, Math.min(count, whole));
}

type RowLoop = Extract<RowMember, { axes: number }>;

/** Returns the elements of a row of an output of a loop whose first axes are the rows. */
function rowOfOutput({ shape, outputs }: Loop, output: number, axes: number): number {
  const reduced = at(outputs, output).reduction?.axes ?? 0;
  return sizeOf(shape.slice(axes, shape.length - reduced));
}

/**
 * True if the schedule item that writes `owner` may write over `input`: all other readers of a row of `input` run
 * before it, and each of them reads the same rows of a block.
 *
 * @param overwrites the same question for a loop alone.
 */
export function rowsMayOverwrite(
  { members, count }: RowsItem,
  owner: number,
  isInput: (id: number) => boolean,
  size: number,
  overwrites: (item: LoopItem) => boolean,
): boolean {
  const writer = members.findIndex(({ item }) => item.writes.includes(owner));
  return members.every((member, i) => {
    const { item } = member;
    if (!item.reads.some(isInput)) return true;
    if (i > writer || item.kind !== "loop" || !("axes" in member)) return i < writer;
    if (i === writer) return overwrites(item);
    return item.reads.every((id, k) => !isInput(id) || member.steps[k] === size / count);
  });
}

class RowKernels {
  readonly #trace: Trace;
  readonly #items: readonly ScheduleItem[];
  readonly #target: Target;
  /** By id: the schedule items that read it. */
  readonly #readers = new Map<number, ScheduleItem[]>();
  readonly #roots: ReadonlySet<number>;

  constructor(trace: Trace, items: readonly ScheduleItem[], target: Target) {
    this.#trace = trace;
    this.#items = items;
    this.#target = target;
    this.#roots = new Set(rootsOf(trace));
  }

  items(): ScheduleItem[] {
    if (!this.#items.some((item) => this.#isLarge(item))) return [...this.#items];
    for (const item of this.#items) {
      for (const id of item.reads) {
        const known = this.#readers.get(id);
        if (known === undefined) this.#readers.set(id, [item]);
        else known.push(item);
      }
    }
    const items: ScheduleItem[] = [];
    for (let first = 0; first < this.#items.length; ) {
      const found = this.#startingAt(first);
      if (found === undefined) items.push(at(this.#items, first++));
      else {
        items.push(...found.before, found.item);
        first = found.next;
      }
    }
    return items;
  }

  /**
   * Returns the row-wise fused kernel that begins with a schedule item, the items that must run before it, and the
   * index of the first item after it.
   */
  #startingAt(first: number): { before: ScheduleItem[]; item: RowsItem; next: number } | undefined {
    const shape = this.#rowShape(first);
    // Fewer axes make longer rows.
    for (let axes = shape.length; axes > 0; axes--) {
      const found = this.#gather(first, shape.slice(0, axes));
      const item = found && this.#program(found.members, sizeOf(shape.slice(0, axes)));
      if (item !== undefined) return { ...found, item };
    }
    return undefined;
  }

  /** Returns the axes that the first reduction among the next schedule items keeps, if these are the first axes. */
  #rowShape(first: number): Shape {
    if (!this.#isLarge(at(this.#items, first))) return [];
    for (const item of this.#items.slice(first, first + MOST_BETWEEN)) {
      if (item.kind === "loop") {
        const { shape, outputs } = item.loop;
        const reduced = outputs.find(({ reduction }) => reduction !== undefined)?.reduction?.axes;
        if (reduced !== undefined) return shape.slice(0, shape.length - reduced);
      } else if (item.kind === "operation") {
        const { op, attributes, inputs } = this.#operation(item.id);
        const { shape } = nodeAt(this.#trace.nodes, inputs[0] ?? item.id);
        const reduced = op.kernel?.kind === "reduction" ? op.kernel.reduction.axes(attributes) : [];
        const kept = shape.length - reduced.length;
        if (reduced.length > 0 && reduced.every((axis) => axis >= kept)) {
          return shape.slice(0, kept);
        }
      }
    }
    return [];
  }

  /** Returns the schedule items over these rows, from one on, and those between them that do not depend on any. */
  #gather(
    first: number,
    rows: Shape,
  ): { members: RowMember[]; before: ScheduleItem[]; next: number } {
    const members: RowMember[] = [];
    const before: ScheduleItem[] = [];
    const written = new Set<number>();
    let next = first;
    let between: ScheduleItem[] = [];
    for (let index = first; index < this.#items.length; index++) {
      const item = at(this.#items, index);
      const member = this.#member(item, rows, written);
      if (member === undefined) {
        const isFirst = members.length === 0;
        if (isFirst || between.length === MOST_BETWEEN) break;
        if (item.reads.some((id) => written.has(id))) break;
        between.push(item);
        continue;
      }
      members.push(member);
      for (const id of item.writes) written.add(id);
      before.push(...between);
      between = [];
      next = index + 1;
    }
    return { members, before, next };
  }

  /** Returns a schedule item as a member of a kernel that writes these values; undefined if it cannot be one. */
  #member(item: ScheduleItem, rows: Shape, written: ReadonlySet<number>): RowMember | undefined {
    if (item.kind === "loop") return this.#memberLoop(item, rows, written);
    return item.kind === "operation" ? this.#memberCall(item, sizeOf(rows)) : undefined;
  }

  #memberLoop(item: LoopItem, rows: Shape, written: ReadonlySet<number>): RowMember | undefined {
    const { loop, reads } = item;
    const { shape, inputs, outputs } = loop;
    const axes = rows.length;
    const isOver =
      shape.length >= axes &&
      rows.every((length, axis) => length === shape[axis]) &&
      !shape.includes(0) &&
      outputs.every(({ reduction, strides }) => {
        return strides === undefined && (reduction?.axes ?? 0) <= shape.length - axes;
      });
    if (!isOver) return undefined;
    const last = shape.length - 1;
    const steps: number[] = [];
    for (let i = 0; i < inputs.length; i++) {
      const input = at(inputs, i);
      const step = stepAlong(input.strides.slice(0, axes), rows);
      if (step === undefined) return undefined;
      // A transposed array is faster in one pass over the whole of it.
      const isTransposed = last >= axes && Math.abs(at(input.strides, last)) > 1;
      if (isTransposed && at(shape, last) > 1) return undefined;
      const id = at(reads, i);
      if (written.has(id)) {
        const row = sizeOf(nodeAt(this.#trace.nodes, id).shape) / sizeOf(rows);
        // If the rows that are read follow each other like the rows of the value, each read stays within its row:
        // otherwise the first or the last row would read outside of the value.
        if (step !== row) return undefined;
      }
      steps.push(step);
    }
    outputs.forEach((_, i) => {
      steps.push(rowOfOutput(loop, i, axes));
    });
    return { item, axes, steps };
  }

  /** Returns a reduction whose call is divided by rows. */
  #memberCall(item: OperationItem, rows: number): RowMember | undefined {
    const { op, attributes, inputs } = this.#operation(item.id);
    if (op.kernel?.kind !== "reduction") return undefined;
    const placed = (id: number, region: number): PlacedArray => {
      const { shape, dtype, weak } = nodeAt(this.#trace.nodes, id);
      const bytes = this.#bytes(id);
      return {
        shape,
        dtype,
        weak,
        address: { region, offset: 0, bytes, access: "read", value: id },
      };
    };
    const arrays = [...item.reads, ...item.writes];
    const scratch = {
      region: arrays.length,
      offset: 0,
      bytes: 0,
      access: "scratch",
      value: undefined,
    } as const;
    const placedOp: PlacedOp = {
      op,
      attributes,
      inputs: inputs.map((_, i) => placed(at(item.reads, i), i)),
      outputs: item.writes.map((id, i) => placed(id, item.reads.length + i)),
      scratch,
    };
    const [call, ...others] = this.#target.calls(placedOp) ?? [];
    if (call === undefined || others.length > 0 || call.check !== undefined) return undefined;
    const [split] = splitsOf(call);
    if (split === undefined || workOf(call, split) !== rows) return undefined;
    // A unit of work is a row of each array.
    const isRow = (argument: Argument, i: number) => {
      if (typeof argument === "number" || argument.access === "scratch") return true;
      const bytes = numberAt(split.steps, i) * rows;
      return bytes === this.#bytes(at(arrays, argument.region));
    };
    return call.arguments.every(isRow) ? { item, call } : undefined;
  }

  /** Returns the kernel of some schedule items; undefined if whole passes are as fast. */
  #program(members: readonly RowMember[], count: number): RowsItem | undefined {
    if (members.length < 2 || count < 2) return undefined;
    const inside = new Set<ScheduleItem>(members.map(({ item }) => item));
    const written = new Set(members.flatMap(({ item }) => item.writes));
    const reads = [...new Set(members.flatMap(({ item }) => item.reads))];
    const passes = (id: number) =>
      members.filter(({ item }) => item.reads.includes(id)).length + (written.has(id) ? 1 : 0);
    const again = reads.filter((id) => passes(id) > 1);
    const { whole, row: most, block: room } = this.#target.cache;
    if (again.reduce((sum, id) => sum + this.#bytes(id), 0) < whole) return undefined;
    const all = [...new Set([...reads, ...written])];
    const row = all.reduce((sum, id) => sum + this.#rowBytes(id, members, count), 0);
    if (row > most) return undefined;
    const block = blockOf(count, room / row, this.#target.sizes.rowsOfVectors);
    const isLocal = (id: number) =>
      !this.#roots.has(id) && (this.#readers.get(id) ?? []).every((item) => inside.has(item));
    const { locals, bytes } = this.#locateLocals(members, isLocal, block / count);
    return {
      kind: "rows",
      reads: reads.filter((id) => !written.has(id)),
      writes: [...written].filter((id) => !locals.has(id)),
      members,
      count,
      block,
      locals,
      localBytes: bytes,
    };
  }

  /** Returns the bytes that a row of a value adds to a block. Values that all rows read stay in the cache. */
  #rowBytes(id: number, members: readonly RowMember[], count: number): number {
    const moves = members.some((member) => {
      if (!("axes" in member)) return true;
      const { reads, writes } = member.item;
      return [...reads, ...writes].some((each, i) => each === id && member.steps[i] !== 0);
    });
    return moves ? this.#bytes(id) / count : 0;
  }

  /** Returns the addresses of values that only the members read, for a block of the rows. */
  #locateLocals(members: readonly RowMember[], isLocal: (id: number) => boolean, part: number) {
    const ids = members.flatMap(({ item }) => item.writes.filter(isLocal));
    const lastReader = (id: number) => members.findLastIndex(({ item }) => item.reads.includes(id));
    const lives = ids.map((id): Lifetime => {
      const from = members.findIndex(({ item }) => item.writes.includes(id));
      const bytes = align(Math.ceil(this.#bytes(id) * part));
      return { bytes, from, to: Math.max(from, lastReader(id)) };
    });
    const { offsets, bytes } = offsetsOf(lives);
    return { locals: new Map(ids.map((id, i) => [id, numberAt(offsets, i)])), bytes };
  }

  #isLarge({ reads, writes }: ScheduleItem): boolean {
    return (
      reads.some((id) => this.#bytes(id) >= this.#target.cache.whole) ||
      writes.some((id) => this.#bytes(id) >= this.#target.cache.whole)
    );
  }

  #operation(id: number): Operation {
    return nodeAt(this.#trace.nodes, id) as Operation;
  }

  #bytes(id: number): number {
    const { dtype, shape } = nodeAt(this.#trace.nodes, id);
    return this.#target.bytes[dtype] * sizeOf(shape);
  }
}
