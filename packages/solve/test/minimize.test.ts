/** `minimize` by its three methods: known minima, bounds, every mode, and invalid arguments. */

import {
  arange,
  concat,
  cosh,
  grad,
  hessian,
  stack,
  type Tensor,
  tensor,
  vectorize,
} from "@graddiff/core";
import { minimize } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { inEveryMode } from "../../core/test/control/support.ts";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { compilations, complaint, double, off, scipy } from "./support.ts";

sampleTests(3);

const wrong = (value: unknown): never => value as never;
const METHODS = ["bfgs", "lbfgs", "newton"] as const;

inEveryMode("minimize of a convex function, with data and a capture", {
  shapes: [[2], []],
  low: 0.5,
  high: 1.5,
  // The minimum of Σ exp x − a x + b x²/2 is where exp x + b x = a; for b = 0 it is at log a.
  fn: (a, b) =>
    minimize((x: Tensor, a: Tensor) => x.exp().sub(a.mul(x).mul(b.exp())).sum(), double([0, 0]), {
      data: a,
    }).x,
  plain: (a, b) => a.log().add(b),
});

/** Rosenbrock's function of any number of unknowns. */
const valley = (x: Tensor) => {
  const [left, right] = [x.slice([0], [-1]), x.slice([1])];
  return right.sub(left.square()).square().mul(100).add(left.neg().add(1).square()).sum();
};
const beale = (x: Tensor) => {
  const [u, v] = [x.at(0), x.at(1)];
  return [1.5, 2.25, 2.625].reduce(
    (sum, c, i) =>
      sum.add(
        v
          .pow(i + 1)
          .neg()
          .add(1)
          .mul(u)
          .neg()
          .add(c)
          .square(),
      ),
    u.mul(0),
  );
};
const wood = (x: Tensor) => {
  const [a, b, c, d] = [x.at(0), x.at(1), x.at(2), x.at(3)];
  const first = b.sub(a.square()).square().mul(100).add(a.sub(1).square());
  const second = d.sub(c.square()).square().mul(90).add(c.sub(1).square());
  const third = b.add(d).sub(2).square().mul(10).add(b.sub(d).square().mul(0.1));
  return first.add(second).add(third);
};

describe.each(METHODS)("minimize by %s", (method) => {
  test.each<[string, (x: Tensor) => Tensor, number[], number[]]>([
    ["Rosenbrock's valley", valley, [-1.2, 1], [1, 1]],
    ["Rosenbrock's valley of 8", valley, Array(8).fill(0), Array(8).fill(1)],
    ["Beale's function", beale, [1, 1], [3, 0.5]],
    ["Wood's function", wood, [-3, -1, -3, -1], [1, 1, 1, 1]],
  ])("finds the minimum of %s", (_, fn, start, wanted) => {
    const { x, status, reason, gradient, evaluations } = minimize(fn, double(start), { method });
    expect(status.item()).toBe(1);
    expect(reason).toMatch(
      method === "newton" ? /^a minimum/ : /^a stationary point, reached by descent/,
    );
    expect(off(x, wanted)).toBeLessThan(1e-8);
    expect(gradient.abs().max().item()).toBeLessThan(1e-6);
    expect(evaluations.item()).toBeLessThan(400);
  });

  const boxes: Readonly<Record<string, readonly [Tensor | undefined, Tensor | undefined]>> = {
    "first below 0.5": [undefined, double([0.5, Infinity])],
    "a box beside the minimum": [double([-2, 1.2]), double([0.4, 3])],
    "a corner": [double([-2, -1]), double([-0.5, -0.25])],
  };
  test.each(Object.entries(boxes))(
    "finds SciPy's minimum within bounds: %s",
    (name, [low, high]) => {
      const start = double([-1.2, 1])
        .maximum(low ?? -9)
        .minimum(high ?? 9);
      const { x, value, status } = minimize(valley, start, { method, bounds: [low, high] });
      const expected = scipy["rosenbrock with bounds"][name];
      expect(status.item()).toBe(1);
      expect(value.item() / 2).toBeCloseTo(expected.cost, 9);
      expect(off(x, expected.x)).toBeLessThan(1e-7);
    },
  );

  test("has the derivatives of the minimum", () => {
    const found = (a: Tensor) =>
      minimize((x: Tensor) => x.square().sub(a).square().add(x.square()).sum(), double([2, 1]), {
        method,
      }).x;
    // From 4 x (x² − a) + 2 x = 0 follows x = √(a − 1/2).
    const a = double([2, 1.5]);
    const exact = (a: Tensor) => a.sub(0.5).sqrt();
    expect(off(found(a), exact(a))).toBeLessThan(1e-9);
    const sum = (own: typeof exact) => (a: Tensor) =>
      own(a)
        .mul(double([1, 3]))
        .sum();
    expect(off(grad(sum(found))(a), grad(sum(exact))(a))).toBeLessThan(1e-8);
    expect(off(hessian(sum(found))(a), hessian(sum(exact))(a))).toBeLessThan(1e-7);
    const rows = stack([a, a.mul(3)]);
    expect(off(vectorize(found)(rows), exact(rows))).toBeLessThan(1e-8);
  });
});

describe("minimize", () => {
  test("takes many unknowns, whose method keeps the last steps alone", () => {
    const n = 500;
    const wanted = arange(n, { dtype: "float64" }).sin();
    const scales = arange(n, { dtype: "float64" }).mul(0.02).add(1);
    const { x, status } = minimize(
      (x: Tensor) => cosh(x.sub(wanted).mul(scales)).sum(),
      wanted.mul(0),
    );
    expect(status.item()).toBe(1);
    expect(off(x, wanted)).toBeLessThan(1e-8);
  });

  test("goes down from where a function is not convex", () => {
    const { x } = minimize((x: Tensor) => x.cos().sum(), double([0.1, -0.2]), { method: "newton" });
    expect(off(x.cos(), [-1, -1])).toBeLessThan(1e-15);
  });

  test("stops after the most iterations, says what is not finite, and keeps float32", () => {
    const some = minimize(valley, double([-1.2, 1]), { maxIterations: 2 });
    expect([some.status.item(), some.iterations.item()]).toEqual([0, 2]);
    expect(minimize(valley, some.x).status.item()).toBe(1);
    const none = minimize((x: Tensor) => x.log(), -1);
    expect(none.status.item()).toBe(-1);
    expect(none.reason).toMatch(
      /^fn or its gradient is not finite at x: in fn the op log made it first/,
    );
    const single = minimize(
      (x: Tensor) => x.sub(3).square().sum(),
      tensor([1, 2], { dtype: "float32" }),
    );
    expect([single.x.dtype, single.status.item()]).toEqual(["float32", 1]);
    expect(off(single.x.cast("float64"), [3, 3])).toBeLessThan(1e-4);
  });

  test("compiles once for all data of one shape", () => {
    const run = (i: number) => {
      const shift = double(i);
      const { x } = minimize(
        (x: Tensor, a: Tensor) => x.sub(a).sub(shift).square().sum(),
        double([0, 0]),
        { data: double([i, 1]) },
      );
      expect(off(x, [2 * i, i + 1])).toBeLessThan(1e-9);
    };
    for (let i = 0; i < 8; i++) run(i);
    expect(compilations(() => Array.from({ length: 40 }, (_, i) => run(i + 8)))).toBe(0);
  });
});

describe("minimize refuses", () => {
  const fn = (x: Tensor) => x.square().sum();
  const cases: Readonly<Record<string, readonly [() => unknown, string]>> = {
    "a function of two results": [
      () => minimize((x: Tensor) => concat([x, x]), double([1])),
      "ShapeError: minimize: fn: expected a function that returns a scalar, got [2].",
    ],
    "another method": [
      () => minimize(fn, 1, { method: wrong("adam") }),
      'ArgumentError: minimize: method: expected "bfgs" or "lbfgs" or "newton", got "adam".',
    ],
    "a start outside of its bounds": [
      () => minimize(fn, 5, { bounds: [0, 3] }),
      "ArgumentError: minimize: start: expected unknown 0 within its bounds [0, 3], got 5.",
    ],
    "a start that is not finite": [
      () => minimize(fn, Number.NaN),
      "ArgumentError: minimize: start: expected finite numbers, got NaN.",
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [call, said]) => {
    expect(complaint(call)).toBe(said);
  });
});
