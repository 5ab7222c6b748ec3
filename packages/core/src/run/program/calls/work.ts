/**
 * The work of a program by calls, with how far it can be divided.
 */

import { at } from "../../../tensor/shape.ts";
import { describeLoop } from "../loop/loop.ts";
import { isControl, isLoop, type ProgramCall } from "./call.ts";
import { divisionsOf } from "./division.ts";

/** The work of a call in a run of the program. */
export interface CallWork {
  /** The function, or the ops of a loop. */
  readonly name: string;
  /** The number of times that it is called in a run: more than once in the body of a loop. */
  readonly times: number;
  /** Floating-point operations of all of these. */
  readonly flops: number;
  /** The most partitions that it can be divided into; 1 where it cannot be. */
  readonly partitions: number;
  /** The unit that is divided, or the reason why none is. */
  readonly how: string;
}

/** Returns the work of calls. The calls of bodies replace the call that runs them, if that cannot be divided. */
export function workOfCalls(calls: readonly ProgramCall[], times = 1): CallWork[] {
  return calls.flatMap((call): CallWork[] => {
    const { function: callee, cost } = call;
    const ways = divisionsOf(call);
    if (typeof ways === "string" && isControl(callee)) {
      const { order, bodies } = callee;
      const runs = order.kind === "branches" || order.stops ? 1 : order.length;
      const works = bodies.map((body) => workOfCalls(body.calls, times * runs));
      // One of two bodies runs: the one that does more counts for both.
      return works.reduce(
        (most, each) => (flopsOf(each) > flopsOf(most) ? each : most),
        at(works, 0),
      );
    }
    const name =
      typeof callee === "string"
        ? callee
        : isLoop(callee)
          ? describeLoop(callee.loop)
          : callee.name;
    const flops = times * (cost?.flops ?? 0);
    if (typeof ways === "string") return [{ name, times, flops, partitions: 1, how: ways }];
    const best = ways.reduce((most, division) =>
      partitionsOf(division) > partitionsOf(most) ? division : most,
    );
    return [{ name, times, flops, partitions: partitionsOf(best), how: best.along }];
  });
}

function partitionsOf({ count, tree }: { count: number; tree?: { block: number } }): number {
  return tree === undefined ? count : Math.ceil(count / tree.block);
}

function flopsOf(work: readonly CallWork[]): number {
  return work.reduce((sum, { flops }) => sum + flops, 0);
}
