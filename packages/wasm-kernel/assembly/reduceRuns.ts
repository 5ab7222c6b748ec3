// Sums, maxima and minima of sequences that consist of runs: the sum of [a, b, c] over its first and last axis takes,
// for each b, a runs of c neighbours. Runs are copied side by side, a block of 512 elements at a time, and a block is
// reduced like any other.

import { combineScalars } from "./operations";
import { reduceOneBlock } from "./reduceSequence";
import { BLOCK, leftPart } from "./summation";

/** Copies the elements first … first + count of a sequence of runs, `step` bytes apart. */
@inline
function gather<T>(
  x: usize,
  out: usize,
  first: usize,
  count: usize,
  length: usize,
  step: usize,
): void {
  if (count == 0) return;
  let run = first / length;
  let place = first - run * length;
  while (count > 0) {
    const taken = min(length - place, count);
    const bytes = taken * sizeof<T>();
    const from = x + run * step + place * sizeof<T>();
    if (bytes >= 64) memory.copy(out, from, bytes);
    else {
      // Elements are copied in a loop, since a call of memory.copy costs more than copying a few.
      for (let offset: usize = 0; offset < bytes; offset += sizeof<T>()) {
        store<T>(out + offset, load<T>(from + offset));
      }
    }
    out += bytes;
    count -= taken;
    place = 0;
    run++;
  }
}

/** Combines the elements first … first + count as a tree of blocks. */
export function reduceGathered<T, O>(
  x: usize,
  scratch: usize,
  first: usize,
  count: usize,
  length: usize,
  step: usize,
): T {
  if (count <= BLOCK) {
    gather<T>(x, scratch, first, count, length, step);
    return reduceOneBlock<T, O>(scratch, count);
  }
  const half = leftPart(count);
  const before = reduceGathered<T, O>(x, scratch, first, half, length, step);
  const after = reduceGathered<T, O>(x, scratch, first + half, count - half, length, step);
  return combineScalars<T, O>(before, after);
}
