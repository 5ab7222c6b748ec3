import { describe, expect, test } from "vitest";
import type { Loop } from "../../../src/run/program/loop/loop.ts";
import type { LoopOp } from "../../../src/run/program/loop/loopOps.ts";
import { MAXIMUM_STEPS } from "../../../src/run/wasm/emit/emit.ts";
import { BYTES } from "../../../src/tensor/dtype.ts";
import { at, sizeOf, stridesOf } from "../../../src/tensor/shape.ts";
import { sampled, sampleTests, WHOLE } from "../../support/sampling.ts";
import {
  Arrays,
  checkBits,
  constant,
  emitLoop,
  emitLoops,
  evaluate,
  expectSame,
  type FloatDType,
  input,
  LENGTHS,
  randomBits,
  randomElements,
  repeated,
  step,
  stored,
} from "./support.ts";

sampleTests(4);

const DTYPES: readonly FloatDType[] = ["float32", "float64"];
const DTYPES_READ = ["float32", "float64", "int32", "bool"] as const;

/** Returns a loop that chooses between x and y by (x + y) · exp(y) > 0: a few steps of each kind. */
function groupOf(
  dtype: FloatDType,
  shape: readonly number[],
  x: readonly number[],
  y: readonly number[],
): Loop {
  return {
    dtype,
    shape,
    inputs: [repeated(x, shape), repeated(y, shape)],
    steps: [
      { op: "exp", inputs: [input(1)] },
      { op: "add", inputs: [input(0), input(1)] },
      { op: "mul", inputs: [step(1), step(0)] },
      { op: "greater", inputs: [step(2), constant(0)] },
      { op: "where", inputs: [step(3), input(0), input(1)] },
      { op: "sub", inputs: [step(0), input(1)] },
    ],
    outputs: stored(4, 2, 3, 5),
  };
}

/** Numbers of rows around the lengths of vectors. */
const ROWS = [1, 2, 3, 4, 5, 9, 18] as const;

const SHAPES: readonly (readonly [shape: number[], x: number[], y: number[]])[] = [
  [[], [], []],
  [[1, 1], [1, 1], []],
  [[1001], [1001], []],
  [[1001], [1], [1001]],
  [[5, 33], [5, 33], [33]],
  [
    [5, 33],
    [5, 33],
    [5, 1],
  ],
  [[5, 33], [5, 1], [33]],
  [[5, 33], [], [1, 33]],
  [[1, 33], [33], [1, 1]],
  [[7, 32], [7, 32], [32]],
  [
    [2, 3, 5],
    [2, 3, 5],
    [2, 1, 5],
  ],
  [
    [2, 3, 17],
    [2, 3, 17],
    [3, 1],
  ],
  [
    [2, 3, 17],
    [2, 1, 17],
    [3, 1],
  ],
  [
    [2, 3, 4, 5],
    [2, 3, 4, 5],
    [2, 1, 4, 1],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 5],
    [2, 1, 4, 1],
  ],
  [
    [2, 3, 4, 21],
    [2, 1, 4, 21],
    [3, 1, 21],
  ],
  [
    [3, 1, 2, 19],
    [3, 1, 1, 19],
    [2, 1],
  ],
  [[4, 0, 3], [4, 0, 3], [3]],
  [[0], [], []],
];

for (const dtype of DTYPES) {
  const arrays = new Arrays();

  describe(`broadcasting in ${dtype}`, () => {
    test.each(SHAPES)("over %j of %j and %j", (shape, x, y) => {
      const next = randomBits(shape.length);
      const data = [x, y].map((own) => randomElements(dtype, sizeOf(own), next));
      checkBits(arrays, groupOf(dtype, shape, x, y), data);
    });

    test("narrow matrices with rows and columns, of every number of rows", () => {
      const next = randomBits(3);
      for (let columns = 1; columns <= 17; columns++) {
        for (const rows of sampled(ROWS, 7, columns + DTYPES.indexOf(dtype))) {
          for (const y of [[columns], [rows, 1], [1]]) {
            const shape = [rows, columns];
            const data = [shape, y].map((own) => randomElements(dtype, sizeOf(own), next));
            const label = `${shape} with ${y}`;
            checkBits(arrays, groupOf(dtype, shape, shape, y), data, label);
            checkBits(arrays, groupOf(dtype, [2, ...shape], [2, 1, columns], y), [
              randomElements(dtype, 2 * columns, next),
              at(data, 1),
            ]);
          }
        }
      }
    });

    test("transposed and spread inputs, whose elements lie at a distance", () => {
      const next = randomBits(4);
      for (const [rows, columns] of [
        [3, 5],
        [18, 33],
        [40, 3],
      ] as const) {
        const loop: Loop = {
          dtype,
          shape: [rows, columns],
          inputs: [
            { strides: [1, rows] },
            { strides: [2 * columns, 2] },
            { strides: [1, rows], dtype: "bool" },
          ],
          steps: [
            { op: "add", inputs: [input(0), input(1)] },
            { op: "where", inputs: [input(2), step(0), input(1)] },
          ],
          outputs: stored(1, 0),
        };
        checkBits(arrays, loop, [
          randomElements(dtype, rows * columns, next),
          randomElements(dtype, 2 * rows * columns, next),
          randomElements("bool", rows * columns, next),
        ]);
      }
    });

    test("large transposed inputs, which are walked in tiles and strips beside them", () => {
      const next = randomBits(11);
      const sizes = [
        [63, 64],
        [64, 64],
        [65, 80],
        [96, 79],
        [81, 67],
      ] as const;
      for (const [rows, columns] of sampled(sizes, 3, DTYPES.indexOf(dtype))) {
        for (const shape of [
          [rows, columns],
          [2, rows, columns],
          [rows, 2, columns],
        ]) {
          const contiguous = stridesOf(shape);
          const count = sizeOf(shape);
          const column = shape.map((length, axis) => (axis === shape.length - 1 ? 1 : length));
          const loop: Loop = {
            dtype,
            shape,
            inputs: [
              // The layout of the first input determines the tiles.
              {
                strides: [...contiguous]
                  .reverse()
                  .with(0, 1)
                  .with(-1, count / columns),
                offset: 3,
              },
              { strides: contiguous },
              repeated(column, shape),
              { strides: shape.map((_, axis) => (axis === 0 ? 1 : 0)), dtype: "bool" },
              { strides: shape.map((_, axis) => (axis === 0 ? 1 : rows)), dtype: "float64" },
            ],
            steps: [
              { op: "add", inputs: [input(0), input(1)] },
              { op: "mul", inputs: [step(0), input(2)] },
              { op: "where", inputs: [input(3), step(1), input(4)] },
              { op: "neg", inputs: [input(2)] },
            ],
            outputs: [...stored(2, 3), { step: 0, strides: [...contiguous].map((own) => own * 2) }],
          };
          const data = loop.inputs.map(({ strides, offset = 0, dtype: own = dtype }) => {
            const last = strides.reduce((sum, stride, axis) => {
              return sum + stride * (at(shape, axis) - 1);
            }, offset);
            return randomElements(own, last + 1, next);
          });
          checkBits(arrays, loop, data, `${shape}`);
        }
      }
    });

    test("a condition of bytes that repeats along each axis", () => {
      const next = randomBits(5);
      const shape = [6, 7];
      for (const own of [[], [7], [6, 1], [6, 7]]) {
        const loop: Loop = {
          dtype,
          shape,
          inputs: [{ ...repeated(own, shape), dtype: "bool" }, repeated(shape, shape)],
          steps: [
            { op: "where", inputs: [input(0), input(1), constant(0)] },
            { op: "logicalNot", inputs: [input(0)] },
          ],
          outputs: stored(0, 1),
        };
        checkBits(arrays, loop, [
          randomElements("bool", sizeOf(own), next),
          randomElements(dtype, 42, next),
        ]);
      }
    });
  });

  describe(`placed outputs in ${dtype}`, () => {
    const dtypes = dtype === "float64" ? DTYPES_READ : (["float32", "int32", "bool"] as const);

    test.each(dtypes)("store %s elements at their offsets and nothing between", (own) => {
      const next = randomBits(10);
      const op = { float32: "toFloat32", float64: "toNumber", int32: "toInt32", bool: "toBoolean" }[
        own
      ] as LoopOp;
      const places: readonly (readonly [number[], strides: number[], offset: number])[] = [
        ...LENGTHS.map((length): [number[], number[], number] => [[length], [2], 3]),
        ...LENGTHS.map((length): [number[], number[], number] => [[2, length], [length + 2, 1], 1]),
        [[], [], 4],
        [[5, 3], [1, 5], 0],
        [[5, 33], [99, 3], 2],
        [[2, 3, 4], [30, 1, 6], 7],
        [[1, 9], [0, 1], 5],
      ];
      for (const [shape, strides, offset] of places) {
        const loop: Loop = {
          dtype,
          shape,
          inputs: [{ strides, offset, dtype: own }, repeated(shape, shape)],
          steps: [
            { op: "copy", inputs: [input(0)] },
            { op, inputs: [input(1)] },
          ],
          outputs: [0, 1, 1].map((place, i) => ({
            step: place,
            dtype: own,
            ...(i < 2 && { strides, offset }),
          })),
        };
        const last = shape.reduce((sum, length, axis) => {
          return sum + (length - 1) * (strides[axis] ?? 0);
        }, offset);
        const data = [
          randomElements(own, Math.max(0, last + 1), next),
          randomElements(dtype, sizeOf(shape), next),
        ];
        checkBits(arrays, loop, data, `[${shape}] at [${strides}] from ${offset}`);
      }
    });
  });

  describe(`memory in ${dtype}`, () => {
    test("outputs may be the arrays of inputs", () => {
      const next = randomBits(6);
      for (const shape of [...LENGTHS.map((length) => [length]), [5, 3], [3, 33]]) {
        const loop: Loop = {
          dtype,
          shape,
          inputs: [repeated(shape, shape), repeated(shape, shape), repeated([1], shape)],
          steps: [
            { op: "add", inputs: [input(0), input(1)] },
            { op: "mul", inputs: [step(0), input(2)] },
            { op: "sub", inputs: [input(0), input(1)] },
          ],
          outputs: stored(0, 1, 2),
        };
        const count = sizeOf(shape);
        const x = randomElements(dtype, count, next);
        const y = randomElements(dtype, count, next);
        const scale = randomElements(dtype, 1, next);
        const [sum, product, difference] = evaluate(loop, [x, y, scale]);
        for (const builtIn of [false, true]) {
          arrays.reset();
          const [a, b, c] = [arrays.place(x), arrays.place(y), arrays.place(scale)];
          const out = arrays.place(x);
          const addresses = [a, b, c, b, out, a];
          if (builtIn) emitLoop(arrays.kernel, loop, addresses)();
          else emitLoop(arrays.kernel, loop)(...addresses);
          expectSame(arrays.read(b, x), sum ?? x, "sum");
          expectSame(arrays.read(out, x), product ?? x, "product");
          expectSame(arrays.read(a, x), difference ?? x, "difference");
          expect(arrays.guardsHold()).toBe(true);
        }
      }
    });

    test("nothing is read after the end of an array", () => {
      const { kernel } = arrays;
      const end = kernel.memory.buffer.byteLength;
      const size = dtype === "float32" ? 4 : 8;
      for (const shape of [...LENGTHS.slice(1).map((length) => [length]), [5, 3], [3, 9]]) {
        const bytes = sizeOf(shape) * size;
        for (const own of DTYPES_READ) {
          const loop: Loop = {
            dtype,
            shape,
            inputs: [
              { ...repeated(shape, shape), dtype: own },
              repeated([at(shape, shape.length - 1)], shape),
            ],
            steps: [{ op: "add", inputs: [input(0), input(1)] }],
            outputs: stored(0),
          };
          const x = end - sizeOf(shape) * BYTES[own];
          const y = end - at(shape, shape.length - 1) * size;
          emitLoop(kernel, loop)(x, y, end - 2 * bytes - 64);
          emitLoop(kernel, loop, [x, y, end - 2 * bytes - 64])();
        }
      }
    });

    test("a number in memory may change without emitting again", () => {
      arrays.reset();
      const loop: Loop = {
        dtype,
        shape: [33],
        inputs: [{ strides: [1] }, { strides: [0] }],
        steps: [{ op: "mul", inputs: [input(0), input(1)] }],
        outputs: stored(0),
      };
      const x = randomElements(dtype, 33, randomBits(7));
      const rate = x.slice(0, 1);
      const [a, b, out] = [arrays.place(x), arrays.place(rate), arrays.place(x)];
      const run = emitLoop(arrays.kernel, loop, [undefined, b, out]);
      for (const value of [0.5, -3, Number.NaN]) {
        rate[0] = value;
        arrays.write(b, rate);
        run(a);
        const [expected = x] = evaluate(loop, [x, rate]);
        expectSame(arrays.read(out, x), expected, `times ${value}`);
      }
    });
  });
}

test("the largest loop has the bits of its steps", () => {
  const next = randomBits(8);
  const ops = ["mul", "add", "maximum", "sub"] as const;
  const loop: Loop = {
    dtype: "float32",
    shape: [4, 37],
    inputs: [repeated([4, 37], [4, 37]), repeated([37], [4, 37])],
    steps: Array.from({ length: MAXIMUM_STEPS }, (_, i) => ({
      op: at(ops, i % ops.length),
      inputs: [i === 0 ? input(0) : step(i - 1), i % 3 === 0 ? input(1) : constant(i / 500)],
    })),
    outputs: stored(MAXIMUM_STEPS - 1, 100),
  };
  const data = [148, 37].map((length) => randomElements("float32", length, next));
  checkBits(new Arrays(), loop, data);
});

test.runIf(WHOLE)("modules, emitted and dropped, leave memory flat", () => {
  const count = 1000;
  const arrays = new Arrays();
  const x = arrays.place(new Float32Array(100).fill(1));
  const out = arrays.place(new Float32Array(100));
  const emitMany = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const loop: Loop = {
        dtype: "float32",
        shape: [100],
        inputs: [{ strides: [1] }],
        steps: [
          { op: "mul", inputs: [input(0), constant(i)] },
          { op: "exp", inputs: [step(0)] },
        ],
        outputs: stored(0, 1),
      };
      emitLoop(arrays.kernel, loop, [x, out, x])();
    }
  };
  emitMany(0, count);
  const before = process.memoryUsage();
  emitMany(count, 2 * count);
  const after = process.memoryUsage();
  const megabytes = 2 ** 20;
  expect((after.heapUsed - before.heapUsed) / megabytes).toBeLessThan(32);
  expect((after.rss - before.rss) / megabytes).toBeLessThan(64);
});

test("loops of one module share its imports and keep their own constants and arguments", () => {
  const next = randomBits(9);
  const lengths = [5, 0, 1, 33, 7];
  const loops = lengths.map((length, i): Loop => {
    const dtype = i % 2 === 0 ? "float32" : "float64";
    return {
      dtype,
      shape: [length],
      inputs: [{ strides: [1] }],
      steps: [
        { op: i < 3 ? "exp" : "tanh", inputs: [input(0)] },
        { op: "pow", inputs: [step(0), constant(i + 0.5)] },
      ],
      outputs: stored(1, 0),
    };
  });
  const arrays = new Arrays();
  const data = loops.map(({ dtype }, i) => randomElements(dtype, at(lengths, i), next));
  const expected = loops.map((loop, i) => evaluate(loop, [at(data, i)]));
  const places = expected.map((outputs, i) =>
    [at(data, i), ...outputs.map((output) => output.slice().fill(7))].map((elements) =>
      arrays.place(elements),
    ),
  );
  // The loops leave different numbers of addresses to be arguments.
  const runs = emitLoops(
    arrays.kernel,
    loops.map((loop, i) => ({ loop, addresses: at(places, i).slice(0, i % 4) })),
  );
  expect(runs.length).toBe(loops.length);
  runs.forEach((run, i) => {
    run(...at(places, i).slice(i % 4));
  });
  expected.forEach((outputs, i) => {
    outputs.forEach((output, o) => {
      const address = at(at(places, i), 1 + o);
      expectSame(arrays.read(address, output), output, `loop ${i}, output ${o}`);
    });
  });
  expect(arrays.guardsHold()).toBe(true);
});
