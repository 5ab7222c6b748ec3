/**
 * A compiled step that throws leaves every Variable unchanged, wherever an op refuses its inputs: at top level, in a
 * branch or in a loop, between assignments before and after it.
 */

import { describe, expect, test } from "vitest";
import {
  cond,
  GraddiffError,
  ones,
  scan,
  stack,
  type Tensor,
  tensor,
  uniform,
  Variable,
  whileLoop,
} from "../../src/index.ts";
import { RUNNERS } from "../control/support.ts";
import { applied, expectSameBits, samples } from "../support/opChecks.ts";
import { badInputs, exampleOf, refuses } from "../support/refusals.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { registeredOps } from "../support/table.ts";

sampleTests(2);

const float64 = { dtype: "float64" } as const;

type Run = (given: readonly Tensor[]) => Tensor;

/**
 * Functions that run an op in different parts of a step, and return a number. Loops first run the op with inputs that
 * it accepts, so that their carry has changed before the error.
 */
const PLACES: Readonly<
  Record<string, (run: Run, good: readonly Tensor[], given: readonly Tensor[]) => Tensor>
> = {
  "at top level": (run, _good, given) => run(given),
  "in a branch": (run, _good, given) =>
    cond(
      tensor(true),
      () => run(given),
      () => tensor(0, float64),
    ),
  "in a step of a loop": (run, good, given) =>
    scan(
      (sum: Tensor, rows: Tensor[]): [Tensor, []] => [sum.add(run(rows)), []],
      tensor(0, float64),
      pairs(good, given),
    )[0],
  "in a loop that stops": (run, good, given) =>
    whileLoop(
      ([n]: readonly [Tensor, Tensor]) => n.less(2),
      ([n, sum]: readonly [Tensor, Tensor]) =>
        [n.add(1), sum.add(run(pairs(good, given).map((pair) => pair.take(n))))] as const,
      [tensor(0, { dtype: "int32" }), tensor(0, float64)] as const,
    )[1],
  "in a branch in a loop": (run, good, given) =>
    scan(
      (sum: Tensor, rows: Tensor[]): [Tensor, []] => [
        cond(
          sum.less(1e300),
          () => sum.add(run(rows)),
          () => sum,
        ),
        [],
      ],
      tensor(0, float64),
      pairs(good, given),
    )[0],
};

/** Returns stacks of each input and another one. */
function pairs(first: readonly Tensor[], second: readonly Tensor[]): Tensor[] {
  return first.map((own, i) => stack([own, second[i] as Tensor]));
}

/** The compiled runners. Eager code is left out, since its assignments take effect at once. */
const compiled = Object.entries(RUNNERS).filter(([name]) => !name.startsWith("eager"));

const refusing = registeredOps().filter(refuses);

describe.each(refusing.map((op, i) => [op.name, op, i] as const))("the op %s", (_name, op, i) => {
  const example = exampleOf(op);
  if (example === undefined) throw new Error("no example");
  const { inputs, attributes } = samples(op, example, "float64");
  const bad = badInputs(op, inputs, attributes);
  // An op with a loop that stops has no inputs that it refuses.
  const isRefused = op.bodies?.control === undefined;

  test.each(Object.keys(PLACES))(
    "that refuses its inputs %s leaves Variables as they were",
    (place) => {
      const at = PLACES[place] as (typeof PLACES)[string];
      const starts = [1, 2, 3].map((seed) => uniform([600], { seed, ...float64 }));
      const made = () => {
        const variables = starts.map((start) => new Variable(start));
        const [ahead, own, behind] = variables as [Variable, Variable, Variable];
        const step = (...given: Tensor[]) => {
          ahead.assign(ahead.value.mul(2));
          const inside = (operands: readonly Tensor[]) => {
            own.assign(own.value.add(1));
            const results = applied(op, operands, attributes);
            const sum = results.reduce(
              (total, each) => total.add(each.cast("float64").sum()),
              tensor(0, float64),
            );
            own.assign(own.value.mul(3));
            return sum;
          };
          const number = at(inside, inputs, given);
          behind.assign(behind.value.add(number));
          ahead.assign(ahead.value.add(ones([600], float64)));
          return [ahead.value.sum()];
        };
        return { step, values: () => variables.map(({ value }) => value) };
      };
      // Eager code computes the expected values of a step without an error.
      const eager = made();
      eager.step(...inputs);
      const turn = i + Object.keys(PLACES).indexOf(place);
      for (const [runner, run] of sampled(compiled, 3, turn)) {
        // The error is thrown in the first step, when values are in arrays, or in the second one, when they are unread
        // in the memory of programs.
        for (const [expected, steps] of [[starts, 0] as const, [eager.values(), 1] as const]) {
          const { step, values } = made();
          const program = run(step);
          for (let n = 0; n < steps; n++) program(...inputs);
          if (isRefused) expect(() => program(...bad), runner).toThrow(GraddiffError);
          values().forEach((value, i) => {
            expectSameBits(value, expected[i] as Tensor);
          });
        }
      }
    },
  );
});

test("many ops refuse some elements", () => {
  expect(refusing.length).toBeGreaterThanOrEqual(20);
});
