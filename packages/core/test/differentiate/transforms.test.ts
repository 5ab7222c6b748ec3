import { describe, expect, test } from "vitest";
import { apply } from "../../src/graph/apply.ts";
import { type Op, sameType } from "../../src/graph/op.ts";
import { NO_ATTRIBUTES } from "../../src/graph/types.ts";
import {
  checkGradients,
  compile,
  concat,
  grad,
  jvp,
  ones,
  type Tensor,
  tensor,
  uniform,
  vectorize,
  vjp,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

const cube = (x: Tensor) => x.mul(x).mul(x);

describe("vjp", () => {
  test("gives the value and a pullback that may be called again", () => {
    const { value, pullback } = vjp((x: Tensor, y: Tensor) => x.mul(y))(
      tensor([1, 2]),
      tensor([3, 4]),
    );
    expect(value.toArray()).toEqual([3, 8]);
    expect(pullback(tensor([1, 0])).map((g) => g.toArray())).toEqual([
      [3, 0],
      [1, 0],
    ]);
    expect(pullback(tensor([0, 1])).map((g) => g.toArray())).toEqual([
      [0, 4],
      [0, 2],
    ]);
  });

  test("takes trees as results", () => {
    const { value, pullback } = vjp((x: Tensor) => ({ twice: x.mul(2), square: x.square() }))(3);
    expect([value.twice.item(), value.square.item()]).toEqual([6, 9]);
    expect(pullback({ twice: 1, square: 10 })[0]?.item()).toBe(62);
  });

  test("can itself be differentiated", () => {
    const slope = (x: Tensor) => vjp(cube)(x).pullback(tensor(1, { dtype: "float64" }))[0];
    expect(grad((x) => slope(x) as Tensor)(tensor(2, { dtype: "float64" })).item()).toBe(12);
  });
});

describe("jvp", () => {
  test("gives the derivative along a direction", () => {
    const { value, tangent } = jvp((x: Tensor, y: Tensor) => x.mul(y))([3, 4], [1, 10]);
    expect([value.item(), tangent.item()]).toEqual([12, 34]);
  });

  test("nests with itself and with grad in any order", () => {
    const forward = (x: Tensor) => jvp(cube)([x], [1]).tangent;
    expect(jvp(forward)([2], [1]).tangent.item()).toBe(12);
    expect(grad(forward)(2).item()).toBe(12);
    expect(jvp(grad(cube))([2], [1]).tangent.item()).toBe(12);
  });

  test("gives a zero tangent for a result that does not depend on the inputs", () => {
    expect(jvp((_x) => tensor([1, 2]))([3], [1]).tangent.toArray()).toEqual([0, 0]);
  });

  test("takes trees", () => {
    const { tangent } = jvp((p: { x: Tensor; y: Tensor }) => ({ sum: p.x.add(p.y) }))(
      [{ x: 1, y: 2 }],
      [{ x: 10, y: 20 }],
    );
    expect(tangent.sum.item()).toBe(30);
  });
});

describe("vectorize", () => {
  const x = uniform([4, 3], { seed: 1, dtype: "float64" });
  const w = uniform([3, 2], { seed: 2, dtype: "float64" });

  test("runs a function of one example over a batch", () => {
    const score = (row: Tensor) => row.matmul(w).tanh().sum();
    const rows = Array.from({ length: 4 }, (_, i) => score(x.slice([i], [i + 1]).reshape([3])));
    expectSameBits(vectorize(score)(x), concat(rows.map((row) => row.reshape([1]))));
  });

  test("gives per-example gradients", () => {
    const loss = (weights: Tensor, row: Tensor) => row.matmul(weights).square().sum();
    const perExample = vectorize(grad(loss), { axes: [null, 0] })(w, x);
    expect(perExample.shape).toEqual([4, 3, 2]);
    const total = grad((weights) => x.matmul(weights).square().sum())(w);
    const difference = perExample.sum(0).sub(total).abs().max().item();
    expect(difference).toBeLessThan(1e-13);
  });

  test("can itself be differentiated, and nested", () => {
    const outer = vectorize((a) => vectorize((b) => a.mul(b))(tensor([1, 2, 3])))(tensor([10, 20]));
    expect(outer.toArray()).toEqual([
      [10, 20, 30],
      [20, 40, 60],
    ]);
    expect(grad((v) => vectorize(cube)(v).sum())(tensor([1, 2])).toArray()).toEqual([3, 12]);
  });

  test("takes the batch from another axis and puts it to another", () => {
    const result = vectorize((column: Tensor) => column.mul(2), { axes: 1, outAxis: 1 })(x);
    expectSameBits(result, x.mul(2));
  });

  test("repeats results that do not depend on the batch", () => {
    expect(vectorize((_row) => ones([2]))(x).shape).toEqual([4, 2]);
  });
});

test("a composite without a batching rule is batched by its body, in one go", () => {
  const shifted: Op = {
    name: "shifted",
    symbol: "shifted",
    family: "elementwise",
    promotion: "float",
    formula: "x − max x",
    results: sameType,
    derivative: undefined,
    body: ([input]) => [(input as Tensor).sub((input as Tensor).max())],
    batch: undefined,
    examples: { domain: [-1, 1], cases: [] },
  };
  const fn = (x: Tensor) => apply(shifted, [x], NO_ATTRIBUTES);
  const rows = uniform([64, 5], { seed: 1, dtype: "float64" });
  const together = vectorize(fn);
  const oneByOne = Array.from({ length: 64 }, (_, i) => fn(rows.slice([i], [i + 1]).reshape([5])));
  expect(together(rows).toArray()).toEqual(oneByOne.map((row) => row.toArray()));
  expect(
    compile(together)
      .program(rows)
      .describe()
      .match(/ = max /g),
  ).toHaveLength(1);
  expect(checkGradients((x) => together(x).square(), [rows]).tooSmall).toBe(0);
});
