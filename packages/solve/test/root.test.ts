/** `root`: Newton's and Brent's methods, and invalid arguments. */

import {
  atan,
  concat,
  eye,
  grad,
  jvp,
  stack,
  type Tensor,
  tensor,
  uniform,
  vectorize,
} from "@graddiff/core";
import { root } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { inEveryMode } from "../../core/test/control/support.ts";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { compilations, complaint, double, off, scipy } from "./support.ts";

sampleTests(3);

const wrong = (value: unknown): never => value as never;

/** Returns the root of x³ + x = a by Cardano's formula. */
const cardano = (a: Tensor) => {
  const part = a
    .square()
    .div(4)
    .add(1 / 27)
    .sqrt();
  return part
    .add(a.div(2))
    .pow(1 / 3)
    .sub(part.sub(a.div(2)).pow(1 / 3));
};

test("a bracket closes to the last bits where the tolerance asks for that", () => {
  for (let k = 1; k <= 20; k++) {
    const scale = 10 ** ((k % 7) * 3 - 9);
    const exact = Math.cbrt(k) * scale;
    const fn = (x: Tensor) => x.div(scale).pow(3).sub(k);
    const { x } = root(fn, 0, { bracket: [0, 4 * scale], tolerance: 4 * 2 ** -52 });
    expect(Math.abs(x.item() - exact)).toBeLessThan(8 * 2 ** -52 * exact);
  }
});

inEveryMode("root of a cubic, with a capture", {
  shapes: [[]],
  fn: (a) => root((x: Tensor) => x.pow(3).add(x).sub(a), 1).x,
  plain: cardano,
});

inEveryMode("root of a tree, with data", {
  shapes: [[2], []],
  low: 0.5,
  high: 1.5,
  fn: (a, b) => {
    const { x } = root(
      ({ u, v }: { u: Tensor; v: Tensor }, data: { a: Tensor; b: Tensor }) => [
        u.square().sub(data.a.mul(v)),
        v.exp().sub(data.b.add(1)),
      ],
      { u: double([1, 1]), v: 1 },
      { data: { a, b } },
    );
    return [x.u, x.v];
  },
  plain: (a, b) => [a.mul(b.log1p()).sqrt(), b.log1p()],
});

inEveryMode("root between two ends", {
  shapes: [[]],
  fn: (a) => root((x: Tensor) => x.pow(3).add(x).sub(a), 0, { bracket: [-3, 3] }).x,
  plain: cardano,
});

describe("root", () => {
  test("finds what SciPy finds of Broyden's tridiagonal system", () => {
    const broyden = (x: Tensor) => {
      const none = x.slice([0], [1]).mul(0);
      const [left, right] = [concat([none, x.slice([0], [-1])]), concat([x.slice([1]), none])];
      return x.mul(-2).add(3).mul(x).add(1).sub(left).sub(right.mul(2));
    };
    const { x, status, iterations } = root(broyden, double(Array(10).fill(-1)));
    expect(status.item()).toBe(1);
    expect(iterations.item()).toBeLessThan(8);
    expect(off(x, scipy["broyden's tridiagonal system"])).toBeLessThan(1e-13);
  });

  test("of many unknowns goes by elimination, and by least squares where that divides by rounding errors", () => {
    const n = 20;
    const rows = uniform([n, n], { seed: 3, low: -1, high: 1, dtype: "float64" });
    const matrix = rows.add(eye(n, n, { dtype: "float64" }).mul(4));
    const solved = (b: Tensor) =>
      root((x: Tensor) => matrix.matmul(x.add(x.pow(3))).sub(b), b.mul(0)).x;
    const b = matrix.matmul(
      double(Array.from({ length: n }, (_, i) => Math.sin(i) + Math.sin(i) ** 3)),
    );
    const wanted = Array.from({ length: n }, (_, i) => Math.sin(i));
    expect(off(solved(b), wanted)).toBeLessThan(1e-13);
    const all = vectorize(solved)(stack([b, b.mul(0)]));
    expect(off(all.at(0), wanted)).toBeLessThan(1e-13);
    // Two of the equations are equal, so many steps solve them, and the shortest one is taken.
    const twice = concat([matrix.slice([0], [n - 1]), matrix.slice([0], [1])]);
    const found = root((x: Tensor) => twice.matmul(x).sub(twice.sum(1)), double(Array(n).fill(0)));
    expect(found.status.item()).toBe(1);
    expect(off(found.residual, Array(n).fill(0))).toBeLessThan(1e-13);
  });

  test.each<[string, (x: Tensor) => Tensor, [number, number]]>([
    ["cos x − x", (x) => x.cos().sub(x), [0, 1]],
    ["x³ − 2x − 5", (x) => x.pow(3).sub(x.mul(2)).sub(5), [2, 3]],
    ["(x + 3)(x − 1)²", (x) => x.add(3).mul(x.sub(1).square()), [-4, 4 / 3]],
  ])("finds the root of %s between two ends, as SciPy does", (name, fn, bracket) => {
    const { x, status, iterations } = root(fn, 0, { bracket });
    expect(status.item()).toBe(1);
    expect(x.item()).toBeCloseTo(scipy.brent[name], 12);
    expect(iterations.item()).toBeLessThan(16);
  });

  test("goes down to a root where Newton's method alone jumps from side to side", () => {
    const { x, evaluations } = root((x: Tensor) => atan(x), 20);
    expect(Math.abs(x.item())).toBeLessThan(1e-12);
    expect(evaluations.item()).toBeLessThan(40);
  });

  test("finds a double root, whose Jacobian is singular", () => {
    const { x, reason } = root((x: Tensor) => x.sub(1).square(), 3);
    expect(x.item()).toBeCloseTo(1, 11);
    expect(reason).toMatch(/^a root/);
  });

  test("says so where there is no root, and gives the best that it has seen", () => {
    const { x, residual, status, reason } = root((x: Tensor) => x.square().add(1), 3);
    expect(status.item()).toBeLessThanOrEqual(0);
    expect(residual.item()).toBeLessThan(1 + 1e-8);
    expect(Math.abs(x.item())).toBeLessThan(1e-4);
    expect(reason).not.toMatch(/^a root/);
  });

  test("stops after the most iterations, and goes on from there", () => {
    const fn = (x: Tensor) => x.exp().sub(3);
    const some = root(fn, 9, { maxIterations: 3 });
    expect([some.status.item(), some.iterations.item()]).toEqual([0, 3]);
    expect(some.reason).toMatch(/^the most iterations came first/);
    expect(root(fn, some.x).x.item()).toBeCloseTo(Math.log(3), 13);
  });

  test("says which op is not finite at the start", () => {
    const { x, status, reason } = root((x: Tensor) => x.log(), -1);
    expect([x.item(), status.item()]).toEqual([-1, -1]);
    expect(reason).toBe(
      "fn or its Jacobian is not finite at x: in fn the op log made it first, on the way log",
    );
  });

  test("solves each example of a batch to its end", () => {
    const all = vectorize((a: Tensor) => root((x: Tensor) => x.pow(3).sub(a), 1))(
      double([1, 8, 1e6]),
    );
    expect(off(all.x, [1, 2, 100])).toBeLessThan(1e-14);
    expect(all.status.toArray()).toEqual([1, 1, 1]);
    expect(all.reason).toMatch(/^0: a root.*; 2: a root/);
  });

  test("computes in float64, whatever dtype the start has, and in float32 where it is told to", () => {
    const start = tensor(1, { dtype: "float32" });
    const { x } = root((x: Tensor) => x.square().sub(2), start);
    expect([x.dtype, x.item()]).toEqual(["float64", Math.SQRT2]);
    const single = root((x: Tensor) => x.square().sub(2), start, { dtype: "float32" }).x;
    expect([single.dtype, single.item()]).toEqual(["float32", Math.fround(Math.SQRT2)]);
  });

  test("compiles once for all data and captures of one shape", () => {
    const solved = (i: number) => {
      const a = double([i, i + 1, i + 2]);
      const { x } = root((x: Tensor, b: Tensor) => x.pow(3).sub(a).sub(b), double([1, 1, 1]), {
        data: double(i),
      });
      expect(off(x, [2 * i, 2 * i + 1, 2 * i + 2].map(Math.cbrt))).toBeLessThan(1e-13);
    };
    for (let i = 1; i < 4; i++) solved(i);
    const count = compilations(() => {
      for (let i = 4; i < 100; i++) solved(i);
    });
    expect(count).toBe(0);
  });

  test("has the derivatives of a large system, which is solved by products", () => {
    const n = 300;
    const solved = (a: Tensor) =>
      root((x: Tensor) => x.pow(3).add(x.mul(4)).sub(x.mean()).sub(a), double(Array(n).fill(0))).x;
    const a = double(Array.from({ length: n }, (_, i) => Math.sin(i)));
    const slope = jvp((a: Tensor) => solved(a).sin().sum())([a], [a]).tangent.item();
    expect(
      grad((a: Tensor) => solved(a).sin().sum())(a)
        .mul(a)
        .sum()
        .item(),
    ).toBeCloseTo(slope, 10);
  });
});

describe("root refuses", () => {
  const fn = (x: Tensor) => x;
  const cases: Readonly<Record<string, readonly [() => unknown, string]>> = {
    "another number of results": [
      () => root((x: Tensor) => concat([x, x]), double([1, 2])),
      "ShapeError: root: fn: expected as many results as unknowns, 2, got 4.",
    ],
    "a start of whole numbers": [
      () => root(fn, tensor([1], { dtype: "int32" })),
      "DTypeError: root: start: expected floats, got int32.",
    ],
    "a start that is not finite": [
      () => root(({ a }: { a: Tensor }) => a, { a: double([1, Number.NaN]) }),
      "ArgumentError: root: start.a: expected finite numbers, got NaN.",
    ],
    "a start of nothing": [
      () => root(fn, wrong([])),
      "ArgumentError: root: start: expected tensors or numbers with at least one element, got none.",
    ],
    "results of truth values": [
      () => root((x: Tensor) => x.greater(0), 1),
      "DTypeError: root: fn: expected a function that returns tensors of floats, got bool.",
    ],
    "a bracket of one end": [
      () => root(fn, 0, { bracket: wrong([1]) }),
      "ArgumentError: root: bracket: expected two ends [low, high], numbers or scalar tensors, got an array of length 1.",
    ],
    "a bracket for two unknowns": [
      () => root(fn, double([1, 2]), { bracket: [0, 1] }),
      "ShapeError: root: bracket: expected one unknown, got 2.",
    ],
    "equal ends": [
      () => root(fn, 0, { bracket: [1, 1] }),
      "ArgumentError: root: bracket: expected two different ends, got 1 and 1.",
    ],
    "a tolerance of zero": [
      () => root(fn, 0, { tolerance: 0 }),
      "ArgumentError: root: tolerance: expected a finite number above 0, got 0.",
    ],
    "half an iteration": [
      () => root(fn, 0, { maxIterations: 0.5 }),
      "ArgumentError: root: maxIterations: expected a positive integer, got 0.5.",
    ],
    "an unknown option": [
      () => root(fn, 0, wrong({ tol: 1 })),
      'ArgumentError: root: options: expected no others than data, bracket, dtype, tolerance, absoluteTolerance, maxIterations, got "tol".',
    ],
    "an instance of a class in place of options": [
      () => root(fn, 0, wrong(new Date(0))),
      "ArgumentError: root: options: expected an object of options, got a Date.",
    ],
    "what is no function": [
      () => root(wrong(1) as (x: Tensor) => Tensor, 0),
      "ArgumentError: root: fn: expected a function, got 1.",
    ],
    "a class": [
      () => root(wrong(class Equation {}) as (x: Tensor) => Tensor, 0),
      "ArgumentError: root: fn: expected a function that is called without new and returns its result, got the class Equation. Pass a function that makes or uses an instance.",
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [call, expected]) => {
    expect(complaint(call)).toBe(expected);
  });

  test("no bracket without a change of sign: it says so", () => {
    const { status, reason } = root((x: Tensor) => x.square().add(1), 0, { bracket: [-1, 1] });
    expect(status.item()).toBe(-2);
    expect(reason).toMatch(/the bracket has no change of sign/);
  });
});
