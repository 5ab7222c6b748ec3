/**
 * The memory of this process, without garbage.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MEGABYTE = 2 ** 20;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Returns the memory in use, without garbage. */
export function look(): NodeJS.MemoryUsage {
  // Arrays are given back by a thread of their own, for whose work the second collection waits.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage();
}

/** Returns how many megabytes heap, arrays and resident memory have grown by since then. */
export function grownSince(before: NodeJS.MemoryUsage) {
  const after = look();
  return {
    heap: (after.heapUsed - before.heapUsed) / MEGABYTE,
    arrays: (after.arrayBuffers - before.arrayBuffers) / MEGABYTE,
    resident: (after.rss - before.rss) / MEGABYTE,
  };
}
