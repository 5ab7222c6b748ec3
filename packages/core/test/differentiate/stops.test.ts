/**
 * Values that depend on no argument, such as `stopGradient(x)`, are constant to every derivative. The pass through them
 * is skipped, and ops without a derivative are no error there: eager and compiled, in both modes and inside of bodies.
 */

import { describe, expect, test } from "vitest";
import {
  argMax,
  compile,
  cond,
  explain,
  floor,
  grad,
  graphOf,
  greater,
  jvp,
  normal,
  ones,
  scan,
  stopGradient,
  type Tensor,
  tensor,
  treeLeaves,
  zeros,
} from "../../src/index.ts";
import { qr } from "../../src/linalg.ts";
import { RUNNERS } from "../control/support.ts";

/** Functions that apply an op without a derivative to a stopped value; all gradients are ones. */
const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "a factorisation that is singular there": (x) => qr(stopGradient(x)).r.sum().add(x.sum()),
  "random numbers of a stopped seed": (x) =>
    normal([2], { seed: stopGradient(argMax(x)).sum() })
      .sum()
      .add(x.sum()),
  "an int32 that a stopped number joins": (x) =>
    tensor([1, 2], { dtype: "int32" })
      .add(stopGradient(x.sum()).floor().cast("int32"))
      .sum()
      .add(x.sum()),
  "a floor, after which nothing is differentiable": (x) => qr(floor(x)).r.sum().add(x.sum()),
  "a stop inside of a condition": (x) =>
    cond(
      greater(x.sum(), 0),
      () => qr(stopGradient(x)).r.sum().add(x.sum()),
      () => x.sum(),
    ),
  "a stop inside of a loop": (x) =>
    scan(
      (sum: Tensor, row: Tensor): [Tensor, []] => [
        sum.add(row.sum()).add(qr(stopGradient(x)).r.sum().mul(0)),
        [],
      ],
      0,
      x,
    )[0],
};

describe.each(Object.entries(FUNCTIONS))("%s", (_, fn) => {
  const x = ones([2, 2]);

  test.each(Object.entries(RUNNERS))("counts as a constant, %s", (_name, run) => {
    const [gradient] = run((given) => treeLeaves(grad(fn)(given as Tensor)))(x);
    expect(gradient?.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
    const [tangent] = run((given) =>
      treeLeaves(jvp(fn)([given as Tensor], [ones([2, 2])]).tangent),
    )(x);
    expect(tangent?.item()).toBe(4);
    const twice = (given: Tensor) => grad((y: Tensor) => grad(fn)(y).mul(y).sum())(given);
    expect(run((given) => [twice(given as Tensor)])(x)[0]?.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("is drawn all the same", () => {
    const graph = explain(fn)(x);
    const input = graph.nodes.find(({ kind }) => kind === "input");
    expect(input?.gradient?.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

test("what is stopped is drawn where it stands, and no gradient comes to it", () => {
  const fn = (x: Tensor) => stopGradient(x.mul(2)).exp().mul(x).sum();
  const { nodes } = explain(fn)(tensor([1, 2]));
  const named = (name: string) => nodes.filter(({ op }) => op?.name === name);
  const [stopped, exponential, sum] = ["stopGradient", "exp", "sum"].flatMap(named);
  expect(stopped?.inputs).toHaveLength(1);
  expect(exponential?.inputs[0]?.from).toBe(stopped?.id);
  expect([stopped?.gradient, exponential?.gradient]).toEqual([undefined, undefined]);
  expect(sum?.gradient?.item()).toBe(1);
});

test("nothing is computed on the way back for what a stop hides", () => {
  const fn = (x: Tensor) => stopGradient(x.sqrt()).mul(x).sum();
  const { nodes } = graphOf(compile(grad(fn)).program(zeros([3])));
  const ops = nodes.flatMap(({ op }) => op?.name ?? []);
  expect(ops).toEqual(["sqrt"]);
});
