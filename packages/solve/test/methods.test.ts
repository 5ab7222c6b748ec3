/**
 * Properties that identify a numerical method, beyond an answer within its tolerance. Accepted and rejected steps are
 * compared with Hairer's DOPRI5, orders are measured by halving steps, and slopes and ends of curves are compared with
 * SciPy's. A line search has to descend.
 */

import { readFileSync } from "node:fs";
import { cos, grad, sin, stack, type Tensor, unstack } from "@graddiff/core";
import { interpolate1d, minimize, odeint } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { sampled } from "../../core/test/support/sampling.ts";
import { dormandPrince } from "../src/ode/dormandPrince.ts";
import type { Method } from "../src/ode/method.ts";
import { rosenbrock } from "../src/ode/rosenbrock.ts";
import { double, off } from "./support.ts";

type System = (time: Tensor, y: Tensor) => Tensor;

interface Curve {
  readonly knots: readonly number[];
  readonly values: readonly number[];
  readonly pchip: readonly number[];
  readonly natural: readonly number[];
  /** Undefined for fewer than four knots, for which SciPy makes another curve. */
  readonly notAKnot?: readonly number[];
}
/** The numbers of accepted and rejected steps, by tolerance. */
type Counts = readonly (readonly [number, number])[];

/** The results of SciPy and of Hairer's program, which SciPy includes; written by `golden/solve.py`. */
const golden: {
  readonly dopri5: Readonly<Record<string, Counts>>;
  readonly curves: readonly Curve[];
} = JSON.parse(readFileSync(new URL("./golden/methods.json", import.meta.url), "utf8"));

const parts = (y: Tensor) => unstack(y) as [Tensor, Tensor, Tensor, Tensor];

/** Systems, each with the first and last time, and the initial state. */
const SYSTEMS: Readonly<Record<string, readonly [System, readonly [number, number], number[]]>> = {
  decay: [(_, y) => y.neg(), [0, 10], [1]],
  growth: [(_, y) => y, [0, 10], [1]],
  "growth from nothing": [(t, y) => t.mul(3).mul(t).mul(t).add(y), [0, 5], [0]],
  oscillator: [(_, y) => stack([y.at(1), y.at(0).neg()]), [0, 20], [1, 0]],
  backwards: [(t, y) => cos(t).mul(y), [3, -3], [1]],
  logistic: [(_, y) => y.mul(y.div(1000).neg().add(1)), [0, 15], [1]],
  pendulum: [(_, y) => stack([y.at(1), sin(y.at(0)).neg()]), [0, 20], [3, 0]],
  lotka: [
    (_, y) => {
      const [a, b] = parts(y);
      return stack([a.mul(1.5).sub(a.mul(b)), b.mul(-3).add(a.mul(b))]);
    },
    [0, 15],
    [10, 5],
  ],
  lorenz: [
    (_, y) => {
      const [a, b, c] = parts(y);
      const second = a.mul(c.neg().add(28)).sub(b);
      return stack([b.sub(a).mul(10), second, a.mul(b).sub(c.mul(8 / 3))]);
    },
    [0, 2],
    [1, 1, 1],
  ],
  "van der pol, mu = 5": [
    (_, y) => {
      const [x, v] = parts(y);
      return stack([v, x.square().neg().add(1).mul(v).mul(5).sub(x)]);
    },
    [0, 20],
    [2, 0],
  ],
};

/** The relative and absolute tolerances of the systems. */
const TOLERANCES = [
  [1e-4, 1e-6],
  [1e-6, 1e-9],
  [1e-9, 1e-9],
] as const;

/**
 * Systems whose number of steps depends on rounding, or on the last step, which may be 1 % longer in Hairer's program.
 */
const NEARLY: readonly string[] = ["backwards", "lotka", "van der pol, mu = 5"];

describe("dopri5 makes and refuses the steps of Hairer's program", () => {
  test.each(Object.entries(SYSTEMS).map((entry, i) => [...entry, i] as const))(
    "for %s",
    (name, [fn, span, start], i) => {
      for (const [relative, absolute] of sampled(TOLERANCES, 3, i)) {
        const options = { method: "dopri5", relative, absolute } as const;
        const found = odeint(fn, double(start), double([...span]), options);
        const made = found.iterations.item();
        // Each step evaluates the system six times, and the start evaluates it twice.
        const refused = (found.evaluations.item() - 2) / 6 - made;
        const tolerance = TOLERANCES.findIndex((own) => own[0] === relative);
        const expected = golden.dopri5[name]?.[tolerance] ?? [0, 0];
        if (!NEARLY.includes(name)) expect([made, refused]).toEqual(expected);
        expect(Math.abs(made - expected[0])).toBeLessThanOrEqual(1);
        expect(Math.abs(refused - expected[1])).toBeLessThanOrEqual(2);
      }
    },
  );
});

/** The solutions of y′ = y cos t and z′ = −2 t z² are e^(sin t) and 1 / (1 + t²). */
const known: System = (t, y) => stack([y.at(0).mul(cos(t)), y.at(1).square().mul(t).mul(-2)]);
const solution = (t: number) => [Math.exp(Math.sin(t)), 1 / (1 + t * t)];
const END = 1.5;

/**
 * Returns the errors of equal steps: at the end, in the middle of the last step, and the error that the method
 * estimates.
 */
function errorsOf(method: Method, steps: number) {
  const length = double(END / steps);
  let state = double([1, 1]);
  let slope = known(double(0), state);
  let trial = method.step(known, double(0), state, slope, length);
  for (let i = 0; i < steps; i++) {
    trial = method.step(known, double((END * i) / steps), state, slope, length);
    ({ state, slope } = trial);
  }
  const middle = method.inside(trial.dense, double([[0.4]])).at(0);
  const far = (x: Tensor, t: number) =>
    x
      .sub(double(solution(t)))
      .abs()
      .max()
      .item();
  return {
    end: far(state, END),
    middle: far(middle, END - (0.6 * END) / steps),
    estimate: trial.error.abs().max().item(),
  };
}

/** Expects that halving the steps divides the error by about 2 to the power of the order. */
function expectOrder(before: number, after: number, order: number) {
  expect(Math.abs(Math.log2(before / after) - order)).toBeLessThan(0.45);
}

describe("orders by halving steps", () => {
  test("dopri5: 5 at the end, its estimate 4, its dense output 4", () => {
    const [coarse, fine] = [errorsOf(dormandPrince, 20), errorsOf(dormandPrince, 40)];
    expectOrder(coarse.end, fine.end, 5);
    expectOrder(coarse.estimate, fine.estimate, 5);
    expectOrder(coarse.middle, fine.middle, 5);
  });

  test("rosenbrock: 4 at the end, its estimate 3, its dense output 3", () => {
    const [coarse, fine] = [errorsOf(rosenbrock, 16), errorsOf(rosenbrock, 32)];
    expectOrder(coarse.end, fine.end, 4);
    expectOrder(coarse.estimate, fine.estimate, 4);
    expectOrder(coarse.middle, fine.middle, 4);
  });

  test("rk4: 4", () => {
    const errorOf = (steps: number) => {
      const options = { method: "rk4", steps } as const;
      const { values } = odeint(known, double([1, 1]), double([0, END]), options);
      return values
        .at(1)
        .sub(double(solution(END)))
        .abs()
        .max()
        .item();
    };
    expectOrder(errorOf(20), errorOf(40), 4);
    expectOrder(errorOf(40), errorOf(80), 4);
  });
});

const CURVES = golden.curves;

describe("curves", () => {
  test("have the slopes of SciPy's at all knots", () => {
    for (const { knots, values, ...slopes } of CURVES) {
      const kinds = [
        ["pchip", { kind: "pchip" }],
        ["natural", { kind: "cubic", ends: "natural" }],
        ["notAKnot", { kind: "cubic" }],
      ] as const;
      for (const [name, options] of kinds) {
        const expected = slopes[name];
        if (expected === undefined) continue;
        const curve = interpolate1d(double(knots), double(values), options);
        const got = grad((x: Tensor) => curve(x).sum())(double(knots));
        expect(off(got, expected), `${name} through ${values} at ${knots}`).toBeLessThan(1e-10);
      }
    }
  });

  test("pchip does not overshoot at its ends", () => {
    const curve = interpolate1d(double([0, 1, 2]), double([0, 1, -10]), { kind: "pchip" });
    expect(curve(0.5).item()).toBe(0.875);
  });

  test("natural splines have no second derivative at their ends", () => {
    for (const { knots, values } of CURVES) {
      const curve = interpolate1d(double(knots), double(values), {
        kind: "cubic",
        ends: "natural",
      });
      const bend = grad((x: Tensor) => grad((y: Tensor) => curve(y).sum())(x).sum());
      const found = bend(double([knots[0] as number, knots.at(-1) as number]));
      const size = bend(double(knots)).abs().max().item();
      expect(found.abs().max().item()).toBeLessThan(1e-11 * Math.max(1, size));
    }
  });

  test("splines that are not a knot are one cubic over the outer two intervals, and any cubic itself", () => {
    for (const { knots, values, notAKnot } of CURVES) {
      if (notAKnot === undefined) continue;
      const third = (curve: (x: Tensor) => Tensor) =>
        grad((x: Tensor) =>
          grad((y: Tensor) => grad((z: Tensor) => curve(z).sum())(y).sum())(x).sum(),
        );
      const between = knots.slice(1).map((to, i) => (to + (knots[i] as number)) / 2);
      const curve = interpolate1d(double(knots), double(values), { kind: "cubic" });
      const found = [...third(curve)(double(between)).data()] as number[];
      const size = Math.max(1, ...found.map(Math.abs));
      const [first = 0, second = 0] = found;
      expect(Math.abs(first - second)).toBeLessThan(1e-9 * size);
      expect(Math.abs((found.at(-1) as number) - (found.at(-2) as number))).toBeLessThan(
        1e-9 * size,
      );
      const cubic = (x: Tensor) => x.mul(x).mul(x).sub(x.square().mul(2)).add(x);
      const itself = interpolate1d(double(knots), cubic(double(knots)), { kind: "cubic" });
      const beyond = double([(knots[0] as number) - 1, ...between, (knots.at(-1) as number) + 1]);
      expect(off(itself(beyond), cubic(beyond))).toBeLessThan(1e-9);
    }
  });
});

/** Rosenbrock's valley. */
const valley = (x: Tensor) => {
  const [a, b] = [x.at(0), x.at(1)];
  return b.sub(a.square()).square().mul(100).add(a.neg().add(1).square());
};

describe.each(["bfgs", "lbfgs", "newton"] as const)("the search of %s", (method) => {
  test.each([
    ["free", {}],
    ["within bounds", { bounds: [double([-2, -2]), double([0.5, 2])] }],
  ] as const)("accepts only points that go down as Armijo asks, %s", (_, options) => {
    const points = [double([-1.2, 1])];
    for (let most = 1; most <= 12; most++) {
      points.push(
        minimize(valley, double([-1.2, 1]), { method, ...options, maxIterations: most }).x,
      );
    }
    const { iterations, evaluations } = minimize(valley, double([-1.2, 1]), { method, ...options });
    expect(evaluations.item(), "steps that were refused").toBeGreaterThan(iterations.item() + 1);
    let moved = 0;
    for (const [i, after] of points.slice(1).entries()) {
      const before = points[i] as Tensor;
      const move = after.sub(before);
      if (move.abs().max().item() === 0) continue;
      moved++;
      const slope = grad(valley)(before).mul(move).sum().item();
      const rise = valley(after).item() - valley(before).item();
      expect(slope).toBeLessThan(0);
      expect(rise).toBeLessThanOrEqual(1e-4 * slope);
    }
    expect(moved).toBeGreaterThan(8);
  });
});
