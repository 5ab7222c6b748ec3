/**
 * Measures the memory of this process after a garbage collection.
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MEGABYTE = 2 ** 20;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Returns the memory in use after garbage collections. */
export function look(): NodeJS.MemoryUsage {
  // A separate thread releases arrays; the second collection waits for it.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage();
}

/** Returns by how many megabytes heap, arrays and resident memory have grown since a measurement. */
export function grownSince(before: NodeJS.MemoryUsage) {
  const after = look();
  return {
    heap: (after.heapUsed - before.heapUsed) / MEGABYTE,
    arrays: (after.arrayBuffers - before.arrayBuffers) / MEGABYTE,
    resident: (after.rss - before.rss) / MEGABYTE,
  };
}
