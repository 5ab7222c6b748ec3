/**
 * Offsets of values that live for a time: those that do not live together may overlap.
 *
 * The largest ones are placed first, each as low as it fits beside those that live while it does: "greedy by size" of
 * Y. Pisarchyk and J. Lee, Efficient Memory Management for Deep Neural Net Inference, 2020. First fit in order of time
 * leaves gaps into which a later, large value does not fit.
 */

import { at, numberAt } from "../../../tensor/shape.ts";
import { FreeList } from "./freeList.ts";

/** The size of a value in bytes, with its first and its last time. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/**
 * The number of values above which they are placed in order of time: comparing all pairs would dominate the compile
 * time.
 */
const MOST = 1000;

/** The addresses of values. */
interface Offsets {
  readonly offsets: readonly number[];
  /** The bytes of all values together. */
  readonly bytes: number;
}

/** Returns the better of two placements. @param lives in the order in which they begin. */
export function offsetsOf(lives: readonly Lifetime[]): Offsets {
  const byTime = offsetsByTime(lives);
  if (lives.length > MOST) return byTime;
  const bySize = offsetsBySize(lives);
  return bySize.bytes < byTime.bytes ? bySize : byTime;
}

function offsetsBySize(lives: readonly Lifetime[]): Offsets {
  const order = lives.map((_, i) => i);
  order.sort((i, j) => at(lives, j).bytes - at(lives, i).bytes || i - j);
  const offsets = new Array<number>(lives.length).fill(0);
  /** By offset. */
  const placed: number[] = [];
  let end = 0;
  for (const i of order) {
    const { bytes, from, to } = at(lives, i);
    let offset = 0;
    for (const other of placed) {
      const life = at(lives, other);
      if (life.from > to || life.to < from) continue;
      const start = numberAt(offsets, other);
      if (start - offset >= bytes) break;
      offset = Math.max(offset, start + life.bytes);
    }
    offsets[i] = offset;
    end = Math.max(end, offset + bytes);
    const position = placed.findIndex((other) => numberAt(offsets, other) > offset);
    placed.splice(position < 0 ? placed.length : position, 0, i);
  }
  return { offsets, bytes: end };
}

function offsetsByTime(lives: readonly Lifetime[]): Offsets {
  const space = new FreeList();
  const ends = lives.map((_, i) => i).sort((i, j) => at(lives, i).to - at(lives, j).to);
  const offsets: number[] = [];
  let ended = 0;
  for (const { bytes, from } of lives) {
    for (; ended < ends.length; ended++) {
      const dead = numberAt(ends, ended);
      if (at(lives, dead).to >= from) break;
      space.free(numberAt(offsets, dead), at(lives, dead).bytes);
    }
    offsets.push(space.take(bytes));
  }
  return { offsets, bytes: space.furthest };
}
