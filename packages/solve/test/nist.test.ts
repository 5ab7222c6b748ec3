/** NIST's nonlinear regressions: nine digits of the certified parameters and standard errors, from both starts. */

import { type Tensor, unstack } from "@graddiff/core";
import { leastSquares } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { NIST, vector } from "./nist.ts";

describe.each(Object.entries(NIST))("%s of NIST", (_name, set) => {
  test.each([1, 2])("from start %i", (number) => {
    const start = set.starts[number - 1] ?? [];
    const [x, y] = [vector(set.x), vector(set.y)];
    const found = leastSquares(
      (b: Tensor, own: { x: Tensor; y: Tensor }) => set.model(unstack(b), own.x).sub(own.y),
      vector(start),
      { data: { x, y }, ...(set.maxIterations && { maxIterations: set.maxIterations }) },
    );
    const worst = (values: Tensor, certified: readonly number[]) =>
      Math.max(
        ...Array.from(values.data(), (value, i) => Math.abs(value / (certified[i] ?? 0) - 1)),
      );
    const off = [
      worst(found.x, set.parameters),
      worst(found.standardErrors, set.errors),
      Math.abs((found.cost.item() * 2) / set.sumOfSquares - 1),
    ];
    expect(found.status.item()).toBe(1);
    expect(Math.max(...off)).toBeLessThan(1e-9);
  });
});
