import { describe, expect, test } from "vitest";
import { normal, uniform } from "../../src/index.ts";
import { threefry } from "../../src/tensor/random.ts";
import { expectSameBits } from "../support/opChecks.ts";

describe("the generator", () => {
  // Known-answer tests of Random123 (kat_vectors, threefry2x32 20).
  test.each([
    [
      [0, 0, 0, 0],
      [0x6b200159, 0x99ba4efe],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x1cb996fc, 0xbb002be7],
    ],
    [
      [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
      [0xc4923a9c, 0x483df7a0],
    ],
  ] as const)("gives the known answers of Threefry-2x32-20", (words, expected) => {
    const [key0, key1, counter0, counter1] = words;
    expect(threefry(key0, key1, counter0, counter1)).toEqual(expected);
  });
});

describe("uniform and normal", () => {
  test("give the same bits for the same seed, others for another", () => {
    expectSameBits(uniform([100], { seed: 3 }), uniform([100], { seed: 3 }));
    expect(uniform([4], { seed: 3 }).data()).not.toEqual(uniform([4], { seed: 4 }).data());
    // Seeds beyond 32 bits are not cut.
    expect(uniform([4], { seed: 2 ** 32 + 3 }).data()).not.toEqual(
      uniform([4], { seed: 3 }).data(),
    );
  });

  test("keep their bits for ever", () => {
    expect(String(uniform([3], { seed: 1 }))).toMatchInlineSnapshot(
      `"[0.70394367 0.05771494 0.01011521]"`,
    );
    expect(normal([3], { seed: 1, dtype: "float64" }).toArray()).toMatchInlineSnapshot(`
      [
        1.4587897283796745,
        0.12769125832944053,
        0.5534835014815548,
      ]
    `);
  });

  test("stay inside their interval, also where rounding would reach its end", () => {
    const narrow = uniform([10_000], { seed: 5, low: 1, high: 1 + 2 ** -20 }).data();
    expect(narrow.every((value) => value >= 1 && value < 1 + 2 ** -20)).toBe(true);
    expect(uniform([2], { seed: 0, low: 2, high: 2 }).toArray()).toEqual([2, 2]);
  });

  test("have the mean and deviation of their distribution", () => {
    const count = 100_000;
    for (const dtype of ["float32", "float64"] as const) {
      const flat = uniform([count], { seed: 11, low: -1, high: 3, dtype });
      expect(Math.abs(flat.mean().item() - 1)).toBeLessThan((4 * 1.155) / Math.sqrt(count));
      const bell = normal([count], { seed: 12, mean: 2, deviation: 3, dtype });
      expect(Math.abs(bell.mean().item() - 2)).toBeLessThan((4 * 3) / Math.sqrt(count));
      const variance = bell.sub(2).square().mean().item();
      expect(Math.abs(variance - 9)).toBeLessThan((4 * 9 * Math.SQRT2) / Math.sqrt(count));
      const within = bell.sub(2).abs().less(3).sum().item() / count;
      expect(Math.abs(within - 0.6827)).toBeLessThan(0.006);
    }
  });
});
