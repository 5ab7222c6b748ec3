/**
 * Parts of data sets, and standardization.
 */

import * as gd from "@graddiff/core";
import { describe, expect, expectTypeOf, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import fc from "../../../core/test/support/properties.ts";
import * as nn from "../../src/index.ts";

describe("splitData", () => {
  test("gives each example to one part", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.nat(),
        fc.boolean(),
        (counts, shuffle, seed, asShares) => {
          const total = counts.reduce((sum, count) => sum + count, 0);
          const shares = asShares ? counts.map((count) => count / total) : counts;
          // For one example the list of counts is [1], which equals the list of shares.
          const id = gd.arange(total);
          const parts = nn.splitData({ id, row: id.reshape([total, 1]) }, shares, {
            shuffle,
            seed,
          });
          expect(parts.map((part) => part.id.size)).toEqual(counts);
          const all = parts.flatMap((part) => [...part.id.data()]);
          if (!shuffle) expect(all).toEqual([...id.data()]);
          expect(all.sort((a, b) => a - b)).toEqual([...id.data()]);
          for (const part of parts) expect([...part.row.data()]).toEqual([...part.id.data()]);
          const list = [...id.data()];
          expect(nn.splitData(list, shares, { shuffle, seed })).toEqual(
            parts.map((part) => [...part.id.data()]),
          );
        },
      ),
    );
  });

  test("draws the parts, and leaves out what no share has", () => {
    const [a, b] = nn.splitData(gd.arange(100), [0.5, 0.2], { seed: 1 });
    expect([a.size, b.size]).toEqual([50, 20]);
    expect(String(nn.splitData(gd.arange(100), [0.5, 0.2], { seed: 1 })[0])).toBe(String(a));
    expect(String(nn.splitData(gd.arange(100), [0.5, 0.2], { seed: 2 })[0])).not.toBe(String(a));
  });

  test("refuses shares that do not fit", () => {
    const x = gd.arange(10);
    const split = (shares: readonly number[]) => () => nn.splitData(x, shares, { seed: 1 });
    expect(messageOf(split([0.8, 0.3]))).toBe(
      "splitData: shares: expected shares that sum to at most 1, or counts of examples, got [0.8, 0.3].",
    );
    expect(messageOf(split([8, 3]))).toBe(
      "splitData: shares: expected counts that sum to at most the 10 examples of the data, got [8, 3].",
    );
    expect(messageOf(split([0.99, 0.01]))).toBe(
      "splitData: shares: expected shares that give each part at least one of the 10 examples, got [0.99, 0.01].",
    );
    expect(messageOf(split([0.5, 0]))).toBe(
      "splitData: shares[1]: expected a positive number, got 0.",
    );
    expect(messageOf(split([]))).toBe("splitData: shares: expected at least one share, got [].");
    expect(messageOf(split(wrong(0.8)))).toMatch("splitData: shares: expected an array of shares");
    expect(messageOf(() => nn.splitData(x, [1]))).toMatch(
      "splitData: seed: expected an integer from 0 to 2^53 - 1, since the parts are drawn at random, got undefined.",
    );
    expect(messageOf(() => nn.splitData([], [1], { seed: 1 }))).toMatch("at least one example");
    expect(messageOf(() => nn.splitData({ x, y: gd.ones([3]) }, [1], { seed: 1 }))).toBe(
      "splitData: data.y: expected 10 examples along the first axis, as data.x has, got 3.",
    );
  });

  test("has the types of the data and the number of the shares", () => {
    const x = gd.arange(10);
    const [train, rest] = nn.splitData({ x, y: x }, [0.8, 0.2], { seed: 1 });
    expectTypeOf(train).toEqualTypeOf<{ x: gd.Tensor; y: gd.Tensor }>();
    expectTypeOf(rest).toEqualTypeOf(train);
    const [names] = nn.splitData(["a", "b"], [1], { seed: 1 });
    expectTypeOf(names).toEqualTypeOf<string[]>();
    expectTypeOf(nn.splitData(x, [1], { seed: 1 })).toEqualTypeOf<[gd.Tensor]>();
  });
});

describe("standardize", () => {
  test("gives mean 0 and deviation 1, and is undone", () => {
    for (const axes of [0, [0, 2], [1], [0, 1, 2]]) {
      const x = gd.normal([20, 3, 4], { seed: 1, mean: 50, deviation: 3, dtype: "float64" });
      const scaler = nn.standardize(x, { axes });
      const scaled = scaler.apply(x);
      expect(gd.allClose(scaled.mean(axes), gd.zerosLike(x.mean(axes)), { absolute: 1e-12 })).toBe(
        true,
      );
      const deviation = scaled.standardDeviation(axes);
      expect(gd.allClose(deviation, gd.onesLike(deviation), { relative: 1e-12 })).toBe(true);
      expect(gd.allClose(scaler.undo(scaled), x, { relative: 1e-12 })).toBe(true);
    }
  });

  test("has statistics of the shape of an example, to which it can be applied", () => {
    const x = gd.uniform([5, 3, 4], { seed: 1 });
    expect(nn.standardize(x).mean.shape).toEqual([3, 4]);
    expect(nn.standardize(x, { axes: [0, 2] }).mean.shape).toEqual([3, 1]);
    expect(nn.standardize(x, { axes: [0, 1, 2] }).mean.shape).toEqual([]);
    const scaler = nn.standardize(x);
    expect(String(scaler.apply(x).at(2))).toBe(String(scaler.apply(x.at(2))));
  });

  test("leaves constant columns 0, whatever their number and dtype", () => {
    fc.assert(
      fc.property(
        fc.float({ noNaN: true, min: -1000, max: 1000 }),
        fc.constantFrom("float32" as const, "float64" as const),
        fc.integer({ min: 1, max: 50 }),
        (value, dtype, count) => {
          const x = gd.full([count, 2], value * 0.1, { dtype });
          const scaler = nn.standardize(x);
          expect(scaler.deviation.value.toArray()).toEqual([0, 0]);
          const scaled = [...scaler.apply(x).data()];
          expect(scaled.every((each) => each === 0)).toBe(true);
          expect(gd.allClose(scaler.undo(scaler.apply(x)), x)).toBe(true);
        },
      ),
    );
    const nearly = gd.tensor([[1e-9], [3e-9]]);
    expect(gd.allClose(nn.standardize(nearly).apply(nearly), gd.tensor([[-1], [1]]))).toBe(true);
    expect(nn.standardize(nearly, { epsilon: 1e-6 }).apply(nearly).abs().max().item()).toBeLessThan(
      1e-8,
    );
  });

  test("is saved, not trained, compiled and differentiated", () => {
    const x = gd.tensor([
      [1, 5],
      [3, 9],
    ]);
    const scaler = nn.standardize(x);
    expect(gd.variables({ scaler })).toEqual([]);
    const apply = gd.compile((input: gd.Tensor) => scaler.apply(input));
    expect(String(apply(x))).toBe(String(scaler.apply(x)));
    const other = nn.standardize(gd.ones([3, 2]));
    gd.loadState(other, gd.state(scaler));
    expect(String(other.apply(x))).toBe(String(scaler.apply(x)));
    gd.loadState(scaler, gd.state(nn.standardize(x.mul(10))));
    expect(apply(x.mul(10)).toArray()).toEqual([
      [-1, -1],
      [1, 1],
    ]);
    expect(String(gd.grad((input: gd.Tensor) => other.apply(input).sum())(x))).toBe(
      "[[1.  0.5]\n [1.  0.5]]",
    );
    expect(nn.standardize(gd.tensor([[1], [3]], { dtype: "int32" })).mean.dtype).toBe("float32");
  });

  test("refuses what has no statistics, and what does not fit", () => {
    const x = gd.tensor([
      [1, Number.NaN],
      [3, 9],
    ]);
    expect(messageOf(() => nn.standardize(x))).toMatch(
      "standardize: x: expected finite numbers with a finite mean and standard deviation, got statistics with NaN.",
    );
    expect(messageOf(() => nn.standardize(gd.zeros([0, 2])))).toBe(
      "standardize: x: expected at least one element along axis 0, got the shape [0, 2].",
    );
    expect(messageOf(() => nn.standardize(3))).toMatch("standardize: axis: expected no axis");
    const scaler = nn.standardize(gd.ones([4, 3]));
    expect(messageOf(() => scaler.apply(gd.ones([4, 2])))).toBe(
      "Standardization.apply: x: expected a shape to which that of the mean, [3], broadcasts, got [4, 2].",
    );
    expect(messageOf(() => scaler.undo(1))).toMatch("Standardization.undo: x: expected a shape");
    expect(messageOf(() => new nn.Standardization(gd.ones([2]), gd.ones([3])))).toBe(
      "Standardization: deviation: expected the mean's shape [2], got [3].",
    );
    expect(messageOf(() => nn.standardize(x, { epsilon: -1 }))).toMatch("a finite number from 0");
    expect(messageOf(() => gd.compile((a: gd.Tensor) => nn.standardize(a).apply(a))(x))).toMatch(
      /standardize|Variable/,
    );
  });
});
