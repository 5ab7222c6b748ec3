/**
 * A compiled function that is called by eager code has the bits of its ops run one by one, to any order of derivatives.
 * Each element of a gradient is the sum of the same contributions in the same order.
 */

import { test } from "vitest";
import {
  compile,
  cond,
  eye,
  grad,
  hvp,
  jvp,
  onesLike,
  prod,
  type Tensor,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { lu, qr, solve, svd } from "../../src/linalg.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { inputsOf, randomFunction } from "../support/randomFunctions.ts";
import { sampled, seedsTo } from "../support/sampling.ts";

type Fn = (x: Tensor) => Tensor;

const scalarOf = (result: Tensor) =>
  result
    .mul(uniform(result.shape, { seed: 7, low: -1, high: 1, dtype: "float64" }).cast(result.dtype))
    .sum();

const square = (x: Tensor) => x.slice([0, 0], [3, 3]).tanh().mul(0.3).add(eye(3).mul(2));

/** Functions whose derivatives combine parts: of overlapping slices, of rows, columns and triangles. */
const FUNCTIONS: Readonly<Record<string, Fn>> = {
  prod: (x) => prod(x, 0).sin().sum(),
  rows: (x) =>
    x
      .slice([0], [2])
      .mul(x.slice([1]).sin())
      .mul(x.sum())
      .sum()
      .sin(),
  windows: (x) =>
    x
      .slice([0, 0], [3, 2])
      .mul(x.slice([0, 1], [3, 3]))
      .mul(x.slice([0, 2]))
      .sin()
      .sum(),
  qr: (x) => qr(square(x)).r.sin().sum(),
  lu: (x) => {
    const { l, u } = lu(square(x));
    return l.sin().sum().add(u.mul(l).sum());
  },
  svd: (x) => svd(square(x)).s.sin().sum(),
  solve: (x) =>
    solve(square(x), x.slice([0, 1], [3, 4]))
      .sin()
      .sum(),
};

/** Eager code that uses a function without access to its ops. */
const OUTER: Readonly<Record<string, (fn: Fn) => Fn>> = {
  gradient: (fn) => grad((x: Tensor) => scalarOf(fn(x)).add(x.slice([0], [2]).sin().sum())),
  second: (fn) => {
    const gradient = OUTER["gradient"]?.(fn) as Fn;
    return grad((x: Tensor) => scalarOf(gradient(x)).add(x.slice([1]).square().sum()));
  },
  tangent: (fn) => (x) => jvp((y: Tensor) => fn(y.mul(0.5)))([x], [x.cos()]).tangent,
  curvature: (fn) => (x) => hvp((y: Tensor) => scalarOf(fn(y)).mul(y.sum()))(x, x.cos()),
  batch: (fn) =>
    grad((x: Tensor) =>
      scalarOf(vectorize((y: Tensor) => scalarOf(fn(y)))(x.mul(x.sum().broadcastTo([2, 1, 1])))),
    ),
};

/** The function itself, its gradient and its second derivative. */
const ORDERS: readonly ((fn: Fn) => Fn)[] = [
  (fn) => fn,
  (fn) => grad(fn),
  (fn) => grad((x: Tensor) => scalarOf(grad(fn)(x))),
];

const CASES = [
  ...Object.entries(FUNCTIONS),
  ...seedsTo(24).map((seed): [string, Fn] => {
    const fn = randomFunction(seed);
    return [`random function ${seed}`, (x) => fn(x, x.square().sub(1))];
  }),
].flatMap(([name, fn], seed) =>
  ORDERS.flatMap((order, n) =>
    Object.entries(OUTER).map(([way, outer]) => ({
      name: `${way} of ${name} at order ${n}`,
      fn: order(fn),
      outer,
      seed,
    })),
  ),
);

for (const dtype of ["float32", "float64"] as const) {
  test(`compiled inside is eager, in ${dtype}`, () => {
    for (const { name, fn, outer, seed } of sampled(CASES, 12, dtype === "float64" ? 6 : 0)) {
      const [x] = inputsOf(seed, dtype);
      try {
        expectSameBits(outer(compile(fn))(x), outer(fn)(x));
      } catch (error) {
        throw new Error(name, { cause: error });
      }
    }
  });
}

test("a slice in a branch that is not taken sends nothing back, whatever slope stands before it", () => {
  const [x] = inputsOf(1, "float64");
  const inner = (v: Tensor, own: Tensor) => {
    const part = v.slice([0], [2]);
    return cond(
      own.sum().greater(100),
      () => part.sum().add(v.slice([1]).sum()),
      () => own.sum(),
    );
  };
  const outer = (fn: typeof inner) =>
    grad((own: Tensor) => fn(own.sub(own.stopGradient()).sqrt(), own));
  expectSameBits(outer(compile(inner))(x), onesLike(x));
  expectSameBits(outer(inner)(x), onesLike(x));
});
