/**
 * Eager elementwise ops: large arrays have loops emitted for them, and small arrays use the loops that exist.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  type DType,
  grad,
  Tensor,
  tensor,
  uniform,
  where,
  zeros,
} from "../../src/index.ts";
import { workspace } from "../../src/run/wasm/memory/workspace.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { LENGTHS, onBoth } from "../support/runners.ts";
import { sampled } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

describe("for every elementwise op, in the loop that is emitted for large arrays", () => {
  const VALUES = [0, -0, 1, -1, 0.5, -2.5, 3e9, -3e9, Number.NaN, Infinity, -Infinity, 1e-45, 7];
  const DTYPES = ["float32", "float64", "int32", "bool"] as const;
  const made = new Map<string, Tensor>();
  const make = (shape: number[], dtype: DType, stride: number): Tensor => {
    const key = `${dtype} ${stride} ${shape}`;
    const known = made.get(key) ?? makeAnew(shape, dtype, stride);
    made.set(key, known);
    return known;
  };
  const makeAnew = (shape: number[], dtype: DType, stride: number): Tensor => {
    const size = shape.reduce((product, length) => product * length, 1);
    const values = Array.from({ length: size }, (_, i) => {
      const special = VALUES[(i * stride) % VALUES.length] ?? 0;
      return i % 5 === 0 ? special : Math.sin(i * stride) * 4;
    });
    return tensor(values, { dtype: "float64", shape }).cast(dtype);
  };
  const SHAPES = [
    [[40_001], [40_001]],
    [[40_001], []],
    [[], [40_001]],
    [[700, 60], [60]],
    [
      [1, 60],
      [700, 60],
    ],
    [
      [700, 60],
      [700, 1],
    ],
    [
      [700, 1],
      [1, 60],
    ],
    [
      [7, 100, 60],
      [100, 60],
    ],
    [
      [7, 100, 60],
      [7, 1, 60],
    ],
    // Small arrays use the loops that were emitted for the large ones above.
    [[33], [33]],
    [[], [100]],
    [[4, 30], [30]],
    [
      [5, 30],
      [5, 1],
    ],
  ] as const;
  const ops = registeredOps().filter(
    ({ family, name }) => family === "elementwise" && name !== "where" && name in Tensor.prototype,
  );

  test.each(DTYPES)("of %s", (dtype) => {
    for (const [i, { name, examples }] of ops.entries()) {
      const inputs = examples.cases[0]?.shapes.length ?? 0;
      const shapes = inputs === 1 ? SHAPES.filter(([first]) => first.length === 1) : SHAPES;
      for (const [first, second] of sampled(shapes, 6, i + DTYPES.indexOf(dtype))) {
        const x = make([...first], dtype, 3);
        const y = make([...second], dtype, 5);
        const method = (x as unknown as Record<string, (y?: Tensor) => Tensor>)[name];
        const call = () => Reflect.apply(method as () => Tensor, x, inputs === 1 ? [] : [y]);
        expectSameBits(...onBoth(call));
      }
    }
  });

  test.each(DTYPES)("casts from %s, and choices", (dtype) => {
    for (const target of DTYPES) {
      const x = make([40_001], dtype, 3);
      expectSameBits(...onBoth(() => x.cast(target)));
    }
    const condition = make([700, 60], "bool", 2);
    for (const [x, y] of [
      [make([700, 60], dtype, 3), make([700, 60], dtype, 5)],
      [make([60], dtype, 3), make([700, 1], dtype, 5)],
      [make([], dtype, 3), make([700, 60], dtype, 5)],
    ] as const) {
      expectSameBits(...onBoth(() => where(condition, x, y)));
    }
  });

  test("of every length, also below what is worth a loop", () => {
    for (const length of LENGTHS) {
      const x = uniform([length], { seed: length, low: -2, high: 2 });
      for (let i = 0; i < 3; i++) {
        expectSameBits(...onBoth(() => x.sub(1).div(x.abs()).maximum(0.5)));
        expectSameBits(...onBoth(() => where(x.less(0), x, x.neg()).greaterEqual(1)));
      }
    }
  });

  test("of powers that are written shorter where the exponent is known: the bits of any other way", () => {
    for (const dtype of ["float32", "float64"] as const) {
      for (const size of [7, 100, 40_001]) {
        const x = make([size], dtype, 3);
        for (const exponent of sampled([3, -1, 0.5, 2, 1, 0, -0.5, 4], 3, size)) {
          const fixed = (x: Tensor) => x.pow(exponent);
          const [js, wasm] = onBoth(() => fixed(x));
          expectSameBits(wasm, js);
          expectSameBits(compile(fixed)(x), js);
          // The exponent is an argument: first a scalar, then an array of equal numbers.
          const given = compile((x: Tensor, y: Tensor) => x.pow(y));
          expectSameBits(given(x, tensor(exponent, { dtype })), js);
          const all = tensor(new Array(size).fill(exponent), { dtype });
          expectSameBits(x.pow(all), js);
          expectSameBits(given(x, all), js);
          const slope = (x: Tensor) => grad((x: Tensor) => fixed(x).sum())(x);
          expectSameBits(compile(slope)(x), slope(x));
        }
      }
    }
    const cubes = uniform([1000], { seed: 1, low: -4, high: 4 });
    expectSameBits(cubes.pow(3), cubes.mul(cubes).mul(cubes));
  });

  test("of small arrays, before and after linear memory has grown", () => {
    const x = uniform([100], { seed: 1, low: -2, high: 2 });
    const compute = () => x.tanh().mul(x).sum();
    const [expected, before] = onBoth(compute);
    expectSameBits(before, expected);
    const bytes = () => workspace()?.host.memory.buffer.byteLength ?? 0;
    const start = bytes();
    compile((y: Tensor) => y.mul(2).cumulativeSum().max())(zeros([start / 4 + 1]));
    expect(bytes()).toBeGreaterThan(start);
    expectSameBits(compute(), expected);
  });
});
