/**
 * The runs of a body, one after the other.
 *
 *   pointers where the first run has its rows
 *   loop: the body, once or for as many runs as it makes by itself; pointers move on; runs that are left are counted
 *
 * It ends when no run is left or, of a loop that stops, when its values say so before one.
 */

import { at } from "../../../tensor/shape.ts";
import { COUNT, GOES } from "../../program/schedule/bodies.ts";
import { type LocalAddress, type Pointer, push, RANGE } from "./addresses.ts";
import type { FunctionCode } from "./code.ts";
import { EMPTY_BLOCK, I32, PLAIN } from "./instructions.ts";
import type { Repeat } from "./repeated.ts";

/** The runs of a body. */
export interface Runs {
  readonly order: Repeat;
  /** The start addresses of the body's regions. */
  readonly starts: readonly LocalAddress[];
  readonly pointers: readonly Pointer[];
  /** True if the function makes a range of the runs, which its parameters give. */
  readonly isRange: boolean;
  /** The index of the imported function that throws the error of an endless loop. */
  readonly failure: number | undefined;
  readonly body: RunsBody;
}

/** A body that makes runs. */
export interface RunsBody {
  /** The most runs that it makes. Code that makes more than one also stops and counts, if its loop does. */
  readonly most: number;
  /** @param runs the local that says how many to make, where that may be more than one. */
  readonly emit: (runs: number) => void;
}

/** Writes the runs of a body. The function has no locals besides parameters yet. */
export function emitRuns(code: FunctionCode, runs: Runs): void {
  // The locals of pointers are the first after the parameters.
  code.locals(I32, runs.pointers.length);
  const left = code.locals(I32);
  for (const pointer of runs.pointers) emitPointer(code, runs, pointer);
  const { length, stops } = runs.order;
  if (runs.isRange) code.get(RANGE.count);
  else code.int32(length === Number.POSITIVE_INFINITY ? 0 : length);
  code.set(left);
  if (stops) emitUntilStopped(code, runs, left);
  else emitCounted(code, runs, left);
}

/** Emits the address of a pointer for the first run. */
function emitPointer(code: FunctionCode, { order, starts, isRange }: Runs, pointer: Pointer): void {
  const { local, parameter, first, step } = pointer;
  push(code, parameter === undefined ? first : { local: parameter, offset: first });
  if (isRange) {
    code.product(RANGE.first, step);
    code.plain(PLAIN.i32Add);
  }
  if (order.stops && step < 0) {
    // Backwards from the last row visited.
    push(code, at(starts, COUNT));
    code.plain(PLAIN.i32Load);
    code.memory(0, 0);
    code.int32(-1);
    code.plain(PLAIN.i32Add);
    code.int32(-step);
    code.plain(PLAIN.i32Mul);
    code.plain(PLAIN.i32Add);
  }
  code.set(local);
}

function emitCounted(code: FunctionCode, runs: Runs, left: number): void {
  code.plainWith(PLAIN.loop, EMPTY_BLOCK);
  emitPass(code, runs, left);
  code.tee(left);
  code.plainWith(PLAIN.brIf, 0);
  code.plain(PLAIN.end);
}

function emitUntilStopped(code: FunctionCode, runs: Runs, left: number): void {
  code.plainWith(PLAIN.block, EMPTY_BLOCK);
  code.plainWith(PLAIN.loop, EMPTY_BLOCK);
  push(code, at(runs.starts, GOES));
  code.plain(PLAIN.i32Load8);
  code.memory(0, 0);
  code.plain(PLAIN.i32Eqz);
  code.plainWith(PLAIN.brIf, 1);
  if (runs.failure !== undefined) {
    code.get(left);
    code.plain(PLAIN.i32Eqz);
    code.plainWith(PLAIN.if, EMPTY_BLOCK);
    code.plainWith(PLAIN.call, runs.failure);
    code.plain(PLAIN.end);
  }
  emitPass(code, runs, left);
  code.set(left);
  code.plainWith(PLAIN.br, 0);
  code.plain(PLAIN.end);
  code.plain(PLAIN.end);
}

/** Emits the body once; then the number of remaining runs is on the stack. */
function emitPass(code: FunctionCode, { order, starts, pointers, body }: Runs, left: number): void {
  if (body.most === 1) {
    body.emit(left);
    if (order.stops) emitCount(code, at(starts, COUNT), order.reverse);
    for (const { local, step } of pointers) {
      code.get(local);
      code.int32(step);
      code.plain(PLAIN.i32Add);
      code.set(local);
    }
    code.get(left);
    code.int32(1);
    code.plain(PLAIN.i32Sub);
    return;
  }
  const made = code.locals(I32);
  emitLesser(code, body.most, order.length === Number.POSITIVE_INFINITY ? undefined : left);
  code.set(made);
  body.emit(made);
  for (const { local, step } of pointers) {
    code.get(local);
    code.product(made, step);
    code.plain(PLAIN.i32Add);
    code.set(local);
  }
  code.get(left);
  code.get(made);
  code.plain(PLAIN.i32Sub);
}

/** Emits the lesser of a number and the value of a local. */
function emitLesser(code: FunctionCode, most: number, local: number | undefined): void {
  if (local === undefined) {
    code.int32(most);
    return;
  }
  code.get(local);
  code.int32(most);
  code.get(local);
  code.int32(most);
  code.plain(PLAIN.i32LtU);
  code.plain(PLAIN.select);
}

/** Counts the rows visited. */
function emitCount(code: FunctionCode, address: LocalAddress, reverse: boolean): void {
  push(code, address);
  push(code, address);
  code.plain(PLAIN.i32Load);
  code.memory(0, 0);
  code.int32(reverse ? -1 : 1);
  code.plain(PLAIN.i32Add);
  code.plain(PLAIN.i32Store);
  code.memory(0, 0);
}
