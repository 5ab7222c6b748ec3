/**
 * Random problems with solutions in closed form, under random transforms: `root`, `leastSquares` and `odeint` have the
 * values and derivatives of the closed forms. `npm test` draws a part of the seeds.
 */

import {
  asinh,
  compile,
  grad,
  hessian,
  jacobian,
  jvp,
  sinh,
  stack,
  type Tensor,
  treeLeaves,
  uniform,
  vectorize,
} from "@graddiff/core";
import { inv, solve } from "@graddiff/core/linalg";
import { leastSquares, odeint, root } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { numbersTo, sampled, sampleTests, seedsTo } from "../../core/test/support/sampling.ts";
import { double, off } from "./support.ts";

sampleTests(3);

type Fn = (a: Tensor, b: Tensor) => Tensor;

/** A random problem, as a function that solves it and as a closed form. */
interface Problem {
  readonly name: string;
  readonly solved: Fn;
  readonly exact: Fn;
}

/** Returns functions that draw integers and tensors from one seed. */
function drawer(seed: number) {
  let count = 0;
  const tensor = (shape: readonly number[], low = -1, high = 1) =>
    uniform(shape, { seed: seed * 1000 + count++, low, high, dtype: "float64" });
  return {
    tensor,
    whole: (below: number) => Math.floor(tensor([], 0, below).item()),
    /** The matrix is well conditioned. */
    matrix: (n: number) => tensor([n, n], -0.4, 0.4).add(identity(n)),
  };
}

const identity = (n: number) =>
  double(numbersTo(n).map((i) => numbersTo(n).map((j) => (i === j ? 1 : 0))));

/** Functions from all numbers to all numbers, with their inverses. */
const CURVES: readonly (readonly [(x: Tensor) => Tensor, (y: Tensor) => Tensor])[] = [
  [sinh, asinh],
  [asinh, sinh],
  [(x) => x.mul(2).add(0.5), (y) => y.sub(0.5).div(2)],
];

type Draw = ReturnType<typeof drawer>;

const PROBLEMS: Readonly<Record<string, (draw: Draw, n: number) => Problem>> = {
  // The equation is M curve(x) = a + 0.3 b².
  root: (draw, n) => {
    const [matrix, curve] = [draw.matrix(n), CURVES[draw.whole(CURVES.length)] ?? CURVES[0]];
    const [way, back] = curve as (typeof CURVES)[number];
    const target: Fn = (a, b) => a.add(b.square().mul(0.3));
    return {
      name: `root of ${n}`,
      solved: (a, b) =>
        root((x: Tensor) => matrix.matmul(way(x)).sub(target(a, b)), double(Array(n).fill(0.1))).x,
      exact: (a, b) => back(solve(matrix, target(a, b))),
    };
  },
  // The least squares of A curve(x) − y, where the matrix depends on b.
  leastSquares: (draw, n) => {
    const m = n + 1 + draw.whole(3);
    const [base, change, rest] = [draw.tensor([m, n]), draw.tensor([m, n]), draw.tensor([m])];
    const [way, back] = CURVES[draw.whole(CURVES.length)] as (typeof CURVES)[number];
    const onto = draw.tensor([m, n]);
    const matrix = (b: Tensor) => {
      const top = identity(n).mul(2);
      const rows = numbersTo(m).map((i) => (i < n ? top.at(i) : top.at(0).mul(0)));
      return stack(rows).add(base.mul(0.3)).add(change.mul(b.sin()).mul(0.2));
    };
    const target = (a: Tensor) => onto.matmul(a).add(rest);
    return {
      name: `least squares of ${m} × ${n}`,
      solved: (a, b) =>
        leastSquares(
          (x: Tensor, data: { a: Tensor }) => matrix(b).matmul(way(x)).sub(target(data.a)),
          double(Array(n).fill(0.2)),
          { data: { a } },
        ).x,
      exact: (a, b) => {
        const own = matrix(b);
        const across = own.transpose();
        return back(solve(across.matmul(own), across.matmul(target(a))));
      },
    };
  },
  // The system is y′ = P diag(λ) P⁻¹ y, where the rates depend on b.
  odeint: (draw, n) => {
    const [matrix, rates] = [draw.matrix(n), draw.tensor([n])];
    const inverse = inv(matrix);
    const method = draw.whole(2) === 0 ? "dopri5" : "rosenbrock";
    const times = double([0, 0.4, 1.1]);
    const lambda = (b: Tensor) => rates.add(b.mul(0.5));
    return {
      name: `odeint of ${n} by ${method}`,
      solved: (a, b) =>
        odeint(
          (_t: Tensor, y: Tensor) => matrix.matmul(lambda(b).mul(inverse.matmul(y))),
          a,
          times,
          { method, relative: 1e-10, absolute: 1e-12 },
        ).values.at(2),
      exact: (a, b) => matrix.matmul(lambda(b).mul(1.1).exp().mul(inverse.matmul(a))),
    };
  },
};

const scalar =
  (fn: Fn): Fn =>
  (a, b) =>
    fn(a, b).mul(1.3).sin().sum();
const argnums = [0, 1];

/** Transforms of a function of a vector and a scalar. */
const TRANSFORMS: Readonly<
  Record<string, (fn: Fn) => (a: Tensor, b: Tensor) => Tensor | readonly Tensor[]>
> = {
  values: (fn) => fn,
  gradients: (fn) => grad(scalar(fn), { argnums }),
  tangents: (fn) => (a, b) => jvp(fn)([a, b], [a.cos(), b.sin()]).tangent,
  "a Jacobian": (fn) => (a, b) => jacobian((own: Tensor) => fn(own, b))(a),
  "a Hessian": (fn) => (a, b) => hessian((own: Tensor) => scalar(fn)(own, b))(a),
  "gradients of tangents": (fn) =>
    grad((a: Tensor, b: Tensor) => jvp(scalar(fn))([a, b], [a.cos(), b.sin()]).tangent, {
      argnums,
    }),
  "a batch": (fn) => (a, b) => vectorize(fn)(stack([a, a.mul(0.5)]), stack([b, b.add(0.3)])),
  "gradients in a batch": (fn) => (a, b) =>
    vectorize(grad(scalar(fn), { argnums }))(stack([a, a.mul(0.5)]), stack([b, b.add(0.3)])),
  "gradients of a batch": (fn) =>
    grad(
      (a: Tensor, b: Tensor) =>
        vectorize(fn, { axes: [0, null] })(stack([a, a.mul(0.5)]), b)
          .square()
          .sum(),
      { argnums },
    ),
};

const SEEDS = 120;
const names = Object.keys(PROBLEMS);

describe("a random problem has the solution and the derivatives of its closed form", () => {
  test.each(sampled(seedsTo(SEEDS), 8))("seed %i", (seed) => {
    const draw = drawer(seed);
    const n = 1 + draw.whole(3);
    const own = PROBLEMS[names[seed % names.length] ?? ""] as (typeof PROBLEMS)[string];
    const { name, solved, exact } = own(draw, n);
    const kinds = Object.entries(TRANSFORMS);
    const [kind, transform] = kinds[draw.whole(kinds.length)] as (typeof kinds)[number];
    const isCompiled = draw.whole(2) === 0;
    const [a, b] = [draw.tensor([n]), draw.tensor([])];
    const change = transform(solved);
    const got = treeLeaves((isCompiled ? compile(change) : change)(a, b) as Tensor);
    const wanted = treeLeaves(transform(exact)(a, b) as Tensor);
    const worst = Math.max(...wanted.map((each, i) => off(got[i] as Tensor, each)));
    expect(
      [got.length, worst < 1e-7 || worst],
      `${name}: ${kind}${isCompiled ? ", compiled" : ""}`,
    ).toEqual([wanted.length, true]);
  });
});
