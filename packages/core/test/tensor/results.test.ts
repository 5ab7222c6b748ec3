/**
 * Arrays of small results share blocks of memory, which code outside never gets.
 */

import { expect, test } from "vitest";
import { setRunner, type Tensor, toMessage, uniform } from "../../src/index.ts";
import { BYTES, DTYPES, dtypeOfStorage } from "../../src/tensor/dtype.ts";
import { allocateResult, copyResult } from "../../src/tensor/results.ts";
import { readArray } from "../../src/tensor/tensor.ts";
import { onBoth } from "../support/runners.ts";
import { sampleTests } from "../support/sampling.ts";

sampleTests(3);

const SIZES = [
  0, 1, 8, 9, 15, 16, 17, 20, 33, 64, 65, 100, 1000, 1024, 2048, 2049, 8192, 8193, 1e6,
];

test("are zero, of the dtype and the size, and disjoint from each other", () => {
  const kinds = SIZES.flatMap((size) => DTYPES.map((dtype) => ({ size, dtype })));
  const made = Array.from({ length: 12 }, () =>
    kinds.map(({ size, dtype }) => ({ size, dtype, array: allocateResult(dtype, size) })),
  ).flat();
  const wrong = made.filter(({ size, dtype, array }) => {
    return array.length !== size || dtypeOfStorage(array) !== dtype || array.some((x) => x !== 0);
  });
  expect(wrong).toEqual([]);
  for (const [i, { array }] of made.entries()) array.fill(i % 200);
  expect(made.filter(({ array }, i) => array.some((x) => x !== i % 200))).toEqual([]);
});

test("hold sixteen times their bytes at most", () => {
  for (const dtype of DTYPES) {
    for (const size of SIZES) {
      for (let i = 0; i < 40; i++) {
        const { buffer, byteLength } = allocateResult(dtype, size);
        const least = Math.max(byteLength, BYTES.float64);
        expect(buffer.byteLength).toBeLessThanOrEqual(16 * least);
      }
    }
  }
});

test("are copies of what stands in linear memory", () => {
  for (const size of SIZES) {
    const source = Float32Array.from({ length: size }, (_, i) => i);
    const copy = copyResult("float32", source);
    source.fill(-1);
    expect([copy.length, copy.every((x, i) => x === i)]).toEqual([size, true]);
  }
});

test("stand together, but data() and messages have buffers of their own", () => {
  const x = uniform([50], { seed: 1 });
  const buffers = (own: readonly Tensor[]) => new Set(own.map((t) => readArray(t, "test").buffer));
  for (const runner of ["js", "wasm"] as const) {
    setRunner(runner);
    const results = Array.from({ length: 16 }, (_, i) => x.mul(i + 2));
    expect(buffers(results).size).toBeLessThan(5);
    const [first, second] = results as [Tensor, Tensor];
    const copy = first.data();
    expect(copy.buffer.byteLength).toBe(copy.byteLength);
    const { transfer } = toMessage(first);
    const before = second.toArray();
    structuredClone(transfer, { transfer });
    expect(transfer[0]?.byteLength).toBe(0);
    expect(second.toArray()).toEqual(before);
    expect(first.data()).toEqual(copy);
  }
  const [js, wasm] = onBoth(() => x.mul(3));
  expect(wasm.data()).toEqual(js.data());
});
