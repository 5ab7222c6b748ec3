/**
 * Which calls must wait for which, as the lists of calls tell: they need no more than the ranges of memory that each
 * call reads and writes. All others may run side by side, or in any order, if each has scratch memory of its own.
 */

import type { Address } from "../../graph/call.ts";
import { isControl, type ProgramCall } from "./calls.ts";

/** What a call does with bytes of a region. */
export interface Range {
  readonly region: number;
  readonly start: number;
  readonly end: number;
  /** Whether they are only read. */
  readonly isRead: boolean;
}

/** The ranges that a call touches, beside its scratch memory. */
export function rangesOf({ function: callee, arguments: given }: ProgramCall): Range[] {
  const order = isControl(callee) && callee.order.kind === "repeat" ? callee.order : undefined;
  return given.flatMap((argument, i): Range[] => {
    if (typeof argument === "number") return [];
    const { region, access } = argument;
    if (access === "scratch") return [];
    const { start, end } = extentOf(argument, order?.steps[i] ?? 0, order);
    return start < end ? [{ region, start, end, isRead: access === "read" }] : [];
  });
}

/** The bytes that all runs of a body touch, of what each moves on by a step; those of a call by itself. */
function extentOf(
  { offset, bytes, before = 0 }: Address,
  step: number,
  order: { readonly length: number; readonly stops: boolean } | undefined,
): { readonly start: number; readonly end: number } {
  const [start, end] = [offset - before, offset + bytes];
  if (order === undefined || step === 0) return { start, end };
  const moved = step * (order.length - 1);
  // Of a loop that stops, rows that are taken backwards begin with the last of those that there are.
  return step > 0 || order.stops
    ? { start, end: end + Math.abs(moved) }
    : { start: start + moved, end };
}

/**
 * By call: the calls before it that it must wait for, in order. What these wait for is not named again unless it touches
 * the same memory.
 */
export function dependencies(calls: readonly ProgramCall[]): readonly (readonly number[])[] {
  const regions = new Map<number, Memory>();
  return calls.map((call, place) => {
    const waits = new Set<number>();
    for (const range of rangesOf(call)) {
      const memory = regions.get(range.region) ?? new Memory();
      regions.set(range.region, memory);
      for (const other of memory.touch(range, place)) if (other !== place) waits.add(other);
    }
    return [...waits].sort((a, b) => a - b);
  });
}

/** Some bytes of a region: the call that has written them last, and those that have read them since. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly writer: number | undefined;
  readonly readers: readonly number[];
}

/** What has been done with a region. */
class Memory {
  /** In order, none over another. */
  #pieces: readonly Piece[] = [];

  /** Does with bytes what a call does; the calls that have to be over before. */
  touch({ start, end, isRead }: Range, call: number): readonly number[] {
    const waits: number[] = [];
    const pieces: Piece[] = [];
    const inside: Piece[] = [];
    for (const piece of this.#pieces) {
      if (piece.end <= start || piece.start >= end) {
        pieces.push(piece);
        continue;
      }
      if (piece.start < start) pieces.push({ ...piece, end: start });
      if (piece.end > end) pieces.push({ ...piece, start: end });
      inside.push({
        ...piece,
        start: Math.max(start, piece.start),
        end: Math.min(end, piece.end),
      });
    }
    let free = start;
    for (const { writer, readers, ...piece } of inside) {
      if (writer !== undefined) waits.push(writer);
      if (!isRead) waits.push(...readers);
      else {
        if (free < piece.start) pieces.push(untouched(free, piece.start, call));
        pieces.push({ ...piece, writer, readers: [...readers, call] });
        free = piece.end;
      }
    }
    if (isRead && free < end) pieces.push(untouched(free, end, call));
    if (!isRead) pieces.push({ start, end, writer: call, readers: [] });
    this.#pieces = pieces.sort((a, b) => a.start - b.start);
    return waits;
  }
}

/** Bytes that were there before the first call, and that one reads. */
function untouched(start: number, end: number, reader: number): Piece {
  return { start, end, writer: undefined, readers: [reader] };
}
