/**
 * Calls on linear memory. A call is data: a function, and addresses and numbers as its arguments. So one list
 * of calls can be run, written into a loop, printed, timed, and divided among threads; nothing of it is a
 * closure.
 */

import type { KernelHost as Host, KernelExports } from "@graddiff/wasm-kernel";
import { numberAt } from "../tensor/shape.ts";
import type { Attributes, Op, TensorType } from "./op.ts";

/**
 * An address that is known when a program is bound: bytes from the start of a region, such as the scratch
 * memory or the home of a Variable.
 */
export interface Address {
  readonly region: number;
  readonly offset: number;
  /** What is done with the memory there: of scratch, nothing is there before the call and nothing after it. */
  readonly access: "read" | "write" | "scratch";
  /** The id of the value that stands there; undefined for scratch memory. */
  readonly value: number | undefined;
}

/** The address so many bytes further. */
export function moved({ region, offset, access, value }: Address, bytes: number): Address {
  return { region, offset: offset + bytes, access, value };
}

/** An argument of a call: an address, or a number as it is. */
export type Argument = Address | number;

/** A call of a function on linear memory. */
export interface Call<Callee = KernelName | MemoryFunction> {
  readonly function: Callee;
  /** In the order of the function's parameters. */
  readonly arguments: readonly Argument[];
  /** The error that the code stands for which the call has returned. */
  readonly check?: Check | CheckRecord;
  /** How the work can be divided; undefined where it cannot. The bits are the same, however it is. */
  readonly split?: Split;
}

/** Gives the error that a code stands for; undefined for none. */
export type Check = (code: number, read: ReadInt32) => Error | undefined;

/** A check as data, which may cross to another thread: a kind of check, and what its error tells. */
export interface CheckRecord<Arguments = unknown> {
  readonly kind: string;
  /** The public function that the call is made for. */
  readonly op: string;
  readonly arguments: Arguments;
}

const kinds = new Map<
  string,
  (record: never, code: number, read: ReadInt32) => Error | undefined
>();

/** Says what the codes of a kind of check stand for. @returns its name, for the records of checks. */
/* @__NO_SIDE_EFFECTS__ */
export function registerCheck<Arguments>(
  kind: string,
  errorOf: (record: CheckRecord<Arguments>, code: number, read: ReadInt32) => Error | undefined,
): string {
  kinds.set(kind, errorOf);
  return kind;
}

/** The error that a code stands for; undefined for none. */
export function errorOfCode(
  check: Check | CheckRecord,
  code: number,
  read: ReadInt32,
): Error | undefined {
  return typeof check === "function"
    ? check(code, read)
    : kinds.get(check.kind)?.(check as never, code, read);
}

/** An int32 of the array that an argument of the call points to: what a code complains of may stand there. */
export type ReadInt32 = (argument: number, index: number) => number;

/** How a call is divided. */
export interface Split {
  /** The place of the argument that counts the work. */
  readonly argument: number;
  /** By argument: what one more piece of work adds to it, for addresses in bytes. */
  readonly steps: readonly number[];
}

/** A piece of a call's work, from `start` on. */
export function pieceOfCall<Callee>(
  call: Call<Callee>,
  start: number,
  count: number,
): Call<Callee> {
  const { split, arguments: whole } = call;
  if (split === undefined) throw new Error("the call cannot be divided");
  const given = whole.map((argument, i): Argument => {
    if (i === split.argument) return count;
    const step = start * numberAt(split.steps, i);
    return typeof argument === "number" ? argument + step : moved(argument, step);
  });
  return { ...call, arguments: given };
}

/** The name of a function of the module. */
export type KernelName = {
  [Name in keyof KernelExports]: KernelExports[Name] extends (...given: number[]) => unknown
    ? Name
    : never;
}[keyof KernelExports];

/** A function of JavaScript that works on linear memory. */
export interface MemoryFunction {
  readonly name: string;
  readonly run: (memory: Memory, ...given: number[]) => void;
}

/** A linear memory. */
export type Memory = Pick<Host["memory"], "buffer">;

/** An array in linear memory. */
export interface PlacedArray extends TensorType {
  readonly address: Address;
  /** In elements, one for each axis; undefined where the array is contiguous. */
  readonly strides?: readonly number[];
}

/** An op at its place in a program. */
export interface PlacedOp<A extends Attributes = Attributes> {
  readonly op: Op;
  readonly attributes: A;
  readonly inputs: readonly PlacedArray[];
  readonly outputs: readonly PlacedArray[];
  /** As many bytes as its kernel asks for. */
  readonly scratch: Address;
}
