/**
 * Fusion: elementwise ops over one iteration space become one loop, which reads its inputs once and
 * keeps what is between in registers. It has four stages, each of which makes data for the next:
 *
 * 1. what a loop could do with each value (`loopValues.ts`);
 * 2. the *stage* of each value (`stages.ts`): a fusable op may share that of a fusable input with the same iteration
 *    space and dtype;
 * 3. the *fusion groups* that loops compute (`fusionGroups.ts`), of one stage, space and dtype each;
 * 4. the schedule items (`loopItems.ts`).
 *
 * Views of an input are not materialized for loops, which read elements at any strides; nor are conversions of an
 * argument: the loop converts it. See `sources.ts`.
 *
 * In: a simplified trace, and the target. Out: schedule items in order: loops, single ops, and ops with bodies.
 *
 * Invariant: every item reads what earlier items write, and a loop has the bits of its ops one by one. A constant of one value
 * is a number in the loop's code. Ops on single numbers become straight-line code without vectors. A view that something else
 * reads is a loop that copies.
 */

import type { Trace } from "../../../graph/trace.ts";
import { at, numberAt } from "../../../tensor/shape.ts";
import type { Controls } from "../schedule/bodies.ts";
import type { ScheduleItem } from "../schedule/items.ts";
import type { Target } from "../schedule/target.ts";
import { fusionGroups } from "./fusionGroups.ts";
import { itemsOf } from "./loopItems.ts";
import { loopValuesOf } from "./loopValues.ts";
import { fuseScalars } from "./scalars.ts";
import { stagesOf } from "./stages.ts";

export { fuseSmall } from "./small.ts";

/** Returns the schedule items of a trace in an order in which they can run. */
export function fuse(trace: Trace, target: Target, controls: Controls = new Map()): ScheduleItem[] {
  return fuseScalars(trace, target) ?? fuseLoops(trace, target, controls, false);
}

/**
 * Returns the schedule items of a program with large values: in the order of the trace, so that values are read soon
 * after they are written, and without loops of independent values, which would all have to wait for each other. So
 * attention by rows takes the memory of some rows instead of all rows.
 */
export function fuseConnected(
  trace: Trace,
  target: Target,
  controls: Controls = new Map(),
): ScheduleItem[] {
  return inOrder(fuseLoops(trace, target, controls, true));
}

/** @param connectedOnly true if a large loop holds only ops that read each other. */
function fuseLoops(
  trace: Trace,
  target: Target,
  controls: Controls,
  connectedOnly: boolean,
): ScheduleItem[] {
  const values = loopValuesOf(trace, target);
  const stages = stagesOf(values);
  const groups = fusionGroups(values, stages, target, connectedOnly);
  return itemsOf(values, stages, groups, target, controls);
}

/** Sorts schedule items so that each runs after those that it reads, otherwise in the order of the trace. */
function inOrder(items: readonly ScheduleItem[]): ScheduleItem[] {
  const writers = new Map(items.flatMap(({ writes }, i) => writes.map((id) => [id, i] as const)));
  const lastWrites = items.map(({ writes }) => Math.max(...writes));
  const order = [...items.keys()].sort((i, j) => numberAt(lastWrites, i) - numberAt(lastWrites, j));
  const done = new Uint8Array(items.length);
  const sorted: ScheduleItem[] = [];
  for (const first of order) {
    // A schedule item follows the items that it reads, and those that they read.
    const waiting = [first];
    for (let i = waiting.pop(); i !== undefined; i = waiting.pop()) {
      if (done[i] === 1) continue;
      const item = at(items, i);
      const before = item.reads.flatMap((id) => {
        const writer = writers.get(id);
        return writer === undefined || writer === i || done[writer] === 1 ? [] : [writer];
      });
      if (before.length > 0) {
        waiting.push(
          i,
          ...before.sort((a, b) => numberAt(lastWrites, b) - numberAt(lastWrites, a)),
        );
        continue;
      }
      done[i] = 1;
      sorted.push(item);
    }
  }
  return sorted;
}
