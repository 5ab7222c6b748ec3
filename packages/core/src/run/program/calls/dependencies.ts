/**
 * The dependencies between calls, computed from the ranges of memory that each call reads and writes. Calls without a
 * dependency may run at the same time or in any order, if each has separate scratch memory. Scratch memory that the
 * calls of an op share is not reused by other calls until the last of them has read it.
 */

import type { Address } from "../../../graph/call.ts";
import { at } from "../../../tensor/shape.ts";
import { isControl, type ProgramCall } from "./call.ts";

/** The access of a call to bytes of a region. */
export interface Range {
  readonly region: number;
  readonly start: number;
  readonly end: number;
  /** The kind of access. Other calls may read the same bytes, or have the same scratch memory. */
  readonly access: Address["access"];
}

/**
 * Regions of a body that share memory, since their arguments do: the region that represents them, and the distance in
 * bytes at which each begins after it. If the distance changes from step to step it is undefined, and the whole region
 * counts as touched.
 */
export type SharedRegions = ReadonlyMap<
  number,
  { readonly region: number; readonly distance: number | undefined }
>;

const NONE: SharedRegions = new Map();

/**
 * Returns the range of an argument; undefined for numbers, for ranges without bytes and, by default, for scratch
 * memory.
 */
function rangeOf(
  call: ProgramCall,
  i: number,
  shared: SharedRegions,
  withScratch = false,
): Range | undefined {
  const { function: callee, arguments: args } = call;
  const argument = at(args, i);
  if (typeof argument === "number") return undefined;
  if (argument.access === "scratch" && !withScratch) return undefined;
  const order = isControl(callee) && callee.order.kind === "repeat" ? callee.order : undefined;
  const { start, end } = extentOf(argument, order?.steps[i] ?? 0, order);
  if (start >= end) return undefined;
  const { access } = argument;
  const { region, distance } = shared.get(argument.region) ?? {
    region: argument.region,
    distance: 0,
  };
  return distance === undefined
    ? { region, start: Number.NEGATIVE_INFINITY, end: Number.POSITIVE_INFINITY, access }
    : { region, start: start + distance, end: end + distance, access };
}

/**
 * Returns the regions of a call's bodies that share memory, for instance if rows are written over rows that are read.
 *
 * @param outer the shared regions of the body in which the call itself is, if it is in one.
 */
export function sharedRegionsOf(call: ProgramCall, outer = NONE): SharedRegions {
  const { function: callee, arguments: args } = call;
  const steps = isControl(callee) && callee.order.kind === "repeat" ? callee.order.steps : [];
  const ranges = args.map((_, i) => rangeOf(call, i, outer));
  /** Returns the start of an argument in the region that its region is bound to. */
  const startOf = (i: number) => {
    const { region, offset } = args[i] as Address;
    return offset + (outer.get(region)?.distance ?? 0);
  };
  const shared = new Map<number, { region: number; distance: number | undefined }>();
  ranges.forEach((range, i) => {
    if (range === undefined) return;
    const over = ranges.slice(0, i).flatMap((other, j) => {
      const touches =
        other?.region === range.region && other.start < range.end && range.start < other.end;
      return touches ? [j] : [];
    });
    const [first] = over;
    if (first === undefined) return;
    const { region, distance } = shared.get(first) ?? { region: first, distance: 0 };
    const isSame = over.every((j) => (shared.get(j)?.region ?? j) === region);
    const moveAlike = over.every((j) => (steps[j] ?? 0) === (steps[i] ?? 0));
    if (isSame && moveAlike && distance !== undefined && Number.isFinite(range.start)) {
      shared.set(i, { region, distance: distance + startOf(i) - startOf(first) });
      return;
    }
    const roots = new Set([region, ...over.map((j) => shared.get(j)?.region ?? j)]);
    for (let k = 0; k <= i; k++) {
      if (k === i || roots.has(shared.get(k)?.region ?? k)) {
        shared.set(k, { region, distance: undefined });
      }
    }
  });
  return shared;
}

/** Returns the ranges that a call touches. @param withScratch true for its scratch memory, too. */
export function rangesOf(call: ProgramCall, shared = NONE, withScratch = false): Range[] {
  return call.arguments.flatMap((_, i) => rangeOf(call, i, shared, withScratch) ?? []);
}

/** Returns the bytes of an argument that a call touches. For a loop it is moved by `step` bytes in each iteration. */
function extentOf(
  { offset, bytes, before = 0 }: Address,
  step: number,
  order: { readonly length: number; readonly stops: boolean } | undefined,
): { readonly start: number; readonly end: number } {
  const [start, end] = [offset - before, offset + bytes];
  if (order === undefined || step === 0) return { start, end };
  const moved = step * (order.length - 1);
  // A loop with a stop condition that walks backwards begins with the last row that exists.
  return step > 0 || order.stops
    ? { start, end: end + Math.abs(moved) }
    : { start: start + moved, end };
}

/**
 * Returns for each call the calls before it that it must wait for, in order. Calls for which these wait are not listed
 * again, unless they touch the same memory.
 *
 * @param shared the regions that share memory, of the calls of a body: {@link sharedRegionsOf} the call that runs it.
 */
export function dependencies(
  calls: readonly ProgramCall[],
  shared = NONE,
): readonly (readonly number[])[] {
  const regions = new Map<number, Memory>();
  return calls.map((call, index) => {
    const waits = new Set<number>();
    for (const range of rangesOf(call, shared, true)) {
      const memory = regions.get(range.region) ?? new Memory();
      regions.set(range.region, memory);
      for (const other of memory.touch(range, index)) if (other !== index) waits.add(other);
    }
    return [...waits].sort((a, b) => a - b);
  });
}

/** An interval of bytes of a region: the last call that wrote them, and the calls that used them since. */
interface Interval {
  readonly start: number;
  readonly end: number;
  readonly writer: number | undefined;
  readonly readers: readonly number[];
  /** The calls that used them as scratch memory. */
  readonly users: readonly number[];
}

/** The accesses to a region so far. */
class Memory {
  /** The intervals in order, without overlaps. */
  readonly #intervals: Interval[] = [];

  /** Notes an access of a call to bytes, and returns the calls that it must wait for. */
  touch({ start, end, access }: Range, call: number): readonly number[] {
    const first = this.#firstBehind(start);
    const waits: number[] = [];
    /** Returns an interval for bytes that the call reads, or uses as scratch memory. */
    const used = (
      from: number,
      to: number,
      { writer, readers, users }: Omit<Interval, "start" | "end">,
    ): Interval =>
      access === "read"
        ? { start: from, end: to, writer, readers: [...readers, call], users }
        : { start: from, end: to, writer, readers, users: [...users, call] };
    /** The intervals that replace the touched ones, in order. */
    const intervals: Interval[] = [];
    let rest: Interval | undefined;
    let free = start;
    let next = first;
    for (; next < this.#intervals.length; next++) {
      const interval = at(this.#intervals, next);
      if (interval.start >= end) break;
      if (interval.start < start) intervals.push({ ...interval, end: start });
      if (interval.end > end) rest = { ...interval, start: end };
      if (interval.writer !== undefined) waits.push(interval.writer);
      if (access !== "read") waits.push(...interval.readers);
      if (access !== "scratch") waits.push(...interval.users);
      if (access === "write") continue;
      const from = Math.max(start, interval.start);
      if (free < from) intervals.push(used(free, from, UNTOUCHED));
      free = Math.min(end, interval.end);
      intervals.push(used(from, free, interval));
    }
    if (access === "write") intervals.push({ ...UNTOUCHED, start, end, writer: call });
    else if (free < end) intervals.push(used(free, end, UNTOUCHED));
    if (rest !== undefined) intervals.push(rest);
    this.#intervals.splice(first, next - first, ...intervals);
    return waits;
  }

  /** Returns the index of the first interval that ends after a byte. */
  #firstBehind(start: number): number {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(this.#intervals, middle).end > start) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Bytes that no call has touched. */
const UNTOUCHED = { writer: undefined, readers: [], users: [] };
