/**
 * Loops over arrays with some axes reversed.
 */

import { describe, expect, test } from "vitest";
import { reducesAlongOneAxis } from "../../../src/run/program/loop/axes.ts";
import type { Loop, LoopInput } from "../../../src/run/program/loop/loop.ts";
import { allocate, BYTES, type DType } from "../../../src/tensor/dtype.ts";
import { at, sizeOf, stridesOf } from "../../../src/tensor/shape.ts";
import { sampled, sampleTests } from "../../support/sampling.ts";
import {
  Arrays,
  backwards,
  checkBits,
  type Elements,
  emitLoop,
  evaluate,
  expectSame,
  input,
  LENGTHS,
  randomBits,
  randomElements,
  reductionBy,
  repeated,
  step,
  stored,
} from "./support.ts";

sampleTests(3);

const DTYPES_READ = ["float32", "float64", "int32", "bool"] as const;

const SHAPES = [
  ...LENGTHS.map((length) => [length]),
  ...[1, 2, 3, 4, 5, 9, 18].map((rows) => [rows, 3]),
  [2, 3, 5],
  [3, 4, 17],
  [5, 33],
  [1, 9],
  [7, 1],
  [64, 70],
];

/** Returns all choices of at least one axis to reverse. */
function turnsOf(shape: readonly number[]): boolean[][] {
  const all = Array.from({ length: 2 ** shape.length }, (_, bits) =>
    shape.map((_, axis) => ((bits >> axis) & 1) === 1),
  );
  return all.slice(1);
}

for (const [turn, dtype] of (["float32", "float64"] as const).entries()) {
  const arrays = new Arrays();

  describe(`backward arrays in ${dtype}`, () => {
    test.each(DTYPES_READ)("of %s are read beside forward ones, whole and repeated", (own) => {
      const next = randomBits(1);
      for (const shape of sampled(SHAPES, 4, DTYPES_READ.indexOf(own) + turn)) {
        const column = shape.map((length, axis) => (axis === shape.length - 1 ? 1 : length));
        for (const turned of turnsOf(shape)) {
          const whole = (held: DType) => ({ ...repeated(shape, shape), dtype: held });
          const inputs: LoopInput[] = [
            backwards(whole(own), shape, turned),
            whole(dtype),
            backwards({ ...repeated(column, shape), dtype: own }, shape, turned),
            backwards(repeated(shape.slice(-1), shape), shape, turned),
          ];
          const loop: Loop = {
            dtype,
            shape,
            inputs,
            steps: [
              { op: "add", inputs: [input(0), input(1)] },
              { op: "maximum", inputs: [input(2), step(0)] },
              { op: "exp", inputs: [input(2)] },
              { op: "where", inputs: [input(0), input(3), step(2)] },
              { op: "copy", inputs: [input(0)] },
            ],
            outputs: stored(1, 2, 3, 4),
          };
          const data = [
            randomElements(own, sizeOf(shape), next),
            randomElements(dtype, sizeOf(shape), next),
            randomElements(own, sizeOf(column), next),
            randomElements(dtype, at(shape, shape.length - 1), next),
          ];
          checkBits(arrays, loop, data, `[${shape}] turned ${turned}`);
        }
      }
    });

    test("are reduced in the order in which they are walked", () => {
      const next = randomBits(2);
      const numbers = (count: number) =>
        randomElements(dtype, count, next).map((x) => (Math.abs(x) < 1e30 ? x : next() / 2 ** 30));
      const long = [[3, 511], [2, 3 * 2048 + 5], [20_001], [4, 3, 700]];
      for (const shape of sampled([...SHAPES, ...long], 4, turn)) {
        if (shape.includes(0)) continue;
        for (const turned of turnsOf(shape)) {
          for (let axes = 1; axes <= shape.length; axes++) {
            const loop: Loop = {
              dtype,
              shape,
              inputs: [backwards(repeated(shape, shape), shape, turned), repeated(shape, shape)],
              steps: [{ op: "mul", inputs: [input(0), input(1)] }],
              outputs: (["sum", "max", "min"] as const).map((name) => {
                return { step: 0, reduction: reductionBy(name, axes) };
              }),
            };
            const alone = { ...loop, inputs: [at(loop.inputs, 0), at(loop.inputs, 0)] };
            const data = [numbers(sizeOf(shape)), numbers(sizeOf(shape))] as Elements[];
            for (const each of [loop, alone]) {
              if (!reducesAlongOneAxis(each)) continue;
              checkBits(arrays, each, data, `[${shape}] turned ${turned} over ${axes}`);
            }
          }
        }
      }
    });

    test("are walked in tiles where they are transposed, too", () => {
      const next = randomBits(3);
      for (const [rows, columns] of [
        [64, 64],
        [65, 80],
        [97, 66],
      ] as const) {
        const shape = [rows, columns];
        for (const turned of turnsOf(shape)) {
          const transposed = { strides: [1, rows] };
          const loop: Loop = {
            dtype,
            shape,
            inputs: [backwards(transposed, shape, turned), repeated(shape, shape)],
            steps: [{ op: "sub", inputs: [input(0), input(1)] }],
            outputs: [...stored(0), { step: 0, ...backwards(transposed, shape, turned) }],
          };
          const data = [1, 2].map(() => randomElements(dtype, rows * columns, next));
          checkBits(arrays, loop, data, `[${shape}] turned ${turned}`);
        }
      }
    });

    test("are stored, and nothing between their elements", () => {
      const next = randomBits(4);
      for (const shape of sampled(SHAPES, 4, turn)) {
        const spread = { strides: stridesOf(shape).map((stride) => 2 * stride), offset: 3 };
        for (const turned of turnsOf(shape)) {
          const loop: Loop = {
            dtype,
            shape,
            inputs: [repeated(shape, shape), repeated(shape, shape)],
            steps: [
              { op: "add", inputs: [input(0), input(1)] },
              { op: "less", inputs: [input(0), input(1)] },
            ],
            outputs: [0, 1, 0].map((place, i) => ({
              step: place,
              ...(i < 2 && backwards(spread, shape, turned)),
            })),
          };
          const data = [1, 2].map(() => randomElements(dtype, sizeOf(shape), next));
          checkBits(arrays, loop, data, `[${shape}] turned ${turned}`);
        }
      }
    });

    test("may stand at the very ends of memory", () => {
      const { kernel } = arrays;
      const { buffer } = kernel.memory;
      const next = randomBits(5);
      for (const [i, shape] of SHAPES.entries()) {
        if (shape.includes(0)) continue;
        for (const own of sampled(DTYPES_READ, 4, i + turn)) {
          const bytes = sizeOf(shape) * BYTES[own];
          for (const turned of turnsOf(shape)) {
            const held = backwards({ ...repeated(shape, shape), dtype: own }, shape, turned);
            const loop: Loop = {
              dtype,
              shape,
              inputs: [held],
              steps: [{ op: "toNumber", inputs: [input(0)] }],
              outputs: stored(0),
            };
            for (const address of [0, buffer.byteLength - bytes]) {
              // The input is the present contents of the memory, since the bytes at its start must not change.
              const elements = allocate(own, sizeOf(shape));
              const raw = new Uint8Array(elements.buffer);
              raw.set(new Uint8Array(buffer, address, bytes));
              if (own === "bool") elements.set(elements.map((byte) => (byte === 0 ? 0 : 1)));
              const [expected = elements] = evaluate(loop, [elements]);
              for (const builtIn of [false, true]) {
                arrays.reset();
                const out = arrays.place(randomElements(dtype, sizeOf(shape), next));
                if (builtIn) emitLoop(kernel, loop, [address, out])();
                else emitLoop(kernel, loop)(address, out);
                expectSame(arrays.read(out, expected), expected, `[${shape}] turned ${turned}`);
                expect(arrays.guardsHold()).toBe(true);
              }
            }
          }
        }
      }
    });
  });
}
