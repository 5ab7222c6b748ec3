// Random numbers, compared with the generator written with 64-bit integers.

import { describe, expect, it } from "vitest";
import { elementTypes, firstDifference, Operands } from "./support.ts";

const ROTATIONS = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
const MASK = 0xffffffffn;

/** Returns Threefry-2x32-20, as in the paper. */
function threefry(key: readonly [number, number], counter: number): [number, number] {
  const [k0, k1] = key.map((word) => BigInt(word >>> 0)) as [bigint, bigint];
  const keys = [k0, k1, 0x1bd11bdan ^ k0 ^ k1];
  let x0 = (BigInt(counter >>> 0) + k0) & MASK;
  let x1 = k1;
  for (let round = 0; round < 20; round++) {
    const bits = ROTATIONS[round % 8] ?? 0n;
    x0 = (x0 + x1) & MASK;
    x1 = (((x1 << bits) | (x1 >> (32n - bits))) & MASK) ^ x0;
    if (round % 4 < 3) continue;
    const group = (round + 1) / 4;
    x0 = (x0 + (keys[group % 3] ?? 0n)) & MASK;
    x1 = (x1 + (keys[(group + 1) % 3] ?? 0n) + BigInt(group)) & MASK;
  }
  return [Number(x0), Number(x1)];
}

it("the reference gives the known answers of Random123", () => {
  expect(threefry([0, 0], 0)).toEqual([0x6b200159, 0x99ba4efe]);
});

describe.each(elementTypes)("uniform numbers of $name", (type) => {
  const operands = new Operands(type);
  const ending = type.name === "float32" ? "f32" : "f64";
  const run = operands.kernel.exports[`uniform_${ending}` as const];

  /** Allocates memory for seeds, and returns a view of it. */
  function seedsAt<Seeds>(
    bytes: number,
    array: new (buffer: ArrayBufferLike, address: number, length: number) => Seeds,
    length = 2,
  ): Seeds {
    const { memory, arena } = operands.kernel;
    return new array(memory.buffer, arena.allocate(bytes), length);
  }

  it("of seeds that are int32 are those of the same ones as float64", () => {
    operands.reset();
    const [whole, wide] = [seedsAt(8, Int32Array), seedsAt(16, Float64Array)];
    whole.set([5, 2 ** 31 - 1]);
    wide.set([...whole]);
    const [first, second] = [operands.output(14), operands.output(14)];
    expect(run(whole.byteOffset, 2, first.byteOffset, 7, 0, 1, 0, 1, 1)).toBe(0);
    expect(run(wide.byteOffset, 2, second.byteOffset, 7, 0, 1, 0, 1, 0)).toBe(0);
    expect(firstDifference(first, second)).toBeUndefined();
  });

  it("of what is no seed are not written, and its index is told", () => {
    for (const wrong of [-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
      operands.reset();
      const seeds = seedsAt(16, Float64Array);
      seeds.set([3, wrong]);
      const out = operands.output(6);
      const before = out.slice();
      expect(run(seeds.byteOffset, 2, out.byteOffset, 3, 0, 1, 0, 1, 0)).toBe(-2);
      expect(firstDifference(out, before)).toBeUndefined();
    }
  });

  function element(key: readonly [number, number], counter: number, low: number, high: number) {
    const [upper, lower] = threefry(key, counter);
    const scale = high - low;
    const value =
      type.name === "float32"
        ? Math.fround(low + Math.fround(Math.fround(scale) * ((upper >>> 8) / 2 ** 24)))
        : low + scale * (((upper >>> 5) * 2 ** 26 + (lower >>> 6)) / 2 ** 53);
    return type.round(value < high ? value : low);
  }

  it.each([
    [0, 1],
    [-3, 5],
    [0.1, 0.7],
    [1, 1 + 2 ** -20],
    [2, 2],
    [-1e300, 1e300],
  ])("from %f to %f are those of the reference at every length", (low, high) => {
    for (const count of [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 1001]) {
      for (const [first, step] of [
        [0, 1],
        [1, 2],
        [2 ** 32 - 5, 3],
      ] as const) {
        operands.reset();
        const key = [(count * 0x9e3779b9) >>> 0, 2 ** 21 - 1 - count] as const;
        const other = [7, count] as const;
        const seeds = seedsAt(16, Float64Array);
        seeds.set([key, other].map(([lower, upper]) => upper * 2 ** 32 + lower));
        const out = operands.output(2 * count);
        expect(run(seeds.byteOffset, 2, out.byteOffset, count, first, step, low, high, 0)).toBe(0);
        const expected = type.make(2 * count);
        for (let i = 0; i < count; i++) {
          expected[i] = element(key, first + i * step, low, high);
          expected[count + i] = element(other, first + i * step, low, high);
        }
        expect(firstDifference(out, expected), `${count} numbers`).toBeUndefined();
        expect(operands.brokenGuard()).toBeUndefined();
      }
    }
  });
});
