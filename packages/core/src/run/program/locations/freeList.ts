/**
 * Allocation of parts of one range of memory by first fit; neighbouring free parts are merged.
 */

/** Offsets are multiples of this many bytes: a cache line. */
const ALIGNMENT = 64;

/** Returns the number of bytes, rounded up to where the next value is aligned. */
export function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

interface Gap {
  start: number;
  length: number;
}

export class FreeList {
  #end = 0;
  #furthest = 0;
  /** The free parts by start; no two touch, and none reaches to the end. */
  readonly #gaps: Gap[] = [];

  /** The end of the last allocation that is in use. */
  get end(): number {
    return this.#end;
  }

  /** The greatest end so far. */
  get furthest(): number {
    return this.#furthest;
  }

  /** Returns the start of `length` bytes that are free. */
  take(length: number): number {
    if (length === 0) return this.#end;
    const index = this.#gaps.findIndex((gap) => gap.length >= length);
    const gap = this.#gaps[index];
    if (gap === undefined) {
      const last = this.#end;
      this.#end += length;
      this.#furthest = Math.max(this.#furthest, this.#end);
      return last;
    }
    const { start } = gap;
    gap.start += length;
    gap.length -= length;
    if (gap.length === 0) this.#gaps.splice(index, 1);
    return start;
  }

  /** Frees an allocation. */
  free(start: number, length: number): void {
    if (length === 0) return;
    const after = this.#gaps.findIndex((gap) => gap.start > start);
    const index = after < 0 ? this.#gaps.length : after;
    this.#gaps.splice(index, 0, { start, length });
    this.#join(index);
    this.#join(index - 1);
    const last = this.#gaps.at(-1);
    if (last === undefined || last.start + last.length < this.#end) return;
    this.#end = last.start;
    this.#gaps.pop();
  }

  /** Merges a free part with the next one, if they touch. */
  #join(index: number): void {
    const gap = this.#gaps[index];
    const next = this.#gaps[index + 1];
    if (gap === undefined || next === undefined || gap.start + gap.length !== next.start) return;
    gap.length += next.length;
    this.#gaps.splice(index + 1, 1);
  }
}
