/**
 * All 27 nonlinear regressions of NIST: nine digits of the certified parameters and standard errors, from both starts.
 */

import { type Tensor, unstack } from "@graddiff/core";
import { leastSquares } from "@graddiff/solve";
import { describe, expect, test } from "vitest";
import { MAX_ITERATIONS, MODELS, NIST, vector } from "./nist.ts";

describe.each(Object.entries(NIST))("%s of NIST", (name, set) => {
  test.each([1, 2])("from start %i", (number) => {
    const model = MODELS[name] as (b: readonly Tensor[], x: Tensor, x2: Tensor) => Tensor;
    const most = MAX_ITERATIONS[name];
    const xs = set.x.map(vector);
    const y = vector(set.y);
    const found = leastSquares(
      (b: Tensor, data: { xs: readonly Tensor[]; y: Tensor }) => {
        const [x, x2] = data.xs as [Tensor, Tensor];
        return model(unstack(b), x, x2).sub(data.y);
      },
      vector(set.starts[number - 1] ?? []),
      {
        data: { xs, y: name === "Nelson" ? y.log() : y },
        ...(most !== undefined && { maxIterations: most }),
      },
    );
    const worst = (values: Tensor, certified: readonly number[]) =>
      Math.max(
        ...Array.from(values.data(), (value, i) => Math.abs(value / (certified[i] ?? 0) - 1)),
      );
    // The data of Lanczos1 have 14 digits, and the residuals are in the last ones, so rounding destroys their sum of
    // squares.
    const isExact = name === "Lanczos1";
    const off = [
      worst(found.x, set.parameters),
      isExact ? 0 : worst(found.standardErrors, set.errors),
      isExact ? 0 : Math.abs((found.cost.item() * 2) / set.sumOfSquares - 1),
    ];
    if (process.env["GRADDIFF_TABLE"]) {
      console.log(name, number, found.status.item(), found.evaluations.item(), off);
    }
    expect(found.status.item()).toBe(1);
    expect(found.undetermined).toEqual([]);
    expect(Math.max(...off)).toBeLessThan(1e-9);
  });
});
