import { describe, expect, test } from "vitest";
import type { Loop, LoopOutput } from "../../../src/run/program/loop/loop.ts";
import { sizeOf } from "../../../src/tensor/shape.ts";
import { sampled, sampleTests } from "../../support/sampling.ts";
import {
  Arrays,
  checkBits,
  constant,
  type FloatDType,
  input,
  randomBits,
  randomElements,
  reductionBy,
  repeated,
  step,
  stored,
} from "./support.ts";

sampleTests(3);

/** Lengths around each end of a vector, of a loop of four vectors, and of a block of the summation order. */
const LENGTHS = [
  1,
  2,
  3,
  4,
  5,
  7,
  8,
  9,
  15,
  16,
  17,
  31,
  33,
  511,
  512,
  513,
  1023,
  1024,
  1025,
  1541,
  2048,
  3 * 2048,
  20_001,
] as const;

const reduction =
  (name: "sum" | "max" | "min") =>
  (place: number, axes = 1): LoopOutput => ({ step: place, reduction: reductionBy(name, axes) });
const [sum, max, min] = [reduction("sum"), reduction("max"), reduction("min")];

/** Returns a loop of x · y and more steps, `count` steps in all. */
function groupOf(
  dtype: FloatDType,
  shape: readonly number[],
  y: readonly number[],
  count: number,
  outputs: LoopOutput[],
): Loop {
  return {
    dtype,
    shape,
    inputs: [repeated(shape, shape), repeated(y, shape)],
    steps: Array.from({ length: count }, (_, i) =>
      i === 0
        ? { op: "mul", inputs: [input(0), input(1)] }
        : { op: "add", inputs: [step(i - 1), constant(i)] },
    ),
    outputs,
  };
}

for (const [turn, dtype] of (["float32", "float64"] as const).entries()) {
  const arrays = new Arrays();
  const next = randomBits(1);
  /** The numbers are not NaN or huge, since those would hide the order of a sum. */
  const numbers = (count: number) =>
    randomElements(dtype, count, next).map((x) => (Math.abs(x) < 1e30 ? x : next() / 2 ** 30));

  describe(`sums at the end of a loop have the bits of the JavaScript runner in ${dtype}`, () => {
    test.each([1, 6])("of every length, over all axes, in a loop of %d steps", (count) => {
      for (const length of sampled(LENGTHS, 3, count + turn)) {
        const loop = groupOf(dtype, [length], [length], count, [sum(count - 1)]);
        checkBits(arrays, loop, [numbers(length), numbers(length)], `length ${length}`);
      }
    });

    test.each([1, 6])("of rows of every length, in a loop of %d steps", (count) => {
      for (const [i, length] of LENGTHS.slice(0, -2).entries()) {
        for (const y of sampled([[3, length], [3, 1], [length], []], 4, i + count + turn)) {
          const loop = groupOf(dtype, [3, length], y, count, [sum(count - 1)]);
          const data = [numbers(3 * length), numbers(sizeOf(y))];
          checkBits(arrays, loop, data, `rows of ${length} with ${y}`);
        }
      }
    });

    test.each(LENGTHS.slice(0, -1))("beside other sums and stored steps, length %d", (length) => {
      for (const count of sampled([2, 7], 2, LENGTHS.indexOf(length) + turn)) {
        const outputs = [sum(0), ...stored(count - 1), sum(count - 1), ...stored(0), sum(1)];
        const loop = groupOf(dtype, [2, length], [length], count, outputs);
        checkBits(arrays, loop, [numbers(2 * length), numbers(length)]);
      }
    });

    test("over several axes, which are one in memory", () => {
      for (const [shape, summedAxes] of [
        [[4, 5, 6], 2],
        [[4, 5, 6], 3],
        [[2, 3, 8, 70], 2],
        [[2, 3, 1, 1], 2],
        [[1, 1], 2],
        [[3, 1, 9], 1],
        [[1, 9, 1], 2],
      ] as const) {
        const y = shape.map((length, axis) => (axis < shape.length - summedAxes ? length : 1));
        const loop = groupOf(dtype, shape, y, 2, [sum(1, summedAxes)]);
        checkBits(arrays, loop, [numbers(sizeOf(shape)), numbers(sizeOf(y))], `${shape}`);
      }
    });

    test("of what does not change along the axis, of constants, −0, NaN and Infinity", () => {
      for (const length of sampled(LENGTHS, 3, turn)) {
        const loop: Loop = {
          dtype,
          shape: [2, length],
          inputs: [repeated([2, 1], [2, length]), repeated([2, length], [2, length])],
          steps: [
            { op: "exp", inputs: [input(0)] },
            { op: "toNumber", inputs: [constant(-0)] },
            { op: "neg", inputs: [input(1)] },
          ],
          outputs: [sum(0), sum(1), sum(2)],
        };
        const data = [numbers(2), randomElements(dtype, 2 * length, next)];
        checkBits(arrays, loop, data, `length ${length}`);
      }
    });

    test("greatest and least elements, with NaN, −0 and Infinity, beside sums", () => {
      for (const [i, length] of sampled([...LENGTHS.slice(0, -1).entries()], 2, turn)) {
        for (const count of sampled([2, 6], 2, i >> 1)) {
          const outputs = [max(0), sum(0), min(count - 1), max(count - 1), ...stored(0)];
          const loop = groupOf(dtype, [2, length], [length], count, outputs);
          checkBits(arrays, loop, [numbers(2 * length), numbers(length)], `length ${length}`);
          const signs = numbers(2 * length).map((x) => (x > 0 ? 0 : -0));
          const ones = numbers(length).fill(1);
          checkBits(arrays, loop, [signs, ones], `zeros, length ${length}`);
          const wild = randomElements(dtype, 2 * length, next);
          checkBits(arrays, loop, [wild, ones], `any bits, length ${length}`);
        }
      }
    });

    test("nothing is computed where there are no results", () => {
      checkBits(arrays, groupOf(dtype, [0, 5], [5], 1, [sum(0)]), [numbers(0), numbers(5)]);
    });
  });
}

describe("a sum that cannot be emitted says why", () => {
  const base = groupOf("float32", [4, 6], [6], 1, []);
  const emit = (change: Partial<Loop>) => () =>
    checkBits(new Arrays(), { ...base, ...change }, [new Float32Array(24), new Float32Array(6)]);

  test.each([
    [
      "of truth values",
      { steps: [{ op: "less", inputs: [input(0), input(1)] }], outputs: [sum(0)] },
      "encodeLoop: outputs: expected a sum of numbers, got a sum of boolean values.",
    ],
    [
      "over other axes than the first sum",
      { outputs: [sum(0), sum(0, 2)] },
      "encodeLoop: axes: expected the same for all reductions, 1, got 2.",
    ],
    [
      "over more axes than there are",
      { outputs: [sum(0, 3)] },
      "encodeLoop: axes: expected axes with elements, got 3 axes of [4,6].",
    ],
    [
      "over axes without elements",
      { shape: [4, 0], outputs: [sum(0)] },
      "encodeLoop: axes: expected axes with elements, got 1 axes of [4,0].",
    ],
    [
      "over axes that an input does not walk as one",
      { outputs: [sum(0, 2)] },
      "encodeLoop: axes: expected axes that every array walks as one, got 2 axes of [4,6].",
    ],
  ] as const)("%s", (_name, change, message) => {
    expect(emit(change)).toThrow(message);
  });
});
