/**
 * Invalid data are errors, in eager functions at once and in compiled ones when they run; the reasons in messages are
 * true.
 */

import { compile, type Tensor, tensor } from "@graddiff/core";
import {
  curveFit,
  fixedPoint,
  interpolate1d,
  leastSquares,
  minimize,
  odeint,
  quadrature,
  root,
} from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { complaint, double } from "./support.ts";

sampleTests(4);

const line = (x: Tensor, a: Tensor) => x.mul(a);
const xs = double([1, 2, 3]);
const growth = (times: Tensor) =>
  odeint((_t: Tensor, y: Tensor) => y, double([1]), times).values as Tensor;
const curve = (knots: Tensor) => interpolate1d(knots, double([1, 2, 3]))(1.5);

describe("data are checked where they come in, and in compiled functions when they run", () => {
  const cases: Readonly<Record<string, readonly [(x: Tensor) => Tensor, number[], string]>> = {
    "times that turn": [growth, [0, 2, 1], "odeint: times: expected finite times that go on"],
    "times that are alike": [growth, [1, 1, 1], "odeint: times: expected finite times that go on"],
    "a time that is infinite": [growth, [0, 1, Infinity], "odeint: times: expected finite times"],
    "knots that descend": [curve, [0, 2, 1], "interpolate1d: knots: expected finite knots"],
    "knots that are equal": [curve, [0, 1, 1], "interpolate1d: knots: expected finite knots"],
    "NaN in ys": [
      (y) => curveFit(line, xs, y, 1).x,
      [1, NaN, 3],
      "curveFit: ys: expected numbers, and no NaN, got NaN.",
    ],
    "NaN in xs": [(x) => curveFit(line, x, xs, 1).x, [1, NaN, 3], "curveFit: xs: expected numbers"],
    "a sigma of zero": [
      (sigma) => curveFit(line, xs, xs, 1, { sigma }).x,
      [1, 0, 1],
      "curveFit: sigma: expected standard deviations above 0, got 0.",
    ],
    "negative weights": [
      (weights) => leastSquares((a: Tensor) => xs.mul(a).sub(xs), 1, { weights }).x,
      [1, -1, 1],
      "leastSquares: weights: expected numbers that are not negative, got -1.",
    ],
    "NaN in data": [
      (data) => leastSquares((a: Tensor, d: Tensor) => d.mul(a).sub(xs), 1, { data }).x,
      [1, NaN, 1],
      "leastSquares: data: expected numbers, and no NaN, got NaN.",
    ],
    "NaN in data of root": [
      (data) => root((a: Tensor, d: Tensor) => d.sum().sub(a), 1, { data }).x,
      [1, NaN, 1],
      "root: data: expected numbers, and no NaN, got NaN.",
    ],
    "NaN in data of minimize": [
      (data) => minimize((a: Tensor, d: Tensor) => d.sub(a).square().sum(), 1, { data }).x,
      [1, NaN, 1],
      "minimize: data: expected numbers, and no NaN, got NaN.",
    ],
    "NaN in data of fixedPoint": [
      (data) => fixedPoint((a: Tensor, d: Tensor) => d.sum().add(a).div(2), 1, { data }).x,
      [1, NaN, 1],
      "fixedPoint: data: expected numbers, and no NaN, got NaN.",
    ],
    "NaN in data of quadrature": [
      (data) => quadrature((x: Tensor, d: Tensor) => d.sum().add(x), 0, 1, { data }).value,
      [1, NaN, 1],
      "quadrature: data: expected numbers, and no NaN, got NaN.",
    ],
    "NaN in data of odeint": [
      (data) =>
        odeint((_t: Tensor, y: Tensor, d: Tensor) => y.mul(d.sum()), double([1]), xs, { data })
          .values,
      [1, NaN, 1],
      "odeint: data: expected numbers, and no NaN, got NaN.",
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [fn, input, wanted]) => {
    const wrong = double(input);
    expect(complaint(() => fn(wrong))).toMatch(`ArgumentError: ${wanted}`);
    expect(complaint(() => compile(fn)(wrong))).toMatch(`ArgumentError: ${wanted}`);
    expect(compile(fn)(xs).isFinite().all().item()).toBe(1);
  });

  test("times in order have the states of their order, compiled, backwards too", () => {
    const values = compile(growth)(double([0, 1, 2]));
    expect(values.at(2).item()).toBeCloseTo(Math.exp(2), 4);
    expect(
      compile(growth)(double([2, 1, 0]))
        .at(2)
        .item(),
    ).toBeCloseTo(Math.exp(-2), 4);
  });

  const none: Readonly<Record<string, readonly [() => unknown, string]>> = {
    "no unknowns": [
      () => leastSquares((x: Tensor) => x, double([])),
      "leastSquares: start: expected tensors or numbers with at least one element, got none.",
    ],
    "no residuals": [
      () => leastSquares((x: Tensor) => x.mul(double([])), double([1])),
      "ShapeError: leastSquares: residuals: expected at least one residual, got none.",
    ],
    "no data": [
      () => curveFit(line, double([]), double([]), 1),
      "ShapeError: curveFit: residuals: expected at least one residual, got none.",
    ],
    "no state": [
      () => odeint((_t: Tensor, y: Tensor) => y, double([]), xs),
      "odeint: start: expected tensors or numbers with at least one element, got none.",
    ],
    "no unknowns of minimize": [
      () => minimize((x: Tensor) => x.sum(), double([])),
      "minimize: start: expected tensors or numbers with at least one element, got none.",
    ],
    "a tolerance below ε": [
      () => leastSquares((x: Tensor) => x, 1, { tolerance: 1e-17 }),
      "leastSquares: tolerance: expected at least 2.2e-16, the ε of float64, got 1e-17.",
    ],
    "a tolerance below the ε of float32, where it computes in that": [
      () => root((x: Tensor) => x, 1, { tolerance: 1e-9, dtype: "float32" }),
      "root: tolerance: expected at least 1.2e-7, the ε of float32, got 1e-9. float64 takes smaller ones.",
    ],
    "a tolerance below the ε of a float32 start": [
      () => minimize((x: Tensor) => x.square(), tensor(1), { tolerance: 1e-9 }),
      "minimize: tolerance: expected at least 1.2e-7, the ε of float32, got 1e-9. float64 takes smaller ones.",
    ],
    "an error below the ε of a float32 state": [
      () => odeint((_t: Tensor, y: Tensor) => y, tensor([1]), xs, { relative: 1e-12 }),
      "odeint: relative: expected at least 1.2e-7, the ε of float32, got 1e-12. float64 takes smaller ones.",
    ],
  };
  test.each(Object.entries(none))("%s", (_, [call, wanted]) => {
    expect(complaint(call)).toContain(wanted);
  });
});

describe("fits and roots compute in float64, whatever dtype start and data have", () => {
  const single = (x: number[]) => tensor(x, { dtype: "float32" });
  test("a quadratic through float32 points far from zero", () => {
    const x = single(Array.from({ length: 40 }, (_, i) => 1000 + i));
    const y = x.square().mul(3).add(x.mul(2)).add(1);
    const { x: p, standardErrors } = curveFit(
      (x: Tensor, p: Tensor) => p.at(0).mul(x.square()).add(p.at(1).mul(x)).add(p.at(2)),
      ...([x, y, single([1, 1, 1])] as const),
    );
    expect([p.dtype, standardErrors.dtype]).toEqual(["float64", "float64"]);
    // The accuracy is limited, since ys are rounded to float32.
    expect(p.at(0).item()).toBeCloseTo(3, 4);
  });

  test("all of them, and minimize, odeint and interpolate1d keep what they have", () => {
    const start = single([1]);
    const double = [
      leastSquares((x: Tensor) => x.sub(2), start).x,
      root((x: Tensor) => x.sub(2), start).x,
      fixedPoint((x: Tensor) => x.cos(), start).x,
      quadrature((x: Tensor) => x, tensor(0), tensor(1)).value,
    ];
    expect(double.map(({ dtype }) => dtype)).toEqual(Array(4).fill("float64"));
    const kept = [
      minimize((x: Tensor) => x.sub(2).square().sum(), start).x,
      odeint((_t: Tensor, y: Tensor) => y, start, xs).values,
      interpolate1d(xs, single([1, 2, 3]))(1.5),
      interpolate1d(xs, single([1, 2, 3]), { kind: "pchip" })(xs),
    ];
    expect(kept.map(({ dtype }) => dtype)).toEqual(Array(4).fill("float32"));
  });
});

describe("reasons say what is so", () => {
  test("of what is not finite, which op made it, and of a derivative only where that is so", () => {
    const reasons = [
      quadrature((x: Tensor) => x.reciprocal(), -1, 2).reason,
      quadrature((x: Tensor) => x.reciprocal(), 0, 1).reason,
      root((x: Tensor) => x.reciprocal(), 1, { bracket: [-1, 1] }).reason,
      root((x: Tensor) => x.square().add(1), 1, { bracket: [-1, 2] }).reason,
      root((x: Tensor) => x.sqrt(), 0).reason,
      minimize((x: Tensor) => x.abs().sqrt(), 0).reason,
      leastSquares((x: Tensor) => x.sqrt(), 0).reason,
    ];
    expect(reasons).toEqual([
      expect.stringMatching(
        /^fn is not finite inside of the ends: in fn the op reciprocal made it/,
      ),
      expect.stringMatching(/^maxIntervals intervals came first/),
      "fn is not finite at an end of the bracket or at a point between them",
      "the bracket has no change of sign",
      "fn or its Jacobian is not finite at x: the derivative of fn is not finite there, though its values are",
      "fn or its gradient is not finite at x: the derivative of fn is not finite there, though its values are",
      expect.stringMatching(/^residuals or their Jacobian are not finite at x: the derivative of/),
    ]);
  });

  test("a saddle is no minimum: newton tells it, the others say a stationary point", () => {
    const saddle = (x: Tensor) => x.at(1).square().sub(x.at(0).square()).add(x.at(0).pow(4));
    const start = double([0, 1]);
    const newton = minimize(saddle, start, { method: "newton" });
    expect([newton.status.item(), newton.reason]).toEqual([
      -4,
      "a saddle or a maximum: the gradient is zero, and the Hessian has a negative eigenvalue",
    ]);
    for (const method of ["bfgs", "lbfgs"] as const) {
      expect(minimize(saddle, start, { method }).reason).toMatch(/^a stationary point/);
      const top = minimize((x: Tensor) => x.square().neg(), 0, { method });
      expect([top.status.item(), top.reason]).toEqual([
        2,
        expect.stringMatching(/^a stationary point: the gradient is zero at the start/),
      ]);
    }
    const bottom = minimize((x: Tensor) => x.square(), 0, { method: "newton" });
    expect([bottom.status.item(), bottom.reason]).toEqual([1, expect.stringMatching(/^a minimum/)]);
    const level = leastSquares((x: Tensor) => [x, x.square().sub(2)], 0);
    expect([level.status.item(), level.reason]).toEqual([
      2,
      expect.stringMatching(/^a stationary/),
    ]);
  });
});

describe("problems that once ended where they began", () => {
  const years = tensor(Array.from({ length: 150 }, (_, i) => 1901 + i));
  test.each(["bfgs", "lbfgs", "newton"] as const)(
    "gradients that are small against x: %s",
    (method) => {
      const far = minimize((x: Tensor) => x.div(200).sub(1.3).square().sum(), tensor([180]), {
        method,
      });
      expect([far.status.item(), Math.abs(far.x.at(0).item() - 260) < 0.01]).toEqual([1, true]);
      const mean = (y: Tensor) => years.sub(y).div(1000).abs().pow(1.5).mean();
      const middle = minimize(mean, tensor(1900), { method });
      expect(Math.abs(middle.x.item() - 1975.5)).toBeLessThan(0.1);
    },
  );

  test("multiple roots and flat minima at zero", () => {
    for (const dtype of ["float64", "float32"] as const) {
      const { x, status } = root((x: Tensor) => x.square(), 1, { dtype });
      expect([status.item(), x.item() ** 2 < 1e-16]).toEqual([1, true]);
    }
    const triple = root((x: Tensor) => x.pow(3), 2);
    expect([triple.status.item(), Math.abs(triple.x.item()) < 1e-12]).toEqual([1, true]);
    const squares = leastSquares((x: Tensor) => x.square(), double([5, -3]));
    expect([squares.status.item(), squares.cost.item() < 1e-30]).toEqual([1, true]);
    for (const method of ["bfgs", "lbfgs", "newton"] as const) {
      const flat = minimize((x: Tensor) => x.add(0.5).pow(4).sum(), double([1, 2]), {
        ...{ method, absoluteTolerance: 1e-6 },
      });
      expect([flat.status.item(), flat.value.item() < 1e-16]).toEqual([1, true]);
    }
    const early = root((x: Tensor) => x.square(), 1, { absoluteTolerance: 1e-3 });
    expect([early.status.item(), early.iterations.item() < 12]).toEqual([1, true]);
  });

  test("a kink takes a few evaluations of each step of newton", () => {
    const { evaluations, iterations } = minimize(
      (x: Tensor) => x.sub(0.1).abs().sum(),
      double([3]),
      {
        method: "newton",
      },
    );
    expect(evaluations.item()).toBeLessThan(20 * (iterations.item() + 1));
  });

  test("residuals whose squares overflow or vanish", () => {
    const three = double([1, 2, 3]);
    const fitted = (size: number, dtype: "float64" | "float32") =>
      leastSquares((p: Tensor, d: Tensor) => p.mul(three).sub(d), 2 * size, {
        ...{ data: three.add(double([0.1, -0.1, 0.1])).mul(size), dtype },
      });
    const [plain] = [fitted(1, "float64")];
    for (const [size, dtype] of [
      [1e160, "float64"],
      [1e-160, "float64"],
      [1e30, "float32"],
      [1e-30, "float32"],
    ] as const) {
      const fit = fitted(size, dtype);
      expect([size, fit.status.item()]).toEqual([size, 1]);
      expect(fit.x.item() / size / plain.x.item()).toBeCloseTo(1, 5);
      expect(fit.standardErrors.item() / size / plain.standardErrors.item()).toBeCloseTo(1, 4);
    }
  });
});

test("bounds, sigma and weights are trees of numbers, as the start is, in the types, too", () => {
  const fall = (p: { a: Tensor; b: readonly Tensor[] }) => [
    p.a.sub(3),
    ...p.b.map((b) => b.sub(3)),
  ];
  const start = { a: 1, b: [1, 1] };
  const bounds = [
    { a: 0, b: [0, 0] },
    { a: 2, b: [1.5, 4] },
  ] as const;
  const found = leastSquares(fall, start, { bounds, weights: [1, 2, 3] });
  expect([found.x.a.item(), ...found.x.b.map((b) => b.item())]).toEqual([2, 1.5, 3]);
  const least = minimize(
    (p: { a: Tensor }) => p.a.sub(3).square(),
    { a: 1 },
    {
      bounds: [{ a: 0 }, { a: 2 }],
    },
  );
  expect(least.x.a.item()).toBe(2);
  const curve = (x: Tensor, a: Tensor, b: Tensor) => x.mul(a).add(b);
  const parameters = (sigma: number[] | Tensor) =>
    curveFit(
      (x: Tensor, [a, b]: readonly Tensor[]) => curve(x, a as Tensor, b as Tensor),
      xs,
      double([1, 2, 5]),
      [1, 1],
      { sigma },
    );
  const list = parameters([1, 1, 4]);
  const vector = parameters(double([1, 1, 4]));
  expect(list.x.map((each) => each.item())).toEqual(vector.x.map((each) => each.item()));
});

test("errors in the functions of the caller end in the line of the caller", () => {
  const wrong = (x: Tensor) => x.add(double([1, 2, 3]));
  const calls = [
    () => root(wrong, double([1, 1])),
    () => fixedPoint(wrong, double([1, 1])),
    () => leastSquares(wrong, double([1, 1])),
    () => minimize((x: Tensor) => wrong(x).sum(), double([1, 1])),
    () => odeint((_t: Tensor, y: Tensor) => wrong(y), double([1, 1]), double([0, 1])),
  ];
  for (const call of calls) {
    let error: unknown;
    try {
      call();
    } catch (caught) {
      error = caught;
    }
    expect(String((error as Error).stack?.split("\n")[1])).toMatch(/checks\.test\.ts:\d+:\d+/);
    expect(String(error)).not.toMatch(/\[(?!checks\.test\.ts)[\w.]+:\d+:\d+\]$/);
  }
});
