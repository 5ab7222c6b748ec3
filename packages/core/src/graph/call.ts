/**
 * Calls on linear memory. A call is data: the name of a function, and addresses and numbers as its arguments. So one
 * list of calls can be run, written into a loop, printed, timed, copied to another thread and divided among threads;
 * nothing of it is a closure.
 */

import type { DType } from "../tensor/dtype.ts";
import { numberAt } from "../tensor/shape.ts";
import type { TensorType } from "./types.ts";

/**
 * An address that is known when a program is bound: bytes from the start of a region, such as the scratch
 * memory or the buffer of a Variable.
 */
export interface Address {
  readonly region: number;
  readonly offset: number;
  /**
   * The number of bytes after the address that the call may touch; if runs of bodies advance the address, the bytes of
   * one run.
   */
  readonly bytes: number;
  /**
   * The number of bytes before the address that the call may touch, as where it reads a view backwards. Default 0.
   */
  readonly before?: number;
  /**
   * The number of bytes of the value before the address. Default 0. With it, a target can give each value a separate
   * memory.
   */
  readonly within?: number;
  /** The access to the memory there: the contents of scratch memory have no meaning before the call or after it. */
  readonly access: "read" | "write" | "scratch";
  /** The id of the value at the address; undefined for scratch memory. */
  readonly value: number | undefined;
}

/**
 * Returns the address `bytes` further. Its properties are listed instead of spread, which would take ten times as long,
 * and every address of a program is made here.
 *
 * @param extent the bytes that are touched from there on. Default: as many bytes as before.
 */
export function moved(
  { region, offset, bytes: size, before: ahead = 0, within = 0, access, value }: Address,
  distance: number,
  { bytes = size, before = ahead }: Extent = {},
): Address {
  return {
    region,
    offset: offset + distance,
    bytes,
    before,
    within: within + distance,
    access,
    value,
  };
}

/** The extent of memory that is touched: bytes after an address, and before it. */
export type Extent = Partial<Pick<Address, "bytes" | "before">>;

/** An argument of a call: an address, or a number. */
export type Argument = Address | number;

/** Cuts scratch memory into parts of the given numbers of bytes, and returns the address of each. */
export function partsOfScratch(scratch: Address, bytes: readonly number[]): Address[] {
  let distance = 0;
  return bytes.map((size) => {
    const part = moved(scratch, distance, { bytes: size });
    distance += size;
    return part;
  });
}

/**
 * Returns the indices of all arguments that are scratch memory. A runner of partitions in parallel offsets each of them
 * by thread: if one were shared, two partitions would overwrite each other's sums.
 */
export function scratchArguments(args: readonly Argument[]): number[] {
  return args.flatMap((argument, i) => (isScratch(argument) ? [i] : []));
}

/** True if an argument is an address of scratch memory. */
export function isScratch(argument: Argument): boolean {
  return typeof argument === "object" && argument.access === "scratch";
}

/** A call of a function on linear memory: plain data, which may cross to another thread. */
export interface Call<Callee = string | MemoryFunction> {
  /** The name of a function of the target, or a function of JavaScript on the same memory. */
  readonly function: Callee;
  /** The arguments in the order of the function's parameters. */
  readonly arguments: readonly Argument[];
  /** The group of kernels that has the function. Default: the module that every program has. */
  readonly group?: string | undefined;
  /** The error that a result below 0 of the function means. */
  readonly check?: Check;
  /**
   * The ways in which the work can be divided, the best one first; or the reason why it cannot be divided. Every way
   * gives the same bits. Default: the ways of the function, see `run/program/calls/division.ts`.
   */
  readonly splits?: Splits;
  /** The cost of the call, set when a program contains it. */
  readonly cost?: Cost;
}

/** The cost of a call. */
export interface Cost {
  /** Floating-point operations. */
  readonly flops: number;
  /** Bytes of the arrays that are read and written. */
  readonly bytes: number;
}

/** The parts of the error of a call besides its code: a kind of check, and the facts for its message. */
export interface Check<Arguments = unknown> {
  readonly kind: string;
  /** The public function in whose name the call runs. */
  readonly op: string;
  readonly arguments: Arguments;
  /** In a partition of a call, the number of codes before its first one. Default 0. */
  readonly first?: number;
}

/**
 * Returns the error of a check for a code; the index that the error names is −1 − code, counted from the start of the
 * call.
 */
type ErrorOf<Arguments> = (check: Check<Arguments>, index: number, read: ReadInt32) => Error;

const checks = new Map<string, ErrorOf<never>>();

/** Describes the errors of the codes of a kind of check. @returns its name, for checks. */
/* @__NO_SIDE_EFFECTS__ */
export function registerCheck<Arguments>(kind: string, errorOf: ErrorOf<Arguments>): string {
  checks.set(kind, errorOf);
  return kind;
}

/** Returns the error for the code that a call returned; undefined for a code from 0 on. */
export function errorOfCode(check: Check, code: number, read: ReadInt32): Error | undefined {
  if (code >= 0) return undefined;
  const errorOf = checks.get(check.kind);
  if (errorOf === undefined) throw new Error(`no check is named ${check.kind}`);
  return errorOf(check as never, -1 - code, read);
}

/** An int32 of the array that an argument of the call points to: the element that a code refuses may be there. */
export type ReadInt32 = (argument: number, index: number) => number;

/** The ways to divide a call, the best one first; or the reason why there is none, as the end of a sentence. */
export type Splits = readonly Split[] | string;

/** A way to divide a call: each partition is the same call with other arguments, on other parts of the arrays. */
export interface Split {
  /** The unit that is divided, for descriptions: "rows", "columns", "examples", … */
  readonly along: string;
  /** The index of the argument that counts the work. */
  readonly argument: number;
  /** By argument: the number that each unit of work before the partition adds to it, in bytes for addresses. */
  readonly steps: readonly number[];
  /** The units of work that a kernel does at once: a partition has a multiple of them. Default 1. */
  readonly unit?: number;
  /** The number of codes of a unit of work. Default 0. */
  readonly codes?: number;
  /** The tree of a reduction to few elements, of which partitions compute partial results. */
  readonly tree?: Tree;
}

/**
 * The tree of a reduction: partitions are nodes of it, a power of two of blocks each, and their results are combined as
 * `families/orderOfSums.ts` combines blocks.
 */
export interface Tree {
  /** Units of work of a block. */
  readonly block: number;
  /** The index of the argument that the results are written to, and their number. */
  readonly output: number;
  readonly results: number;
  /** The name of the op that combines two partial results, and their dtype. */
  readonly combine: string;
  readonly dtype: DType;
}

/** Returns the ways to divide a call; an empty list if there is none. */
export function splitsOf({ splits }: Pick<Call, "splits">): readonly Split[] {
  return typeof splits === "object" ? splits : [];
}

/** Returns the units of work of a split. */
export function workOf({ arguments: args }: Pick<Call, "arguments">, { argument }: Split): number {
  return Number(args[argument]);
}

/** Returns a partition of the work of a call: `count` units from `start` on. */
export function partitionOfCall<Callee>(
  call: Call<Callee>,
  split: Split,
  start: number,
  count: number,
): Call<Callee> {
  const { arguments: whole, check } = call;
  const { argument: counts, steps, codes = 0 } = split;
  const args = whole.map((argument, i): Argument => {
    if (i === counts) return count;
    const one = numberAt(steps, i);
    const step = start * one;
    if (typeof argument === "number") return argument + step;
    // The argument may be read beyond its part, as windows are; the parts that partitions write may interleave.
    return one === 0 ? argument : moved(argument, step, { bytes: argument.bytes - step });
  });
  const first = start * codes;
  return {
    ...call,
    arguments: args,
    ...(check && first > 0 && { check: { ...check, first: first + (check.first ?? 0) } }),
  };
}

/** A function of JavaScript that works on linear memory: its name, and its settings besides addresses. */
export interface MemoryFunction<Data = unknown> {
  /** The name for descriptions and errors. */
  readonly name: string;
  /** The kind of function, as it is registered. */
  readonly javascript: string;
  readonly data: Data;
}

/** The implementation of a kind of function. */
type RunInMemory<Data> = (data: Data, memory: Memory, ...addresses: number[]) => void;

const memoryFunctions = new Map<string, RunInMemory<never>>();

/** Registers the implementation of a kind of JavaScript function. @returns its name, for calls. */
/* @__NO_SIDE_EFFECTS__ */
export function registerMemoryFunction<Data>(kind: string, run: RunInMemory<Data>): string {
  memoryFunctions.set(kind, run);
  return kind;
}

/** Returns a function of JavaScript, ready to be called with addresses. */
export function memoryFunctionOf(
  { javascript, data }: MemoryFunction,
  memory: Memory,
): (...addresses: number[]) => void {
  const run = memoryFunctions.get(javascript);
  if (run === undefined) throw new Error(`no function of JavaScript is named ${javascript}`);
  return (...addresses) => run(data as never, memory, ...addresses);
}

/** A linear memory. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}

/** An array in linear memory. */
export interface PlacedArray extends TensorType {
  readonly address: Address;
  /** The strides in elements, one for each axis; undefined where the array is contiguous. */
  readonly strides?: readonly number[];
}
