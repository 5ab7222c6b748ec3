/**
 * The summation order of cumulative sums, which is the same on every runner. This file computes its two levels in plain
 * loops.
 */

import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  cumulativeSum,
  full,
  grad,
  logCumulativeSumExp,
  setRunner,
  type Tensor,
  tensor,
  uniform,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { driven } from "../support/withoutCompiling.ts";

sampleTests(4);

afterEach(() => setRunner("wasm"));

type NumberDType = "float32" | "float64" | "int32";

const ROUND: Record<NumberDType, (value: number) => number> = {
  float32: Math.fround,
  float64: (value) => value,
  int32: (value) => value | 0,
};

/** Returns parts of `size` elements; the last one has the rest. */
function partsOf<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let i = 0; i < all.length; i += size) parts.push(all.slice(i, i + size));
  return parts;
}

/** Returns all partial sums of the terms, rounded after every addition. The sum of no terms is −0. */
function runningSums(terms: readonly number[], round: (value: number) => number): number[] {
  let sum = -0;
  return terms.map((term) => {
    sum = round(sum + term);
    return sum;
  });
}

/** Returns for each part the sum of all earlier parts. */
function before(sums: readonly number[], round: (value: number) => number): number[] {
  return [-0, ...runningSums(sums, round)].slice(0, sums.length);
}

const last = (numbers: readonly number[]) => numbers.at(-1) ?? -0;

/** Returns cumulative sums as (top + base) + local, in blocks of 128 elements and superblocks of 128 blocks. */
function twoLevels(values: readonly number[], round: (value: number) => number): number[] {
  const locals = partsOf(values, 128).map((block) => runningSums(block, round));
  const superblocks = partsOf(locals.map(last), 128);
  const bases = superblocks.map((sums) => before(sums, round));
  const tops = before(
    superblocks.map((sums) => last(runningSums(sums, round))),
    round,
  );
  return locals.flatMap((block, b) => {
    const s = Math.floor(b / 128);
    const start = round((tops[s] ?? 0) + (bases[s]?.[b % 128] ?? 0));
    return block.map((local) => round(start + local));
  });
}

/** Returns the cumulative sums of a tensor of outer × length × inner along its middle axis. */
function expectedSums(x: Tensor, dtype: NumberDType, reverse: boolean): Tensor {
  const [outer = 0, length = 0, inner = 0] = x.shape;
  const [data, result] = [x.data(), x.data().slice()];
  for (let row = 0; row < outer * inner; row++) {
    const places = Array.from(
      { length },
      (_, k) => (Math.floor(row / inner) * length + k) * inner + (row % inner),
    );
    if (reverse) places.reverse();
    const sums = twoLevels(
      places.map((place) => data[place] ?? 0),
      ROUND[dtype],
    );
    places.forEach((place, k) => {
      result[place] = sums[k] ?? 0;
    });
  }
  return tensor(result, { dtype }).reshape(x.shape);
}

/** Returns the result by each runner, eager and compiled, with the runner's name. */
function everyWay(fn: (x: Tensor) => Tensor, x: Tensor): [way: string, result: Tensor][] {
  const byWasm = [fn(x), compile(fn)(x), driven((y) => [fn(y)])(x)[0] ?? x] as const;
  setRunner("js");
  const byJs = [fn(x), compile(fn)(x)] as const;
  setRunner("wasm");
  const names = ["eager", "compiled", "driven", "eager in JavaScript", "compiled in JavaScript"];
  return [...byWasm, ...byJs].map((result, i) => [names[i] ?? "", result]);
}

function drawn(shape: readonly number[], dtype: NumberDType): Tensor {
  if (dtype !== "int32") return uniform(shape, { seed: 1, low: -1, high: 1, dtype });
  return uniform(shape, { seed: 1, low: -(2 ** 30), high: 2 ** 30 }).cast("int32");
}

const LENGTHS = [0, 1, 127, 128, 129, 255, 16383, 16384, 16385, 40000] as const;

describe("a cumulative sum has the order of two levels", () => {
  for (const [i, dtype] of (["int32", "float32", "float64"] as const).entries()) {
    test.each(sampled(LENGTHS, 3, i))(
      `of %i elements in ${dtype}, on every way, in both directions`,
      (length) => {
        // The sizes outside and inside of the axis: one row, several rows, narrow columns, and columns as wide as
        // vectors.
        const sizes = [
          [1, 1],
          [5, 1],
          [2, 3],
          [1, 21],
        ] as const;
        for (const [outer, inner] of sampled(sizes, 2, i + LENGTHS.indexOf(length))) {
          const x = drawn([outer, length, inner], dtype);
          for (const reverse of [false, true]) {
            const expected = expectedSums(x, dtype, reverse);
            for (const [, sums] of everyWay((y) => y.cumulativeSum(1, { reverse }), x)) {
              expectSameBits(sums, expected);
            }
          }
        }
      },
    );
  }

  test("which is a plain running sum up to 128 elements", () => {
    const x = uniform([128], { seed: 2, low: -1 });
    const expected = runningSums([...x.data()], Math.fround);
    for (const [, sums] of everyWay((y) => y.cumulativeSum(), x)) {
      expect(sums.toArray()).toEqual(expected);
    }
  });

  test("and so has its gradient, from the other end", () => {
    const w = uniform([1000], { seed: 3, low: -1 });
    const loss = (x: Tensor) => x.cumulativeSum().mul(w).sum();
    for (const [, gradient] of everyWay(grad(loss), uniform([1000], { seed: 4 }))) {
      expectSameBits(gradient, w.cumulativeSum(0, { reverse: true }));
    }
  });
});

test("cumulative sums of 10,000,000 times 0.1 in float32 are right within 1e-5", () => {
  const length = 10_000_000;
  const sums = cumulativeSum(full([length], 0.1)).data();
  const term = Math.fround(0.1);
  let worst = 0;
  for (let k = 0; k < length; k += 101) {
    worst = Math.max(worst, Math.abs((sums[k] ?? 0) / (term * (k + 1)) - 1));
  }
  expect(worst).toBeLessThan(1e-5);
});

test("a cumulative sum is −0 as long as all elements are, however many", () => {
  const zeros = full([20000], -0);
  const later = tensor(Float32Array.from({ length: 300 }, (_, k) => (k === 200 ? 0 : -0)));
  for (const [, sums] of everyWay((x) => x.cumulativeSum(), zeros)) expectSameBits(sums, zeros);
  for (const [, sums] of everyWay((x) => x.cumulativeSum(), later)) {
    expect(sums.data().every((sum, k) => Object.is(sum, k < 200 ? -0 : 0))).toBe(true);
  }
});

test.each([
  ["an infinity", { 300: Infinity }],
  ["infinities of one sign", { 5: -Infinity, 127: -Infinity, 20000: -Infinity }],
  ["infinities of both signs", { 140: Infinity, 17000: -Infinity }],
  ["NaN", { 129: Number.NaN, 30000: Infinity }],
])("after %s a cumulative sum is what the plain running sum is", (_name, places) => {
  const values = uniform([33000], { seed: 5, low: -1 }).data().slice();
  for (const [place, value] of Object.entries(places)) values[Number(place)] = value;
  const plain = runningSums([...values], Math.fround);
  for (const [, sums] of everyWay((x) => x.cumulativeSum(), tensor(values))) {
    const data = sums.data();
    const others = plain.flatMap((own, k) => {
      const sum = data[k] ?? 0;
      return (Number.isFinite(own) && Number.isFinite(sum)) || Object.is(own, sum) ? [] : [k];
    });
    expect(others).toEqual([]);
  }
});

test("logCumulativeSumExp of 1,000,000 float32 numbers is right within the rounding of its result", () => {
  const x = uniform([1_000_000], { seed: 6, low: -5, high: 5 });
  const expected = logCumulativeSumExp(x.cast("float64")).data();
  for (const fn of [logCumulativeSumExp, compile((y: Tensor) => logCumulativeSumExp(y))]) {
    const got = fn(x);
    expect(got.dtype).toBe("float32");
    let worst = 0;
    got.data().forEach((value, k) => {
      worst = Math.max(worst, Math.abs(value - (expected[k] ?? 0)));
    });
    expect(worst).toBeLessThan(3e-6);
  }
});
