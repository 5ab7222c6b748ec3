// The arena: a stack allocator for linear memory. Addresses are allocated upwards, and released together.
//
//   0            base                       top                 end of memory
//   | static data | allocation | allocation | free …            | grows as needed
//   | and scratch | (each starts on a multiple of 64 bytes)     |
//
// An address stays valid until it is released. A view does not: growth gives the memory a new
// buffer, and every view of the old one becomes empty. So views are made when they are needed.

import { KernelArgumentError } from "./errors.ts";
import { ALIGNMENT, alignUp, reserve } from "./memory.ts";
import type { LinearMemory } from "./webassembly.ts";

/** A position of an arena, from `mark()`, to go back to with `release(mark)`. */
export type ArenaMark = number;

export class Arena {
  readonly #memory: LinearMemory;
  readonly #base: number;
  #top: number;

  constructor(memory: LinearMemory, base: number) {
    this.#memory = memory;
    this.#base = alignUp(base);
    this.#top = this.#base;
    reserve(memory, this.#base, "createKernel");
  }

  /** The memory that the addresses are in. */
  get memory(): LinearMemory {
    return this.#memory;
  }

  /** Bytes in use above the base, alignment included. */
  get usedBytes(): number {
    return this.#top - this.#base;
  }

  /**
   * Reserves memory and returns its address, a multiple of 64. The bytes are not cleared. Memory grows if necessary,
   * and then every older view is empty: make views afterwards.
   *
   * @param byteLength whole bytes, 0 or more
   * @throws KernelArgumentError when `byteLength` is not a whole number, 0 or more
   * @throws KernelMemoryError when memory cannot grow enough; the arena is then unchanged
   *
   * @example
   * const { arena } = createKernel();
   * const address = arena.allocate(3 * Float32Array.BYTES_PER_ELEMENT);
   * address % 64; // 0
   * arena.float32(address, 3).set([1, 2, 3]);
   */
  allocate(byteLength: number): number {
    if (!Number.isSafeInteger(byteLength) || byteLength < 0) {
      const expected = "a whole number of bytes, 0 or more";
      throw new KernelArgumentError("allocate", "byteLength", expected, String(byteLength));
    }
    const address = this.#top;
    const top = alignUp(address + byteLength);
    reserve(this.#memory, top, "allocate");
    this.#top = top;
    return address;
  }

  /**
   * Returns the present end of the arena.
   *
   * @example
   * const { arena } = createKernel();
   * const mark = arena.mark();
   * const temporary = arena.allocate(1024);
   * arena.release(mark);
   * arena.allocate(1024) === temporary; // true
   */
  mark(): ArenaMark {
    return this.#top;
  }

  /**
   * Releases all that was allocated since `mark`. Memory does not shrink.
   *
   * @throws KernelArgumentError when `mark` is not a position below the present one
   */
  release(mark: ArenaMark): void {
    const isPosition = mark >= this.#base && mark <= this.#top && mark % ALIGNMENT === 0;
    if (!isPosition) {
      const expected = `a mark from ${this.#base} to ${this.#top}`;
      const hint = "Release marks in the opposite order of taking them.";
      throw new KernelArgumentError("release", "mark", expected, String(mark), hint);
    }
    this.#top = mark;
  }

  /** Takes back everything. */
  reset(): void {
    this.#top = this.#base;
  }

  /**
   * Returns a float32 view of `length` elements at `address`, valid until memory grows.
   *
   * @throws KernelArgumentError when the elements are not in memory, or are not aligned
   */
  float32(address: number, length: number): Float32Array<ArrayBuffer> {
    this.#checkRange("float32", address, length, Float32Array.BYTES_PER_ELEMENT);
    return new Float32Array(this.#memory.buffer, address, length);
  }

  /**
   * Returns a float64 view of `length` elements at `address`, valid until memory grows.
   *
   * @throws KernelArgumentError when the elements are not in memory, or are not aligned
   */
  float64(address: number, length: number): Float64Array<ArrayBuffer> {
    this.#checkRange("float64", address, length, Float64Array.BYTES_PER_ELEMENT);
    return new Float64Array(this.#memory.buffer, address, length);
  }

  #checkRange(operation: string, address: number, length: number, elementBytes: number): void {
    if (!Number.isSafeInteger(length) || length < 0) {
      const expected = "a whole number of elements, 0 or more";
      throw new KernelArgumentError(operation, "length", expected, String(length));
    }
    if (!Number.isSafeInteger(address) || address < 0 || address % elementBytes !== 0) {
      const expected = `a multiple of ${elementBytes} bytes`;
      throw new KernelArgumentError(operation, "address", expected, String(address));
    }
    const end = address + length * elementBytes;
    if (end > this.#memory.buffer.byteLength) {
      const expected = `an end within memory (${this.#memory.buffer.byteLength} bytes)`;
      const hint = "Allocate the range first.";
      throw new KernelArgumentError(operation, "address", expected, String(end), hint);
    }
  }
}
