import { describe, expect, test } from "vitest";
import type { Loop } from "../../../src/run/program/loop/loop.ts";
import { LOOP_OPS, type LoopOp } from "../../../src/run/program/loop/loopOps.ts";
import { sampled, sampleTests } from "../../support/sampling.ts";
import {
  Arrays,
  checkBits,
  constant,
  type FloatDType,
  input,
  LENGTHS,
  randomBits,
  randomElements,
  repeated,
  step,
  stored,
} from "./support.ts";

sampleTests(2);

const DTYPES: readonly FloatDType[] = ["float32", "float64"];
const DTYPE_NAMES = ["float32", "float64", "int32", "bool"] as const;
const OPS = Object.keys(LOOP_OPS) as LoopOp[];
/** Ops that take only integers are tried in loops of int32. */
const OF_NUMBERS = OPS.filter((op) => LOOP_OPS[op].operands[0] !== "integer");

for (const dtype of DTYPES) {
  const arrays = new Arrays();

  describe(`an emitted op gives the bits of its scalar function in ${dtype}`, () => {
    test.each(OF_NUMBERS)("%s", (op) => {
      const next = randomBits(OPS.indexOf(op));
      const { operands } = LOOP_OPS[op];
      for (const length of sampled(LENGTHS, 4, OPS.indexOf(op) + DTYPES.indexOf(dtype))) {
        const loop: Loop = {
          dtype,
          shape: [length],
          inputs: operands.map((kind) => ({
            strides: [1],
            dtype: kind === "boolean" ? "bool" : dtype,
          })),
          steps: [{ op, inputs: operands.map((_, i) => input(i)) }],
          outputs: stored(0),
        };
        const data = operands.map((kind) =>
          randomElements(kind === "boolean" ? "bool" : dtype, length, next),
        );
        checkBits(arrays, loop, data, `${op}, length ${length}`);
      }
    });
  });

  test.each(["maximum", "minimum"] as const)(`%s beside a constant in ${dtype}`, (op) => {
    const next = randomBits(7);
    const data = [randomElements(dtype, 2001, next)];
    const constants = [0, -0, 1, -1, 1e-50, -1e-50, 2 ** -149, Number.NaN, Infinity, -Infinity];
    for (const value of sampled(constants, 2, DTYPES.indexOf(dtype))) {
      const operands = [input(0), constant(value)];
      for (const inputs of [operands, operands.toReversed()]) {
        const loop: Loop = {
          dtype,
          shape: [2001],
          inputs: [{ strides: [1] }],
          steps: [{ op, inputs }],
          outputs: stored(0),
        };
        checkBits(arrays, loop, data, `${op}, ${value}`);
      }
    }
  });

  describe(`kinds of values in ${dtype}`, () => {
    const shape = [33];
    const next = randomBits(99);
    const numbers = () => randomElements(dtype, 33, next);
    const truths = () => randomElements("bool", 33, next);
    const vector = { strides: [1] };

    test("numbers are true unless they are 0, NaN included", () => {
      const ops = ["logicalNot", "logicalAnd", "logicalOr", "where", "toBoolean"] as const;
      for (const op of ops) {
        const inputs = LOOP_OPS[op].operands.map((_, i) => input(i));
        const loop: Loop = {
          dtype,
          shape,
          inputs: inputs.map(() => vector),
          steps: [{ op, inputs }],
          outputs: stored(0),
        };
        checkBits(arrays, loop, inputs.map(numbers), op);
      }
    });

    test("truth values count as 0 and 1 in arithmetic", () => {
      const loop: Loop = {
        dtype,
        shape,
        inputs: [{ strides: [1], dtype: "bool" }, vector, { strides: [0], dtype: "bool" }],
        steps: [
          { op: "mul", inputs: [input(0), input(1)] },
          { op: "greater", inputs: [input(1), constant(0.1)] },
          { op: "sub", inputs: [step(0), step(1)] },
          { op: "add", inputs: [step(2), input(2)] },
          { op: "toNumber", inputs: [step(1)] },
        ],
        outputs: stored(2, 3, 4),
      };
      checkBits(arrays, loop, [truths(), numbers(), Uint8Array.of(1)]);
    });

    test("a choice between truth values is a truth value, stored as a byte", () => {
      const loop: Loop = {
        dtype,
        shape,
        inputs: [{ strides: [1], dtype: "bool" }, vector, vector],
        steps: [
          { op: "less", inputs: [input(1), input(2)] },
          { op: "where", inputs: [input(0), step(0), input(0)] },
          { op: "where", inputs: [step(1), step(0), constant(2)] },
        ],
        outputs: stored(1, 2),
      };
      checkBits(arrays, loop, [truths(), numbers(), numbers()]);
    });

    test("constants are rounded to the dtype, and 0 is not −0", () => {
      const constants = [0.1, 0, -0, Number.NaN, Infinity, 1e300, 1 / 3, 5e-324];
      const loop: Loop = {
        dtype,
        shape,
        inputs: [vector],
        steps: constants.flatMap((value) => [
          { op: "mul", inputs: [input(0), constant(value)] },
          { op: "add", inputs: [constant(value), constant(-0)] },
        ]),
        outputs: stored(...constants.flatMap((_, i) => [2 * i, 2 * i + 1])),
      };
      checkBits(arrays, loop, [numbers()]);
    });
  });
}

describe("int32 in a float32 loop has the results of the scalar functions", () => {
  const arrays = new Arrays();
  const ops = OPS.filter((op) => !(LOOP_OPS[op].operands as readonly string[]).includes("number"));

  test.each(ops)("%s", (op) => {
    const next = randomBits(OPS.indexOf(op));
    const { operands } = LOOP_OPS[op];
    for (const length of sampled(LENGTHS, 4, OPS.indexOf(op))) {
      const loop: Loop = {
        dtype: "float32",
        shape: [length],
        inputs: operands.map(() => ({ strides: [1], dtype: "int32" })),
        steps: [
          { op, inputs: operands.map((_, i) => input(i)) },
          { op: "add", inputs: [step(0), { kind: "constant", value: -7, dtype: "int32" }] },
        ],
        outputs: stored(0, 1),
      };
      const data = operands.map(() => randomElements("int32", length, next));
      checkBits(arrays, loop, data, `${op}, length ${length}`);
    }
  });
});

describe("every dtype is read and stored as every other", () => {
  const arrays = new Arrays();
  const casts = { float32: "toFloat32", float64: "toNumber", int32: "toInt32", bool: "toBoolean" };
  const pairs = DTYPE_NAMES.flatMap((from) => DTYPE_NAMES.map((to) => [from, to] as const));

  test.each(pairs)("%s as %s", (from, to) => {
    const next = randomBits(7);
    const wide = from === "float64" || to === "float64";
    for (const length of sampled(LENGTHS, 4, DTYPE_NAMES.indexOf(from))) {
      for (const own of [[length], [1]]) {
        const loop: Loop = {
          dtype: wide ? "float64" : "float32",
          shape: [length],
          inputs: [{ ...repeated(own, [length]), dtype: from }],
          steps: [{ op: casts[to] as LoopOp, inputs: [input(0)] }],
          outputs: [{ step: 0, dtype: to }],
        };
        checkBits(arrays, loop, [randomElements(from, own[0] ?? 0, next)], `length ${length}`);
      }
    }
  });

  test("float64 in a loop of float32 is rounded when it is read, wherever its elements are", () => {
    const next = randomBits(8);
    for (const [rows, columns] of [
      [1, 1],
      [3, 5],
      [7, 2],
      [4, 33],
    ] as const) {
      const shape = [rows, columns];
      const strides = [
        [columns, 1],
        [1, rows],
        [0, 1],
        [1, 0],
        [2 * columns, 2],
        [0, 0],
      ];
      const loop: Loop = {
        dtype: "float32",
        shape,
        inputs: strides.map((own) => ({ strides: own, dtype: "float64" })),
        steps: strides.map((_, i) => ({ op: "neg", inputs: [input(i)] })),
        outputs: stored(...strides.keys()),
      };
      const data = strides.map(() => randomElements("float64", 2 * rows * columns, next));
      checkBits(arrays, loop, data, `${shape}`);
    }
  });
});

describe("a loop that cannot be emitted says why", () => {
  const base: Loop = {
    dtype: "float32",
    shape: [2, 3],
    inputs: [{ strides: [3, 1] }],
    steps: [{ op: "neg", inputs: [input(0)] }],
    outputs: stored(0),
  };
  const emit = (change: Partial<Loop>) => () =>
    checkBits(new Arrays(), { ...base, ...change }, [new Float32Array(6)]);

  test.each([
    [
      "too many steps",
      { steps: Array.from({ length: 501 }, () => base.steps[0]) as Loop["steps"] },
      "encodeLoop: steps: expected at most 500, got 501. Emit several loops.",
    ],
    [
      "negative places",
      { inputs: [{ strides: [-3, 1], offset: 2 }] },
      "encodeLoop: strides: expected offsets from 0, got [-3,1] from 2.",
    ],
    [
      "broken strides",
      { inputs: [{ strides: [0.5, 1] }] },
      "encodeLoop: strides: expected 2 whole numbers, got [0.5,1].",
    ],
    [
      "a later step as operand",
      { steps: [{ op: "neg", inputs: [step(0)] }] },
      "encodeLoop: neg: expected an input or an earlier step, got step 0.",
    ],
    [
      "missing operands",
      { steps: [{ op: "add", inputs: [input(0)] }] },
      "encodeLoop: add: expected 2 operands, got 1.",
    ],
    [
      "an output that is no step",
      { outputs: stored(1) },
      "encodeLoop: outputs: expected indices of steps, got 1.",
    ],
    [
      "an offset before the array",
      { inputs: [{ strides: [3, 1], offset: -1 }] },
      "encodeLoop: offset: expected a whole number from 0, got -1.",
    ],
    [
      "an output whose elements share places",
      { outputs: [{ step: 0, strides: [0, 1] }] },
      "encodeLoop: outputs: expected an address for each element, got strides [0,1].",
    ],
    [
      "an output of a dtype that its step does not have",
      { outputs: [{ step: 0, dtype: "int32" }] },
      "encodeLoop: outputs: expected number values as float32, got int32.",
    ],
  ] as const)("%s", (_name, change, message) => {
    expect(emit(change)).toThrow(message);
  });
});
