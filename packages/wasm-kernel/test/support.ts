// The parts that the kernel tests share: element types, seeded data, guarded arrays, and comparison of bits.

import { createKernel, type Kernel } from "../src/index.ts";

export type FloatArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** An element type: how the reference rounds, and how many lanes a sum has. */
export interface ElementType {
  readonly name: "float32" | "float64";
  readonly round: (value: number) => number;
  readonly lanes: number;
  readonly lanesPerVector: number;
  readonly make: (length: number) => FloatArray;
  readonly view: (kernel: Kernel, address: number, length: number) => FloatArray;
}

export const elementTypes: readonly ElementType[] = [
  {
    name: "float32",
    round: Math.fround,
    lanes: 16,
    lanesPerVector: 4,
    make: (length) => new Float32Array(length),
    view: (kernel, address, length) => kernel.arena.float32(address, length),
  },
  {
    name: "float64",
    round: (value) => value,
    lanes: 8,
    lanesPerVector: 2,
    make: (length) => new Float64Array(length),
    view: (kernel, address, length) => kernel.arena.float64(address, length),
  },
];

/** Lengths around the ends of vectors, groups and blocks, and a large odd one. */
export const lengths = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 1025, 100003] as const;

/** Returns a seeded generator of 32 random bits (Tommy Ettinger's mulberry32). */
export function randomBits(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return (word ^ (word >>> 14)) >>> 0;
  };
}

const specials = [
  0,
  -0,
  1,
  -1,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** -149,
  -(2 ** -149),
  2 ** -126,
];

/**
 * The kind of random test data. `ordinary` numbers are between −2 and 2. `bits` are random bit patterns of all
 * exponents, denormals and NaN included. `special` numbers are ±0, ±1, NaN, infinities and denormals.
 */
export type DataKind = "ordinary" | "bits" | "special";
export const dataKinds: readonly DataKind[] = ["ordinary", "bits", "special"];

export function fill(array: FloatArray, kind: DataKind, seed: number): void {
  const next = randomBits(seed);
  if (kind === "bits") {
    const words = new Uint32Array(array.buffer, array.byteOffset, array.byteLength / 4);
    for (let index = 0; index < words.length; index++) words[index] = next();
    return;
  }
  for (let index = 0; index < array.length; index++) {
    array[index] =
      kind === "special" ? (specials[next() % specials.length] ?? 0) : next() / 2 ** 30 - 2;
  }
}

/** Returns the first difference of two arrays in words, or undefined. All NaN count as one value. */
export function firstDifference(actual: FloatArray, expected: FloatArray): string | undefined {
  if (actual.length !== expected.length) return `length ${actual.length}, not ${expected.length}`;
  for (let index = 0; index < expected.length; index++) {
    if (!Object.is(actual[index], expected[index])) {
      return `element ${index} is ${actual[index]}, not ${expected[index]}`;
    }
  }
  return undefined;
}

const GUARD_BYTES = 64;
const GUARD = 0xa5;

/**
 * The operands of a test in the memory of one kernel, each between guards, at addresses that are aligned only to the
 * element size.
 */
export class Operands {
  readonly kernel: Kernel = createKernel({ initialPages: 1024 });
  readonly #type: ElementType;
  readonly #guarded: { readonly start: number; readonly end: number }[] = [];

  constructor(type: ElementType) {
    this.#type = type;
  }

  /** Allocates `length` elements between guards, filled with guard bytes. */
  output(length: number): FloatArray {
    const elementBytes = this.#type.make(1).BYTES_PER_ELEMENT;
    const before = GUARD_BYTES + elementBytes;
    const byteLength = length * elementBytes;
    const start = this.kernel.arena.allocate(before + byteLength + GUARD_BYTES);
    const bytes = new Uint8Array(
      this.kernel.memory.buffer,
      start,
      before + byteLength + GUARD_BYTES,
    );
    bytes.fill(GUARD);
    this.#guarded.push({ start, end: start + before });
    this.#guarded.push({
      start: start + before + byteLength,
      end: start + before + byteLength + GUARD_BYTES,
    });
    return this.#type.view(this.kernel, start + before, length);
  }

  /** Allocates `length` elements with test data; returns a view, and a copy outside of the memory. */
  input(length: number, kind: DataKind, seed: number): { view: FloatArray; copy: FloatArray } {
    const view = this.output(length);
    fill(view, kind, seed);
    return { view, copy: view.slice() };
  }

  /** Returns the address of the first guard byte that a kernel has overwritten, or undefined. */
  brokenGuard(): string | undefined {
    const bytes = new Uint8Array(this.kernel.memory.buffer);
    for (const { start, end } of this.#guarded) {
      for (let address = start; address < end; address++) {
        if (bytes[address] !== GUARD) return `byte ${address} of guard ${start} to ${end}`;
      }
    }
    return undefined;
  }

  /** Frees all operands, so that the next test can use the memory. */
  reset(): void {
    this.#guarded.length = 0;
    this.kernel.arena.reset();
  }
}
