/** A concatenation of inputs of one shape is the last part (an epilogue) of the loop that computes them. */

import { afterEach, describe, expect, test } from "vitest";
import {
  compile,
  concat,
  type DType,
  grad,
  ones,
  scan,
  setRunner,
  stack,
  type Tensor,
  uniform,
  where,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { withoutCompiling } from "../support/withoutCompiling.ts";

afterEach(() => setRunner("wasm"));

const DTYPES = ["float32", "float64", "int32", "bool"] as const;

function random(dtype: DType, shape: readonly number[], seed = 1): Tensor {
  return uniform(shape, { seed, low: -2, high: 2, dtype: "float64" }).cast(dtype);
}

type Fn = (...inputs: Tensor[]) => Tensor;

/** Returns the steps of the compiled program, after checking its result on every runner. */
function check(fn: Fn, ...inputs: Tensor[]): string[] {
  const expected = fn(...inputs);
  const compiled = compile(fn);
  expectSameBits(compiled(...inputs), expected);
  expectSameBits(compile(fn, { backend: "js" })(...inputs), expected);
  withoutCompiling(() => expectSameBits(compile(fn)(...inputs), expected));
  const text = compiled.program(...inputs).describe();
  const steps = text.slice(text.indexOf(", values at")).split("\n").slice(1);
  return steps.map((step) => step.replace(/.*<- (.*) \(.*/, "$1").replace(/loop over .*: /, ""));
}

describe("a stack of what a loop computes", () => {
  test.each([0, 1, 2])("is stored by that loop, along axis %i", (axis) => {
    for (const shape of [
      [5, 7],
      [33, 1],
      [1, 40],
      [600, 3],
    ]) {
      const [x, y] = [random("float32", shape), random("float32", shape, 2)];
      const fn: Fn = (x, y) => stack([x.mul(y), x.add(y), x.sub(y)], axis);
      expect(check(fn, x, y)).toEqual(["mul add sub"]);
      check((x, y) => grad((x: Tensor) => fn(x, y).square().sum())(x), x, y);
    }
    check((x) => stack([x.neg(), x.exp()], axis), random("float32", [0, 4]));
  });

  test("with what is given, a constant, the same twice and a view", () => {
    const x = random("float32", [9, 6]);
    const z = random("float32", [6, 9], 2);
    const fn: Fn = (x, z) => {
      const y = x.exp();
      return stack([y, x, ones([9, 6]), y, z.transpose(), z.transpose().mul(y)], 2);
    };
    expect(check(fn, x, z)).toHaveLength(1);
    check((x, z) => stack([z.transpose(), x, z.transpose()], 1), x, z);
  });

  test("of values that other loops read, too, or that come later", () => {
    const [x, y] = [random("float64", [40]), random("float64", [40], 2)];
    check(
      (x, y) => {
        const total = x.mul(y).sum();
        const scaled = x.div(total);
        return stack([x.mul(y), scaled, y], 1).mul(scaled.sum());
      },
      x,
      y,
    );
    check((x, y) => stack([stack([x, y.neg()], 1), stack([y, x.neg()], 1)]).sum(0), x, y);
    check((x, y) => concat([x.mul(2), y.mul(3)]).add(concat([y, x])), x, y);
  });

  test.each(DTYPES)("of %s", (dtype) => {
    const [x, y] = [random(dtype, [37]), random(dtype, [37], 2)];
    for (const axis of [0, 1]) {
      check((x, y) => stack([x, y, x], axis), x, y);
      check((x, y) => stack([where(x.greater(y), x, y), y], axis), x, y);
      check((x, y) => stack([x.greater(y), y.greater(x)], axis), x, y);
    }
    check((x, y) => concat([x.reshape([1, 37]), y.reshape([1, 37])], 1), x, y);
  });

  test("of single numbers", () => {
    const x = random("float32", [4]);
    check((x) => stack([x.sum(), x.max(), x.mean().exp()]), x);
    check((x) => stack([x.slice([3]).squeeze(), x.slice([0], [1]).squeeze().neg()]), x);
  });

  test("in the body of a loop", () => {
    const x = random("float32", [8, 2]);
    const fn: Fn = (x) =>
      scan(
        (state: Tensor, row: Tensor): [Tensor, Tensor] => {
          const [a, b] = [state.mul(row).sum(), state.sub(row).sum()];
          const next = stack([a, b]);
          return [next, stack([next, next.mul(2)], 1)];
        },
        ones([2]),
        x,
      )[1];
    check(fn, x);
    check((x) => grad((x: Tensor) => fn(x).sum())(x), x);
  });
});

test("many inputs that lie between each other are copied by few loops", () => {
  const x = random("float32", [20, 50]);
  const parts = (x: Tensor) =>
    Array.from({ length: 50 }, (_, i) => x.slice([0, i], [20, i + 1]).reshape([20]));
  expect(check((x) => stack(parts(x).reverse(), 1), x)).toHaveLength(4);
  check(
    (x) =>
      stack(
        parts(x).map((part, i) => part.mul(i)),
        1,
      ),
    x,
  );
  check(
    (x) =>
      concat(
        parts(x).map((part) => part.reshape([20, 1])),
        1,
      ),
    x,
  );
});
