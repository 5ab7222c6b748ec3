/**
 * `cond`: one of two functions runs, and no gradient passes through the other one.
 */

import { describe, expect, test } from "vitest";
import {
  compile,
  cond,
  grad,
  jvp,
  stack,
  type Tensor,
  type TensorLike,
  tensor,
  treeLeaves,
  vectorize,
  zeros,
} from "../../src/index.ts";
import { complaint, double, inEveryMode, RUNNERS } from "./support.ts";

const wrong = (value: unknown): never => value as never;
const isPositive = (x: Tensor) => x.sum().item() > 0;

inEveryMode("cond on the sign of a sum", {
  shapes: [[3], [3]],
  fn: (x, y) =>
    cond(
      x.sum().greater(0),
      () => x.sin().mul(y),
      () => y.exp().sub(x.square()),
    ),
  plain: (x, y) => (isPositive(x) ? x.sin().mul(y) : y.exp().sub(x.square())),
});

inEveryMode("cond whose branches use one input each", {
  shapes: [[2], [2], []],
  fn: (x, y, z) =>
    cond(
      z.less(0.3),
      () => x.square(),
      () => y.exp(),
    ).mul(x),
  plain: (x, y, z) => (z.item() < 0.3 ? x.square() : y.exp()).mul(x),
});

inEveryMode("cond with trees of results, one of them a constant", {
  shapes: [[2], []],
  seed: 3,
  fn: (x, y) => {
    const { a, rest } = cond<{ a: Tensor; rest: readonly [TensorLike, TensorLike] }>(
      y.greater(0),
      () => ({ a: x.mul(y), rest: [y.sin(), 1] }),
      () => ({ a: x.div(y), rest: [2, y.cos()] }),
    );
    return { a, rest, sum: a.sum().mul(rest[0]).add(rest[1]) };
  },
  plain: (x, y) => {
    const two = y.mul(0).add(2);
    const one = y.mul(0).add(1);
    const [a, first, second] =
      y.item() > 0 ? ([x.mul(y), y.sin(), one] as const) : ([x.div(y), two, y.cos()] as const);
    return { a, rest: [first, second], sum: a.sum().mul(first).add(second) };
  },
});

inEveryMode("cond on what differs from example to example, in a cond that all share", {
  shapes: [[2], []],
  seed: 5,
  fn: (x, y) =>
    cond(
      y.greater(0),
      () =>
        cond(
          x.sum().greater(0),
          () => x.exp().mul(y),
          () => x.mul(3),
        ),
      () => x.cos().div(y),
    ),
  plain: (x, y) => {
    if (y.item() > 0) return isPositive(x) ? x.exp().mul(y) : x.mul(3);
    return x.cos().div(y);
  },
});

describe.each(Object.entries(RUNNERS))("cond, %s", (_, run) => {
  const root = (x: Tensor) =>
    cond<TensorLike>(
      x.greater(0),
      () => x.sqrt(),
      () => 0,
    );

  test("sends no gradient through the branch that was not chosen, where that would be NaN", () => {
    for (const order of [grad(root), grad(grad(root))]) {
      expect(run((x) => [order(x as Tensor)])(double(0))[0]?.item()).toBe(0);
      const [all] = run((x) => [vectorize(order)(x as Tensor)])(double([0, 4, -1]));
      expect([...(all?.data() ?? [])]).toEqual([0, order(4).item(), 0]);
    }
    const slopes = (x: Tensor) => jvp(vectorize(root))([x], [x.mul(0).add(1)]).tangent;
    expect([...(run((x) => [slopes(x as Tensor)])(double([0, 4]))[0]?.data() ?? [])]).toEqual([
      0, 0.25,
    ]);
  });

  test("sends none to a weight from outside the batch either", () => {
    const loss = (w: Tensor, x: Tensor) =>
      vectorize((x: Tensor) =>
        cond<TensorLike>(
          x.greater(0),
          () => w.mul(x).sqrt(),
          () => 0,
        ),
      )(x).sum();
    const x = double([0, 4]);
    const got = run((w, x) => [grad(loss)(w as Tensor, x as Tensor)])(double(1), x);
    expect(got[0]?.item()).toBe(1);
    // The second derivative of √(4w) is −w^(−3/2) / 2.
    const second = run((w, x) => [grad(grad(loss))(w as Tensor, x as Tensor)])(double(1), x);
    expect(second[0]?.item()).toBe(-0.5);
  });

  test("computes only the branch that was chosen", () => {
    const table = double([1, 2]);
    const look = (place: Tensor) => [
      cond(
        place.less(2),
        () => table.take(place),
        () => double(-1),
      ),
    ];
    const at = (place: number) => run((x) => look(x as Tensor))(tensor(place, { dtype: "int32" }));
    expect(at(1)[0]?.item()).toBe(2);
    expect(at(7)[0]?.item()).toBe(-1);
  });

  test("gives integers and truth values, which have no gradient", () => {
    const both = (x: Tensor) =>
      cond(
        x.greater(0),
        () => [x.cast("int32"), x.less(1)],
        () => [tensor(7, { dtype: "int32" }), x.greater(1)],
      );
    expect(run((x) => both(x as Tensor))(double(2.5)).map(String)).toEqual(["2", "False"]);
    const product = (x: Tensor) => x.mul(both(x)[0] as Tensor);
    expect(run((x) => [grad(product)(x as Tensor)])(double(2.5))[0]?.item()).toBe(2);
  });
});

describe("cond", () => {
  test("gives a plain number the dtype of the other result", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = tensor(4, { dtype });
      const either = (test: boolean) =>
        cond<TensorLike>(
          wrong(test),
          () => x,
          () => 1,
        );
      expect([either(true).dtype, either(false).dtype]).toEqual([dtype, dtype]);
    }
  });

  test("with trees without a leaf gives them back", () => {
    const nothing = (x: Tensor) =>
      cond(
        x.greater(0),
        () => [],
        () => [],
      );
    expect(nothing(tensor(1))).toEqual([]);
    expect(treeLeaves(compile(nothing)(tensor(1)))).toEqual([]);
  });

  test("refuses branches of different form, shape or dtype", () => {
    const yes = tensor(1).greater(0);
    const both = (first: () => unknown, second: () => unknown) =>
      complaint(() => cond(yes, first, wrong(second)));
    expect(
      both(
        () => ({ a: tensor(1) }),
        () => ({ b: tensor(1) }),
      ),
    ).toMatch(/^ShapeError: cond: result\.a: expected a result of whenFalse of the form of/);
    expect(
      both(
        () => tensor(1),
        () => [tensor(1)],
      ),
    ).toMatch(/^ShapeError: cond: result: .* got an array of length 1\.$/);
    expect(
      both(
        () => [tensor(1)],
        () => [tensor(1), 2],
      ),
    ).toMatch(/^ShapeError: cond: result\[1\]: .* got a leaf where there is none\.$/);
    expect(
      both(
        () => tensor([1, 2]),
        () => tensor([1, 2, 3]),
      ),
    ).toBe(
      "ShapeError: cond: result of whenFalse: expected the shape of whenTrue's, [2], got [3].",
    );
    expect(
      both(
        () => tensor(1),
        () => double(1),
      ),
    ).toBe(
      "DTypeError: cond: result of whenFalse: expected the dtype of whenTrue's, float32, got float64. Cast the one or the other.",
    );
    expect(
      both(
        () => tensor(1, { dtype: "int32" }),
        () => 1.5,
      ),
    ).toMatch(/^DTypeError: cond: expected whole numbers of int32 .* got 1\.5\./);
    expect(
      both(
        () => yes,
        () => 1,
      ),
    ).toMatch(/^DTypeError: cond: result of whenFalse: .* bool, got float64/);
  });

  test("plain numbers take the dtype of the other branch", () => {
    const half = (x: Tensor) =>
      cond(
        x.greater(0),
        () => x,
        () => 0,
      );
    const count = (n: Tensor) =>
      cond(
        n.greater(0),
        () => n.add(1),
        () => 7,
      );
    for (const fn of [half, compile(half)]) {
      expect([fn(tensor(2)), fn(tensor(-2))].map((y) => [y.item(), y.dtype])).toEqual([
        [2, "float32"],
        [0, "float32"],
      ]);
    }
    const whole = (n: number) => tensor(n, { dtype: "int32" });
    for (const fn of [count, compile(count)]) {
      expect([fn(whole(2)), fn(whole(-2))].map((y) => [y.item(), y.dtype])).toEqual([
        [3, "int32"],
        [7, "int32"],
      ]);
    }
  });

  test("refuses a condition that is no bool scalar, and branches that are no functions", () => {
    const on = (condition: unknown, branch: unknown = () => 1) =>
      complaint(() => cond(wrong(condition), wrong(branch), () => 1));
    expect(on(tensor(1))).toBe(
      "DTypeError: cond: condition: expected a bool scalar, got a float32 Tensor of shape []. Compare first, as in x.greater(0).",
    );
    expect(on(1)).toMatch(/^DTypeError: cond: condition: expected a bool scalar, got 1\./);
    expect(on(tensor([1, 2]).greater(0))).toMatch(
      /^ShapeError: cond: condition: expected a bool scalar, got the shape \[2\]\./,
    );
    expect(on("yes")).toMatch(/^(Argument|DType)Error: cond: condition: /);
    expect(on(undefined)).toMatch(/^(Argument|DType)Error: cond: condition: /);
    expect(on(true, 1)).toMatch(/^ArgumentError: cond: whenTrue: .* got 1\.$/);
    expect(complaint(() => cond(wrong(true), () => 1, wrong(null)))).toMatch(
      /^ArgumentError: cond: whenFalse: .* got null\.$/,
    );
  });

  test("refuses to hand a value or a Promise out of a branch", () => {
    const x = double(1);
    const read = (x: Tensor) =>
      cond(
        x.greater(0),
        () => x.mul(x.square().item()),
        () => x,
      );
    for (const call of [read, grad(read)]) {
      expect(complaint(() => call(x))).toMatch(/^RecordingError: item: .*a function of cond/);
    }
    expect(
      complaint(() =>
        cond(
          x.greater(0),
          wrong(async () => x),
          () => x,
        ),
      ),
    ).toMatch(/^ArgumentError: cond: whenTrue: .* got an async function\./);
    expect(
      complaint(() =>
        cond(
          x.greater(0),
          wrong(() => Promise.resolve(x)),
          () => x,
        ),
      ),
    ).toMatch(/Error: cond: result: .* got a Promise\./);
  });
});

test("the gradient of a number in a batch of conditions is one, eagerly and compiled", () => {
  const rows = zeros([3, 2], { dtype: "float64" });
  const choose = (x: Tensor, n: Tensor) =>
    cond(
      x.less(0),
      () => rows,
      () => rows.add(n),
    ).sum();
  const slopes = vectorize(grad(choose, { argnums: 1 }));
  const xs = tensor([-1, 0, 1], { dtype: "float64" });
  const numbers = stack([1, 2, 3]);
  expect(numbers.weak).toBe(true);
  for (const backend of ["js", "wasm"] as const) {
    const [eager, compiled] = [slopes(xs, numbers), compile(slopes, { backend })(xs, numbers)];
    expect(eager.toArray()).toEqual([0, 6, 6]);
    expect(compiled.toArray()).toEqual([0, 6, 6]);
    expect([eager.weak, compiled.weak]).toEqual([true, true]);
  }
});
