/**
 * Initializers: moments, fans, orthogonality, and bits.
 */

import * as gd from "@graddiff/core";
import { allClose, eye, type Tensor } from "@graddiff/core";
import { describe, expect, test } from "vitest";
import { messageOf, wrong } from "../../../core/test/misuse/support.ts";
import { expectSameBits } from "../../../core/test/support/opChecks.ts";
import * as nn from "../../src/index.ts";
import { Dense } from "../../src/index.ts";

const random = {
  glorot: nn.glorot,
  he: nn.he,
  lecun: nn.lecun,
  orthogonal: nn.orthogonal,
  normalInit: nn.normalInit,
  truncatedNormalInit: nn.truncatedNormalInit,
};

/** The expected variance of weights, from the numbers of inputs and outputs. */
const variances = {
  glorot: (inputs: number, outputs: number) => 2 / (inputs + outputs),
  he: (inputs: number) => 2 / inputs,
  lecun: (inputs: number) => 1 / inputs,
};

describe.each(Object.entries(variances))("%s", (name, variance) => {
  const make = nn[name as "glorot"];
  test.each([
    ["dense weights", [200, 300], 200, 300],
    ["a convolution along one axis", [100, 60, 5], 300, 500],
    ["a convolution of images", [60, 20, 5, 6], 600, 1800],
    ["a convolution in groups", [64, 8, 10, 10], 800, 6400],
  ] as const)("has the variance of the fans of %s", (_what, shape, inputs, outputs) => {
    for (const distribution of ["uniform", "normal"] as const) {
      const values = make(shape, { seed: 7, distribution, dtype: "float64" });
      const expected = variance(inputs, outputs);
      const count = values.size;
      // The allowed errors are five standard errors of the mean and of the variance.
      expect(Math.abs(values.mean().item())).toBeLessThan(5 * Math.sqrt(expected / count));
      const error = values.variance().item() / expected - 1;
      expect(Math.abs(error)).toBeLessThan(5 * Math.sqrt(2 / count));
      const largest = values.abs().max().item() / Math.sqrt(expected);
      if (distribution === "uniform") expect(largest).toBeLessThanOrEqual(Math.sqrt(3));
      else expect(largest).toBeGreaterThan(3);
      const doubled = make(shape, { seed: 7, distribution, dtype: "float64", gain: 2 });
      expect(allClose(doubled, values.mul(2))).toBe(true);
    }
  });

  test("needs a shape with fans", () => {
    for (const shape of [[], [3]]) {
      expect(messageOf(() => make(shape, { seed: 1 }))).toBe(
        `${name}: shape: expected [inputs, outputs], or [outputs, inputs / groups, …size] of a convolution, got [${shape}]. A bias mostly begins at zeros: zerosInit.`,
      );
    }
    expect(make([0, 3], { seed: 1 }).shape).toEqual([0, 3]);
    expect(messageOf(() => make([2, 2], wrong({ seed: 1, distribution: "cauchy" })))).toBe(
      `${name}: distribution: expected "uniform" or "normal", got "cauchy".`,
    );
    expect(messageOf(() => make([2, 2], { seed: 1, gain: Number.NaN }))).toBe(
      `${name}: gain: expected a finite number, got NaN.`,
    );
  });
});

test("glorot is what Dense begins with", () => {
  const weightBy = (options?: object) => new Dense(7, 5, { seed: 3, ...options }).weight.value;
  expectSameBits(weightBy({ initializer: nn.glorot }), weightBy());
});

describe("orthogonal", () => {
  test.each([[[5, 5]], [[200, 200]], [[3, 8]], [[8, 3]], [[4, 2, 3, 3]], [[1, 4]], [[30, 2, 3]]])(
    "has orthonormal rows or columns of shape %j",
    (shape) => {
      const whole = nn.orthogonal(shape, { seed: 1, dtype: "float64" });
      expect(whole.shape).toEqual(shape);
      const [rows = 0] = shape;
      const matrix = whole.reshape([rows, whole.size / rows]);
      const short = rows <= whole.size / rows ? matrix : matrix.transpose();
      const error = short
        .matmul(short.transpose())
        .sub(eye(short.shape[0] ?? 0, short.shape[0], { dtype: "float64" }));
      expect(error.abs().max().item()).toBeLessThan(5e-15);
    },
  );

  test("has a gain, dtypes, and no shape without two axes", () => {
    const whole = nn.orthogonal([2, 2], { seed: 1, dtype: "float64" });
    expect(
      allClose(nn.orthogonal([2, 2], { seed: 1, dtype: "float64", gain: -3 }), whole.mul(-3)),
    ).toBe(true);
    expectSameBits(nn.orthogonal([2, 2], { seed: 1 }), whole.cast("float32"));
    expect(messageOf(() => nn.orthogonal([4], { seed: 1 }))).toContain(
      "orthogonal: shape: expected [inputs, outputs]",
    );
    expect(nn.orthogonal([0, 4], { seed: 1 }).shape).toEqual([0, 4]);
  });

  test("favours no direction: the first element has the variance 1 / n, and either sign", () => {
    const n = 4;
    const firsts = Array.from({ length: 400 }, (_, seed) =>
      nn.orthogonal([n, n], { seed, dtype: "float64" }).at(0, 0).item(),
    );
    const mean = firsts.reduce((sum, value) => sum + value, 0) / firsts.length;
    const square = firsts.reduce((sum, value) => sum + value * value, 0) / firsts.length;
    expect(Math.abs(mean)).toBeLessThan(0.1);
    expect(Math.abs(square * n - 1)).toBeLessThan(0.3);
  });
});

test("normalInit and truncatedNormalInit have the moments that are asked for", () => {
  const normal = nn.normalInit([300, 300], { seed: 1, mean: 3, deviation: 2, dtype: "float64" });
  expect(Math.abs(normal.mean().item() - 3)).toBeLessThan(0.04);
  expect(Math.abs(normal.standardDeviation().item() - 2)).toBeLessThan(0.03);
  const cut = nn.truncatedNormalInit([300, 300], { seed: 1, low: -1, high: 1, dtype: "float64" });
  expect(cut.abs().max().item()).toBeLessThanOrEqual(0.02);
  // The standard deviation of a normal number truncated to ±1 is 0.5396.
  expect(Math.abs(cut.standardDeviation().item() / 0.02 - 0.5396)).toBeLessThan(0.01);
});

test("zerosInit is zeros, with a seed as without", () => {
  expect(nn.zerosInit([2]).toArray()).toEqual([0, 0]);
  expect(nn.zerosInit([2], { seed: 3, dtype: "float64" }).dtype).toBe("float64");
  expect(messageOf(() => nn.zerosInit([2], wrong({ sed: 3 })))).toContain(
    "no others than seed, dtype",
  );
});

test.each(Object.entries(random))(
  "%s has the same bits for the same seed, and others for others",
  (_name, make) => {
    for (const dtype of ["float32", "float64"] as const) {
      const first = make([6, 4], { seed: 5, dtype });
      expect(first.dtype).toBe(dtype);
      expectSameBits(make([6, 4], { seed: 5, dtype }), first);
      expect(make([6, 4], { seed: 6, dtype }).sub(first).abs().max().item()).toBeGreaterThan(0);
      const compiled = gd.compile((x: Tensor) => x.add(make([6, 4], { seed: 5, dtype })));
      expectSameBits(compiled(gd.zeros([6, 4], { dtype })), first);
    }
    gd.withDefaultDType("float64", () => {
      expect(make([6, 4], { seed: 5 }).dtype).toBe("float64");
    });
  },
);

test.each(Object.entries(random))("%s needs a seed that is a number", (name, make) => {
  for (const seed of [undefined, -1, 0.5, "1", gd.tensor(1, { dtype: "int32" })]) {
    expect(messageOf(() => make([2, 2], wrong({ seed })))).toContain(
      `${name}: seed: expected an integer from 0 to 2^53 - 1, got`,
    );
  }
  expect(messageOf(() => make([2, 2], { seed: 1, dtype: "int32" }))).toContain(
    `${name}: dtype: expected "float32" or "float64", got "int32"`,
  );
  expect(messageOf(() => make(wrong("2"), { seed: 1 }))).toContain(
    "shape: expected an array of non-negative integers",
  );
});
