// Reductions along axes, against a plain loop over each sequence in the library's summation order.

import { describe, expect, it } from "vitest";
import { sampled, sampleTests } from "../../core/test/support/sampling.ts";
import { referenceSum } from "./reference.ts";
import {
  dataKinds,
  type ElementType,
  elementTypes,
  type FloatArray,
  firstDifference,
  Operands,
} from "./support.ts";

sampleTests(3);

const names = ["sum", "max", "min"] as const;
type Name = (typeof names)[number];

/** Returns a sequence reduced to one number. A maximum does not depend on the order. */
function reference(type: ElementType, name: Name, sequence: Float64Array): number {
  if (name === "sum") return referenceSum(type, sequence.length, (i) => sequence[i] ?? 0);
  const combine = Math[name];
  let result = name === "max" ? -Infinity : Infinity;
  for (const x of sequence) result = combine(result, x);
  return result;
}

function expected(
  type: ElementType,
  name: Name,
  x: FloatArray,
  results: number,
  count: number,
  placeOf: (result: number, index: number) => number,
): FloatArray {
  const out = type.make(results);
  const sequence = new Float64Array(count);
  for (let result = 0; result < results; result++) {
    for (let index = 0; index < count; index++) sequence[index] = x[placeOf(result, index)] ?? 0;
    out[result] = reference(type, name, sequence);
  }
  return out;
}

const lengths = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 511, 512, 513, 1537];

describe.each(elementTypes)("reductions of $name", (type) => {
  const operands = new Operands(type);
  const ending = type.name === "float32" ? "f32" : "f64";
  const { exports, reductionScratch } = operands.kernel;

  function checkAxis(name: Name, outer: number, count: number, inner: number): void {
    for (const kind of dataKinds) {
      operands.reset();
      const { view, copy } = operands.input(outer * count * inner, kind, count + inner);
      const out = operands.output(outer * inner);
      const reduce = exports[`${name}Axis_${ending}` as const];
      reduce(view.byteOffset, out.byteOffset, reductionScratch, outer, count, inner, inner);
      const want = expected(type, name, copy, outer * inner, count, (result, index) => {
        const column = result % inner;
        return (((result - column) / inner) * count + index) * inner + column;
      });
      const what = `${name} of ${outer} × ${count} × ${inner}, ${kind}`;
      expect(firstDifference(out, want), what).toBeUndefined();
      expect(operands.brokenGuard(), what).toBeUndefined();
    }
  }

  function checkRuns(name: Name, outer: number, runs: number, kept: number, length: number): void {
    for (const kind of dataKinds) {
      operands.reset();
      const { view, copy } = operands.input(outer * runs * kept * length, kind, runs + length);
      const out = operands.output(outer * kept);
      const reduce = exports[`${name}Runs_${ending}` as const];
      reduce(view.byteOffset, out.byteOffset, reductionScratch, outer, runs, kept, length, kept);
      const want = expected(type, name, copy, outer * kept, runs * length, (result, index) => {
        const k = result % kept;
        const run = ((result - k) / kept) * runs + Math.floor(index / length);
        return (run * kept + k) * length + (index % length);
      });
      const what = `${name} of ${outer} × ${runs} × ${kept} × ${length}, ${kind}`;
      expect(firstDifference(out, want), what).toBeUndefined();
      expect(operands.brokenGuard(), what).toBeUndefined();
    }
  }

  for (const [turn, name] of names.entries()) {
    it(`give the ${name} of rows`, () => {
      for (const count of lengths) {
        for (const rows of sampled([1, 2, 5], 3, turn + count)) checkAxis(name, rows, count, 1);
      }
      checkAxis(name, 1, 100_003, 1);
    });

    it(`give the ${name} of columns`, () => {
      for (const count of lengths) {
        for (const inner of sampled([2, 3, 4, 5, 7, 8, 9, 31, 33], 4, turn + count)) {
          checkAxis(name, 2, count, inner);
        }
      }
      for (const count of [0, 5, 17, 513]) {
        for (const inner of sampled([127, 128, 129, 255, 257, 401], 4, turn + count)) {
          checkAxis(name, 1, count, inner);
        }
      }
      checkAxis(name, 1, 33_335, 3);
      checkAxis(name, 1, 3587, 131);
    });

    it(`give the ${name} of runs`, () => {
      for (const length of [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 513]) {
        for (const runs of sampled([0, 1, 2, 16, 33, 513], 4, turn + length)) {
          checkRuns(name, 2, runs, 3, length);
        }
      }
      checkRuns(name, 1, 401, 2, 257);
    });
  }
});
