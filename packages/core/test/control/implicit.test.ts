/**
 * `implicit`, whose derivatives are those of the solution that a solver finds.
 */

import { describe, expect, test } from "vitest";
import {
  arange,
  compile,
  concat,
  cond,
  type DType,
  eye,
  grad,
  hessian,
  implicit,
  jacobian,
  jvp,
  type Tensor,
  tensor,
  uniform,
  Variable,
  vectorize,
  whileLoop,
} from "../../src/index.ts";
import { solve } from "../../src/linalg.ts";
import { sampleTests } from "../support/sampling.ts";
import { complaint, double, expectClose, inEveryMode } from "./support.ts";

sampleTests(4);

const wrong = (value: unknown): never => value as never;

/** Solves x³ + x = a elementwise by Newton's method, until steps are as small as rounding errors. */
const cubicSolver = (a: Tensor) =>
  whileLoop(
    ([, step]: [Tensor, Tensor]) => step.abs().greater(1e-15).any(),
    ([x]: [Tensor, Tensor]): [Tensor, Tensor] => {
      const step = x.pow(3).add(x).sub(a).div(x.square().mul(3).add(1));
      return [x.sub(step), step.mul(step.abs().greater(1e-14))];
    },
    [a.mul(0), a.mul(0).add(1)],
  )[0];

/** Returns the same root by Cardano's formula. */
const cardano = (a: Tensor) => {
  const root = a
    .square()
    .div(4)
    .add(1 / 27)
    .sqrt();
  const [u, v] = [root.add(a.div(2)), root.sub(a.div(2))];
  return u.pow(1 / 3).sub(v.pow(1 / 3));
};

const cubic = implicit(cubicSolver, (x, a) => x.pow(3).add(x).sub(a));

inEveryMode("implicit of a scalar equation for each element", {
  shapes: [[3]],
  fn: cubic,
  plain: cardano,
});

inEveryMode("implicit of trees, with captures of both functions", {
  shapes: [[], [2], [2, 2]],
  low: 0.5,
  high: 1.5,
  fn: (a, b, c) => {
    const own = implicit(
      ({ b }: { b: Tensor }) => ({ first: a.sqrt(), rest: [b.exp().mul(c.sum())] as const }),
      ({ first, rest: [second] }, { b }) => [
        second.log().sub(b).sub(c.sum().log()),
        first.square().sub(a).mul(2),
      ],
    )({ b });
    return [own.first, own.rest[0]];
  },
  plain: (a, b, c) => [a.sqrt(), b.exp().mul(c.sum())],
});

inEveryMode("implicit of a linear system", {
  shapes: [[3, 3], [3]],
  fn: (m, b) => {
    const a = m.add(eye(3, 3, { dtype: "float64" }).mul(5));
    return implicit(
      (a: Tensor, b: Tensor) => solve(a, b),
      (x, a, b) => a.matmul(x).sub(b),
    )(a, b);
  },
  plain: (m, b) => solve(m.add(eye(3, 3, { dtype: "float64" }).mul(5)), b),
});

inEveryMode("implicit after a condition", {
  shapes: [[], []],
  low: 0.5,
  fn: (x, y) =>
    cond(
      x.greater(y),
      () => cubic(x.mul(y)),
      () => y,
    ),
  plain: (x, y) => (x.item() > y.item() ? cardano(x.mul(y)) : y.mul(1)),
});

describe("implicit", () => {
  test("has third derivatives", () => {
    const third = (fn: (a: Tensor) => Tensor) => grad((a) => grad((b) => grad((c) => fn(c))(b))(a));
    const a = double(1.7);
    expectClose([third(cubic)(a)], [third(cardano)(a)]);
    expectClose([compile(third(cubic))(a)], [third(cardano)(a)]);
    const slope = (fn: (a: Tensor) => Tensor) => (b: Tensor) => jvp(fn)([b], [double(1)]).tangent;
    expectClose([slope(slope(slope(cubic)))(a)], [third(cardano)(a)]);
  });

  test("hands aux on, without derivatives", () => {
    const counted = implicit(
      (a: Tensor) => [a.sqrt(), { steps: tensor(3, { dtype: "int32" }), twice: a.mul(2) }] as const,
      (x, a) => x.square().sub(a),
      { hasAux: true },
    );
    const [root, { steps, twice }] = counted(double(4));
    expect([root.item(), steps.item(), twice.item()]).toEqual([2, 3, 8]);
    const own = grad((a: Tensor) => {
      const [x, aux] = counted(a);
      return x.add(aux.twice.mul(100)).add(aux.steps);
    });
    expect(own(double(4)).item()).toBe(0.25);
    expect(vectorize((a: Tensor) => counted(a)[0])(double([1, 4])).toArray()).toEqual([1, 2]);
  });

  test("differentiates Variables that its functions read", () => {
    const a = new Variable(double(9));
    const root = () =>
      implicit(
        () => a.value.sqrt(),
        (x) => x.square().sub(a.value),
      )();
    expect(grad(root, { variables: a })().item()).toBeCloseTo(1 / 6, 14);
  });

  test("gives a start that the residual does not use a gradient of zero", () => {
    const root = implicit(
      (start: Tensor, a: Tensor) =>
        whileLoop(
          (x: Tensor) => x.square().sub(a).abs().greater(1e-12),
          (x: Tensor) => x.add(a.div(x)).div(2),
          start,
        ),
      (x, _start, a) => x.square().sub(a),
    );
    const both = grad(root, { argnums: [0, 1] })(double(3), double(2));
    expect(both[0].item()).toBe(0);
    expect(both[1].item()).toBeCloseTo(0.5 / Math.SQRT2, 12);
  });

  test("may be applied in a loop, which is differentiated", () => {
    const fn = (a: Tensor) =>
      whileLoop(
        ([i]: [Tensor, Tensor]) => i.less(3),
        ([i, x]: [Tensor, Tensor]): [Tensor, Tensor] => [i.add(1), cubic(x)],
        [tensor(0, { dtype: "int32" }), a],
        { maxSteps: 5 },
      )[1];
    const plain = (a: Tensor) => cardano(cardano(cardano(a)));
    expectClose([grad(fn)(double(5))], [grad(plain)(double(5))]);
    expectClose([compile(grad(fn))(double(5))], [grad(plain)(double(5))]);
  });

  test("has derivatives of the dtype of its inputs", () => {
    const root = implicit(
      (a: Tensor) => a.sqrt(),
      (x, a) => x.square().sub(a),
    );
    const float = tensor([4, 9], { dtype: "float32" });
    expect(grad((a: Tensor) => root(a).sum())(float).dtype).toBe("float32");
    expectClose(
      [hessian((a: Tensor) => root(a).sum())(double([4, 9]))],
      [
        double([
          [-1 / 32, 0],
          [0, -1 / 108],
        ]),
      ],
    );
    expect(grad((a: Tensor) => root(a))(4).item()).toBe(0.25);
  });

  test("takes a residual with a loop in forward mode", () => {
    const power = (x: Tensor) =>
      whileLoop(
        ([i]: [Tensor, Tensor]) => i.less(3),
        ([i, y]: [Tensor, Tensor]): [Tensor, Tensor] => [i.add(1), y.mul(x)],
        [tensor(0, { dtype: "int32" }), x],
      )[1];
    const root = implicit(
      (a: Tensor) => a.pow(0.25),
      (x, a) => power(x).sub(a),
    );
    expectClose([jacobian(root, { mode: "forward" })(double(16))], [double(1 / 32)]);
  });
});

/** A large system whose Jacobian is tridiagonal: 4 x − its neighbours + x³ = b. */
const large = implicit(
  (b: Tensor) =>
    whileLoop(
      ([, change]: [Tensor, Tensor]) => change.greater(1e-15),
      ([x]: [Tensor, Tensor]): [Tensor, Tensor] => {
        const next = x.sub(chain(x).sub(b).div(6));
        return [next, next.sub(x).abs().max()];
      },
      [b.mul(0), double(1)],
    )[0],
  (x, b) => chain(x).sub(b),
);

function chain(x: Tensor): Tensor {
  const none = x.slice([0], [1]).mul(0);
  const [left, right] = [concat([none, x.slice([0], [-1])]), concat([x.slice([1]), none])];
  return x.mul(4).sub(left).sub(right.mul(2)).add(x.pow(3).mul(0.5));
}

describe.each([200, 300])("implicit of %i unknowns", (n) => {
  const b = uniform([n], { low: -1, high: 1, seed: 3, dtype: "float64" });
  const weights = arange(n, { dtype: "float64" }).sin();
  const loss = (b: Tensor) => large(b).mul(weights).sum();

  test("has the gradient of the whole system", () => {
    const x = large(b);
    const matrix = jacobian(chain)(x);
    const expected = solve(matrix.transpose(), weights);
    expectClose([grad(loss)(b)], [expected]);
    expectClose([compile(grad(loss))(b)], [expected]);
    expectClose([jvp(loss)([b], [weights]).tangent], [expected.mul(weights).sum()]);
  });

  test("has second derivatives, and batches", () => {
    const along = (b: Tensor) => grad(loss)(b).mul(weights).sum();
    const h = 1e-5;
    const ends = [h, -h].map((step) => grad(loss)(b.add(weights.mul(step))));
    const difference = (ends[0] as Tensor).sub(ends[1] as Tensor).div(2 * h);
    expect(grad(along)(b).sub(difference).abs().max().item()).toBeLessThan(1e-8);
    const rows = double([b.toArray(), b.mul(2).toArray()] as never);
    const all = vectorize(grad(loss))(rows);
    expectClose([all.at(0), all.at(1)], [grad(loss)(b), grad(loss)(b.mul(2))]);
  });
});

describe("implicit refuses", () => {
  const a = double([4, 9]);
  const sqrt = (a: Tensor) => a.sqrt();
  const cases: Readonly<Record<string, readonly [() => unknown, RegExp]>> = {
    "a residual of another number of elements": [
      () => implicit(sqrt, (x) => x.sum())(a),
      /^ShapeError: implicit: residual: expected as many elements as the solution has, 2, got 1/,
    ],
    "a solution of whole numbers": [
      () =>
        implicit(
          (a: Tensor) => a.cast("int32" as DType),
          (x) => x,
        )(a),
      /^DTypeError: implicit: solver: expected a function that returns tensors of floats, got int32/,
    ],
    "a residual of truth values": [
      () => implicit(sqrt, (x, a) => x.equal(a))(a),
      /^DTypeError: implicit: residual: expected a function that returns tensors of floats, got bool/,
    ],
    "a solution alone where there is to be aux": [
      () => {
        const root: unknown = implicit(wrong(sqrt), (x: Tensor) => x, { hasAux: true });
        return (root as (a: Tensor) => unknown)(a);
      },
      /^ShapeError: implicit: solver: expected a function that returns \[solution, aux\]/,
    ],
    "a value that is read inside": [
      () =>
        implicit(
          (a: Tensor) => a.mul(a.sum().item()),
          (x) => x,
        )(a),
      /^RecordingError: .*implicit, which is recorded before it runs/,
    ],
    "the derivative of a singular system": [
      () =>
        grad((a: Tensor) => implicit(sqrt, (x, a) => x.sub(x.mul(1)).add(a.mul(0)))(a).sum())(a),
      /^ArgumentError: implicit: residual: expected an invertible Jacobian, for derivatives, got a pivot of 0/,
    ],
  };
  test.each(Object.entries(cases))("%s", (_, [call, expected]) => {
    expect(complaint(call)).toMatch(expected);
  });
});
