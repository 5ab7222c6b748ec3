/**
 * Partitions of a call as calls of one function, which makes a range of iterations: (first, count) of a loop, and
 * (scratch, first, count) of a row-wise fused kernel, where `scratch` is the distance of its scratch memory from that
 * of the whole call. A caller that divides calls passes {@link rangeOf} to `emitCalls`; without it each partition is a
 * separate function.
 */

import { isControl, isLoop, type ProgramCall } from "../../program/calls/call.ts";
import { checkLoop, type Loop } from "../../program/loop/loop.ts";
import { RANGE } from "./addresses.ts";
import { FunctionCode, type ModuleCode } from "./code.ts";
import { spacesOf } from "./emit.ts";
import { LoopNestEmitter } from "./loopNest.ts";
import { outermostOf } from "./templates.ts";

/** A partition as a range of the runs of the whole call. */
export interface RangePartition {
  readonly whole: ProgramCall;
  /** The parameters of the function. */
  readonly args: readonly number[];
  /** The indices of the parameters that depend on the scratch memory of a thread. */
  readonly scratch: readonly number[];
  /** Writes the function of a loop; undefined for bodies. */
  readonly encode: ((addresses: readonly number[], module: ModuleCode) => void) | undefined;
}

/**
 * Returns the range of runs that a partition is; undefined for a call that is none, or that begins or ends within a
 * run.
 */
export type FindRange = (call: ProgramCall) => RangePartition | undefined;

export const rangeOf: FindRange = ({ part }) => {
  if (part === undefined) return undefined;
  const { whole, first, count } = part;
  const { function: callee } = whole;
  if (isControl(callee)) {
    const args = [0, first, count];
    return { whole, args, scratch: [RANGE.scratch], encode: undefined };
  }
  const outermost = isLoop(callee) ? outermostOf(callee.loop) : undefined;
  if (!isLoop(callee) || outermost === undefined) return undefined;
  const { extent, unit, length } = outermost;
  const isLast = first + count === length;
  const [from, end] = [first / unit, isLast ? extent : (first + count) / unit];
  if (!Number.isInteger(from) || !Number.isInteger(end) || from === end) return undefined;
  // The last run includes the elements after the last block.
  if (!isLast && end === extent) return undefined;
  const { loop } = callee;
  return {
    whole,
    args: [from, end - from],
    scratch: [],
    encode: (addresses, module) => encodeRange(loop, addresses, module, extent),
  };
};

/** Writes a loop as a function of the first of the runs of its outermost loop and of their count. */
function encodeRange(
  loop: Loop,
  addresses: readonly number[],
  module: ModuleCode,
  all: number,
): void {
  const kinds = checkLoop(loop);
  const range = { first: 0, count: 1, all };
  const code = new FunctionCode(loop.dtype, true, 2, module, undefined, false, range);
  for (const space of spacesOf(loop, kinds)) {
    new LoopNestEmitter(code, loop, kinds, space, addresses).emit();
  }
  code.finish();
}
