import { describe, expect, test } from "vitest";
import { BLOCK, combineAsTree, laneCount, lanePairs } from "../../src/families/orderOfSums.ts";
import { full, normal, tensor, uniform } from "../../src/index.ts";
import { at } from "../../src/tensor/shape.ts";
import { expectSameBits } from "../support/opChecks.ts";

describe("sums", () => {
  test("of 10,000,000 times 0.1 in float32 are right within 1e-6", () => {
    const total = full([10_000_000], 0.1).sum().item();
    expect(Math.abs(total / 1e6 - 1)).toBeLessThan(1e-6);
  });

  test("keep their order of summation for ever, whatever the layout", () => {
    const x = uniform([1500, 3], { seed: 1 });
    expectSameBits(x.sum(0), x.transpose().sum(1));
    expectSameBits(x.sum(), x.reshape([4500]).sum());
    expect(x.sum().item()).toMatchInlineSnapshot(`2272.440185546875`);
    expect(uniform([5000], { seed: 2, dtype: "float64" }).sum().item()).toMatchInlineSnapshot(
      `2483.702563652312`,
    );
  });

  test("agree with the order written out for 600 float32 numbers", () => {
    const values = uniform([600], { seed: 3 }).data();
    const round = Math.fround;
    const block = (start: number, end: number) => {
      const lanes = new Float32Array(16);
      for (let i = start; i < end; i++) {
        const lane = (i - start) % 16;
        lanes[lane] = round((lanes[lane] ?? 0) + (values[i] ?? 0));
      }
      const at = (i: number) => lanes[i] ?? 0;
      const l = [0, 1, 2, 3].map((i) =>
        round(round(at(i) + at(4 + i)) + round(at(8 + i) + at(12 + i))),
      );
      const [a = 0, b = 0, c = 0, d = 0] = l;
      return round(round(a + b) + round(c + d));
    };
    const expected = round(block(0, 512) + block(512, 600));
    expect(tensor(values).sum().item()).toBe(expected);
  });

  test.each(["float32", "float64"] as const)(
    "of the kernel in %s have the order that is stated",
    (dtype) => {
      const round = dtype === "float32" ? Math.fround : Number;
      const add = (a: number, b: number) => round(a + b);
      const lanes = laneCount(dtype);
      for (const length of [33, 511, 512, 513, 1025, 3 * BLOCK, 5 * BLOCK + 7, 7 * BLOCK, 40_001]) {
        const x = normal([length], { seed: length, dtype });
        const values = x.data();
        const parts = Array.from({ length: Math.ceil(length / BLOCK) }, (_, block) => {
          const sums = new Array<number>(lanes).fill(0);
          values.slice(block * BLOCK, (block + 1) * BLOCK).forEach((value, i) => {
            sums[i % lanes] = add(at(sums, i % lanes), value);
          });
          for (const { into, from } of lanePairs(dtype))
            sums[into] = add(at(sums, into), at(sums, from));
          return at(sums, 0);
        });
        expect(x.sum().item()).toBe(combineAsTree(parts, add));
      }
    },
  );

  test("of blocks have the tree whose left part is the largest power of two below the whole", () => {
    const fromAbove = (parts: readonly string[]): string => {
      if (parts.length < 2) return parts.join();
      const half = 2 ** Math.floor(Math.log2(parts.length - 1));
      return `(${fromAbove(parts.slice(0, half))}+${fromAbove(parts.slice(half))})`;
    };
    for (let count = 1; count <= 70; count++) {
      const parts = Array.from({ length: count }, (_, i) => String(i));
      expect(combineAsTree(parts, (a, b) => `(${a}+${b})`)).toBe(fromAbove(parts));
    }
    expect(combineAsTree([], () => 0)).toBeUndefined();
  });

  test("handle any choice of axes", () => {
    const x = uniform([2, 3, 4, 5], { seed: 4, dtype: "float64" });
    const byHand = Array.from(x.data()).reduce((total, value) => total + value, 0);
    for (const axes of [
      [0, 1, 2, 3],
      [0, 2],
      [1, 3],
      [0, 3],
    ]) {
      expect(x.sum(axes).sum().item()).toBeCloseTo(byHand, 10);
    }
    expect(x.sum([1, 3]).shape).toEqual([2, 4]);
    expect(x.sum([]).data()).toEqual(x.data());
  });
});

describe("matrix products", () => {
  test("are the plain sum in order, rounded after every step", () => {
    const x = uniform([3, 50], { seed: 5, low: -1 });
    const y = uniform([50, 2], { seed: 6, low: -1 });
    const expected = [0, 1, 2].map((i) =>
      [0, 1].map((j) => {
        let sum = 0;
        for (let k = 0; k < 50; k++) {
          const product = Math.fround((x.data()[i * 50 + k] ?? 0) * (y.data()[k * 2 + j] ?? 0));
          sum = Math.fround(sum + product);
        }
        return sum;
      }),
    );
    expect(x.matmul(y).toArray()).toEqual(expected);
  });

  test("stay accurate over a long inner axis, by chunks of 4096", () => {
    const length = 1_000_000;
    const total = full([1, length], 0.1)
      .matmul(full([length, 1], 1))
      .item();
    expect(Math.abs(total / 100_000 - 1)).toBeLessThan(1e-4);
  });

  test("broadcast stacks and take vectors on either side", () => {
    const matrices = uniform([2, 1, 3, 4], { seed: 7 });
    expect(matrices.matmul(uniform([5, 4, 2], { seed: 8 })).shape).toEqual([2, 5, 3, 2]);
    expect(matrices.matmul(uniform([4], { seed: 9 })).shape).toEqual([2, 1, 3]);
    expect(uniform([3], { seed: 9 }).matmul(matrices).shape).toEqual([2, 1, 4]);
    expect(
      tensor([1, 2, 3])
        .matmul(tensor([4, 5, 6]))
        .item(),
    ).toBe(32);
    const whole = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: "int32" },
    );
    expect(whole.matmul(whole).toArray()).toEqual([
      [7, 10],
      [15, 22],
    ]);
  });
});
