/**
 * Recordings: they take the ops while a transformation (grad, jvp, vectorize, …) is running.
 *
 * Each is a level. A tensor of a level has a value one level down; the bottom level holds plain
 * elements. `apply` passes an op to the newest level among its inputs.
 *
 * Invariant: a recording acts one level down, so transformations nest in any order. It closes when the recorded function
 * returns: its tape is dropped, and an escaped tensor is its plain value. Each recording has its own view of Variables.
 * Assignments write the newest view; a normal return moves them one level down, and a throw drops them.
 */

import { checkFunction, refuseSurplus } from "../arguments.ts";
import { entryAt } from "../tensor/shape.ts";
import { resolve, type Tensor } from "../tensor/tensor.ts";
import type { Cell } from "./cell.ts";
import type { Op } from "./op.ts";
import type { Attributes } from "./types.ts";

let count = 0;

/** The base of all levels. */
export abstract class Recording {
  /** Counts recordings, so that the newest can be recognised. */
  readonly serial: number = count++;
  /** False once the recorded function has returned. */
  open = true;
  /** The reason why values cannot be read inside, for the error; undefined if they can. */
  abstract readonly unreadable: string | undefined;
  /** The values that the recorded code has assigned to cells, seen only inside until it returns. */
  readonly assigned = new Map<Cell, Tensor>();
  /** The values of cells before anything is assigned: the leaves of a gradient. */
  readonly leaves = new Map<Cell, Tensor>();

  /** The method by which elements of its tensors were read as an array, if any were. */
  declare arraysBy?: "toArray" | "data" | "copyTo";

  /** True if ops without an input of this level are recorded, too. */
  readonly recordsConstants: boolean = false;
  /** True if compiled functions run op by op, so that each op is recorded with its source location. */
  declare readonly opensCompiled?: boolean;
  /** True if a watcher sees the ops. */
  declare readonly isDrawn?: boolean;
  /** True if ops are recorded whole that this engine computes in blocks, since another engine divides them itself. */
  declare readonly recordsWhole?: boolean;

  /** Returns the results of an op that has at least one input of this level, or any if `recordsConstants`. */
  abstract apply(op: Op, inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[];

  /** Returns the first of them, which is the only one of nearly all ops. */
  first(op: Op, inputs: readonly Tensor[], attributes: Attributes): Tensor {
    return entryAt(this.apply(op, inputs, attributes), 0);
  }

  /** Returns the value of a cell for the code that runs inside; undefined if an outer recording decides. */
  read(cell: Cell): Tensor | undefined {
    return this.assigned.get(cell) ?? this.leaves.get(cell);
  }

  /** True if a cell was made by the recorded function, or inside of a derivative in it. */
  owns({ value }: Cell): boolean {
    for (let tensor: Tensor | undefined = value; tensor; tensor = resolve(tensor).value) {
      if (resolve(tensor).level === this) return true;
    }
    return false;
  }

  /** Gives a node a name; only levels that are drawn keep it. */
  name(_index: number, _name: string): void {}

  /** The functions to call when the recorded function has returned, such as one that drops saved values. */
  readonly whenClosed = new Set<() => void>();

  /** Drops the values that the recording holds, when the recorded function has returned. */
  close(): void {}

  /** Returns the value of a tensor of this level that is assigned to a cell one level down. */
  abstract lower(tensor: Tensor): Tensor;
}

const stack: Recording[] = [];

/** The newest running recording that takes ops without recorded inputs. */
let takesConstants: Recording | undefined;

/** Runs `body` as a part of the recorded function. */
export function enter<R extends Recording, Result>(
  recording: R,
  body: (recording: R) => Result,
): Result {
  stack.push(recording);
  const outer = takesConstants;
  if (recording.recordsConstants) takesConstants = recording;
  try {
    return body(recording);
  } finally {
    stack.pop();
    takesConstants = outer;
  }
}

/**
 * Runs `body` as the recorded function. On a normal return the assignments to cells move one
 * level down; on a throw they are dropped. Either way the recording closes.
 */
export function record<R extends Recording, Result>(
  recording: R,
  body: (recording: R) => Result,
): Result {
  try {
    const result = enter(recording, body);
    // Either all assignments move or, if one of them cannot be assigned below, none. Assignments to a cell that the
    // recorded function made are dropped, since nobody can read its first value outside.
    const isLocal = (cell: Cell) => recording.unreadable !== undefined && recording.owns(cell);
    const lowered = [...recording.assigned].flatMap(([cell, tensor]) =>
      isLocal(cell) ? [] : [[cell, recording.lower(tensor)] as const],
    );
    for (const [cell, tensor] of lowered) writeCell(cell, tensor);
    return result;
  } finally {
    recording.open = false;
    recording.close();
    for (const callback of recording.whenClosed) callback();
    recording.assigned.clear();
    recording.leaves.clear();
  }
}

/** The number of calls of {@link withoutRecordingConstants} that are running. */
let unrecorded = 0;

/** Returns the newest running recording that takes ops without recorded inputs. */
export function recordingOfConstants(): Recording | undefined {
  return unrecorded > 0 ? undefined : takesConstants;
}

/** Runs `body`; its ops of constants are computed at once, even while a program is recorded. */
export function withoutRecordingConstants<Result>(body: () => Result): Result {
  unrecorded++;
  try {
    return body();
  } finally {
    unrecorded--;
  }
}

/** Returns the recording whose function is running now. */
export function runningRecording(): Recording | undefined {
  return stack.at(-1);
}

/** True where a compiled function is to run op by op: while an outer one is recorded or drawn. */
export function isReplayMeant(): boolean {
  return takesConstants !== undefined || stack.some(({ isDrawn }) => isDrawn === true);
}

/** True if the running code is recorded whole, and not in blocks that depend on its size. */
export function isRecordedWhole(): boolean {
  return stack.some(({ recordsWhole }) => recordsWhole === true);
}

/**
 * Calls a function when the recording that is running now closes, once: `grad`, `compile` and their kin record, and what
 * they have recorded must not outlive them. For classes that keep what they have computed, as layers do.
 *
 * @param callback the same function is called once, however often it is given.
 * @returns whether a recording is running; without one the function is never called.
 * @throws ArgumentError if it is no function.
 * @example
 * ```ts
 * import { grad, whenRecordingCloses } from "@graddiff/core";
 *
 * const closed: string[] = [];
 * const note = () => closed.push("closed");
 * console.log(whenRecordingCloses(note)); // false
 * grad((x) => {
 *   whenRecordingCloses(note);
 *   return x.square();
 * })(3);
 * console.log(closed.length); // 1
 * ```
 */
export function whenRecordingCloses(callback: () => void): boolean {
  refuseSurplus("whenRecordingCloses", 1, arguments);
  checkFunction("whenRecordingCloses", callback, "callback");
  const recording = stack.at(-1);
  recording?.whenClosed.add(callback);
  return recording !== undefined;
}

/** Returns the value of a cell to a caller that keeps it: its elements will not be overwritten. */
export function readCell(cell: Cell): Tensor {
  const tensor = peekCell(cell);
  tensor.unseen = false;
  return tensor;
}

/**
 * Returns the value of a cell as the running code sees it: from the newest recording outwards. It must be used before
 * the cell is assigned again.
 */
export function peekCell(cell: Cell): Tensor {
  return peekFrom(stack.length - 1, cell);
}

/** Returns the value of a cell as the code around a recording sees it. */
export function peekOutside(recording: Recording, cell: Cell): Tensor {
  return peekFrom(stack.lastIndexOf(recording) - 1, cell);
}

function peekFrom(newest: number, cell: Cell): Tensor {
  for (let depth = newest; depth >= 0; depth--) {
    const seen = stack[depth]?.read(cell);
    if (seen !== undefined) return seen;
  }
  return cell.value;
}

/** Returns the tensor that was assigned to a cell last, as the running code sees it, without recording a read. */
export function lastAssigned(cell: Cell): Tensor {
  for (let depth = stack.length - 1; depth >= 0; depth--) {
    const tensor = stack[depth]?.assigned.get(cell);
    if (tensor !== undefined) return tensor;
  }
  return cell.value;
}

/** True if the next assignment to a cell replaces a tensor, instead of hiding it in an inner view. */
export function isReplaced(cell: Cell, tensor: Tensor): boolean {
  const recording = stack.at(-1);
  return (recording === undefined ? cell.value : recording.assigned.get(cell)) === tensor;
}

/** Assigns to a cell, in the newest recording if one is running. */
export function writeCell(cell: Cell, value: Tensor): void {
  const recording = stack.at(-1);
  if (recording === undefined) cell.value = value;
  else recording.assigned.set(cell, value);
}
