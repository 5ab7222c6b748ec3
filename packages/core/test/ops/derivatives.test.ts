/** Derivatives of elementwise ops at points where formulas have a limit, cancel or underflow. */

import { expect, test } from "vitest";
import {
  atan2,
  copySign,
  elu,
  erfInv,
  grad,
  hypot,
  logBeta,
  logNormalCdf,
  polygamma,
  sinc,
  type Tensor,
  tensor,
  xLogY,
} from "../../src/index.ts";

const at = (x: number) => tensor(x, { dtype: "float64" });

/** Returns f, f′ and f″ at a number. */
function upToSecond(fn: (x: Tensor) => Tensor, x: number): number[] {
  const slope = grad(fn);
  return [fn(at(x)), slope(at(x)), grad(slope)(at(x))].map((each) => each.item());
}

function expectNear(got: readonly number[], expected: readonly number[], tolerance = 1e-12) {
  got.forEach((value, i) => {
    const scale = Math.max(Math.abs(expected[i] ?? 0), 1e-300);
    expect(Math.abs(value - (expected[i] ?? NaN)) / scale, `${i}: ${value}`).toBeLessThan(
      tolerance,
    );
  });
}

test("sinc has its Taylor series at 0", () => {
  const [value, slope, curvature] = upToSecond(sinc, 0);
  expect([value, slope]).toEqual([1, 0]);
  expectNear([curvature ?? 0], [-(Math.PI ** 2) / 3]);
  expectNear(upToSecond(sinc, 1e-8).slice(1), [(-(Math.PI ** 2) / 3) * 1e-8, -(Math.PI ** 2) / 3]);
  expectNear(upToSecond(sinc, 1).slice(1), [-1, 2]);
});

test("log Φ has derivatives far out, on both sides of where its formula changes", () => {
  // The expected values were computed by mpmath with 60 digits.
  expectNear(
    upToSecond(logNormalCdf, -100),
    [-5005.524208694205, 100.00999800099926, -0.9999000599500517],
  );
  expectNear(upToSecond(logNormalCdf, -1e5), [-5000000012.431864, 100000.00001, -0.9999999999]);
  expectNear(
    upToSecond(logNormalCdf, -10.001),
    [-53.24138373902404, 10.099083789477804, -0.9905564083258392],
  );
  const below = upToSecond(logNormalCdf, -10.0000000001);
  const above = upToSecond(logNormalCdf, -9.9999999999);
  expectNear(below, above, 1e-9);
  expectNear(upToSecond(logNormalCdf, 0), [-Math.LN2, Math.sqrt(2 / Math.PI), -2 / Math.PI]);
});

test("erfInv is steep near 1, and its second derivative is right", () => {
  expectNear([erfInv(at(0.5)).item()], [0.4769362762044699], 1e-15);
  const [y = 0, slope = 0, curvature] = upToSecond(erfInv, 0.999);
  expectNear(
    [slope, curvature ?? 0],
    [(Math.sqrt(Math.PI) / 2) * Math.exp(y * y), 2 * y * slope * slope],
  );
});

test("log B of a large and a small number keeps its derivatives", () => {
  // B(1, y) is 1/y, so ∂/∂y log B(1, y) is −1/y.
  const [value, slope, curvature] = upToSecond((y) => logBeta(1, y), 1e10);
  expectNear([value ?? 0, slope ?? 0, curvature ?? 0], [-Math.log(1e10), -1e-10, 1e-20], 1e-9);
  expectNear([logBeta(at(1e10), at(1)).item()], [-Math.log(1e10)]);
  expectNear([logBeta(at(1e8), at(1e8)).item()], [-138629444.0568173], 1e-12);
});

test("polygamma has reflections and the next order as derivative", () => {
  // Known values are ψ′(1/2) = π²/2, ψ′(−1/2) = π²/2 + 4 and ψ″(1) = −2 ζ(3).
  const trigamma = (x: Tensor) => polygamma(1, x);
  expectNear(
    [polygamma(1, at(0.5)).item(), polygamma(1, at(-0.5)).item()],
    [Math.PI ** 2 / 2, Math.PI ** 2 / 2 + 4],
  );
  expectNear(upToSecond(trigamma, 1), [
    Math.PI ** 2 / 6,
    -2 * 1.2020569031595942,
    Math.PI ** 4 / 15,
  ]);
  for (const n of [1, 2, 3]) {
    const pole = n % 2 === 1 ? Infinity : -Infinity;
    for (const x of [0, -0, -1, -7]) expect(polygamma(n, at(x)).item()).toBe(pole);
    expect(Math.abs(polygamma(n, at(Infinity)).item())).toBe(0);
  }
  expect(() => polygamma(-1, 1)).toThrow(
    "polygamma: n: expected an integer from 0 to 300, got -1.",
  );
});

test("what has no derivative has NaN, and what has one beside an overflow has that", () => {
  const both = (fn: (x: Tensor, y: Tensor) => Tensor, x: number, y: number) =>
    grad(fn, { argnums: [0, 1] })(at(x), at(y)).map((each) => each.item());
  expect(both(hypot, 0, 0)).toEqual([NaN, NaN]);
  expect(both(atan2, 0, 0)).toEqual([NaN, NaN]);
  expectNear(both(atan2, 3e200, 4e200), [1.6e-201, -1.2e-201]);
  expect(both(xLogY, 0, 0)).toEqual([0, NaN]);
  expect(both(copySign, 0, 1)).toEqual([0, 0]);
  expect(both(copySign, -2, -0)).toEqual([1, 0]);
  expect(grad((x: Tensor) => elu(x, { alpha: 2 }))(at(0)).item()).toBe(2);
  expect(grad((x: Tensor) => elu(x, { alpha: 2 }))(at(1000)).item()).toBe(1);
});
