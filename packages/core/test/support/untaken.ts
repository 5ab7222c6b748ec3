/**
 * The law of branches that are not taken: they cause neither an error nor NaN. Under `vectorize` both branches are
 * computed. Each op is tried in one branch; examples that take the other branch have inputs which the op refuses or
 * maps to NaN.
 */

import { describe, expect, test } from "vitest";
import {
  cond,
  grad,
  jvp,
  onesLike,
  stack,
  type Tensor,
  tensor,
  vectorize,
} from "../../src/index.ts";
import { isFloat } from "../../src/tensor/dtype.ts";
import { RUNNERS } from "../control/support.ts";
import { applied, samples } from "./opChecks.ts";
import { badInputs, exampleOf, refuses } from "./refusals.ts";
import { sampled } from "./sampling.ts";
import { registeredOps } from "./table.ts";

/**
 * Tests the law for some ops.
 *
 * @param every 1 for all ops. Otherwise half of the ops that refuse elements are tried and one out of `every` others,
 *   in one of the branches, on two runners, to first derivatives.
 */
export function untakenLaws(every: number): void {
  const ops = registeredOps();
  const refusing = ops.filter(refuses);
  const others = ops.filter((op) => !refusing.includes(op));
  const some = [...sampled(refusing, 2), ...sampled(others, every)];
  const runners = Object.entries(RUNNERS).filter(
    ([name]) => every === 1 || !name.includes("JavaScript"),
  );
  const cases = some.flatMap((op, i) => {
    const example = exampleOf(op);
    return example === undefined ? [] : [[op.name, op, example, i] as const];
  });
  describe.each(cases)("the op %s", (_name, op, example, place) => {
    const { inputs, attributes } = samples(op, example, "float64");
    const second = samples(op, example, "float64", 1).inputs;
    const bad = badInputs(op, inputs, attributes);
    const [floats, others] = [true, false].map((wanted) =>
      inputs.flatMap(({ dtype }, k) => (isFloat(dtype) === wanted ? [k] : [])),
    ) as [number[], number[]];
    const stops =
      op.derivative?.kind === "none" || (op.derivative?.kind === "partials" && op.derivative.stops);
    /** Returns a function with the op in one branch, and a finite constant in the other. */
    const branch =
      (inElse: boolean) =>
      (flag: Tensor, ...given: Tensor[]) => {
        const taking = () =>
          applied(op, given, attributes).map((result) => result.cast("float64").sum());
        const resting = () => sample.map(() => tensor(1.5, { dtype: "float64" }));
        return cond(flag, inElse ? resting : taking, inElse ? taking : resting);
      };
    const sample = applied(op, inputs, attributes);
    const inOrder =
      (fn: (...all: Tensor[]) => Tensor[], flag: Tensor, ints: Tensor[]) =>
      (...given: Tensor[]) => {
        const all = [...inputs];
        floats.forEach((k, i) => {
          all[k] = given[i] as Tensor;
        });
        others.forEach((k, i) => {
          all[k] = ints[i] as Tensor;
        });
        return fn(flag, ...all);
      };
    const modes: Record<string, (fn: ReturnType<typeof branch>) => (...all: Tensor[]) => Tensor[]> =
      {
        values: (fn) => fn,
      };
    if (!stops && floats.length > 0) {
      const total =
        (fn: ReturnType<typeof branch>, flag: Tensor, ints: Tensor[]) =>
        (...given: Tensor[]) =>
          inOrder(
            fn,
            flag,
            ints,
          )(...given).reduce((sum, each) => sum.add(each.sin()), tensor(0, { dtype: "float64" }));
      const split = (all: Tensor[]) => ({
        given: floats.map((k) => all[k] as Tensor),
        ints: others.map((k) => all[k] as Tensor),
      });
      const argnums = floats.map((_, i) => i);
      modes["first derivatives"] =
        (fn) =>
        (flag, ...all) => {
          const { given, ints } = split(all);
          return grad(total(fn, flag as Tensor, ints), { argnums })(...given);
        };
      modes["tangents of sums"] =
        (fn) =>
        (flag, ...all) => {
          const { given, ints } = split(all);
          return [jvp(total(fn, flag as Tensor, ints))(given, given.map(onesLike)).tangent];
        };
      modes["second derivatives"] =
        (fn) =>
        (flag, ...all) => {
          const { given, ints } = split(all);
          const first = grad(total(fn, flag as Tensor, ints), { argnums });
          const squares = (...again: Tensor[]) =>
            first(...again).reduce(
              (sum, each) => sum.add(each.sum().sin()),
              tensor(0, { dtype: "float64" }),
            );
          return grad(squares, { argnums })(...given);
        };
    }
    const wanted = Object.keys(modes).filter(
      (mode) => every === 1 || mode !== "second derivatives",
    );
    test.each(wanted)("in a branch that is not taken is neither refused nor NaN: %s", (mode) => {
      for (const inElse of every === 1 ? [false, true] : [place % 4 >= 2]) {
        const fn = (modes[mode] as (typeof modes)[string])(branch(inElse));
        // One batch has two examples that take the op's branch and two that do not. The other batch has no example that
        // takes it.
        const batches = [
          [bad, inputs, bad, second],
          [bad, bad],
        ];
        for (const examples of every === 1 ? batches : sampled(batches, 2, place)) {
          const flags = examples.map((given) => (given === bad) === inElse);
          const batch = [
            tensor(flags),
            ...inputs.map((_, k) => stack(examples.map((given) => given[k] as Tensor))),
          ];
          const each = examples.map((given, i) => fn(tensor(flags[i] as boolean), ...given));
          for (const [runner, run] of runners) {
            const got = run(vectorize(fn) as (...all: Tensor[]) => Tensor[])(...batch);
            got.forEach((result, k) => {
              const expected = stack(each.map((results) => results[k] as Tensor));
              expectSame(result, expected, `${runner}, result ${k}`);
            });
          }
        }
      }
    });
  });

  test("ops that refuse elements are among them", () => {
    expect(refusing.length).toBeGreaterThanOrEqual(20);
  });
}

/** Expects results that are equal up to the order of sums, and finite where the expected ones are. */
function expectSame(got: Tensor, expected: Tensor, title: string): void {
  const [a, b] = [got.data(), expected.data()];
  expect(got.shape).toEqual(expected.shape);
  for (let i = 0; i < b.length; i++) {
    const [x, y] = [Number(a[i]), Number(b[i])];
    const isClose = Object.is(x, y) || Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(y));
    expect(isClose, `${title}: ${x} for ${y} at ${i}`).toBe(true);
  }
}
