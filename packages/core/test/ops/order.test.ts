/**
 * The order of elements, which one source defines for JavaScript and WebAssembly. It is compared with a sort of
 * indices, on rows at every length where the algorithm changes, with ties, zeros of both signs, NaN and infinities.
 */

import { afterEach, describe, expect, test } from "vitest";
import { argSort, setRunner, sort, type Tensor, tensor, topK } from "../../src/index.ts";
import { threefry } from "../../src/tensor/threefry.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampled, sampleTests, WHOLE } from "../support/sampling.ts";

sampleTests(3);

afterEach(() => setRunner("wasm"));

const SPECIALS = [Number.NaN, -0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;

/** Draws elements from a seed: from a wide range with special values, from a few distinct values, or ordinary ones. */
function elements(dtype: string, length: number, kind: number): number[] {
  return Array.from({ length }, (_, i) => {
    const [word] = threefry(kind, length, i, 0);
    if (dtype === "int32") return kind === 1 ? word % 7 : word | 0;
    if (kind === 0 && word % 11 < SPECIALS.length) return SPECIALS[word % 11] ?? 0;
    if (kind === 1) return (word % 10) / 10;
    return (word / 2 ** 31 - 1) * (kind === 2 ? 1e30 : 1);
  });
}

/** Returns the indices of the elements in order. Equal elements keep their order, and NaN is the greatest. */
function expectedOrder(data: readonly number[], descending: boolean): number[] {
  const rank = (x: number) => (Number.isNaN(x) ? 1 : 0);
  return data
    .map((_, i) => i)
    .sort((i, j) => {
      const [a, b] = [data[i] ?? 0, data[j] ?? 0];
      if (rank(a) + rank(b) > 0) return (rank(a) - rank(b)) * (descending ? -1 : 1) || i - j;
      if (a === b) return i - j;
      return a < b === descending ? 1 : -1;
    });
}

describe.each([false, true])("descending: %s", (descending) => {
  test.each(["float32", "float64", "int32"] as const)(
    "the order of %s is that of a stable sort",
    (dtype) => {
      for (const length of [0, 1, 2, 64, 65, 66, 100, 257, 1000, ...(WHOLE ? [9001] : [2051])]) {
        for (const kind of sampled([0, 1, 2, 3], 3, length)) {
          const x = tensor(elements(dtype, length, kind), { dtype });
          const data = [...x.data()];
          const order = expectedOrder(data, descending);
          const isOrdered = (values: Tensor, k: number) =>
            values.size === k &&
            [...values.data()].every((value, i) => Object.is(value, data[order[i] ?? 0]));
          for (const runner of ["js", "wasm"] as const) {
            setRunner(runner);
            const where = `${length}, kind ${kind}, ${runner}`;
            expect(isOrdered(sort(x, 0, { descending }), length), where).toBe(true);
            expectSameBits(argSort(x, 0, { descending }), tensor(Int32Array.from(order)));
            for (const k of new Set([0, 1, 16, 17, length >> 3, length >> 2, length >> 1])) {
              if (k > length) continue;
              const { values, indices } = topK(x, k, 0, { largest: descending });
              expectSameBits(indices, tensor(Int32Array.from(order.slice(0, k))));
              expect(isOrdered(values, k), `${k} of ${where}`).toBe(true);
            }
          }
        }
      }
    },
  );
});

/** Bit patterns of NaN with both signs and several payloads, of both zeros, and of numbers. */
const WORDS = [0x7fc00000, -0x400000, 0x7f800001, -1, 0, 1 << 31, 0x3f800000, -0x40800000] as const;

/** Draws elements whose keys differ only in the bits of a mask. */
function masked(dtype: "float32" | "int32", length: number, mask: number): Tensor {
  const words = Int32Array.from({ length }, (_, i) => threefry(mask, length, i, 0)[0] & mask);
  if (dtype === "int32") return tensor(words);
  return tensor(new Float32Array(words.buffer));
}

/** Masks of the bits in which keys differ. */
const MASKS = [0x3fffffff, 0x3fff00ff, 0x3f00ffff, 0x3f0000ff, 0x00ffff00, 0] as const;

describe.each([false, true])("of words, descending: %s", (descending) => {
  test("NaN of both signs are equal and the greatest, beside zeros of both signs", () => {
    for (const length of [64, 65, 1000]) {
      const words = Int32Array.from(
        { length },
        (_, i) => WORDS[threefry(1, length, i, 0)[0] & 7] ?? 0,
      );
      const x = tensor(new Float32Array(words.buffer));
      const data = [...x.data()];
      const order = expectedOrder(data, descending);
      for (const runner of ["js", "wasm"] as const) {
        setRunner(runner);
        expectSameBits(argSort(x, 0, { descending }), tensor(Int32Array.from(order)));
        const expected = order.map((i) => data[i]);
        expect([...sort(x, 0, { descending }).data()]).toEqual(expected);
      }
    }
  });

  test.each(["float32", "int32"] as const)(
    "a digit that all keys of %s share moves nothing, also where halves of keys are counted",
    (dtype) => {
      for (const length of [65, 2 ** 17]) {
        for (const mask of sampled(MASKS, 4, 2 * Number(descending) + Number(dtype === "int32"))) {
          const x = masked(dtype, length, mask);
          const data = x.data();
          const expected = data.slice().sort();
          if (descending) expected.reverse();
          for (const runner of ["js", "wasm"] as const) {
            setRunner(runner);
            const sorted = sort(x, 0, { descending }).data();
            const places = argSort(x, 0, { descending }).data();
            const where = `${length}, mask ${mask}, ${runner}`;
            expect(
              sorted.every((value, i) => value === expected[i]),
              where,
            ).toBe(true);
            const isStable = places.every((place, i) => {
              if (data[place] !== expected[i]) return false;
              return i === 0 || expected[i] !== expected[i - 1] || (places[i - 1] ?? 0) < place;
            });
            expect(isStable, where).toBe(true);
          }
        }
      }
    },
  );
});
