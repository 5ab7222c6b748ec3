/**
 * Ops with epilogues: a loop that reads the result of a product at its own index computes with each element when it is
 * computed. So the result is not written and read again, as the gradient of a weight that an optimizer uses.
 *
 * An op waits for its epilogue, unless the inputs of the epilogue would have to be stored for longer than its result is large.
 */

import { mayRefuse } from "../../graph/kernel.ts";
import type { Op } from "../../graph/op.ts";
import { isComputed, nodeAt, type Operation, rootsOf, type Trace } from "../../graph/trace.ts";
import { at, numberAt, sizeOf, stridesOf } from "../../tensor/shape.ts";
import { type Loop, reducedAxesOf } from "../program/loop/loop.ts";
import { lastThrow } from "../program/plan.ts";
import type { LoopItem, OperationItem, ScheduleItem } from "../program/schedule/items.ts";

/** The most schedule items by which an op may be delayed, however large its inputs are. */
const FEW = 8;

/**
 * Returns a loop over the same elements in the order in which an input has them, each of which it reads once; undefined if
 * it reads them otherwise.
 */
export function inOrderOf(loop: Loop, input: number): Loop | undefined {
  const { shape, inputs, outputs } = loop;
  const { strides, offset = 0 } = at(inputs, input);
  const stepOf = (axis: number) =>
    shape[axis] === 1 ? Number.POSITIVE_INFINITY : at(strides, axis);
  const order = shape.map((_, axis) => axis).sort((a, b) => stepOf(b) - stepOf(a) || a - b);
  const ordered = (list: readonly number[]) => order.map((axis) => at(list, axis));
  const ordering = ordered(shape);
  const isWhole = ordered(strides).every(
    (stride, axis) => ordering[axis] === 1 || stride === stridesOf(ordering)[axis],
  );
  if (offset !== 0 || !isWhole) return undefined;
  return {
    ...loop,
    shape: ordering,
    inputs: inputs.map((each) => ({ ...each, strides: ordered(each.strides) })),
    outputs: outputs.map((each) => ({
      ...each,
      strides: ordered(each.strides ?? stridesOf(shape)),
    })),
  };
}

/**
 * Returns schedule items in an order in which they can run, in which loops are the epilogues of ops.
 *
 * @param takes true for an op that can have one.
 */
export function withEpilogues(
  trace: Trace,
  items: readonly ScheduleItem[],
  takes: (op: Op) => boolean,
): readonly ScheduleItem[] {
  const { nodes } = trace;
  const roots = new Set(rootsOf(trace));
  /** By id: the indices of the schedule items that read it, and of the one that writes it. */
  const readers = new Map<number, number[]>();
  const writers = new Map<number, number>();
  items.forEach(({ reads, writes }, index) => {
    for (const id of writes) writers.set(id, index);
    for (const id of new Set(reads)) {
      const indices = readers.get(id) ?? [];
      indices.push(index);
      readers.set(id, indices);
    }
  });
  const assigned = new Set(trace.assignments.map(({ id }) => id));
  const behind = lastThrow(trace, items);
  /** By index: the schedule item, unless it became part of another, and the index after which it runs. */
  const result: (ScheduleItem | undefined)[] = [...items];
  const places = items.map((_, index) => index);
  const elementsOf = (ids: readonly number[]) =>
    ids.reduce((sum, id) => sum + sizeOf(nodeAt(nodes, id).shape), 0);

  /** Returns the schedule item of an op and the loop at an index, and the index after which it can run. */
  function joined(index: number, loop: LoopItem, id: number) {
    const writer = writers.get(id);
    const op = writer === undefined ? undefined : result[writer];
    if (writer === undefined || op?.kind !== "operation" || !mayTake(op, id)) return undefined;
    const others = loop.reads.filter((read) => read !== id);
    const elements = sizeOf(nodeAt(nodes, id).shape);
    const isOnce = loop.reads.length - others.length === 1 && sizeOf(loop.loop.shape) === elements;
    if (!isOnce || inOrderOf(loop.loop, loop.reads.indexOf(id)) === undefined) return undefined;
    const placesOf = (indices: readonly number[] = []) =>
      indices.filter((other) => other !== index).map((other) => numberAt(places, other));
    const place = Math.max(
      numberAt(places, writer),
      // New values of Variables before a schedule item that refuses something would be copied.
      behind < index && loop.writes.some((written) => assigned.has(written)) ? behind : -1,
      ...others.flatMap((read) => {
        const writer = writers.get(read);
        if (writer !== undefined) return [numberAt(places, writer)];
        // The loop may overwrite the value of a Variable where all others have read it.
        const isState = nodeAt(nodes, read).kind === "state";
        return isState ? placesOf(readers.get(read)?.filter((other) => other < index)) : [];
      }),
    );
    const other = placesOf(readers.get(id));
    if (other.some((each) => each <= place)) return undefined;
    const isKept = roots.has(id) || other.length > 0;
    // The inputs of the op must live until then, which takes memory if that is long.
    const waits = place - numberAt(places, writer);
    const longer = [...new Set(op.reads)].filter((read) => {
      const last = Math.max(...placesOf(readers.get(read)));
      return isComputed(nodeAt(nodes, read)) && last < place && !roots.has(read);
    });
    if (waits > FEW && elementsOf(longer) > (isKept ? 0 : elements)) return undefined;
    const item: OperationItem = {
      ...op,
      reads: [...op.reads, ...others],
      writes: [...(isKept ? [id] : []), ...loop.writes],
      epilogue: loop,
    };
    return { item, place, writer };
  }

  /** True if an op may have an epilogue, and has none yet. */
  function mayTake({ id, control, epilogue }: OperationItem, result: number): boolean {
    const node = nodeAt(nodes, id) as Operation;
    const isFree = id === result && control === undefined && epilogue === undefined;
    return isFree && takes(node.op) && !mayRefuse(node);
  }

  items.forEach((item, index) => {
    if (item.kind !== "loop" || reducedAxesOf(item.loop) > 0) return;
    for (const id of item.reads) {
      const found = joined(index, item, id);
      if (found === undefined) continue;
      result[found.writer] = undefined;
      result[index] = found.item;
      for (const each of [index, found.writer]) places[each] = found.place;
      return;
    }
  });
  return [...result.keys()]
    .sort((a, b) => numberAt(places, a) - numberAt(places, b) || a - b)
    .flatMap((index) => result[index] ?? []);
}
