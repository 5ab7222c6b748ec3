/**
 * Delay: a unit runs right before what reads it first, where that lets nothing else wait. Stage by stage (`fuse.ts`) it
 * would run as soon as its inputs are there, and its result would take memory until then: the windows of a convolution's
 * gradient, made of an argument, from the first step to the last. Not in bodies, whose arguments may be carries, which
 * are updated in place.
 */

import { mayRefuse } from "../../../graph/kernel.ts";
import { nodeAt, type Operation, type Trace } from "../../../graph/trace.ts";
import { at, int32At } from "../../../tensor/shape.ts";
import type { Unit } from "../units/units.ts";

/** Returns the units in an order in which they can run, those that can wait later. */
export function delayed(trace: Trace, units: readonly Unit[]): Unit[] {
  // By id: between which units its readers run, as far as they are known.
  const first = new Int32Array(trace.nodes.length).fill(units.length);
  const last = new Int32Array(trace.nodes.length).fill(-1);
  /** By index of a unit: the units that have moved to right before it, the last of them first. */
  const moved = new Map<number, Unit[]>();
  const isMoved = new Uint8Array(units.length);
  // From the end, so that the readers of a unit have their positions.
  for (let index = units.length - 1; index >= 0; index--) {
    const unit = at(units, index);
    const reader = Math.min(...unit.writes.map((id) => int32At(first, id)));
    const waits = reader > index + 1 && reader < units.length && mayWait(trace, unit, last, reader);
    const step = waits ? reader : index;
    if (waits) {
      const known = moved.get(reader);
      if (known === undefined) moved.set(reader, [unit]);
      else known.push(unit);
    }
    for (const id of unit.reads) {
      first[id] = Math.min(int32At(first, id), step);
      last[id] = Math.max(int32At(last, id), step);
    }
    isMoved[index] = Number(waits);
  }
  return units.flatMap((unit, index) =>
    isMoved[index] === 1 ? [] : [...(moved.get(index)?.toReversed() ?? []), unit],
  );
}

/** True if a unit may run right before a later one: it refuses nothing, and all that it reads is there until then anyway. */
function mayWait({ nodes }: Trace, unit: Unit, last: Int32Array, reader: number): boolean {
  if (unit.kind === "rows") return false;
  if (unit.kind === "operation") {
    const operation = nodeAt(nodes, unit.id) as Operation;
    if (unit.control !== undefined || mayRefuse(operation)) return false;
  }
  return unit.reads.every((id) => {
    const { kind } = nodeAt(nodes, id);
    return kind === "argument" || kind === "constant" || int32At(last, id) >= reader;
  });
}
