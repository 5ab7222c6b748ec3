/**
 * `fixedPoint`, `quadrature` and `interpolate1d`: compared with SciPy and closed forms, in every mode, and invalid
 * arguments.
 */

import { concat, grad, jvp, type Tensor, tensor, vectorize } from "@graddiff/core";
import { fixedPoint, interpolate1d, quadrature } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { inEveryMode } from "../../core/test/control/support.ts";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { complaint, double, off, scipy } from "./support.ts";

sampleTests(3);

const wrong = (value: unknown): never => value as never;

inEveryMode("fixedPoint of Heron's method", {
  shapes: [[2]],
  low: 0.5,
  fn: (a) =>
    fixedPoint((x: Tensor, a: Tensor) => x.add(a.div(x)).div(2), double([1, 1]), { data: a }).x,
  plain: (a) => a.sqrt(),
});

inEveryMode("quadrature between tensors, with a capture", {
  shapes: [[], [], []],
  low: 0.5,
  high: 2,
  fn: (a, b, k) => quadrature((x: Tensor) => x.mul(k).sin(), a, b).value,
  plain: (a, b, k) => a.mul(k).cos().sub(b.mul(k).cos()).div(k),
});

const { knots, values, x: places, ...expected } = scipy.interpolate;

inEveryMode("interpolate1d through points, linear", {
  shapes: [[3], [4]],
  low: 0.1,
  high: 2.9,
  fn: (x, ys) => interpolate1d(double([0, 1, 2, 3]), ys)(x),
  plain: (x, ys) => {
    const all = Array.from(x.data(), (value, k) => {
      const i = Math.floor(value);
      const part = x.at(k).sub(i);
      return ys
        .at(i)
        .add(part.mul(ys.at(i + 1).sub(ys.at(i))))
        .reshape([1]);
    });
    return concat(all);
  },
});

describe("fixedPoint", () => {
  test("says where it does not come to one", () => {
    const far = fixedPoint((x: Tensor) => x.neg().add(1), 0);
    expect([far.status.item(), far.reason]).toEqual([
      0,
      "the most iterations came first: fn may not contract; start: x goes on",
    ]);
    const none = fixedPoint((x: Tensor) => x.log(), 0.5);
    expect(none.status.item()).toBe(-1);
    expect(none.reason).toMatch(/the op log made it first/);
    const all = vectorize((a: Tensor) => fixedPoint((x: Tensor) => x.cos().mul(a), 1).x)(
      double([0.2, 0.9]),
    );
    expect(off(all, all.cos().mul(double([0.2, 0.9])))).toBeLessThan(1e-15);
  });
});

test("fixedPoint stops after maxIterations", () => {
  const early = fixedPoint((x: Tensor) => x.cos(), 1, { maxIterations: 3 });
  expect([early.status.item(), early.iterations.item()]).toEqual([0, 3]);
  expect(early.x.item()).toBeCloseTo(Math.cos(Math.cos(Math.cos(1))), 14);
});

describe("quadrature", () => {
  test("takes an absolute error, and ends at maxIntervals", () => {
    const wave = (x: Tensor) => x.mul(50).cos();
    const options = { relative: 1e-14 } as const;
    const rough = quadrature(wave, 0, 3, { ...options, absolute: 0.5 });
    const fine = quadrature(wave, 0, 3, { ...options, absolute: 1e-9 });
    expect([rough.status.item(), fine.status.item()]).toEqual([1, 1]);
    expect(rough.evaluations.item()).toBeLessThan(fine.evaluations.item());
    expect(rough.error.item()).toBeLessThan(0.5);
    const few = quadrature(wave, 0, 10, { maxIntervals: 4 });
    expect([few.status.item(), few.reason]).toEqual([0, expect.stringMatching(/^maxIntervals/)]);
  });

  test.each<[string, (x: Tensor) => Tensor, number, number]>([
    ["exp(−x²) over all", (x) => x.square().neg().exp(), -Infinity, Infinity],
    ["√x", (x) => x.sqrt(), 0, 1],
    ["cos 50x", (x) => x.mul(50).cos(), 0, 1],
  ])("gives SciPy's integral of %s", (name, fn, a, b) => {
    const { value, error, status } = quadrature(fn, a, b);
    expect(status.item()).toBe(1);
    expect(Math.abs(value.item() - scipy.quad[name])).toBeLessThan(Math.max(error.item(), 1e-13));
    expect(quadrature(fn, b, a).value.item()).toBeCloseTo(-value.item(), 12);
  });

  test("takes one infinite end on either side", () => {
    const fall = (x: Tensor) => x.abs().neg().exp();
    expect(quadrature(fall, 1, Infinity).value.item()).toBeCloseTo(Math.exp(-1), 12);
    expect(quadrature(fall, -Infinity, -1).value.item()).toBeCloseTo(Math.exp(-1), 12);
    expect(quadrature(fall, Infinity, 1).value.item()).toBeCloseTo(-Math.exp(-1), 12);
    expect(quadrature(fall, 2, 2).value.item()).toBe(0);
    const wide = (width: Tensor) =>
      quadrature((x: Tensor) => x.div(width).square().neg().exp(), -Infinity, Infinity).value;
    expect(grad(wide)(double(2)).item()).toBeCloseTo(Math.sqrt(Math.PI), 10);
    const tail = (a: Tensor) => quadrature(fall, a, Infinity).value;
    expect(grad(tail)(double(1)).item()).toBeCloseTo(-Math.exp(-1), 10);
  });

  test("says where an integral diverges, or a value is not finite", () => {
    const pole = quadrature((x: Tensor) => x.reciprocal(), 0, 1);
    expect(pole.status.item()).toBe(0);
    expect(pole.reason).toMatch(/^maxIntervals intervals came first/);
    const none = quadrature((x: Tensor) => x.sub(0.5).sqrt(), 0, 1);
    expect(none.status.item()).toBe(-1);
    expect(none.reason).toMatch(
      /^fn is not finite inside of the ends: in fn the op sqrt made it first/,
    );
  });
});

describe("interpolate1d", () => {
  test.each([
    ["linear", { kind: "linear" }],
    ["pchip", { kind: "pchip" }],
    ["cubic not-a-knot", { kind: "cubic" }],
    ["cubic natural", { kind: "cubic", ends: "natural" }],
  ] as const)("gives SciPy's %s", (name, options) => {
    const curve = interpolate1d(double(knots), double(values), options);
    const x = double(places);
    expect(off(curve(x), expected[name])).toBeLessThan(1e-13);
    expect(curve(2.6).item()).toBeCloseTo(expected[name][4], 12);
    const slopes = expected[`${name} slopes`];
    if (slopes === undefined) return;
    expect(off(grad((own: Tensor) => curve(own).sum())(x), slopes)).toBeLessThan(1e-12);
  });

  test.each(["linear", "pchip", "cubic"] as const)(
    "has the derivatives of %s by knots and values",
    (kind) => {
      const curve = (at: Tensor, ys: Tensor) =>
        interpolate1d(at, ys, { kind })(double([0.3, 1.7, 3.2, 5.5]))
          .mul(double([1, -2, 3, 0.5]))
          .sum();
      // No two neighbours are equal, since pchip has a kink there.
      const [at, ys] = [double(knots), double([0, 2, 1.5, 1.2, -1, 0.5])];
      const [along, up] = [
        double([0.1, -0.2, 0.3, 0.1, 0, -0.3]),
        double([1, 0.5, -1, 0.3, 0.2, 2]),
      ];
      const h = 1e-6;
      const moved = (s: number) => curve(at.add(along.mul(s)), ys.add(up.mul(s))).item();
      const slope = (moved(h) - moved(-h)) / (2 * h);
      const [ofKnots, ofValues] = grad(curve, { argnums: [0, 1] })(at, ys);
      expect(ofKnots.mul(along).sum().add(ofValues.mul(up).sum()).item()).toBeCloseTo(slope, 7);
      expect(jvp(curve)([at, ys], [along, up]).tangent.item()).toBeCloseTo(slope, 7);
    },
  );

  test("goes on beyond the knots, and through two points", () => {
    for (const kind of ["linear", "pchip"] as const) {
      expect(
        interpolate1d(double([0, 2]), double([1, 5]), { kind })(double([-1, 3])).toArray(),
      ).toEqual([-1, 7]);
    }
    const natural = interpolate1d(double([0, 2]), double([1, 5]), {
      kind: "cubic",
      ends: "natural",
    });
    expect(off(natural(double([-1, 3])), [-1, 7])).toBeLessThan(1e-14);
  });
});

describe("refuses", () => {
  const two = double([0, 1]);
  const cases: Readonly<Record<string, readonly [() => unknown, string]>> = {
    "fixedPoint another number of results": [
      () => fixedPoint((x: Tensor) => concat([x, x]), two),
      "ShapeError: fixedPoint: fn: expected as many results as unknowns, 2, got 4.",
    ],
    "quadrature NaN as an end": [
      () => quadrature((x: Tensor) => x, Number.NaN, 1),
      "ArgumentError: quadrature: a: expected a number, also an infinite one, or a scalar tensor, got NaN.",
    ],
    "quadrature two ends in one": [
      () => quadrature((x: Tensor) => x, 0, two),
      "ShapeError: quadrature: b: expected a scalar, got 2 numbers.",
    ],
    "quadrature a function of two results": [
      () => quadrature((x: Tensor) => concat([x.reshape([1]), x.reshape([1])]), 0, 1),
      "ShapeError: quadrature: fn: expected a scalar, got [2].",
    ],
    "interpolate1d knots that turn": [
      () => interpolate1d(double([0, 2, 1]), double([1, 2, 3])),
      "ArgumentError: interpolate1d: knots: expected finite knots that increase, got a step of -1.",
    ],
    "interpolate1d another number of values": [
      () => interpolate1d(two, double([1, 2, 3])),
      "ShapeError: interpolate1d: values: expected a value for each of 2 knots, got 3.",
    ],
    "interpolate1d too few points for a spline": [
      () => interpolate1d(two, two, { kind: "cubic" }),
      "ShapeError: interpolate1d: knots: expected a vector of at least 4 numbers, got [2].",
    ],
    "interpolate1d ends of straight lines": [
      () => interpolate1d(two, two, { ends: "natural" }),
      'ArgumentError: interpolate1d: ends: expected ends with the kind "cubic" alone, got "natural".',
    ],
    "interpolate1d whole numbers": [
      () => interpolate1d(tensor([0, 1], { dtype: "int32" }), two),
      "DTypeError: interpolate1d: knots: expected floats, got int32.",
    ],
    "interpolate1d lists": [
      () => interpolate1d(wrong([0, 1]), two),
      "DTypeError: interpolate1d: knots: expected a tensor of floats, got an array of length 2.",
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [call, said]) => {
    expect(complaint(call)).toBe(said);
  });
});
