/** Loops that have been written before: copied to other modules and other addresses, they are the same loops. */

import { expect, test } from "vitest";
import {
  compile,
  type DType,
  maximum,
  sigmoid,
  type Tensor,
  uniform,
  where,
} from "../../../src/index.ts";
import { ModuleCode } from "../../../src/run/wasm/emit/code.ts";
import { encodeLoop } from "../../../src/run/wasm/emit/emit.ts";
import { expectSameBits } from "../../support/opChecks.ts";

const random = (shape: readonly number[], seed: number, dtype: DType = "float32") =>
  uniform(shape, { seed, low: 0.1, high: 2, dtype: "float64" }).cast(dtype);

type Fn = (...inputs: Tensor[]) => Tensor;

test("beside other functions of the kernel, and behind other values", () => {
  for (const shape of [[7], [64, 33], [5, 3], [3, 600]]) {
    const [x, y, bias] = [random(shape, 1), random(shape, 2), random([shape.at(-1) ?? 1], 3)];
    const core: Fn = (x, y) => x.mul(y).tanh().add(sigmoid(x)).exp();
    const fns: Fn[] = [
      core,
      // Its functions come later among the imports, its arrays elsewhere.
      (x, y) => core(y.log().matmul(y.log().transpose()).sum().mul(x), y).add(0),
      (x, y) => maximum(core(x, y).sum(-1, { keepDims: true }), core(x, y)),
      (x, y) => where(x.greater(y), core(x, y), core(y, x)),
      (x, y) => core(x.add(bias), y.transpose().transpose()),
    ];
    for (const fn of [...fns, ...fns.toReversed()]) {
      const own: Fn = shape.length === 1 && fn === fns[1] ? core : fn;
      expectSameBits(compile(own)(x, y), own(x, y));
    }
  }
});

test("with what tells loops apart: constants to the sign of 0, dtypes, strides and reductions", () => {
  const x = random([40, 6], 1);
  const fns: Fn[] = [
    (x) => x.mul(0).add(-0).div(1),
    (x) => x.mul(-0).add(0).div(1),
    (x) => x.mul(Number.NaN).add(1).div(1),
    (x) => x.transpose().mul(2).add(1),
    (x) => x.reshape([6, 40]).mul(2).add(1),
    (x) => x.mul(2).sum(1),
    (x) => x.mul(2).max(1),
    (x) => x.mul(2).sum(),
    (x) => x.cast("float64").mul(2).add(1),
    (x) => x.cast("int32").mul(2).add(1),
    (x) => x.greater(1).cast("float32").add(1),
  ];
  for (let round = 0; round < 2; round++) {
    for (const fn of fns) expectSameBits(compile(fn)(x), fn(x));
    for (const fn of fns.toReversed()) expectSameBits(compile(fn)(x), fn(x));
  }
});

test("is a function of as many bytes that differs in addresses alone", () => {
  const array = { strides: [1], offset: 0 };
  const loop = {
    dtype: "float32",
    shape: [1000],
    inputs: [array, array],
    steps: [
      {
        op: "mul",
        inputs: [
          { kind: "input", index: 0 },
          { kind: "constant", value: 0.125 },
        ],
      },
      {
        op: "sub",
        inputs: [
          { kind: "input", index: 1 },
          { kind: "step", index: 0 },
        ],
      },
    ],
    outputs: [{ step: 1 }],
  } as const;
  const written = (addresses: number[]) => {
    const module = new ModuleCode();
    expect(encodeLoop(loop, addresses, module)).toBe(true);
    return [...module.functions.finish()];
  };
  const first = written([64, 4096, 8192]);
  const again = written([2 ** 31 + 64, 128, 2 ** 32 - 4096]);
  expect(again).toHaveLength(first.length);
  expect(again).not.toEqual(first);
  expect(written([64, 4096, 8192])).toEqual(first);
  // A function with parameters is written as it was.
  const module = new ModuleCode();
  encodeLoop(loop, [], module);
  expect(module.parameters).toEqual([3]);
});
