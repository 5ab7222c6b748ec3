/**
 * The parts that tests of emitted loops share: seeded data, arrays between guards in a kernel's memory, and the
 * reference. The reference applies the ops' scalar functions to one element after the other.
 */

import { createKernel, type KernelHost as Host, type Kernel } from "@graddiff/wasm-kernel";
import { expect } from "vitest";
import type {
  Loop,
  LoopInput,
  LoopOutput,
  LoopReduction,
  Operand,
} from "../../../src/run/program/loop/loop.ts";
import { ModuleCode } from "../../../src/run/wasm/emit/code.ts";
import { encodeLoop } from "../../../src/run/wasm/emit/emit.ts";
import { instantiate, type RunLoop } from "../../../src/run/wasm/emit/module.ts";
import { interpretLoop } from "../../../src/run/wasm/interpret/loop.ts";
import { Views } from "../../../src/run/wasm/interpret/views.ts";
import {
  allocate,
  type DType,
  type FloatDType,
  type TypedArray,
} from "../../../src/tensor/dtype.ts";
import { at, broadcastStrides } from "../../../src/tensor/shape.ts";
import { evaluate } from "../../support/loops.ts";

export type Elements = TypedArray;
export type { FloatDType };

/** Lengths around each end of a vector and of a block, and a large odd one. */
export const LENGTHS = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 1025, 2001] as const;

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

const SPECIALS = [
  ...[0, -0, 1, -1, 0.5, -0.5, 2, Number.NaN, Infinity, -Infinity, 2 ** -149, -(2 ** -130)],
  // Numbers around the ends of int32, and beyond the integers that float32 represents exactly.
  ...[2 ** 31, -(2 ** 31), 2 ** 31 - 1, 2147483646.7, -2147483648.5, -2147483649, 3e9, 2 ** 24 + 1],
];

const SPECIAL_INTEGERS = [0, 1, -1, 2, -(2 ** 31), 2 ** 31 - 1, 2 ** 24 + 1, 65536, 3, -46341];

/** Draws random bit patterns, special values and ordinary numbers, mixed; or bytes 0 and 1. */
export function randomElements(type: DType, length: number, next: () => number): Elements {
  if (type === "bool") return Uint8Array.from({ length }, () => next() & 1);
  if (type === "int32") {
    return Int32Array.from({ length }, () => {
      const choice = next() % 3;
      if (choice === 0) return next();
      return choice === 1 ? (SPECIAL_INTEGERS[next() % SPECIAL_INTEGERS.length] ?? 0) : next() % 9;
    });
  }
  const array = allocate(type, length);
  const words = new Uint32Array(array.buffer);
  for (let i = 0; i < length; i++) {
    const choice = next() % 4;
    if (choice === 0) {
      const perElement = array.BYTES_PER_ELEMENT / 4;
      for (let word = 0; word < perElement; word++) words[i * perElement + word] = next();
    } else if (choice === 1) {
      array[i] = SPECIALS[next() % SPECIALS.length] ?? 0;
    } else {
      array[i] = next() / 2 ** 30 - 2;
    }
  }
  return array;
}

/** Returns an input that is broadcast from its own shape to the loop's. */
export function repeated(own: readonly number[], shape: readonly number[]): LoopInput {
  return { strides: broadcastStrides(own, shape) };
}

/** Returns an input with the same array, but some axes reversed. */
export function backwards(
  given: LoopInput,
  shape: readonly number[],
  turned: readonly boolean[],
): LoopInput {
  const { strides, offset = 0 } = given;
  const turn = (axis: number) => turned[axis] === true && at(shape, axis) > 0;
  return {
    ...given,
    strides: strides.map((stride, axis) => (turn(axis) ? 0 - stride : stride)),
    offset: strides.reduce((sum, stride, axis) => {
      return turn(axis) ? sum + stride * (at(shape, axis) - 1) : sum;
    }, offset),
  };
}

export { evaluate } from "../../support/loops.ts";

export const input = (index: number): Operand => ({ kind: "input", index });
export const step = (index: number): Operand => ({ kind: "step", index });
export const constant = (value: number): Operand => ({ kind: "constant", value });

/** Returns outputs that store the results of steps. */
export const stored = (...steps: number[]): LoopOutput[] => steps.map((place) => ({ step: place }));

/** Returns a reduction over the last `axes` axes of a loop. */
export function reductionBy(name: "sum" | "max" | "min", axes: number): LoopReduction {
  const combine = ({ sum: "add", max: "maximum", min: "minimum" } as const)[name];
  const identity = { sum: 0, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY }[name];
  return { name, combine, identity, axes };
}

/** A loop, and the addresses of its arrays. */
interface PlacedLoop {
  readonly loop: Loop;
  /**
   * The addresses of the arrays in bytes: inputs first, then outputs. Each undefined address becomes an argument of the
   * function, in the same order. Default: all are arguments.
   */
  readonly addresses?: readonly (number | undefined)[];
}

/** Returns functions for loops, in order, from one module. */
export function emitLoops(host: Host, loops: readonly PlacedLoop[]): RunLoop[] {
  const code = new ModuleCode();
  const written = loops.map(({ loop, addresses = [] }) => encodeLoop(loop, addresses, code));
  const { functions } = instantiate(host, code);
  let place = 0;
  return written.map((exists) => (exists ? at(functions, place++) : () => {}));
}

/** Returns the function of one loop, from a separate module. */
export function emitLoop(
  kernel: Kernel,
  loop: Loop,
  addresses: readonly (number | undefined)[] = [],
): RunLoop {
  return at(emitLoops(kernel, [{ loop, addresses }]), 0);
}

const GUARD_BYTES = 64;
const GUARD = 0xa5;

/** Arrays in the memory of one kernel, each between guard bytes, and aligned only to its elements. */
export class Arrays {
  readonly kernel: Kernel = createKernel({ initialPages: 64 });
  readonly #guards: { readonly start: number; readonly end: number }[] = [];

  /** Copies elements to memory, and returns their address. */
  place(elements: Elements): number {
    const before = GUARD_BYTES + elements.BYTES_PER_ELEMENT;
    const start = this.kernel.arena.allocate(before + elements.byteLength + GUARD_BYTES);
    const address = start + before;
    const end = address + elements.byteLength;
    this.#bytes().fill(GUARD, start, end + GUARD_BYTES);
    this.#guards.push({ start, end: address }, { start: end, end: end + GUARD_BYTES });
    this.write(address, elements);
    return address;
  }

  write(address: number, elements: Elements): void {
    const { buffer, byteOffset, byteLength } = elements;
    this.#bytes().set(new Uint8Array(buffer, byteOffset, byteLength), address);
  }

  /** Returns a copy of the elements at an address, with the type and length of `like`. */
  read<E extends Elements>(address: number, like: E): E {
    const copy = like.slice() as E;
    new Uint8Array(copy.buffer).set(this.#bytes().subarray(address, address + copy.byteLength));
    return copy;
  }

  /** True if no guard byte was overwritten. */
  guardsHold(): boolean {
    const bytes = this.#bytes();
    return this.#guards.every(({ start, end }) =>
      bytes.subarray(start, end).every((byte) => byte === GUARD),
    );
  }

  /** Releases all arrays. */
  reset(): void {
    this.#guards.length = 0;
    this.kernel.arena.reset();
  }

  #bytes(): Uint8Array {
    return new Uint8Array(this.kernel.memory.buffer);
  }
}

type RunOnce = (kernel: Kernel, loop: Loop, addresses: readonly number[]) => void;

const WAYS: readonly (readonly [string, RunOnce])[] = [
  ["with addresses built in", (kernel, loop, addresses) => emitLoop(kernel, loop, addresses)()],
  [
    "with addresses as arguments",
    (kernel, loop, addresses) => emitLoop(kernel, loop)(...addresses),
  ],
  [
    "driven",
    (kernel, loop, addresses) => {
      const room = { address: kernel.arena.allocate(ROOM_BYTES), bytes: ROOM_BYTES };
      interpretLoop(loop, { host: kernel, room }, new Views(kernel.memory))(addresses);
    },
  ],
  [
    "driven without the module",
    (kernel, loop, addresses) =>
      interpretLoop(loop, { host: kernel, room: undefined }, new Views(kernel.memory))(addresses),
  ],
];

const ROOM_BYTES = 2 ** 17;

/**
 * Runs a loop and compares every output with the reference, bit for bit (all NaN are equal). The loop is emitted with
 * addresses as arguments and as constants. JavaScript also interprets it, with the functions of the module and without.
 */
export function checkBits(
  arrays: Arrays,
  loop: Loop,
  inputs: readonly Elements[],
  label = "",
): void {
  const expected = evaluate(loop, inputs);
  for (const [way, run] of WAYS) {
    arrays.reset();
    const sources = inputs.map((elements) => arrays.place(elements));
    const targets = expected.map((elements) => arrays.place(elements.slice().fill(7)));
    run(arrays.kernel, loop, [...sources, ...targets]);
    const where = `${label} ${way}`;
    expected.forEach((elements, i) => {
      expectSame(arrays.read(at(targets, i), elements), elements, `${where}, output ${i}`);
    });
    inputs.forEach((elements, i) => {
      expectSame(arrays.read(at(sources, i), elements), elements, `${where}, input ${i}`);
    });
    expect(arrays.guardsHold(), `${where}: guards`).toBe(true);
  }
}

/** Expects the same bits. A matcher for every element would take seconds. */
export function expectSame(actual: Elements, expected: Elements, label: string): void {
  for (let i = 0; i < expected.length; i++) {
    if (!Object.is(actual[i], expected[i])) {
      expect.fail(`${label}, element ${i}: expected ${expected[i]}, got ${actual[i]}`);
    }
  }
}
