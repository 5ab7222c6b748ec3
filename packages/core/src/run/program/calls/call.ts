/**
 * The calls of a program, as data.
 *
 * In: a function by its name, and its arguments. Out: data that is printed, divided, bound and copied.
 *
 * Invariant: the arguments say all that a call reads and writes. A code below 0 is an error, and means the same for every
 * function: −1 − the index of the first wrong element.
 */

import type { Address, Call, MemoryFunction } from "../../../graph/call.ts";
import type { Loop } from "../loop/loop.ts";

/** A loop as a function of the addresses of its inputs and outputs. */
export interface LoopFunction {
  readonly name: "loop";
  readonly loop: Loop;
}

/**
 * An op with bodies as a function. Its arguments are the regions of its bodies, see `bodies.ts`.
 */
export interface ControlFunction {
  readonly name: string;
  readonly bodies: readonly BodyCalls[];
  readonly order:
    | {
        /** The only body, run so many times. */
        readonly kind: "repeat";
        readonly length: number;
        /**
         * True if it ends before a run for which the byte at argument 1, the first carry, is 0. The int32 at argument
         * 2 then counts the visited rows: where rows are taken backwards, it begins with the last of these. `length` is
         * the most runs, and infinite for any number.
         */
        readonly stops: boolean;
        /** The runs that the error of one that goes on names. Default `length`. */
        readonly most?: number | undefined;
        /** True if rows are taken backwards. */
        readonly reverse: boolean;
        /** By argument: the bytes by which each run advances it; 0 for one that stays. */
        readonly steps: readonly number[];
        /** True if no run reads what another writes. Default false. */
        readonly independent?: boolean;
      }
    | {
        /** The first body if the byte at the last argument is not 0, else the second. */
        readonly kind: "branches";
      };
}

/** The calls of a body, in order. */
export interface BodyCalls {
  readonly calls: readonly ProgramCall[];
}

/** The function of a call: a kernel function, a loop, bodies, or a function of JavaScript on the same memory. */
export type ProgramFunction = string | LoopFunction | ControlFunction | MemoryFunction;

/** True if a function is a loop. */
export function isLoop(callee: ProgramFunction): callee is LoopFunction {
  return typeof callee === "object" && "loop" in callee;
}

/** True if a function runs bodies. */
export function isControl(callee: ProgramFunction): callee is ControlFunction {
  return typeof callee === "object" && "bodies" in callee;
}

/** True if a function is written into the program's module, since no kernel computes it. */
export function isEmitted(callee: ProgramFunction): callee is LoopFunction | ControlFunction {
  return isLoop(callee) || isControl(callee);
}

export interface ProgramCall extends Call<ProgramFunction> {
  /** The loop of which this call is a partition, along its outermost axis or of some rows. */
  readonly part?: Part;
}

/** True if the function of a call exists already: in the target, or in JavaScript on the same memory. */
export function isDirect(call: ProgramCall): call is ProgramCall & Call {
  return !isEmitted(call.function);
}

/** A part of the work of a call, which its function of (first, count) can compute. */
interface Part {
  readonly whole: ProgramCall;
  /** The units of work of the whole call: steps along the outermost axis, or rows. */
  readonly first: number;
  readonly count: number;
}

/** Returns the call that sets all bytes of an array to 0. */
export function clearCall(to: Address): ProgramCall {
  return {
    function: "clear",
    arguments: [to, to.bytes],
    splits: [{ along: "bytes", argument: 1, steps: [1, 0] }],
  };
}

/** Returns the call that copies all bytes of an array. */
export function copyCall(from: Address, to: Address): ProgramCall {
  return {
    function: "copy",
    arguments: [from, to, to.bytes],
    splits: [{ along: "bytes", argument: 2, steps: [1, 1, 0] }],
  };
}

/** True if a function is one of JavaScript. */
export function isOfJavaScript(callee: ProgramFunction): callee is MemoryFunction {
  return typeof callee === "object" && "javascript" in callee;
}
