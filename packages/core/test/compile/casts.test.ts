/**
 * Changes of dtype inside loops, and integers.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  type DType,
  type Tensor,
  tensor,
  uniform,
  valueAndGrad,
  where,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampleTests } from "../support/sampling.ts";

sampleTests(3);

const LENGTHS = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 1025, 20_001];
const DTYPES = ["float32", "float64", "int32", "bool"] as const;
/** The numbers at the limits of conversions. */
const EDGES = [
  ...[0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, Number.NaN, Infinity, -Infinity, 5e-324, 1e-40, 1e39],
  ...[2147483647, 2147483646.7, 2147483648, -2147483648, -2147483648.5, -2147483649, 3e9],
  ...[2 ** 24 + 1, 2 ** 25 + 3, -(2 ** 24) - 1],
];

/** Returns the ops of each step of the compiled program, after checking its result. */
function check(fn: (...inputs: Tensor[]) => Tensor, ...inputs: Tensor[]): string[] {
  const compiled = compile(fn);
  expectSameBits(compiled(...inputs), fn(...inputs));
  const text = compiled.program(...inputs).describe();
  const steps = text.slice(text.indexOf(", values at")).split("\n").slice(1);
  return steps.map((step) => step.replace(/.*<- (.*) \(.*/, "$1").replace(/loop over .*: /, ""));
}

function elements(dtype: DType, length: number): Tensor {
  if (length === EDGES.length) return tensor(EDGES, { dtype: "float64" }).cast(dtype);
  return uniform([length], { seed: length, low: -5e9, high: 5e9, dtype: "float64" }).cast(dtype);
}

describe("a cast", () => {
  for (const from of DTYPES) {
    for (const to of DTYPES) {
      test(`of ${from} to ${to} and back has the eager bits`, () => {
        for (const length of [...LENGTHS, EDGES.length]) {
          check((x) => x.cast(to).cast(from), elements(from, length));
          check((x) => x.cast(to), elements(from, length));
        }
      });
    }
  }

  test("of an argument is done by the loop that reads it", () => {
    const x = uniform([33], { seed: 1 });
    expect(check((y, rate) => y.mul(rate), x, tensor(0.1, { dtype: "float64" }))).toEqual(["mul"]);
    const wide = uniform([33], { seed: 2, dtype: "float64" });
    expect(check((y, z) => y.add(z.cast("float32")), x, wide)).toEqual(["add"]);
    expect(check((y, z) => y.add(z), x, wide)).toEqual(["add"]);
    expect(check((y, z) => y.mul(z), wide, elements("int32", 33))).toEqual(["mul"]);
  });

  test("that something else reads as well is computed once more", () => {
    const x = uniform([2, 2], { seed: 1 });
    const wide = uniform([2, 2], { seed: 2, dtype: "float64" });
    const steps = check((y, z) => y.add(z.cast("float32")).matmul(z.cast("float32")), x, wide);
    expect(steps.sort()).toEqual(["add", "matmul_f32", "toFloat32"]);
  });

  test("between the ops of one loop stays in it", () => {
    for (const length of LENGTHS) {
      const x = uniform([length], { seed: 3, low: -9, high: 9 });
      const steps = check((y) => y.mul(3).cast("int32").add(2).cast("float32").exp(), x);
      if (length > 0) expect(steps).toEqual(["mul toInt32 add toFloat32 exp"]);
      const wide = check((y) => y.cast("float64").exp().cast("int32").cast("float64").add(1), x);
      if (length > 0) expect(wide).toEqual(["exp toInt32 toNumber add"]);
    }
  });
});

test("constant truth values are truth values", () => {
  const x = uniform([33], { seed: 4, low: -2, high: 2 });
  for (const dtype of ["float32", "float64"] as const) {
    for (const truth of [true, false]) {
      const constant = tensor(truth);
      const row = tensor(Array.from({ length: 33 }, () => truth));
      const y = x.cast(dtype);
      check((z) => where(z.greater(0), constant, z.less(-1)), y);
      check((z) => where(z.greater(0), z.less(1), row), y);
      check((z) => z.greater(0).logicalAnd(constant).logicalOr(row.logicalNot()), y);
      check((z) => z.mul(constant).add(row), y);
      check((z) => where(z.greater(0), constant.broadcastTo([2, 33]), z.less(0)), y);
    }
  }
});

describe("whole numbers", () => {
  test("are computed in loops and wrap around as they do eagerly", () => {
    for (const length of LENGTHS) {
      const [x, y] = [elements("int32", length), elements("int32", length).mul(7)];
      const steps = check(
        (a, b) => {
          const c = a.mul(b).add(b).sub(a.mul(3)).neg().abs();
          return c.maximum(a).minimum(b.sign().mul(1e9)).mul(a.less(b).cast("int32"));
        },
        x as Tensor,
        y as Tensor,
      );
      if (length > 0) expect(steps).toHaveLength(1);
    }
  });

  test("of the least value have no opposite", () => {
    const least = tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: "int32" });
    check((x) => x.neg(), least);
    check((x) => x.abs().sub(1), least);
    check((x) => x.mul(x).add(x), least);
  });

  test("repeat along axes like other elements", () => {
    const matrix = elements("int32", 33).reshape([3, 11]);
    const row = elements("int32", 11);
    expect(check((x, y) => x.mul(y).equal(x), matrix, row)).toEqual(["mul equal"]);
    expect(check((x, y) => x.logicalAnd(y).logicalOr(x.logicalNot()), matrix, row)).toHaveLength(1);
  });
});

test("a loop of float64 in the place of a float32 input has the same bits in every run", () => {
  // An engine optimises loops that have run for a while: V8 11.3 then read values that the loop had already
  // overwritten.
  const truths = tensor(new Uint8Array(16385));
  const weights = uniform([16385], { seed: 3 });
  const loss = (a: Tensor, b: Tensor, c: Tensor) => a.add(b).div(c).mul(weights).sum();
  const both = valueAndGrad(loss, { argnums: [1, 2] });
  const fn = (...inputs: [Tensor, Tensor, Tensor]) => {
    const { value, gradient } = both(...inputs);
    return [value, ...gradient];
  };
  const inputs = [truths, tensor([0]), tensor([1], { dtype: "float64" })] as const;
  const expected = fn(...inputs);
  const compiled = compile(fn);
  for (let run = 0; run < 100; run++) {
    compiled(...inputs).forEach((result, i) => {
      expectSameBits(result, expected[i] as Tensor);
    });
  }
});
