/**
 * Reductions through the kernel, eager and compiled, have the bits of JavaScript along any axes.
 */

import { afterEach, describe, expect, test } from "vitest";
import { reductionForm } from "../../src/families/reductionForm.ts";
import { compile, setRunner, type Tensor, tensor, uniform } from "../../src/index.ts";
import { workspace } from "../../src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests } from "../support/sampling.ts";

sampleTests(3);

afterEach(() => setRunner("wasm"));

const NAMES = ["sum", "max", "min"] as const;
const DTYPES = ["float32", "float64", "int32"] as const;

/** The lengths after the reduced axis. */
const INNERS = [1, 2, 3, 4, 5, 8, 9, 31, 33, 127, 128, 129, 300] as const;

/** Expects reductions by the kernel, eager and compiled, to have the bits of JavaScript. */
function expectSame(x: Tensor, axes: number[]): void {
  for (const name of NAMES) {
    if (name !== "sum" && axes.some((axis) => x.shape[axis] === 0)) continue;
    setRunner("js");
    const expected = x[name](axes);
    setRunner("wasm");
    expectSameBits(x[name](axes), expected);
    expectSameBits(compile((y: Tensor) => y[name](axes))(x), expected);
  }
}

function drawn(shape: readonly number[], dtype: (typeof DTYPES)[number], seed = 1): Tensor {
  const range = dtype === "int32" ? 2 ** 31 : 2;
  return uniform(shape, { seed, low: -range, high: range, dtype: "float64" }).cast(dtype);
}

// The test comes first, since memory that other tests have grown would grow by more.
test("linear memory stays small, whatever the size of the array", () => {
  const used = () => workspace()?.host.memory.buffer.byteLength ?? 0;
  const before = used();
  const large = tensor(new Float32Array(9_000_000).fill(0.1));
  expect(large.sum().item()).toBeCloseTo(900_000, 0);
  expect(large.reshape([300, 30_000]).sum(0).shape).toEqual([30_000]);
  expect(large.reshape([30, 10, 30_000]).sum([0, 2]).shape).toEqual([10]);
  expect(used() - before).toBeLessThan(40 * 2 ** 20);
});

describe.each(DTYPES)("the reductions of %s", (dtype) => {
  const lengths = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 513];

  test("agree over the middle axis, at lengths around every end", () => {
    let turn = 0;
    for (const outer of [1, 3]) {
      for (const count of [...lengths, 1025]) {
        for (const inner of sampled(INNERS, 6, turn++)) {
          expectSame(drawn([outer, count, inner], dtype), [1]);
        }
      }
    }
  });

  test("agree over axes in two groups, at lengths around every end", () => {
    for (const runs of [1, 2, 5, 33]) {
      for (const length of sampled(lengths, 2, runs)) {
        expectSame(drawn([2, runs, 3, length], dtype), [1, 3]);
        expectSame(drawn([runs, 3, length], dtype), [0, 2]);
      }
    }
  });

  test("agree over many rows, columns and pieces", () => {
    const large = [
      [[70_001], [0]],
      [[40_001, 3], [0]],
      [[40_001, 3], [1]],
      [[1100, 2500], [0]],
      [[2, 1537, 257], [1]],
      [[3, 20_001], [1]],
      [
        [700, 3, 33],
        [0, 2],
      ],
    ];
    for (const [shape = [], axes = []] of sampled(large, 3, DTYPES.indexOf(dtype))) {
      expectSame(drawn(shape, dtype), axes);
    }
  });

  test("agree over axes in three groups, which have no kernel", () => {
    expectSame(drawn([4, 3, 5, 7, 6], dtype), [0, 2, 4]);
    expectSame(drawn([4, 3, 5, 7], dtype), [0, 2]);
  });
});

test("special values reduce as JavaScript's own Math.max, Math.min and + do", () => {
  const values = [0, -0, 1, -1, Infinity, -Infinity, 1e-45, 3.4e38, 1e-39];
  for (const list of [
    values,
    [...values, Number.NaN],
    [0, -0],
    [-0],
    [-1, -0, 0],
    [1, 0, -0],
    [-Infinity],
    [Number.NaN],
  ]) {
    for (const [i, dtype] of (["float32", "float64"] as const).entries()) {
      for (const step of sampled([1, 7], 2, i)) {
        const elements = Array.from(
          { length: 1200 },
          (_, i) => list[(i * step) % list.length] ?? 0,
        );
        const x = tensor(elements, { dtype });
        expectSame(x, [0]);
        expectSame(x.reshape([40, 30]), [0]);
        expectSame(x.reshape([40, 30]), [1]);
        expectSame(x.reshape([4, 30, 10]), [0, 2]);
      }
    }
  }
});

test("the greatest and the least of integers may lie on either side of 0", () => {
  const x = tensor([-5, -3], { dtype: "int32" });
  expect([x.max().item(), x.min().item(), x.neg().min().item()]).toEqual([-3, -5, 3]);
  const ends = tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: "int32" });
  expect([ends.max().item(), ends.min().item()]).toEqual([2 ** 31 - 1, -(2 ** 31)]);
});

test("axes become as few lengths as they can", () => {
  const form = (shape: number[], axes: number[]) => Object.values(reductionForm(shape, axes) ?? {});
  expect(form([2, 3, 4], [1])).toEqual(["axis", 2, 3, 4]);
  expect(form([2, 3, 4, 5], [1, 2])).toEqual(["axis", 2, 12, 5]);
  expect(form([2, 3], [0, 1])).toEqual(["axis", 1, 6, 1]);
  expect(form([2, 1, 3], [0, 2])).toEqual(["axis", 1, 6, 1]);
  expect(form([1, 3], [0])).toEqual(["axis", 3, 1, 1]);
  expect(form([], [])).toEqual(["axis", 1, 1, 1]);
  expect(form([2, 3, 4], [0, 2])).toEqual(["runs", 1, 2, 3, 4]);
  expect(form([6, 2, 3, 4, 5], [1, 3, 4])).toEqual(["runs", 6, 2, 3, 20]);
  expect(form([2, 3, 4, 5], [0, 2])).toEqual([]);
});
