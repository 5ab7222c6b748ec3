/** `odeint`: closed forms, SciPy's solutions, events, derivatives in every mode, and invalid arguments. */

import {
  compile,
  concat,
  grad,
  hessian,
  jvp,
  linspace,
  setRunner,
  stack,
  type Tensor,
  tensor,
  unstack,
  vectorize,
} from "@graddiff/core";
import { type OdeOptions, odeint } from "@graddiff/solve";
import { afterEach, describe, expect, test } from "vitest";
import { inEveryMode } from "../../core/test/control/support.ts";
import { sampled, sampleTests } from "../../core/test/support/sampling.ts";
import { dormandPrince } from "../src/ode/dormandPrince.ts";
import { rosenbrock } from "../src/ode/rosenbrock.ts";
import { compilations, complaint, double, off, scipy } from "./support.ts";

sampleTests(4);

const wrong = (value: unknown): never => value as never;

afterEach(() => {
  setRunner("wasm");
});

type Pair = [Tensor, Tensor];
type Three = [Tensor, Tensor, Tensor];

const lotka = (_time: Tensor, y: Tensor) => {
  const [a, b] = unstack(y) as Pair;
  return stack([a.mul(1.5).sub(a.mul(b)), b.mul(-3).add(a.mul(b))]);
};
const vanDerPol = (mu: number) => (_time: Tensor, y: Tensor) => {
  const [x, v] = unstack(y) as Pair;
  return stack([v, x.square().neg().add(1).mul(v).mul(mu).sub(x)]);
};
const robertson = (_time: Tensor, y: Tensor, slow: Tensor | undefined) => {
  const [a, b, c] = unstack(y) as Three;
  const first = a
    .mul(slow ?? 0.04)
    .neg()
    .add(b.mul(c).mul(1e4));
  const third = b.square().mul(3e7);
  return stack([first, first.neg().sub(third), third]);
};

/**
 * The system of three bodies, one without mass, which has a closed orbit (Hairer, Nørsett and Wanner, section II.0).
 */
const arenstorf = (_time: Tensor, y: Tensor) => {
  const mu = 0.012277471;
  const [x, z, u, v] = unstack(y) as [Tensor, Tensor, Tensor, Tensor];
  const cube = (away: Tensor) => away.square().add(z.square()).pow(1.5);
  const [first, second] = [cube(x.add(mu)), cube(x.sub(1 - mu))];
  const earth = x
    .add(mu)
    .mul(1 - mu)
    .div(first);
  const moon = x
    .sub(1 - mu)
    .mul(mu)
    .div(second);
  const across = z
    .mul(1 - mu)
    .div(first)
    .add(z.mul(mu).div(second));
  return stack([u, v, x.add(v.mul(2)).sub(earth).sub(moon), z.sub(u.mul(2)).sub(across)]);
};

const tight = { relative: 1e-10, absolute: 1e-12 };

describe("odeint", () => {
  test.each<
    [string, (time: Tensor, y: Tensor) => Tensor, number[], OdeOptions<Tensor, undefined>, number]
  >([
    ["lotka", lotka, [10, 5], tight, 1e-8],
    ["lotka", lotka, [10, 5], { relative: 1e-8, absolute: 1e-10, method: "rosenbrock" }, 1e-6],
    ["lotka", lotka, [10, 5], { method: "rk4", steps: 300 }, 1e-6],
    ["van der pol, mu = 5", vanDerPol(5), [2, 0], tight, 1e-7],
    [
      "van der pol, mu = 1000",
      vanDerPol(1000),
      [2, 0],
      { relative: 1e-8, absolute: 1e-10, method: "rosenbrock" },
      1e-5,
    ],
    [
      "robertson",
      (t, y) => robertson(t, y, undefined),
      [1, 0, 0],
      { relative: 1e-8, absolute: 1e-13, method: "rosenbrock" },
      1e-7,
    ],
  ])("gives SciPy's solution of %s", (name, fn, start, options, within) => {
    const { times, values } = scipy[name];
    const found = odeint(fn, double(start), double(times), options);
    expect(found.status.item()).toBe(1);
    expect(found.reason).toBe("all times have been reached");
    expect(off(found.values, double(values))).toBeLessThan(within);
  });

  test("closes Arenstorf's orbit", () => {
    const start = double([0.994, 0, 0, Number("-2.0015851063790825")]);
    const { values, iterations } = odeint(
      arenstorf,
      start,
      double([0, Number("17.065216560157964")]),
      {
        relative: 1e-12,
        absolute: 1e-13,
      },
    );
    expect(off(values.at(1), start)).toBeLessThan(1e-6);
    expect(iterations.item()).toBeLessThan(3000);
  });

  test.each(["dopri5", "rosenbrock"] as const)(
    "has the order that %s has, also inside of steps",
    (method) => {
      const times = linspace(0, 5, 41, { dtype: "float64" });
      const exact = times.neg().exp().mul(1.5).add(times.sin().sub(times.cos()).div(2));
      const run = (tolerance: number) => {
        const options = { method, relative: tolerance, absolute: tolerance };
        const found = odeint((t: Tensor, y: Tensor) => t.sin().sub(y), 1, times, options);
        return { off: off(found.values, exact), steps: found.iterations.item() };
      };
      const [loose, close] = [run(1e-6), run(1e-10)];
      expect(loose.off).toBeLessThan(1e-5);
      expect(close.off).toBeLessThan(1e-9);
      const order = Math.log(loose.off / close.off) / Math.log(close.steps / loose.steps);
      expect(order).toBeGreaterThan(method === "dopri5" ? 4 : 3.3);
    },
  );

  test("goes backwards, takes trees and equal times, and hands data on", () => {
    const decay = (time: Tensor, { x }: { x: Tensor }, rate: Tensor) => ({
      x: x.mul(rate).mul(time),
    });
    const times = double([2, 1, 1, 0]);
    const { values } = odeint(decay, { x: double([[1, 2]]) }, times, { ...tight, data: 0.5 });
    expect(values.x.shape).toEqual([4, 1, 2]);
    const exact = times.square().sub(4).mul(0.25).exp();
    expect(off(values.x, exact.reshape([4, 1, 1]).mul(double([[[1, 2]]])))).toBeLessThan(1e-9);
  });

  test("keeps float32", () => {
    const { values, status } = odeint(
      (_t: Tensor, y: Tensor) => y.neg(),
      tensor(1, { dtype: "float32" }),
      double([0, 1]),
    );
    expect([values.dtype, status.item()]).toEqual(["float32", 1]);
    expect(values.at(1).item()).toBeCloseTo(Math.exp(-1), 4);
  });

  test("gives the same bits on both runners", () => {
    const run = () =>
      odeint(lotka, double([10, 5]), linspace(0, 3, 7, { dtype: "float64" })).values;
    const here = run().toArray();
    setRunner("js");
    expect(run().toArray()).toEqual(here);
  });

  test("says why it does not arrive, and has NaN for the times that it has not reached", () => {
    const square = (_t: Tensor, y: Tensor) => y.square();
    const times = linspace(0, 2, 5, { dtype: "float64" });
    const found = odeint(square, 1, times);
    expect(found.status.item()).toBe(-2);
    expect(found.reason).toMatch(/^steps have become too short/);
    expect(found.event.time.item()).toBeCloseTo(1, 4);
    expect(found.values.at(1).item()).toBeCloseTo(2, 4);
    expect(found.values.at([3, 5]).toArray()).toEqual([NaN, NaN]);
    expect(found.event.state.item()).toBeGreaterThan(1000);
    const few = odeint(lotka, double([10, 5]), double([0, 15]), { maxSteps: 20 });
    expect([few.status.item(), few.iterations.item() <= 20]).toEqual([0, true]);
    expect(few.reason).toMatch(/^maxSteps steps came first/);
    const none = odeint((t: Tensor, y: Tensor) => y.mul(t.log()), 1, double([-1, 1]));
    expect(none.status.item()).toBe(-1);
    expect(none.reason).toMatch(/^derivative is not finite at the start.*the op log made it first/);
  });

  test("compiles once for all data of one shape", () => {
    const run = (i: number) => {
      const shift = double(i);
      const fn = (_t: Tensor, y: Tensor, rate: Tensor) => y.mul(rate).neg().add(shift);
      const rate = double(0.5 + i / 50);
      const { values } = odeint(fn, double([1, 2]), double([0, 1, 2]), { ...tight, data: rate });
      const rest = shift.div(rate);
      const exact = double([1, 2]).sub(rest).mul(rate.mul(-2).exp()).add(rest);
      expect(off(values.at(2), exact)).toBeLessThan(1e-9);
    };
    for (let i = 0; i < 6; i++) run(i);
    expect(compilations(() => Array.from({ length: 94 }, (_, i) => run(i + 6)))).toBe(0);
  });
});

/**
 * Returns the time at which a falling ball has reached the ground several times. It keeps a part of its speed at each
 * bounce.
 */
const bounce = (height: Tensor, kept: Tensor, bounces: number): Tensor => {
  const times = double([0, 20]);
  let [time, state]: [Tensor, { height: Tensor; speed: Tensor }] = [
    double(0),
    { height, speed: double(0) },
  ];
  for (let i = 0; i < bounces; i++) {
    const { event } = odeint(
      (_t: Tensor, { speed }: { height: Tensor; speed: Tensor }) => ({
        height: speed,
        speed: speed.mul(0).sub(9.81),
      }),
      state,
      times,
      { ...tight, events: [(_t, { height }) => height] },
    );
    time = time.add(event.time);
    state = { height: event.state.height.mul(0), speed: event.state.speed.mul(kept).neg() };
  }
  return time;
};

describe("an event of odeint", () => {
  /** Returns the time of the third bounce, √(2 h/g) (1 + 2 k + 2 k²). */
  const exact = (height: number, kept: number) => {
    const first = Math.sqrt((2 * height) / 9.81);
    return first * (1 + 2 * kept + 2 * kept ** 2);
  };

  test("tells when a bouncing ball is on the ground, with derivatives", () => {
    const [height, kept] = [double(3), double(0.8)];
    expect(bounce(height, kept, 3).item()).toBeCloseTo(exact(3, 0.8), 9);
    const [ofHeight, ofKept] = grad((h: Tensor, k: Tensor) => bounce(h, k, 3), { argnums: [0, 1] })(
      height,
      kept,
    );
    const first = Math.sqrt(6 / 9.81);
    expect(ofHeight.item()).toBeCloseTo(exact(3, 0.8) / 6, 8);
    expect(ofKept.item()).toBeCloseTo(first * (2 + 4 * 0.8), 8);
    const slope = jvp((h: Tensor) => bounce(h, kept, 3))([height], [double(1)]).tangent;
    expect(slope.item()).toBeCloseTo(exact(3, 0.8) / 6, 8);
  });

  test("is the first of several, and ends the values", () => {
    const circle = (_t: Tensor, y: Tensor) => concat([y.slice([1]), y.slice([0], [1]).neg()]);
    const times = linspace(0, 6, 13, { dtype: "float64" });
    const events = [
      (_t: Tensor, y: Tensor) => y.at(0),
      (t: Tensor) => t.sub(1.2),
      (_t: Tensor, y: Tensor) => y.at(1),
    ];
    const found = odeint(circle, double([1, 0]), times, { ...tight, events });
    expect([found.event.index.item(), found.status.item()]).toEqual([1, 2]);
    expect(found.event.time.item()).toBeCloseTo(1.2, 12);
    expect(found.reason).toBe("an event has ended the run");
    expect(found.values.at(12).toArray()).toEqual([NaN, NaN]);
    expect(found.event.state.isFinite().all().item()).toBe(1);
    expect(off(found.values.at(2), [Math.cos(1), -Math.sin(1)])).toBeLessThan(1e-9);
    const [, , zero] = events;
    const later = odeint(circle, double([1, 0]), times, { ...tight, events: [zero as never] });
    // The function is zero at the start, which does not count as a crossing.
    expect(later.event.time.item()).toBeCloseTo(Math.PI, 9);
    const none = odeint(circle, double([1, 0]), times, { events: [(t: Tensor) => t.add(1)] });
    expect([none.event.index.item(), none.status.item(), none.event.time.item()]).toEqual([
      -1, 1, 6,
    ]);
  });
});

describe("derivatives through odeint", () => {
  /** Solves y′ = −k y + sin t with y(t₀) = s at three times; without events there is a closed form. */
  const fn = (method: "dopri5" | "rosenbrock") => (start: Tensor, rate: Tensor, times: Tensor) =>
    odeint((t: Tensor, y: Tensor) => t.sin().sub(y.mul(rate)), start, times, {
      relative: 1e-11,
      absolute: 1e-13,
      method,
    }).values;
  const exact = (start: Tensor, rate: Tensor, times: Tensor) => {
    const forced = (t: Tensor) => rate.mul(t.sin()).sub(t.cos()).div(rate.square().add(1));
    const first = times.at(0);
    const part = times.sub(first).mul(rate).neg().exp();
    return start.sub(forced(first)).mul(part).add(forced(times));
  };
  const inputs = [double(1.3), double(0.7), double([0.2, 1, 2.5])] as const;
  const scalar = (own: typeof exact) => (start: Tensor, rate: Tensor, times: Tensor) =>
    own(start, rate, times)
      .mul(double([0.5, 1, 2]))
      .sin()
      .sum();
  const argnums = [0, 1, 2];
  const modes: Readonly<Record<string, (own: typeof exact) => readonly Tensor[]>> = {
    values: (own) => [own(...inputs)],
    gradients: (own) => grad(scalar(own), { argnums })(...inputs),
    "compiled gradients": (own) => compile(grad(scalar(own), { argnums }))(...inputs),
    tangents: (own) => [
      jvp(own)([...inputs], [double(1), double(-0.5), double([0.1, 0.2, 0.3])]).tangent,
    ],
    "second derivatives": (own) => [
      hessian((both: Tensor) => scalar(own)(both.at(0), both.at(1), inputs[2]))(double([1.3, 0.7])),
    ],
    "gradients of a batch": (own) =>
      vectorize(grad(scalar(own), { argnums }))(
        stack([inputs[0], inputs[0].mul(2)]),
        stack([inputs[1], inputs[1].mul(3)]),
        stack([inputs[2], inputs[2].add(0.5)]),
      ),
    "gradients of a compiled batch": (own) => {
      const all = vectorize(own, { axes: [0, null, null] });
      const sum = (starts: Tensor, rate: Tensor) => all(starts, rate, inputs[2]).square().sum();
      return compile(grad(sum, { argnums: [0, 1] }))(double([1, 2, 3]), inputs[1]);
    },
  };
  for (const method of ["dopri5", "rosenbrock"] as const) {
    test.each(sampled(Object.entries(modes), 2, method.length))(
      `are those of the closed form: %s, ${method}`,
      (_, mode) => {
        const [got, wanted] = [mode(fn(method)), mode(exact)];
        wanted.forEach((own, i) => {
          expect(off(got[i] as Tensor, own)).toBeLessThan(1e-8);
        });
      },
    );
  }

  test.each([
    ["dopri5", dormandPrince],
    ["rosenbrock", rosenbrock],
  ] as const)("are the differences of the steps that were made, by %s", (method, way) => {
    const [start, rates] = [double([10, 5]), double([1.5, 1, 3])];
    const hunt = (y: Tensor, k: Tensor) => {
      const [[a, b], [p, q, r]] = [unstack(y) as Pair, unstack(k) as Three];
      return stack([a.mul(p).sub(a.mul(b).mul(q)), b.mul(r).neg().add(a.mul(b))]);
    };
    const run = (y: Tensor, k: Tensor, maxSteps: number) =>
      odeint((_t: Tensor, own: Tensor) => hunt(own, k), y, double([0, 1]), {
        ...{ relative: 1e-4, absolute: 1e-6, method, maxSteps },
      });
    // A run that may try one more step ends where that step ends; if the step is rejected, it ends where it did before.
    const ends = [0];
    for (let most = 1; ends.at(-1) !== 1; most++) {
      const end = run(start, rates, most).event.time.item();
      if (end !== ends.at(-1)) ends.push(end);
    }
    const { iterations, values } = run(start, rates, 1000);
    expect(ends.length - 1).toBe(iterations.item());
    const frozen = (y: Tensor, k: Tensor) => {
      const fn = (_t: Tensor, own: Tensor) => hunt(own, k);
      let [state, slope] = [y, hunt(y, k)];
      ends.slice(1).forEach((end, i) => {
        const from = ends[i] ?? 0;
        ({ state, slope } = way.step(fn, double(from), state, slope, double(end - from)));
      });
      return state;
    };
    expect(off(values.at(1), frozen(start, rates))).toBeLessThan(1e-12);
    const weights = double([0.7, -1.3]);
    const scalar = (end: Tensor) => end.mul(weights).sum();
    const slopes = grad((y: Tensor, k: Tensor) => scalar(run(y, k, 1000).values.at(1)), {
      argnums: [0, 1],
    })(start, rates);
    [start, rates].forEach((own, i) => {
      const differences = Array.from(own.data(), (value, j) => {
        const h = 1e-5 * value;
        const [up, down] = [h, -h].map((by) => {
          const moved = double(Array.from(own.data(), (each, n) => each + (n === j ? by : 0)));
          return scalar(i === 0 ? frozen(moved, rates) : frozen(start, moved)).item();
        }) as [number, number];
        return (up - down) / (2 * h);
      });
      expect(off(slopes[i] as Tensor, differences)).toBeLessThan(1e-7);
    });
  });

  test("send nothing back from steps that were refused, whose derivatives are infinite", () => {
    // The system is NaN for y beyond 4, which the first, too long steps reach.
    const root = (t: Tensor, y: Tensor, k: Tensor) => y.neg().add(4).sqrt().mul(k).add(t.mul(0));
    const last = (k: Tensor) =>
      odeint(root, 0, double([0, 3.9]), { ...tight, data: k }).values.at(1);
    // The solution is y = 4 − (2 − k t/2)².
    const k = double(1);
    const [value, slope] = [4 - (2 - 3.9 / 2) ** 2, (2 - 3.9 / 2) * 3.9];
    expect(last(k).item()).toBeCloseTo(value, 8);
    expect(grad(last)(k).item()).toBeCloseTo(slope, 6);
  });

  test("are those of the sensitivity equations of Robertson's problem", () => {
    const options = { relative: 1e-8, absolute: 1e-13, method: "rosenbrock" } as const;
    const at = double([0, 40]);
    const slow = double(0.04);
    const end = (k: Tensor) =>
      odeint(robertson, double([1, 0, 0]), at, { ...options, data: k, maxSteps: 1000 }).values.at(
        1,
      );
    const both = odeint(
      (t: Tensor, { y, s }: { y: Tensor; s: Tensor }) => {
        const along = jvp((own: Tensor, k: Tensor) => robertson(t, own, k))(
          [y, slow],
          [s, double(1)],
        );
        return { y: along.value, s: along.tangent };
      },
      { y: double([1, 0, 0]), s: double([0, 0, 0]) },
      at,
      options,
    ).values.s.at(1);
    const weights = double([1, 1e4, 2]);
    const slope = grad((k: Tensor) => end(k).mul(weights).sum())(slow).item();
    expect(slope / both.mul(weights).sum().item()).toBeCloseTo(1, 5);
  });

  test("of a batch are those of trajectories with steps of their own", () => {
    const rates = double([0.1, 1, 30]);
    const one = (rate: Tensor) =>
      odeint((_t: Tensor, y: Tensor) => y.mul(rate).neg(), 1, double([0, 1]), tight);
    const all = vectorize((rate: Tensor) => one(rate))(rates);
    const steps = [0.1, 1, 30].map((rate) => one(double(rate)).iterations.item());
    expect(all.iterations.toArray()).toEqual(steps);
    expect(new Set(steps).size).toBe(3);
    expect(off(all.values.slice([0, 1]).reshape([3]), rates.neg().exp())).toBeLessThan(1e-9);
  });
});

inEveryMode("odeint by rk4", {
  shapes: [[2], []],
  fn: (start, rate) =>
    odeint((_t: Tensor, y: Tensor) => y.sin().mul(rate), start, double([0, 0.5, 1.5]), {
      method: "rk4",
      steps: 2,
    }).values,
  plain: (start, rate) => {
    const f = (y: Tensor) => y.sin().mul(rate);
    const rows = [start];
    let y = start;
    for (const [length, isRow] of [
      [0.25, false],
      [0.25, true],
      [0.5, false],
      [0.5, true],
    ] as const) {
      const first = f(y);
      const second = f(y.add(first.mul(length / 2)));
      const third = f(y.add(second.mul(length / 2)));
      const fourth = f(y.add(third.mul(length)));
      y = y.add(
        first
          .add(second.mul(2))
          .add(third.mul(2))
          .add(fourth)
          .mul(length / 6),
      );
      if (isRow) rows.push(y);
    }
    return stack(rows);
  },
});

describe("odeint refuses", () => {
  const fn = (_t: Tensor, y: Tensor) => y;
  const times = double([0, 1]);
  const cases: Readonly<Record<string, readonly [() => unknown, string]>> = {
    "a derivative of another number of elements": [
      () => odeint((_t: Tensor, y: Tensor) => concat([y, y]), double([1, 2]), times),
      "ShapeError: odeint: derivative: expected as many numbers as the state has, 2, got 4.",
    ],
    "times that turn": [
      () => odeint(fn, 1, double([0, 2, 1])),
      "ArgumentError: odeint: times: expected finite times that go on in one direction, got a step of -1.",
    ],
    "times that are alike": [
      () => odeint(fn, 1, double([1, 1])),
      "ArgumentError: odeint: times: expected finite times that go on in one direction, got a distance from the first to the last of 0.",
    ],
    "one time": [
      () => odeint(fn, 1, double([1])),
      "ShapeError: odeint: times: expected a vector of at least two times, got [1].",
    ],
    "whole times": [
      () => odeint(fn, 1, tensor([0, 1], { dtype: "int32" })),
      "DTypeError: odeint: times: expected floats, got int32.",
    ],
    "a list of times": [
      () => odeint(fn, 1, wrong([0, 1])),
      "DTypeError: odeint: times: expected a tensor of floats, got an array of length 2.",
    ],
    "another method": [
      () => odeint(fn, 1, times, { method: wrong("euler") }),
      'ArgumentError: odeint: method: expected "dopri5" or "rosenbrock" or "rk4", got "euler".',
    ],
    "steps without rk4": [
      () => odeint(fn, 1, times, { steps: 5 }),
      'ArgumentError: odeint: steps: expected steps with the method "rk4" alone: others choose theirs, got 5.',
    ],
    "events with rk4": [
      () => odeint(fn, 1, times, { method: "rk4", events: [(t) => t] }),
      'ArgumentError: odeint: events: expected events with the methods "dopri5" and "rosenbrock", which know states inside of steps, got the method "rk4".',
    ],
    "an event that is no function": [
      () => odeint(fn, 1, times, { events: wrong([1]) }),
      "ArgumentError: odeint: events[0]: expected a function, got 1.",
    ],
    "an event with two values": [
      () => odeint(fn, double([1, 2]), times, { events: [(_t, y) => y] }),
      "ShapeError: odeint: events[0]: expected a scalar, got [2].",
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [call, expected]) => {
    expect(complaint(call)).toBe(expected);
  });
});
