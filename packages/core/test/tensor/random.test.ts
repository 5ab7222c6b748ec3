import { afterEach, describe, expect, test } from "vitest";
import { cos_f64, log_f64, sin_f64 } from "../../src/generated/elementary/elementary.ts";
import {
  compile,
  grad,
  normal,
  setRunner,
  stack,
  type Tensor,
  tensor,
  uniform,
  Variable,
  vectorize,
  where,
} from "../../src/index.ts";
import { keysOf, threefry, unit64 } from "../../src/tensor/threefry.ts";
import { expectSameBits } from "../support/opChecks.ts";

afterEach(() => setRunner("wasm"));

describe("the generator", () => {
  // Known answers of Random123 (kat_vectors, threefry2x32 20).
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
    // Seeds beyond 32 bits are not truncated.
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

describe("every way of drawing gives the same bits", () => {
  const seeds = [0, 7, 2 ** 31 - 1, 2 ** 32 + 3, 2 ** 53 - 1];
  const lengths = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 513, 40_001];

  for (const dtype of ["float32", "float64"] as const) {
    test(`uniform and normal in ${dtype}, on both runners and compiled`, () => {
      for (const length of lengths) {
        for (const seed of seeds) {
          const draws = [
            (by: Tensor | number) => uniform([length], { seed: by, low: -0.1, high: 0.7, dtype }),
            (by: Tensor | number) => normal([length], { seed: by, mean: 0.1, dtype }),
          ];
          for (const draw of draws) {
            setRunner("js");
            const expected = draw(seed);
            setRunner("wasm");
            expectSameBits(draw(seed), expected);
            expectSameBits(draw(tensor(seed, { dtype: "float64" })), expected);
            expectSameBits(compile(draw)(seed), expected);
            if (seed < 2 ** 31) expectSameBits(compile(draw)(tensor(seed, whole)), expected);
          }
        }
      }
    });
  }

  test("normal is its definition, element by element", () => {
    for (const length of [1, 2, 5, 64, 511, 513]) {
      const drawn = normal([length], { seed: 3, mean: 0.3, deviation: 1.7, dtype: "float64" });
      drawn.data().forEach((value, i) => {
        const pairs = Math.ceil(length / 2);
        const pair = i % pairs;
        const [key0, key1] = keysOf("test", 3);
        const radius = Math.sqrt(-2 * log_f64(1 - unit64(...threefry(key0, key1, 2 * pair, 0))));
        const angle = 2 * Math.PI * unit64(...threefry(key0, key1, 2 * pair + 1, 0));
        expect(value).toBe(0.3 + 1.7 * radius * (i < pairs ? cos_f64(angle) : sin_f64(angle)));
      });
    }
  });
});

const whole = { dtype: "int32" } as const;

describe("a seed that is a tensor", () => {
  const drop = (x: Tensor, seed: Tensor) =>
    where(uniform(x.shape, { seed }).less(0.5), x.mul(2), 0);
  const x = uniform([50], { seed: 1, low: 1, high: 2 });

  test("gives each run of a compiled step a mask of its own, the same from the same start", () => {
    const start = () => {
      const count = new Variable(tensor(5, whole));
      return compile(() => {
        count.assign(count.value.add(1));
        return drop(x, count.value);
      });
    };
    const [first, second] = [start(), start()];
    for (const seed of [6, 7, 8]) {
      const mask = first();
      expectSameBits(mask, drop(x, tensor(seed, whole)));
      expectSameBits(second(), mask);
    }
    expect(first().data()).not.toEqual(first().data());
  });

  test("is a constant inside compile where it is a number", () => {
    const fixed = compile((y: Tensor) => y.mul(uniform(y.shape, { seed: 3 })));
    expectSameBits(fixed(x), x.mul(uniform([50], { seed: 3 })));
    expectSameBits(fixed(x), fixed(x));
    expect(fixed.program(x).describe()).not.toContain("uniform");
  });

  test("passes gradients by, and has none itself", () => {
    const seed = tensor(4, whole);
    const gradient = (y: Tensor, by: Tensor) => grad((z: Tensor) => drop(z, by).sum())(y);
    const mask = uniform([50], { seed: 4 }).less(0.5);
    expectSameBits(gradient(x, seed), where(mask, tensor(2), 0).broadcastTo([50]));
    expectSameBits(compile(gradient)(x, seed), gradient(x, seed));
    const wrong = grad((by: Tensor) => uniform([2], { seed: by, dtype: "float64" }).sum());
    expect(() => wrong(3)).toThrow("its result is random, and its seed an integer");
  });

  test("may differ from example to example of a batch", () => {
    const many = tensor([3, 1, 4], whole);
    for (const draw of [
      (seed: Tensor) => uniform([2, 3], { seed }),
      (seed: Tensor) => normal([3], { seed, deviation: 2 }),
      (seed: Tensor) => normal([2, 4], { seed, dtype: "float64" }),
    ]) {
      const one = [3, 1, 4].map((seed) => draw(tensor(seed, whole)));
      expectSameBits(vectorize(draw)(many), stack(one));
      expectSameBits(compile(vectorize(draw))(many), stack(one));
    }
  });

  test("is refused where it is no scalar, no integer, or below 0", () => {
    const draw = (seed: Tensor | number) => uniform([2], { seed });
    expect(() => draw(tensor([1, 2], whole))).toThrow(
      "uniform: seed: expected a scalar, got the shape [2]. vectorize draws for several seeds.",
    );
    expect(() => draw(tensor(1))).toThrow(
      'uniform: seed: expected int32 or float64, got float32. Make it with { dtype: "int32" }: float32 cannot count beyond 2^24.',
    );
    for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) {
      const message = `uniform: seed: expected an integer from 0 to 2^53 - 1, got ${seed}.`;
      expect(() => draw(seed)).toThrow(message);
      expect(() => draw(tensor(seed, { dtype: "float64" }))).toThrow(message);
      expect(() => compile(draw)(seed)).toThrow(message);
    }
  });
});
