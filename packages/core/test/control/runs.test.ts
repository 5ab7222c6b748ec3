/**
 * Loops of small bodies run several steps at a time. They are tested with numbers of steps around that number, forwards
 * and backwards, with carries of every dtype, rows, and conditions.
 */

import { describe, expect, test } from "vitest";
import {
  arange,
  compile,
  type DType,
  grad,
  scan,
  type Tensor,
  tensor,
  uniform,
  vectorize,
  whileLoop,
} from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";
import { sampleTests } from "../support/sampling.ts";

sampleTests(2);

const LENGTHS = [0, 1, 2, 63, 64, 65, 127, 128, 129, 1000] as const;

interface State {
  readonly h: Tensor;
  readonly pair: Tensor;
  readonly n: Tensor;
  readonly odd: Tensor;
}

const startOf = (dtype: DType): State => ({
  h: tensor(0.5, { dtype }),
  pair: tensor([1, -1], { dtype }),
  n: tensor(0, { dtype: "int32" }),
  odd: tensor(false as unknown as number[]),
});

/** Two carries read each other, one is returned unchanged, and a number is captured. */
const next = (factor: Tensor, { h, pair, n, odd }: State, x: Tensor): State => ({
  h: h.mul(factor).add(x).sin().add(pair.sum().mul(0.01)),
  pair: pair.mul(0.5).add(h),
  n: n.mul(3).add(1),
  odd: odd.logicalNot(),
});

const leaves = ({ h, pair, n, odd }: State) => [h, pair, n, odd];

function expectAll(got: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((own, i) => {
    expectSameBits(own, expected[i] as Tensor);
  });
}

describe.each(["float32", "float64"] as const)("a scan of small steps in %s", (dtype) => {
  test.each(LENGTHS)("has the eager bits after %i steps, and its gradient too", (length) => {
    const xs = uniform([length], { seed: 1, dtype });
    const factor = tensor(0.9, { dtype });
    for (const reverse of [false, true]) {
      const run = (a: Tensor, rows: Tensor) => {
        const [end, sums] = scan(
          (state: State, x: Tensor) => {
            const then = next(a, state, x);
            return [then, [then.h.add(x), then.n] as const] as const;
          },
          startOf(dtype),
          rows,
          { reverse },
        );
        return [...leaves(end), ...sums];
      };
      expectAll(compile(run)(factor, xs), run(factor, xs));
      const slope = grad((a: Tensor, rows: Tensor) => (run(a, rows)[0] as Tensor).mul(2), {
        argnums: [0, 1],
      });
      expectAll([...compile(slope)(factor, xs)], [...slope(factor, xs)]);
    }
  });
});

describe.each(["float32", "float64"] as const)("a whileLoop of small steps in %s", (dtype) => {
  const counting = (most: number) => (factor: Tensor) =>
    whileLoop(
      ({ steps }: { steps: Tensor; state: State }) => steps.less(most),
      ({ steps, state }: { steps: Tensor; state: State }) => ({
        steps: steps.add(1),
        state: next(factor, state, steps.cast(dtype)),
      }),
      { steps: tensor(0, { dtype: "int32" }), state: startOf(dtype) },
      { maxSteps: 1200 },
    );

  test.each(LENGTHS)("has the eager bits after %i steps, and its gradient too", (most) => {
    const factor = tensor(0.9, { dtype });
    const run = (a: Tensor) => {
      const { steps, state } = counting(most)(a);
      return [steps, ...leaves(state)];
    };
    expectAll(compile(run)(factor), run(factor));
    const slope = grad((a: Tensor) => counting(most)(a).state.h);
    expectSameBits(compile(slope)(factor), slope(factor));
  });

  test("ends each example of a batch at a step of its own", () => {
    const halving = (x: Tensor) =>
      whileLoop(
        (y: Tensor) => y.abs().greater(1e-3),
        (y: Tensor) => y.mul(0.9),
        x,
        { maxSteps: 500 },
      );
    const xs = arange(1, 6, { dtype }).mul(1000);
    const both = (batch: Tensor) => [
      vectorize(halving)(batch),
      vectorize(grad((x: Tensor) => halving(x).mul(3)))(batch),
    ];
    expectAll(compile(both)(xs), both(xs));
  });

  test.each([63, 64, 65, 128])("refuses to go on after %i steps", (maxSteps) => {
    const run = compile((x: Tensor) =>
      whileLoop(
        (y: Tensor) => y.greater(0),
        (y: Tensor) => y.add(1),
        x,
        { maxSteps },
      ),
    );
    expect(() => run(tensor(1, { dtype }))).toThrow(`false after at most ${maxSteps} steps`);
    // A condition that first fails after the last allowed step is no error.
    const exact = compile((x: Tensor) =>
      whileLoop(
        (y: Tensor) => y.less(maxSteps),
        (y: Tensor) => y.add(1),
        x,
        { maxSteps },
      ),
    );
    expect(exact(tensor(0, { dtype })).item()).toBe(maxSteps);
  });
});
