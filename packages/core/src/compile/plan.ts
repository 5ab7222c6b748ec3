/**
 * The memory plan: where in one arena every value of a program stands, laid out before the run.
 *
 * A value lives from the unit that writes it to the last that reads it; the places of values that
 * do not live together may overlap. Reshapes share the place of their input.
 */

import { BYTES } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import type { Unit } from "./fuse.ts";
import { rootsOf, type Trace, type TraceNode } from "./trace.ts";

/** Places are multiples of this: a cache line. */
const ALIGNMENT = 64;

/** Where values stand. */
export interface Plan {
  /** Bytes from the arena's start, by id; undefined for values that need no place. */
  readonly offsets: readonly (number | undefined)[];
  /** The size of the arena. */
  readonly bytes: number;
}

/** The ids that a unit writes. */
export function writesOf(unit: Unit): readonly number[] {
  return unit.kind === "group" ? unit.writes : [unit.id];
}

/** Whether a unit only gives its input another shape. */
export function isReshape(unit: Unit, trace: Trace): boolean {
  const node = unit.kind === "operation" ? at(trace.nodes, unit.id) : undefined;
  return node?.kind === "operation" && node.op.kernel.kind === "reshape";
}

/**
 * Whether a value keeps its place to itself for the whole run, so that the next run may find it
 * there: arguments and constants, which are often the same again.
 */
export function isKept(node: TraceNode): boolean {
  return node.kind === "argument" || node.kind === "constant";
}

/** Lays out the values of a program. */
export function plan(trace: Trace, units: readonly Unit[]): Plan {
  const { nodes } = trace;
  // A reshape's value is its input's, at the same place.
  const owner = nodes.map((_, id) => id);
  for (const unit of units) {
    if (!isReshape(unit, trace)) continue;
    const [id] = writesOf(unit);
    const [input] = unit.reads;
    if (id !== undefined && input !== undefined) owner[id] = at(owner, input);
  }

  const END = units.length;
  const born = new Map<number, number>();
  const dies = new Map<number, number>();
  const live = (id: number, time: number) => {
    const own = at(owner, id);
    dies.set(own, Math.max(dies.get(own) ?? time, time));
  };
  units.forEach((unit, time) => {
    for (const id of writesOf(unit)) {
      if (at(owner, id) === id) born.set(id, time);
      live(id, time);
    }
    for (const id of unit.reads) {
      // Arguments, Variables and constants are there before the first unit.
      if (!born.has(at(owner, id))) born.set(at(owner, id), -1);
      live(id, time);
    }
  });
  nodes.forEach((node, id) => {
    if (isKept(node) && born.has(id)) live(id, END);
  });
  for (const id of rootsOf(trace)) {
    if (!born.has(at(owner, id))) born.set(at(owner, id), -1);
    live(id, END);
  }

  const space = new Space();
  const places = new Map<number, number>();
  const starts = [...born].sort(([, a], [, b]) => a - b);
  const ends = [...dies].sort(([, a], [, b]) => a - b);
  let ended = 0;
  for (const [id, time] of starts) {
    for (; ended < ends.length && at(at(ends, ended), 1) < time; ended++) {
      const [dead] = at(ends, ended);
      const place = places.get(dead);
      if (place !== undefined) space.free(place, bytesOf(trace, dead));
    }
    places.set(id, space.take(bytesOf(trace, id)));
  }
  return {
    offsets: nodes.map((_, id) => places.get(at(owner, id))),
    bytes: space.bytes,
  };
}

function bytesOf(trace: Trace, id: number): number {
  const { dtype, shape } = at(trace.nodes, id);
  return Math.ceil((BYTES[dtype] * sizeOf(shape)) / ALIGNMENT) * ALIGNMENT;
}

/** Places handed out by first fit; neighbouring gaps become one. */
class Space {
  bytes = 0;
  /** Start and length of each gap, by start. */
  #gaps: { start: number; length: number }[] = [];

  take(length: number): number {
    const gap = this.#gaps.find((candidate) => candidate.length >= length);
    if (gap === undefined || length === 0) {
      const start = this.bytes;
      this.bytes += length;
      return start;
    }
    const { start } = gap;
    gap.start += length;
    gap.length -= length;
    if (gap.length === 0) this.#gaps.splice(this.#gaps.indexOf(gap), 1);
    return start;
  }

  free(start: number, length: number): void {
    if (length === 0) return;
    const after = this.#gaps.findIndex((gap) => gap.start > start);
    const index = after < 0 ? this.#gaps.length : after;
    this.#gaps.splice(index, 0, { start, length });
    this.#join(index);
    this.#join(index - 1);
  }

  /** Joins a gap with the one behind it, if they touch. */
  #join(index: number): void {
    const gap = this.#gaps[index];
    const next = this.#gaps[index + 1];
    if (gap === undefined || next === undefined || gap.start + gap.length !== next.start) return;
    gap.length += next.length;
    this.#gaps.splice(index + 1, 1);
  }
}
