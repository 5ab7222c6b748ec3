/**
 * Sinking: a schedule item moves to right before its first reader, if no other item has to wait for that. By stages
 * (`fuse.ts`) it would run as soon as its inputs are computed, and its result would take memory until it is read: the
 * windows of a convolution's gradient, computed from an argument, from the first step to the last. Not in bodies, whose
 * arguments may be carries, which are updated in place.
 */

import { mayRefuse } from "../../../graph/kernel.ts";
import { nodeAt, type Operation, type Trace } from "../../../graph/trace.ts";
import { at, int32At } from "../../../tensor/shape.ts";
import type { ScheduleItem } from "../schedule/items.ts";

/** Returns the schedule items in an order in which they can run, with items moved later where that is possible. */
export function withSinking(trace: Trace, items: readonly ScheduleItem[]): ScheduleItem[] {
  // By id: the first and the last schedule item that reads it, as far as they are known.
  const first = new Int32Array(trace.nodes.length).fill(items.length);
  const last = new Int32Array(trace.nodes.length).fill(-1);
  /** By index of a schedule item: the schedule items that have moved to right before it, the last of them first. */
  const moved = new Map<number, ScheduleItem[]>();
  const isMoved = new Uint8Array(items.length);
  // From the end, so that the readers of a schedule item have their positions.
  for (let index = items.length - 1; index >= 0; index--) {
    const item = at(items, index);
    const reader = Math.min(...item.writes.map((id) => int32At(first, id)));
    const waits = reader > index + 1 && reader < items.length && mayWait(trace, item, last, reader);
    const step = waits ? reader : index;
    if (waits) {
      const known = moved.get(reader);
      if (known === undefined) moved.set(reader, [item]);
      else known.push(item);
    }
    for (const id of item.reads) {
      first[id] = Math.min(int32At(first, id), step);
      last[id] = Math.max(int32At(last, id), step);
    }
    isMoved[index] = Number(waits);
  }
  return items.flatMap((item, index) =>
    isMoved[index] === 1 ? [] : [...(moved.get(index)?.toReversed() ?? []), item],
  );
}

/**
 * True if a schedule item may run right before a later one: it refuses nothing, and all values that it reads live until
 * then anyway.
 */
function mayWait({ nodes }: Trace, item: ScheduleItem, last: Int32Array, reader: number): boolean {
  if (item.kind === "rows") return false;
  if (item.kind === "operation") {
    const operation = nodeAt(nodes, item.id) as Operation;
    if (item.control !== undefined || mayRefuse(operation)) return false;
  }
  return item.reads.every((id) => {
    const { kind } = nodeAt(nodes, id);
    return kind === "argument" || kind === "constant" || int32At(last, id) >= reader;
  });
}
