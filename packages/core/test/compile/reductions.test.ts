/**
 * Sums and extremes of a loop's values, which the loop itself computes.
 */

import { describe, expect, test } from "vitest";
import { reductionForm } from "../../src/families/reductionForm.ts";
import { compile, grad, type Tensor, uniform } from "../../src/index.ts";
import { expectSameBits } from "../support/opChecks.ts";

const LENGTHS = [0, 1, 3, 4, 5, 7, 8, 9, 31, 33, 511, 512, 513, 1025, 20_001];

/** Compiles a function, compares it with the eager result, and returns the printed steps. */
function check(fn: (...inputs: Tensor[]) => Tensor | Tensor[], ...inputs: Tensor[]): string[] {
  const compiled = compile(fn);
  const [actual, expected] = [compiled(...inputs), fn(...inputs)].map((result) => [result].flat());
  expected?.forEach((each, i) => {
    expectSameBits(actual?.[i] as Tensor, each);
  });
  const text = compiled.program(...inputs).describe();
  return text.slice(text.indexOf(", values at")).split("\n").slice(1);
}

for (const dtype of ["float32", "float64"] as const) {
  const random = (shape: number[], seed: number) =>
    uniform(shape, { seed, low: -1, high: 1, dtype });

  describe(`in ${dtype}`, () => {
    test("a sum of every length joins the loop of its input, which is not stored", () => {
      for (const length of LENGTHS) {
        const steps = check(
          (x, y) => x.mul(y).exp().sum(),
          random([length], length),
          random([length], 1),
        );
        if (length > 0) {
          expect(steps).toHaveLength(1);
          expect(steps[0]).toContain(`loop over [${length}]: mul exp sum (`);
        }
      }
    });

    test("sums of rows join it beside what is stored, and are read a stage later", () => {
      for (const length of LENGTHS) {
        const steps = check(
          (x) => {
            const powers = x.exp();
            return [powers.div(powers.sum(1, { keepDims: true })), powers.mul(x).sum(1)];
          },
          random([5, length], length + 2),
        );
        if (length > 1) {
          expect(steps.map((step) => step.replace(/.*: (.*) \(.*/, "$1"))).toEqual([
            "exp mul sum sum",
            "div",
          ]);
        }
      }
    });

    test("the greatest and the least of rows, and what is scaled by them", () => {
      for (const length of LENGTHS) {
        if (length === 0) continue;
        const x = random([3, length], length);
        const softmax = (z: Tensor) => {
          const powers = z.sub(z.max(1, { keepDims: true })).exp();
          return powers.div(powers.sum(1, { keepDims: true }));
        };
        expect(check(softmax, x)).toHaveLength(3);
        expect(check((z) => [z.mul(2).max(1), z.min(), z.neg().min(1)], x)).toHaveLength(2);
        check(
          (z) => [...grad((w: Tensor) => w.max(1).mul(w.min(1)).sum(), { argnums: [0] })(z)],
          x,
        );
      }
    });

    test("of what no loop computes, in a loop of their own or one that reads it", () => {
      for (const length of LENGTHS) {
        const x = random([4, length], length);
        const steps = check((z) => z.sum(1), x);
        if (length > 0) expect(steps[0]).toContain("copy sum (");
        const joined = check((z) => [z.mul(3), z.sum(1), z.reshape([length, 4]).sum(1)], x);
        if (length > 0) expect(joined.join()).toContain(": mul copy sum (");
        if (length > 0) expect(check((z) => z.max(), x)).toHaveLength(1);
      }
    });

    test("of casts, in the dtype of the result", () => {
      for (const length of LENGTHS) {
        const x = random([4, length], length);
        const other = dtype === "float32" ? "float64" : "float32";
        check((z) => z.cast(other).sum(1), x);
        check((z) => [z.mul(3).cast(other).sum(1), z.cast(other).mul(2).sum()], x);
        check((z) => [z.cast("int32").sum(1), z.greater(0).sum(1), z.cast("int32").sum()], x);
        if (length > 0) check((z) => [z.cast(other).max(1), z.mul(2).cast("int32").min(1)], x);
      }
    });

    test("of large transposed matrices, which are copied in tiles first", () => {
      const x = random([65, 80], 8);
      expect(check((z) => z.transpose().mul(2).sum(1), x)).toHaveLength(2);
      expect(check((z) => z.transpose().sum(), x)).toHaveLength(2);
      expect(check((z) => z.transpose().exp().max(1), random([63, 63], 9))).toHaveLength(1);
    });

    test("gradients through sums of loops have the bits of the eager ones", () => {
      for (const length of LENGTHS) {
        const fn = grad((x: Tensor, y: Tensor) => x.mul(y).mul(x.mul(x).sum()).sum(), {
          argnums: [0, 1],
        });
        check((x, y) => [...fn(x, y)], random([length], 3), random([length], 4));
      }
    });

    test("a sum that no loop can end with stays a step after the loop", () => {
      const rows = random([6, 7], 5);
      const row = random([7], 6);
      // The row is broadcast, so the axes of the sum cannot be merged into one axis for both arrays.
      expect(check((x, y) => x.mul(y).sum(), rows, row)).toHaveLength(2);
      expect(check((x) => x.mul(2).sum(0), rows)).toHaveLength(2);
      // The second sum has other axes than the first.
      const steps = check((x) => [x.mul(2).sum(1), x.mul(3).sum(), x.mul(4).sum(1)], rows);
      expect(steps[0]).toContain("mul mul mul sum sum (");
      expect(steps).toHaveLength(2);
    });

    test("sums of both parts of a loop that is too long for one function", () => {
      const steps = check(
        (x) => {
          let value = x;
          for (let i = 0; i < 300; i++) value = value.mul(1.0001 + i);
          const middle = value.sum();
          for (let i = 0; i < 300; i++) value = value.mul(0.001 + 0.001 * i);
          return [middle, value.sum(), value.sub(value.sum())];
        },
        random([33], 7),
      );
      expect(steps.filter((step) => step.includes("sum ("))).toHaveLength(2);
    });
  });
}

test("reductions over axes in several groups go over the last axes of a transpose", () => {
  const x = uniform([2, 3, 4, 5, 3], { seed: 1, low: -1 });
  for (const axes of [
    [0, 2],
    [1, 3],
    [0, 2, 4],
    [1, 4],
  ]) {
    for (const keepDims of [false, true]) {
      const steps = check(
        (y) => [y.sum(axes, { keepDims }), y.max(axes, { keepDims }), y.cast("int32").sum(axes)],
        x,
      );
      // Axes are reduced without a copy exactly if reductionForm finds a form that a kernel supports.
      const direct = !steps.some((step) => step.includes(": copy ("));
      expect(direct, String(axes)).toBe(reductionForm(x.shape, axes) !== undefined);
    }
    check((y) => grad((z: Tensor) => z.square().sum(axes).exp().sum())(y), x);
  }
});
