// Copying rows at indices, and adding rows at indices, against plain loops.

import { describe, expect, it } from "vitest";
import { elementTypes, type FloatArray, firstDifference, Operands, randomBits } from "./support.ts";

const counts = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33] as const;
const inners = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 257] as const;

describe.each(elementTypes)("rows of $name", (type) => {
  const operands = new Operands(type);
  const { exports, arena, memory } = operands.kernel;
  const ending = type.name === "float32" ? "f32" : "f64";
  const bytes = type.make(1).BYTES_PER_ELEMENT;

  /** Returns indices in memory, from −length up to, but without, length. */
  function indicesOf(count: number, length: number): Int32Array {
    const address = arena.allocate(4 * count);
    const next = randomBits(count + length);
    const indices = new Int32Array(memory.buffer, address, count);
    for (let i = 0; i < count; i++) indices[i] = (next() % (2 * length)) - length;
    return indices;
  }

  interface Sizes {
    readonly groups: number;
    readonly outer: number;
    readonly length: number;
    readonly count: number;
    readonly inner: number;
  }

  /** Calls `each` for every element with its indices in the long and in the short array. */
  function walk(
    { groups, outer, length, count, inner }: Sizes,
    indices: Int32Array,
    each: (long: number, short: number) => void,
  ): void {
    for (let slab = 0; slab < groups * outer; slab++) {
      for (let j = 0; j < count; j++) {
        const index = indices[Math.floor(slab / outer) * count + j] ?? 0;
        const row = slab * length + (index < 0 ? index + length : index);
        for (let i = 0; i < inner; i++) each(row * inner + i, (slab * count + j) * inner + i);
      }
    }
  }

  function check(sizes: Sizes): void {
    const { groups, outer, length, count, inner } = sizes;
    const what = JSON.stringify(sizes);
    operands.reset();
    const indices = indicesOf(groups * count, length);
    const long = operands.input(groups * outer * length * inner, "ordinary", 1);
    const short = operands.input(groups * outer * count * inner, "ordinary", 2);
    const gathered = operands.output(short.copy.length);
    const scattered = operands.output(long.copy.length);
    const numbers = [groups, outer, length, count] as const;
    const place = (array: FloatArray | Int32Array) => array.byteOffset;
    const [at, from, to] = [place(indices), place(long.view), place(gathered)];
    expect(exports.gather(from, at, to, ...numbers, inner * bytes, -length), what).toBe(0);
    const scatterAdd = exports[`scatterAdd_${ending}` as const];
    const [source, target] = [place(short.view), place(scattered)];
    expect(scatterAdd(source, at, target, ...numbers, inner, inner, -length), what).toBe(0);

    const expected = { gathered: type.make(gathered.length), added: type.make(scattered.length) };
    walk(sizes, indices, (a, b) => {
      expected.gathered[b] = long.copy[a] ?? 0;
      expected.added[a] = (expected.added[a] ?? 0) + (short.copy[b] ?? 0);
    });
    expect(firstDifference(gathered, expected.gathered), what).toBeUndefined();
    expect(firstDifference(scattered, expected.added), what).toBeUndefined();
    expect(operands.brokenGuard(), what).toBeUndefined();
  }

  it("are copied and added at every length", () => {
    for (const count of counts) {
      for (const inner of inners) {
        check({ groups: 1, outer: 1, length: 5, count, inner });
        check({ groups: 2, outer: 3, length: 4, count, inner });
      }
    }
    check({ groups: 1, outer: 1, length: 1009, count: 10_007, inner: 3 });
    check({ groups: 3, outer: 1, length: 1009, count: 1, inner: 1 });
  });

  it("stay as they are where an index does not fit, whose index is told", () => {
    for (const wrong of [3, -4, 2 ** 31 - 1, -(2 ** 31)]) {
      operands.reset();
      const indices = indicesOf(7, 3);
      indices[5] = wrong;
      const { view } = operands.input(21, "ordinary", 1);
      const out = operands.output(21);
      const before = out.slice();
      const addresses = [view.byteOffset, indices.byteOffset, out.byteOffset] as const;
      const numbers = [1, 1, 3, 7] as const;
      expect(exports.gather(...addresses, ...numbers, 3 * bytes, -3)).toBe(-6);
      const scatterAdd = exports[`scatterAdd_${ending}` as const];
      expect(scatterAdd(...addresses, ...numbers, 3, 3, -3)).toBe(-6);
      indices.set([0, 1, 2, -1, 2, 0, 0]);
      expect(exports.gather(...addresses, ...numbers, 3 * bytes, 0)).toBe(-4);
      expect(firstDifference(out, before)).toBeUndefined();
      expect(operands.brokenGuard()).toBeUndefined();
    }
  });
});
