// Linear memory: the alignment of arrays, and growth.

import { KernelMemoryError } from "./errors.ts";
import { type LinearMemory, PAGE_BYTES } from "./webassembly.ts";

/** Arrays start on a multiple of this many bytes: a cache line, four vectors. */
export const ALIGNMENT = 64;

/** The bytes of 65,536 pages, the most that a 32-bit linear memory can have. */
const MAXIMUM_BYTES = 65536 * PAGE_BYTES;

/** Returns `address`, rounded up to a multiple of the alignment. */
export function alignUp(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}

/**
 * Grows memory until it ends at or above `end`; by half if possible, so that growth is rare.
 *
 * @throws KernelMemoryError when memory cannot grow enough; it is then unchanged
 */
export function reserve(memory: LinearMemory, end: number, operation: string): void {
  const present = memory.buffer.byteLength;
  if (end <= present) return;
  if (end <= MAXIMUM_BYTES) {
    const generous = Math.min(MAXIMUM_BYTES, Math.max(end, present * 1.5));
    if (tryGrow(memory, generous - present) || tryGrow(memory, end - present)) return;
  }
  throw new KernelMemoryError(
    `${operation}: memory: expected room for ${end} bytes in all, ` +
      `got ${present} bytes that cannot grow so far. ` +
      "Release what is no longer used, or raise maximumPages.",
  );
}

function tryGrow(memory: LinearMemory, byteLength: number): boolean {
  try {
    memory.grow(Math.ceil(byteLength / PAGE_BYTES));
    return true;
  } catch {
    // A RangeError means that the limit of the memory or of the host is reached. The caller reports it.
    return false;
  }
}
