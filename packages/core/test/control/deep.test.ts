/**
 * Bodies nested in bodies: every pair of outer bodies, around each inner function.
 */

import { describe, expect, test } from "vitest";
import { compile, grad, jvp, stack, type Tensor, uniform, vectorize } from "../../src/index.ts";
import { sampled, sampleTests } from "../support/sampling.ts";
import { INNER, OUTER, type Vectors } from "./functions.ts";
import { at, expectClose } from "./support.ts";

sampleTests(3);

const SEEDS = [1, 2, 3];

/** The tolerance is wide, since nested exponentials reach 10^8, and sums of them cancel. */
const TOLERANCE = 1e-8;

const outer = Object.entries(OUTER).map(([name, functions], i) => [name, functions, i] as const);

describe.each(outer)("in %s", (_, around, i) => {
  describe.each(sampled(outer, 2, i))("in %s", (_, between, j) => {
    test.each(sampled(Object.entries(INNER), 24, `${i} ${j}`))(
      "%s has the derivatives of plain code",
      (_, inner) => {
        const fn = around.fn(between.fn(inner.fn));
        const plain = around.plain(between.plain(inner.plain));
        const slope = (fn: Vectors) => grad((x: Tensor) => fn(x).sin().sum());
        const bend = (fn: Vectors) => grad((x: Tensor) => slope(fn)(x).sin().sum());
        const push = (fn: Vectors) => (x: Tensor) => jvp(fn)([x], [x.cos()]).tangent;
        const together = (fn: Vectors) => grad((xs: Tensor) => vectorize(fn)(xs).sin().sum());
        const xs = SEEDS.map((seed) => uniform([3], { seed, low: -1, high: 1, dtype: "float64" }));
        for (const mode of [slope, bend, push]) {
          const expected = xs.map((x) => mode(plain)(x));
          const compiled = compile(mode(fn));
          xs.forEach((x, i) => {
            const both = [mode(fn)(x), compiled(x)];
            expectClose(both, [at(expected, i), at(expected, i)], TOLERANCE);
          });
          expectClose([compile(vectorize(mode(fn)))(stack(xs))], [stack(expected)], TOLERANCE);
        }
        const expected = stack(xs.map((x) => slope(plain)(x)));
        expectClose([together(fn)(stack(xs))], [expected], TOLERANCE);
        expectClose([compile(together(fn), { backend: "js" })(stack(xs))], [expected], TOLERANCE);
        expect(expected.data().every(Number.isFinite)).toBe(true);
      },
    );
  });
});
