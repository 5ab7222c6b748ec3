/**
 * The arrays of results. Small ones are parts of blocks: a separate buffer takes an engine half a microsecond and work
 * of its garbage collector, a part of one a tenth of that.
 *
 * A block lives as long as any of its parts. It has eight parts of the size that it was made for, so a living tensor
 * holds at most a few times its bytes. Parts are never exposed: `data()` copies.
 */

import { type ArrayOf, allocate, arrayIn, BYTES, type DType, type TypedArray } from "./dtype.ts";

/** V8 has the elements of so few bytes in the array itself. */
const INLINE_BYTES = 64;
/** The zeros of a larger block cost more than the buffers. */
const MOST_BYTES = 2 ** 13;
const PARTS = 8;

/** The block that is being filled with parts of at most 2ⁿ bytes, by n; and where it is free. */
const blocks: ArrayBuffer[] = [];
const ends: number[] = [];

/** Returns a zeroed array for a result of an op. @throws ArgumentError where the engine has no memory for it. */
export function allocateResult<D extends DType>(dtype: D, size: number, op?: string): ArrayOf[D] {
  return partFor(dtype, size) ?? allocate(dtype, size, op);
}

/** Returns a copy of elements of linear memory, for a result. */
export function copyResult(dtype: DType, elements: TypedArray): TypedArray {
  const part = partFor(dtype, elements.length);
  if (part === undefined) return elements.slice();
  part.set(elements);
  return part;
}

/** Returns a part of a shared buffer; undefined for sizes that have separate buffers. */
function partFor<D extends DType>(dtype: D, size: number): ArrayOf[D] | undefined {
  if (size > MOST_BYTES) return undefined;
  // Parts begin where elements of every dtype may.
  const bytes = (size * BYTES[dtype] + 7) & ~7;
  if (bytes <= INLINE_BYTES || bytes > MOST_BYTES) return undefined;
  const level = 32 - Math.clz32(bytes - 1);
  let block = blocks[level];
  let start = ends[level] ?? 0;
  if (block === undefined || start + bytes > block.byteLength) {
    block = allocate("bool", PARTS * bytes).buffer;
    blocks[level] = block;
    start = 0;
  }
  ends[level] = start + bytes;
  return arrayIn(block, dtype, start, size);
}
