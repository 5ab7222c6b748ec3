/** `leastSquares` and `curveFit`: compared with SciPy, in every mode, and invalid arguments. */

import { inspect } from "node:util";
import {
  concat,
  grad,
  hessian,
  linspace,
  ones,
  stack,
  type Tensor,
  tensor,
  Variable,
  vectorize,
} from "@graddiff/core";
import { solve } from "@graddiff/core/linalg";
import { curveFit, leastSquares } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { inEveryMode } from "../../core/test/control/support.ts";
import { sampleTests } from "../../core/test/support/sampling.ts";
import { compilations, complaint, double, off, scipy } from "./support.ts";

sampleTests(4);

const wrong = (value: unknown): never => value as never;

const times = linspace(0, 5, 21, { dtype: "float64" });
const decay = (t: Tensor, [a, b, c]: readonly [Tensor, Tensor, Tensor]) =>
  a.mul(b.mul(t).neg().exp()).add(c);
const spoilt = double(scipy.spoilt);
const rosenbrock = (x: Tensor) => {
  const [u, v] = [x.at(0), x.at(1)];
  return stack([v.sub(u.square()).mul(10), u.neg().add(1)]);
};

/** The abscissas of four points, and a function that fits a line to their ordinates by the normal equations. */
const places = double([-1, 0.5, 1, 2]);
const lineThrough = (ys: Tensor, weights: Tensor) => {
  const design = stack([places, ones([4], { dtype: "float64" })], 1);
  const turned = design.transpose().mul(weights);
  return solve(turned.matmul(design), turned.matmul(ys));
};

inEveryMode("leastSquares of a line, with weights", {
  shapes: [[4], [4]],
  low: 0.5,
  high: 2,
  fn: (ys, weights) =>
    leastSquares(
      (p: Tensor, own: Tensor) => p.at(0).mul(places).add(p.at(1)).sub(own),
      double([1, 0]),
      {
        data: ys,
        weights,
      },
    ).x,
  plain: lineThrough,
});

inEveryMode("leastSquares with a residual that is not zero, whose whole Hessian counts", {
  shapes: [[]],
  low: 0.5,
  high: 1.5,
  // The minimum of (x² − a)² + (x − 3)² is where 4 x (x² − a) + 2 (x − 3) = 0; Cardano's formula gives the root.
  fn: (a) => leastSquares((x: Tensor) => [x.square().sub(a), x.sub(3)], 1).x,
  plain: (a) => {
    const [p, q] = [a.mul(-1).add(0.5), a.mul(0).sub(1.5)];
    const part = q.square().div(4).add(p.pow(3).div(27)).sqrt();
    const [u, v] = [part.sub(q.div(2)), part.add(q.div(2)).neg()];
    const root = (x: Tensor) => x.sign().mul(x.abs().pow(1 / 3));
    return root(u).add(root(v));
  },
});

describe("leastSquares", () => {
  const bounds: Readonly<Record<string, readonly [Tensor | undefined, Tensor | undefined]>> = {
    none: [undefined, undefined],
    "first below 0.5": [undefined, double([0.5, Infinity])],
    "second above 1.5": [double([-Infinity, 1.5]), undefined],
    "a box beside the minimum": [double([-2, 1.2]), double([0.4, 3])],
    "a corner": [double([-2, -1]), double([-0.5, -0.25])],
  };
  test.each(Object.entries(bounds))(
    "finds SciPy's minimum of Rosenbrock's function: bounds %s",
    (name, [low, high]) => {
      const expected = scipy["rosenbrock with bounds"][name];
      const start = double([-1.2, 1])
        .maximum(low ?? -9)
        .minimum(high ?? 9);
      const found = leastSquares(rosenbrock, start, { bounds: [low, high] });
      expect(found.status.item()).toBe(1);
      expect(found.cost.item()).toBeLessThanOrEqual(expected.cost * (1 + 1e-12) + 1e-20);
      expect(found.evaluations.item()).toBeLessThan(60);
      if (Math.abs(found.cost.item() - expected.cost) < 1e-9) {
        expect(off(found.x, expected.x)).toBeLessThan(1e-8);
      }
    },
  );

  test.each(Object.keys(scipy.losses))("finds SciPy's minimum with the loss %s", (name) => {
    const [loss = "", scale] = name.split(" ");
    const found = leastSquares(
      (p: readonly [Tensor, Tensor, Tensor]) => decay(times, p).sub(spoilt),
      [1, 1, 0],
      { loss: { name: wrong(loss), scale: Number(scale) } },
    );
    const { x, cost } = scipy.losses[name];
    expect(found.status.item()).toBe(1);
    expect(Math.abs(found.cost.item() / cost - 1)).toBeLessThan(1e-10);
    expect(off(stack(found.x), x)).toBeLessThan(2e-6);
  });

  test("takes a Jacobian without full rank", () => {
    const found = leastSquares(
      (x: Tensor) => concat([x.sum().sub(3).reshape([1]), x.sum().mul(2).sub(6).reshape([1])]),
      double([0, 1]),
    );
    expect(found.status.item()).toBe(1);
    expect(off(found.x, [1, 2])).toBeLessThan(1e-12);
    const more = leastSquares(
      (x: Tensor) => stack([x.at(0).sub(x.at(1)), x.at(1).mul(0)]),
      double([3, 1]),
    );
    expect(more.x.at(0).sub(more.x.at(1)).item()).toBeCloseTo(0, 14);
    expect(more.covariance.isFinite().all().item()).toBe(0);
  });

  test("takes fewer residuals than unknowns, whose covariance is infinite", () => {
    const { x, covariance } = leastSquares((x: Tensor) => x.sum().sub(3), double([0, 1, 0]));
    expect(x.sum().item()).toBeCloseTo(3, 14);
    expect(covariance.toArray()).toEqual(Array(3).fill(Array(3).fill(Infinity)));
  });

  test("converges where the least value is zero, at zero", () => {
    const found = leastSquares((x: Tensor) => x, double([5, -3]));
    expect([found.status.item(), ...found.x.data()]).toEqual([1, 0, 0]);
    const slow = leastSquares((x: Tensor) => x.square(), double([5, -3]));
    expect(slow.cost.item()).toBeLessThan(1e-30);
  });

  test("has Moré, Garbow and Hillstrom's minima: Wood, Powell's singular function, Kowalik and Osborne, Bard", () => {
    const at = (x: Tensor) =>
      [x.at(0), x.at(1), x.at(2), x.at(3)] as [Tensor, Tensor, Tensor, Tensor];
    const powell = (x: Tensor) => {
      const [a, b, c, d] = at(x);
      return [
        a.add(b.mul(10)),
        c.sub(d).mul(Math.sqrt(5)),
        b.sub(c.mul(2)).square(),
        a.sub(d).square().mul(Math.sqrt(10)),
      ];
    };
    const wood = (x: Tensor) => {
      const [a, b, c, d] = at(x);
      return [
        b.sub(a.square()).mul(10),
        a.neg().add(1),
        d.sub(c.square()).mul(Math.sqrt(90)),
        c.neg().add(1),
        b.add(d).sub(2).mul(Math.sqrt(10)),
        b.sub(d).div(Math.sqrt(10)),
      ];
    };
    expect(leastSquares(powell, double([3, -1, 0, 1])).cost.item()).toBeLessThan(1e-20);
    expect(off(leastSquares(wood, double([-3, -1, -3, -1])).x, [1, 1, 1, 1])).toBeLessThan(1e-10);
    const ys = [
      0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39,
    ];
    const u = double(ys.map((_, i) => i + 1));
    const [v, w] = [u.neg().add(16), u.minimum(u.neg().add(16))];
    const bard = (x: Tensor) =>
      x
        .at(0)
        .add(u.div(v.mul(x.at(1)).add(w.mul(x.at(2)))))
        .sub(double(ys));
    expect(leastSquares(bard, double([1, 1, 1])).cost.item() * 2).toBeCloseTo(8.21487e-3, 7);
  });

  test("gives covariances that are differentiated, too", () => {
    const spread = (factor: Tensor) =>
      leastSquares(
        (p: readonly [Tensor, Tensor, Tensor]) => decay(times, p).sub(spoilt.mul(factor)),
        [1, 1, 0],
      ).standardErrors[1];
    const h = 1e-5;
    const slope = (spread(double(1 + h)).item() - spread(double(1 - h)).item()) / (2 * h);
    expect(grad(spread)(double(1)).item()).toBeCloseTo(slope, 7);
  });

  test("differentiates the bound that an unknown has reached, and not the others", () => {
    const fit = (low: Tensor, a: Tensor) =>
      leastSquares(
        (x: Tensor) =>
          x
            .sub(a)
            .mul(double([1, 2]))
            .add(x.sum().mul(0.1)),
        double([5, 5]),
        {
          bounds: [low, undefined],
        },
      ).x;
    const [low, a] = [double([-9, 2]), double([1, 1])];
    const h = 1e-6;
    const loss = (low: Tensor, a: Tensor) =>
      fit(low, a)
        .mul(double([1, 3]))
        .sum();
    const [ofLow, ofA] = grad(loss, { argnums: [0, 1] })(low, a);
    expect(fit(low, a).at(1).item()).toBe(2);
    for (const [k, unit] of [double([h, 0]), double([0, h])].entries()) {
      const difference = (up: Tensor, down: Tensor) => up.sub(down).item() / (2 * h);
      expect(ofLow.at(k).item()).toBeCloseTo(
        difference(loss(low.add(unit), a), loss(low.sub(unit), a)),
        8,
      );
      expect(ofA.at(k).item()).toBeCloseTo(
        difference(loss(low, a.add(unit)), loss(low, a.sub(unit))),
        8,
      );
    }
    expect(
      hessian((a: Tensor) => loss(low, a))(a)
        .abs()
        .max()
        .item(),
    ).toBeLessThan(1e-9);
  });

  test("fits 100 data sets with one program, written in a loop, whatever is captured", () => {
    const fit = (i: number) => {
      const rate = 0.5 + i / 100;
      const ys = decay(times, [double(2), double(rate), double(1)]);
      const shift = double(i);
      const { x, status } = leastSquares(
        (p: readonly [Tensor, Tensor, Tensor], data: Tensor) =>
          decay(times, p).sub(data).sub(shift).add(i),
        [1, 1, 0],
        { data: ys },
      );
      expect(status.item()).toBe(1);
      expect(off(stack(x), [2, rate, 1])).toBeLessThan(1e-9);
    };
    // The first fits compile programs. At most one is compiled again, if programs of other tests have evicted it.
    for (let i = 0; i < 12; i++) fit(i);
    const count = compilations(() => Array.from({ length: 88 }, (_, i) => fit(i + 12)));
    expect(count).toBeLessThanOrEqual(1);
  });

  test("stops after the most iterations, and goes on from there", () => {
    const some = leastSquares(rosenbrock, double([-1.2, 1]), { maxIterations: 3 });
    expect([some.status.item(), some.evaluations.item()]).toEqual([0, 4]);
    expect(leastSquares(rosenbrock, some.x).cost.item()).toBeLessThan(1e-20);
  });

  test("says what is not finite at the start, and that residuals jump", () => {
    const { status, reason } = leastSquares((x: Tensor) => x.sub(3).sqrt(), 1);
    expect(status.item()).toBe(-1);
    expect(reason).toMatch(
      /^residuals or their Jacobian are not finite at x: in residuals the op sqrt made it first/,
    );
    const jumping = leastSquares((x: Tensor) => x.sub(0.3).add(x.mul(40).floor()), 1);
    expect(jumping.status.item()).not.toBe(0);
  });

  test("fits a batch, each example to its end, in float32, too", () => {
    const rows = stack([spoilt, spoilt.mul(2), spoilt.add(1)]);
    const fit = (ys: Tensor) =>
      leastSquares((p: readonly [Tensor, Tensor, Tensor]) => decay(times, p).sub(ys), [1, 1, 0]);
    const all = vectorize((ys: Tensor) => stack(fit(ys).x))(rows);
    for (const k of [0, 1, 2]) expect(off(all.at(k), stack(fit(rows.at(k)).x))).toBeLessThan(1e-9);
    const small = leastSquares(
      (p: Tensor) => decay(times, [p.at(0), p.at(1), p.at(2)]).sub(spoilt),
      tensor([1, 1, 0]),
      { dtype: "float32" },
    );
    expect([small.x.dtype, small.status.item()]).toEqual(["float32", 1]);
    expect(off(small.x.cast("float64"), all.at(0))).toBeLessThan(1e-4);
  });
});

describe("curveFit", () => {
  const model = (t: Tensor, p: readonly [Tensor, Tensor, Tensor]) => decay(t, p);
  const ys = decay(times, [double(3), double(0.7), double(0.5)]).add(
    double(Array.from({ length: 21 }, (_, i) => Math.sin(7 * i) * 0.05)),
  );
  const sigma = times.mul(0.02).add(0.05);
  test.each([
    ["no sigma", {}],
    ["sigma", { sigma }],
    ["absolute sigma", { sigma, absoluteSigma: true }],
  ])("gives SciPy's parameters and covariance with %s", (name, options) => {
    const { x, covariance, standardErrors } = curveFit(model, times, ys, [1, 1, 0], options);
    const expected = scipy.curve_fit[name];
    expect(off(stack(x), expected.x)).toBeLessThan(1e-7);
    const wanted = double(expected.covariance);
    expect(covariance.sub(wanted).abs().max().item()).toBeLessThan(
      1e-6 * wanted.abs().max().item(),
    );
    expect(standardErrors[0].item()).toBeCloseTo(Math.sqrt(expected.covariance[0][0]), 7);
  });

  test("predicts with the error of the mean of a line", () => {
    const xs = double([0, 1, 2, 3, 4]);
    const line = (x: Tensor, { a, b }: { a: Tensor; b: Tensor }) => a.mul(x).add(b);
    const data = double([1.1, 2.8, 5.3, 6.9, 9.2]);
    const fit = curveFit(line, xs, data, { a: 0, b: 0 });
    const { value, standardError } = fit.predict(double([1, 7]));
    const variance = fit.residuals.square().sum().item() / 3;
    // The standard error is s √(1/n + (x − x̄)²/Σ(x − x̄)²).
    for (const [k, x] of [1, 7].entries()) {
      expect(standardError.at(k).item()).toBeCloseTo(
        Math.sqrt(variance * (1 / 5 + (x - 2) ** 2 / 10)),
        12,
      );
      expect(value.at(k).item()).toBeCloseTo(fit.x.a.item() * x + fit.x.b.item(), 12);
    }
    const ofData = grad((own: Tensor) =>
      curveFit(line, xs, own, { a: 0, b: 0 })
        .predict(double([2]))
        .value.sum(),
    );
    expect(off(ofData(data), Array(5).fill(0.2))).toBeLessThan(1e-13);
  });
});

test("a fit prints its parameters with their errors, and how it has ended", () => {
  const xs = tensor([0, 1, 2, 3], { dtype: "float64" });
  const ys = tensor([1.1, 2.9, 5.2, 6.8], { dtype: "float64" });
  const line = (x: Tensor, { a, rest }: { a: Tensor; rest: Tensor[] }) =>
    a.mul(x).add(rest[0] as Tensor);
  const fit = curveFit(line, xs, ys, { a: 1, rest: [0] });
  const digits = (x: Tensor | undefined, count: number) => x?.toString({ digits: count });
  const { x, standardErrors, cost } = fit;
  const text = `a       ${digits(x.a, 6)} ± ${digits(standardErrors.a, 2)}
rest.0  ${digits(x.rest[0], 6)} ± ${digits(standardErrors.rest[0], 2)}
cost ${digits(cost, 4)}, iterations ${fit.iterations.item()}: ${fit.reason}`;
  expect(String(fit)).toBe(text);
  expect(inspect(fit)).toBe(text);
  const own = leastSquares((x: Tensor) => x.sub(ys), xs);
  expect(String(own)).toMatch(/^x {2}\[1\.1 2\.9 5\.2 6\.8\] ± \[inf inf inf inf\]\n/);
});

describe("leastSquares refuses", () => {
  const fn = (x: Tensor) => x;
  const cases: Readonly<Record<string, readonly [() => unknown, string]>> = {
    "a start outside of its bounds": [
      () => leastSquares(fn, double([1, 5]), { bounds: [0, 3] }),
      "ArgumentError: leastSquares: start: expected unknown 1 within its bounds [0, 3], got 5.",
    ],
    "bounds that are crossed": [
      () => leastSquares(fn, double([1]), { bounds: [2, 0] }),
      "ArgumentError: leastSquares: bounds: expected a lower bound of unknown 0 that is not above the upper one, got [2, 0].",
    ],
    "bounds of another form": [
      () => leastSquares(fn, double([1, 2]), { bounds: [double([1, 2, 3]), undefined] }),
      "ShapeError: leastSquares: bounds of start: expected a number, or a tensor of shape [2], got the shape [3].",
    ],
    "one bound": [
      () => leastSquares(fn, 1, { bounds: wrong(2) }),
      "ArgumentError: leastSquares: bounds: expected two bounds [low, high], numbers or trees of the form of the start, got 2.",
    ],
    "weights of another number": [
      () => leastSquares(fn, double([1, 2]), { weights: double([1, 2, 3]) }),
      "ShapeError: leastSquares: weights: expected a number, or one for each residual, 2, got 3.",
    ],
    "a loss that is none": [
      () => leastSquares(fn, 1, { loss: wrong("hubert") }),
      'ArgumentError: leastSquares: loss: expected "linear", "huber", "softL1", "cauchy", or { name, scale } with a scale above 0, got "hubert".',
    ],
    "a scale of zero": [
      () => leastSquares(fn, 1, { loss: { name: "huber", scale: 0 } }),
      'ArgumentError: leastSquares: loss: expected "linear", "huber", "softL1", "cauchy", or { name, scale } with a scale above 0, got an object.',
    ],
    "a start that is not finite": [
      () => leastSquares(([a]: readonly [Tensor]) => a, [Infinity]),
      "ArgumentError: leastSquares: start[0]: expected finite numbers, got Infinity.",
    ],
    "an imitation of a Variable": [
      () => leastSquares(wrong(Object.create(Variable.prototype)), double(1)),
      "ArgumentError: leastSquares: residuals: expected a function, got an object with the prototype of Variable.",
    ],
    "data that the model does not give": [
      () => curveFit((x: Tensor, p: Tensor) => x.mul(p), double([1, 2]), double([1, 2, 3]), 1),
      "ShapeError: curveFit: ys: expected the shape of what the model gives, [2], got [3].",
    ],
    "sigma of another shape": [
      () =>
        curveFit((x: Tensor, p: Tensor) => x.mul(p), double([1, 2]), double([1, 2]), 1, {
          sigma: double([1]),
        }),
      "ShapeError: curveFit: sigma: expected a number, or the shape of ys, [2], got [1].",
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [call, expected]) => {
    expect(complaint(call)).toBe(expected);
  });
});
