/**
 * Loops that are copied from a loop emitted before, to other modules and other addresses: the result is the same loop.
 */

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
import { sampled } from "../../support/sampling.ts";

const random = (shape: readonly number[], seed: number, dtype: DType = "float32") =>
  uniform(shape, { seed, low: 0.1, high: 2, dtype: "float64" }).cast(dtype);

type Fn = (...inputs: Tensor[]) => Tensor;

test("beside other functions of the kernel, and after other values", () => {
  for (const shape of [[7], [64, 33], [5, 3], [3, 600]]) {
    const [x, y, bias] = [random(shape, 1), random(shape, 2), random([shape.at(-1) ?? 1], 3)];
    const core: Fn = (x, y) => x.mul(y).tanh().add(sigmoid(x)).exp();
    const fns: Fn[] = [
      core,
      // In the second program, the functions have later indices among the imports, and the arrays other addresses.
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

test("with what distinguishes loops: constants to the sign of 0, dtypes, strides and reductions", () => {
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

test("of other sizes, in both orders: rows, columns, blocks and what is left of them", () => {
  const fns: Fn[] = [
    (x, row) => maximum(x.add(row), 0),
    (x, row) => x.sub(row).exp().sum(1),
    (x, row) => x.mul(row).sub(x.max(1, { keepDims: true })),
    (x, row) => x.mul(row).sum(0),
    (x) => x.square().sum(),
    (x) => x.transpose().mul(2).add(1),
    (x) => x.slice([1]).sub(x.slice([0], [-1])),
    (x) => x.greater(0.5).cast("float64").mul(3),
  ];
  const sizes = [2, 3, 4, 5, 8, 9, 16, 17, 31, 33, 63, 64, 65, 100, 130];
  for (const dtype of ["float32", "float64"] as const) {
    const widths = [1, 2, 3, 7, 10, 16, 17, 33, 64, 70];
    for (const columns of sampled(widths, 3, dtype === "float32" ? 0 : 1)) {
      const row = random([columns], 2, dtype);
      for (const fn of fns) {
        const compiled = compile((x: Tensor, row: Tensor) => fn(x, row));
        const check = (rows: number) => {
          const x = random([rows, columns], rows, dtype);
          expectSameBits(compiled(x, row), fn(x, row));
        };
        sizes.forEach(check);
      }
    }
  }
});

test("with another count of its outermost loop", () => {
  const written = (rows: number, columns: number) => {
    const module = new ModuleCode();
    const loop = {
      dtype: "float32",
      shape: [rows, columns],
      inputs: [{ strides: [columns, 1] }, { strides: [0, 1] }],
      steps: [
        {
          op: "add",
          inputs: [
            { kind: "input", index: 0 },
            { kind: "input", index: 1 },
          ],
        },
      ],
      outputs: [{ step: 0 }],
    } as const;
    expect(encodeLoop(loop, [64, 2 ** 20, 2 ** 21], module)).toBe(true);
    return [...module.functions.finish()];
  };
  const differences = (a: readonly number[], b: readonly number[]) => {
    expect(a).toHaveLength(b.length);
    return a.filter((byte, i) => byte !== b[i]).length;
  };
  const first = written(50, 40);
  expect(differences(first, written(51, 40))).toBe(1);
  expect(differences(first, written(50, 40))).toBe(0);
  expect(differences(first, written(2 ** 20, 40))).toBeLessThanOrEqual(5);
  // Loops over blocks of narrow rows are the same if equally many rows remain after the blocks.
  expect(differences(written(50, 3), written(54, 3))).toBeLessThanOrEqual(2);
  expect(written(50, 3)).not.toHaveLength(written(51, 3).length);
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
  // A loop whose addresses are parameters is not affected by the copies.
  const module = new ModuleCode();
  encodeLoop(loop, [], module);
  expect(module.parameters).toEqual([3]);
});
