/**
 * JavaScript interprets calls where the host forbids compiling, and the kernel is given as a module. The list of calls,
 * the memory and the bits are the same as with compiled calls.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  cond,
  forLoop,
  full,
  grad,
  scan,
  type Tensor,
  take,
  tensor,
  uniform,
  Variable,
  vectorize,
  whileLoop,
  zeros,
} from "../../src/index.ts";
import { DTYPES } from "../../src/tensor/dtype.ts";
import { INNER, OUTER } from "../control/functions.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { sampled, seedsTo } from "../support/sampling.ts";
import { driven, withoutCompiling } from "../support/withoutCompiling.ts";

type Fn = (...inputs: Tensor[]) => Tensor[];

/** Compares interpreted calls with compiled ones, twice: in the second run, values are in their buffers. */
function expectSameAsCompiled(fn: Fn, ...inputs: Tensor[]): void {
  const [own, other] = [driven(fn), compile(fn, { backend: "wasm" })];
  for (let run = 0; run < 2; run++) {
    const expected = other(...inputs);
    const got = own(...inputs);
    expect(got).toHaveLength(expected.length);
    got.forEach((result, i) => {
      expectSameBits(result, expected[i] as Tensor);
    });
  }
}

describe("JavaScript drives the bits of WebAssembly", () => {
  test("for random functions and their gradients", () => {
    for (const [i, dtype] of (["float32", "float64"] as const).entries()) {
      for (const seed of sampled(seedsTo(40), 5, i)) {
        const inputs = inputsOf(seed, dtype);
        const fn = randomFunction(seed);
        for (const each of [fn, grad(fn)]) {
          expectSameAsCompiled((x, y) => [each(x as Tensor, y as Tensor)], ...inputs);
        }
      }
    }
  });

  test.each(Object.entries(OUTER))("for functions in a %s, and in batches", (name, outer) => {
    const turn = Object.keys(OUTER).indexOf(name);
    for (const { fn } of sampled(Object.values(INNER), 3, turn)) {
      const nested = outer.fn(fn);
      const x = uniform([3], { seed: 1, low: -2, high: 2, dtype: "float64" });
      expectSameAsCompiled((y) => [nested(y as Tensor)], x);
      expectSameAsCompiled((y) => [grad((z) => nested(z).sin().sum())(y as Tensor)], x);
      const rows = uniform([5, 3], { seed: 2, low: -2, high: 2, dtype: "float64" });
      expectSameAsCompiled((y) => [vectorize(nested)(y as Tensor)], rows);
    }
  });

  test.each(DTYPES)("for carries, rows and results of %s, in 0, 1 and 7 steps", (dtype) => {
    for (const length of [0, 1, 7]) {
      for (const shape of [[], [3], [40]]) {
        for (const reverse of [false, true]) {
          const xs = uniform([length, ...shape], { seed: 3, low: -9, high: 9 }).cast(dtype);
          const step = (h: Tensor, x: Tensor): [Tensor, Tensor] =>
            dtype === "bool"
              ? [h.notEqual(x), h.logicalOr(x)]
              : [h.mul(x).sub(h.maximum(x)), h.less(x)];
          const init = full(shape, 1, { dtype });
          expectSameAsCompiled((rows) => [...scan(step, init, rows as Tensor, { reverse })], xs);
        }
      }
    }
  });

  test("for −0, NaN and infinities, beside repeated rows and sums", () => {
    const special = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2 ** -149, 1e30, -2.5];
    for (const dtype of ["float32", "float64"] as const) {
      const x = tensor(
        special.map((_, row) => special.map((_, i) => special[(i * row + row) % 10] ?? 0)),
        { dtype },
      );
      const fn: Fn = (a, b) => {
        const [p, q] = [a as Tensor, b as Tensor];
        return [
          p.sub(q),
          p.div(q),
          p.maximum(q),
          p.neg(),
          p.sum(1),
          p.add(q).max(),
          p.cast("int32"),
        ];
      };
      expectSameAsCompiled(fn, x, tensor(special, { dtype }));
    }
  });

  test("for loops whose blocks do not fit beside each other", () => {
    const inputs = Array.from({ length: 150 }, (_, i) =>
      uniform([3, 2000], { seed: i, low: -1, dtype: "float64" }),
    );
    const fn: Fn = (...xs) => {
      const products = xs.map((x, i) => x.sub(xs[(i + 1) % xs.length] as Tensor));
      return [products.reduce((sum, each) => sum.mul(0.5).add(each)).sum(1)];
    };
    expectSameAsCompiled(fn, ...inputs);
  });
});

test("Variables are assigned in loops, branches and updates, as by WebAssembly", () => {
  const run = (how: (fn: Fn) => Fn) => {
    const [weight, count] = [new Variable(uniform([600], { seed: 1 })), new Variable(zeros([2]))];
    const step = how((x) => {
      weight.assign(weight.value.sub((x as Tensor).mul(0.1)));
      const sums = forLoop(
        0,
        5,
        (i, sum) => {
          cond(
            (sum as Tensor).less(3),
            () => {
              count.assign(count.value.add(1));
            },
            () => {
              count.assign(count.value.mul(i));
            },
          );
          return (sum as Tensor).add(i);
        },
        weight.value.mean(),
      );
      return [sums as Tensor, weight.value];
    });
    const results: Tensor[] = [];
    for (let i = 0; i < 3; i++) results.push(...step(uniform([600], { seed: i })));
    return [...results, weight.value, count.value];
  };
  const expected = run((fn) => compile(fn));
  run(driven).forEach((result, i) => {
    expectSameBits(result, expected[i] as Tensor);
  });
});

test("the calls of a program are the same", () => {
  const fn = (w: Tensor, xs: Tensor) =>
    scan(
      (h: Tensor, x: Tensor): [Tensor, []] => [h.matmul(w).add(x).tanh(), []],
      zeros([4, 4]),
      xs,
    )[0].sum();
  const program = () => compile(grad(fn)).program(zeros([4, 4]), zeros([3, 4, 4]));
  const text = withoutCompiling(() => program().describe());
  expect(text).toContain("3 times:");
  expect(text).toContain("<- loop over");
  expect(text).toBe(program().describe());
});

test("what a body complains of assigns nothing, and the next run goes well", () => {
  const total = new Variable(zeros([3]));
  const step = driven((indices) => {
    total.assign(total.value.add(1));
    const [sum] = scan(
      (h: Tensor, i: Tensor): [Tensor, []] => [h.add(take(total.value, i)), []],
      tensor(0),
      indices as Tensor,
    );
    const doubled = whileLoop(
      (x: Tensor) => x.less(100),
      (x: Tensor) => x.mul(2),
      sum,
      { maxSteps: 5 },
    );
    return [doubled];
  });
  const indices = (...list: number[]) => tensor(list, { dtype: "int32" });
  const fails = (list: Tensor, what: RegExp) => {
    expect(() => step(list)).toThrow(what);
    expect(total.value.toArray()).toEqual([0, 0, 0]);
  };
  fails(indices(0, 1, 3), /take: indices: expected integers from -3 to 2, .* got 3/);
  fails(indices(0, 1, 2), /maxSteps: expected a condition that is false after at most 5 steps/);
  expect(step(indices(0, 0, 0, 1, 2))[0]?.item()).toBe(160);
  expect(total.value.toArray()).toEqual([1, 1, 1]);
});
