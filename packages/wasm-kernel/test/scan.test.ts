// Scans along an axis, against plain loops, in both directions, with guards around the results. Sums have an order of
// two levels (assembly/cumulativeSum.ts), which this file computes in plain loops.

import { describe, expect, it } from "vitest";
import { sampled } from "../../core/test/support/sampling.ts";
import { scansKernels } from "../src/index.ts";
import { elementTypes, type FloatArray, firstDifference, Operands } from "./support.ts";

const lengths = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33] as const;
const sizes = [
  ...lengths.map((length) => [1, length, 1] as const),
  ...lengths.map((length) => [9, length, 1] as const),
  ...lengths.map((inner) => [2, 3, inner] as const),
  // The columns are scalars, overlapping vectors, and more than fit into registers.
  ...[2, 6, 10, 13, 15, 16, 17].map((inner) => [2, 5, inner] as const),
  [3, 1, 2],
  [3, 1, 10],
  [4, 1001, 1],
  [1, 3, 20011],
  [1, 6, 20011],
] as const;
/** Lengths around the ends of blocks and superblocks, in every layout of a cumulative sum. */
const longSizes = [
  ...[127, 128, 129, 255, 16384, 16385, 33000].flatMap((length) => [
    [1, length, 1] as const,
    [5, length, 1] as const,
    [1, length, 3] as const,
  ]),
  ...[2, 5, 11, 17, 21].map((inner) => [1, 16600, inner] as const),
  [4, 130, 1],
  [2, 300, 1031],
  [1, 130, 2049],
] as const;

const operations = {
  cumulativeProd: (before: number, x: number) => before * x,
  cumulativeMax: (before: number, x: number) => Math.max(before, x),
  cumulativeMin: (before: number, x: number) => Math.min(before, x),
} as const;
type Name = keyof typeof operations;

describe.each(elementTypes)("scans of $name", (type) => {
  const operands = new Operands(type);
  const exports = { ...operands.kernel.exports, ...operands.kernel.load(scansKernels) };
  const ending = type.name === "float32" ? "f32" : "f64";

  /** Fills an array along an axis: `step` computes each element from the one before, which is 0 for the first. */
  function walk(
    [outer, length, inner]: readonly [number, number, number],
    reverse: boolean,
    { length: count }: FloatArray,
    step: (before: number, place: number, isFirst: boolean) => number,
  ): FloatArray {
    const result = type.make(count);
    for (let row = 0; row < outer * inner; row++) {
      for (let k = 0; k < length; k++) {
        const placeOf = (step: number) =>
          (Math.floor(row / inner) * length + (reverse ? length - 1 - step : step)) * inner +
          (row % inner);
        const place = placeOf(k);
        result[place] = step(k === 0 ? 0 : (result[placeOf(k - 1)] ?? 0), place, k === 0);
      }
    }
    return result;
  }

  it.each(Object.keys(operations) as Name[])("%s has the results of a loop", (name) => {
    for (const size of sampled(sizes, 3, name.length)) {
      for (const kind of ["ordinary", "special"] as const) {
        for (const reverse of [false, true]) {
          const [outer, length, inner] = size;
          operands.reset();
          const { view, copy } = operands.input(outer * length * inner, kind, 1);
          const out = operands.output(copy.length);
          const scan = exports[`${name}_${ending}` as const];
          scan(view.byteOffset, out.byteOffset, outer, length, inner, inner, Number(reverse));
          const expected = walk(size, reverse, copy, (before, place, isFirst) => {
            const element = copy[place] ?? 0;
            return isFirst ? element : operations[name](before, element);
          });
          expect(firstDifference(out, expected), `${size} ${kind} ${reverse}`).toBeUndefined();
          expect(operands.brokenGuard()).toBeUndefined();
        }
      }
    }
  });

  it("cumulativeSum has the results of the order of two levels", () => {
    const turn = elementTypes.indexOf(type);
    for (const size of [...sampled(sizes, 3, turn), ...sampled(longSizes, 4, turn)]) {
      for (const kind of ["ordinary", "special"] as const) {
        for (const reverse of [false, true]) {
          const [outer, length, inner] = size;
          operands.reset();
          const { view, copy } = operands.input(outer * length * inner, kind, 1);
          const out = operands.output(copy.length);
          const scratchBytes = exports.cumulativeSumScratchByteLength();
          const scratch = operands.output(scratchBytes / out.BYTES_PER_ELEMENT).byteOffset;
          const sum = exports[`cumulativeSum_${ending}` as const];
          const addresses = [view.byteOffset, out.byteOffset, scratch] as const;
          sum(...addresses, outer, length, inner, inner, Number(reverse));
          let [top, base, local, k] = [-0, -0, -0, 0];
          const expected = walk(size, reverse, copy, (_before, place, isFirst) => {
            if (isFirst) [top, base, local, k] = [-0, -0, -0, 0];
            else if (k % 128 === 0) [base, local] = [type.round(base + local), -0];
            if (k > 0 && k % 16384 === 0) [top, base] = [type.round(top + base), -0];
            local = type.round(local + (copy[place] ?? 0));
            k++;
            return type.round(type.round(top + base) + local);
          });
          expect(firstDifference(out, expected), `${size} ${kind} ${reverse}`).toBeUndefined();
          expect(operands.brokenGuard()).toBeUndefined();
        }
      }
    }
  });

  it("linearRecurrence has the results of a loop, whatever the first factor is", () => {
    for (const size of sizes) {
      for (const reverse of [false, true]) {
        const [outer, length, inner] = size;
        operands.reset();
        const a = operands.input(outer * length * inner, "special", 1);
        const x = operands.input(outer * length * inner, "ordinary", 2);
        const out = operands.output(x.copy.length);
        const recur = exports[`linearRecurrence_${ending}` as const];
        const addresses = [a.view.byteOffset, x.view.byteOffset, out.byteOffset] as const;
        recur(...addresses, outer, length, inner, inner, Number(reverse));
        const expected = walk(size, reverse, x.copy, (before, place, isFirst) => {
          if (isFirst) return x.copy[place] ?? 0;
          return type.round((a.copy[place] ?? 0) * before) + (x.copy[place] ?? 0);
        });
        expect(firstDifference(out, expected), `${size} ${reverse}`).toBeUndefined();
        expect(operands.brokenGuard()).toBeUndefined();
      }
    }
  });
});
