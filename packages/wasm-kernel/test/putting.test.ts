// Putting rows into an array at indices, against plain loops, with guards around the results.

import { describe, expect, it } from "vitest";
import { puttingKernels } from "../src/index.ts";
import { elementTypes, firstDifference, Operands, randomBits } from "./support.ts";

const inners = [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 33] as const;

const operations = { putMax: Math.max, putMin: Math.min } as const;
type Name = keyof typeof operations;

describe.each(elementTypes)("rows of $name that are put at indices", (type) => {
  const operands = new Operands(type);
  const exports = { ...operands.kernel.exports, ...operands.kernel.load(puttingKernels) };
  const ending = type.name === "float32" ? "f32" : "f64";
  const { arena, memory } = operands.kernel;

  it.each(Object.keys(operations) as Name[])("%s has the results of a loop", (name) => {
    for (const inner of inners) {
      for (const [groups, outer, length, count] of [
        [1, 1, 3, 5],
        [1, 2, 4, 3],
        [3, 1, 5, 4],
        [1, 1, 3, 0],
      ] as const) {
        operands.reset();
        const address = arena.allocate(4 * groups * count);
        const indices = new Int32Array(memory.buffer, address, groups * count);
        const next = randomBits(inner + count);
        indices.forEach((_, i) => {
          indices[i] = (next() % (2 * length)) - length;
        });
        const places = [...indices];
        const x = operands.input(groups * outer * length * inner, "special", 1);
        const values = operands.input(groups * outer * count * inner, "special", 2);
        const out = operands.output(x.copy.length);
        const place = exports[`${name}_${ending}` as const];
        const given = [x.view.byteOffset, address, values.view.byteOffset, out.byteOffset] as const;
        expect(place(...given, groups, outer, length, count, inner, inner, -length)).toBe(0);
        const expected = x.copy.slice();
        values.copy.forEach((value, i) => {
          const row = Math.floor(i / inner);
          const slab = Math.floor(row / count);
          const index = places[Math.floor(slab / outer) * count + (row % count)] ?? 0;
          const to = (slab * length + (index < 0 ? index + length : index)) * inner + (i % inner);
          expected[to] = operations[name](expected[to] ?? 0, value);
        });
        expect(firstDifference(out, expected), `${[groups, outer, length, count, inner]}`).toBe(
          undefined,
        );
        expect(operands.brokenGuard()).toBeUndefined();
      }
    }
  });

  it("writes nothing where an index does not fit, and tells its index", () => {
    operands.reset();
    const address = arena.allocate(8);
    new Int32Array(memory.buffer, address, 2).set([1, 3]);
    const [x, values] = [operands.input(3, "ordinary", 1), operands.input(2, "ordinary", 2)];
    const out = operands.output(3);
    const before = out.slice();
    const place = exports[`putMax_${ending}` as const];
    const given = [x.view.byteOffset, address, values.view.byteOffset, out.byteOffset] as const;
    expect(place(...given, 1, 1, 3, 2, 1, 1, 0)).toBe(-2);
    expect(out).toEqual(before);
  });
});
