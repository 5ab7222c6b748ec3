/** digamma at points where its value is known in closed form (NIST DLMF 5.4), and near its poles. */

import { describe, expect, test } from "vitest";
import { compile, digamma, grad, tensor, vectorize } from "../../src/index.ts";

const EULER = 0.5772156649015329;

/** Returns points with known values: ψ(n) and ψ(n + ½), which equals ψ(½ − n), and a few others. */
function known(): [x: number, value: number][] {
  const points: [number, number][] = [
    [0.25, -EULER - Math.PI / 2 - 3 * Math.LN2],
    [0.75, -EULER + Math.PI / 2 - 3 * Math.LN2],
    [1 / 2 ** 20, -(2 ** 20) - EULER + 1.6449340668482264 / 2 ** 20],
  ];
  let whole = -EULER;
  let half = -EULER - 2 * Math.LN2;
  for (let n = 0; n < 40; n++) {
    if (n > 0) points.push([n, whole]);
    points.push([n + 0.5, half], [0.5 - n, half]);
    if (n > 0) whole += 1 / n;
    half += 1 / (n + 0.5);
  }
  return points;
}

describe.each([
  ["float64", 2 ** -52],
  ["float32", 2 ** -23],
] as const)("digamma in %s", (dtype, unit) => {
  test("errs by at most 10 units in the last place of its value or 1", () => {
    for (const [x, value] of known()) {
      const error = Math.abs(digamma(tensor(x, { dtype })).item() - value);
      expect(error, `ψ(${x})`).toBeLessThan(
        10 * unit * 2 ** Math.floor(Math.log2(Math.max(1, Math.abs(value)))),
      );
    }
  });

  test("has the derivatives ψ′ and ψ″", () => {
    const ZETA3 = 1.2020569031595942;
    const slope = grad(digamma);
    const curvature = grad(slope);
    const known = [
      [1, Math.PI ** 2 / 6, -2 * ZETA3],
      [0.5, Math.PI ** 2 / 2, -14 * ZETA3],
      [2, Math.PI ** 2 / 6 - 1, 2 - 2 * ZETA3],
      [-0.5, Math.PI ** 2 / 2 + 4, 16 - 14 * ZETA3],
      [-1.5, Math.PI ** 2 / 2 + 4 + 4 / 9, 16 + 16 / 27 - 14 * ZETA3],
      [1000, 0.0010005001666666333, -1.001000499999833e-6],
    ] as const;
    for (const [x, first, second] of known) {
      const at = tensor(x, { dtype });
      const errors = [slope(at).item() - first, curvature(at).item() - second].map(Math.abs);
      expect(errors[0], `ψ′(${x})`).toBeLessThan(16 * unit * Math.max(1, first));
      expect(errors[1], `ψ″(${x})`).toBeLessThan(64 * unit * Math.max(1, -second));
    }
  });

  test("has gradients of numbers that stand beside its poles", () => {
    const x = tensor([-2, 2, 0, -0.5, 20, Number.NaN, -0.5], { dtype });
    const slopes = grad((y: typeof x) => digamma(y).sum())(x).data();
    expect(slopes[0]).toBeNaN();
    expect(slopes[1]).toBeCloseTo(Math.PI ** 2 / 6 - 1, 5);
    expect(slopes[3]).toBeCloseTo(Math.PI ** 2 / 2 + 4, 5);
    expect(slopes[4]).toBeCloseTo(0.05127082293520393, 5);
    expect(slopes[6]).toBe(slopes[3]);
  });

  test("gives the same bits compiled, batched and alone", () => {
    const x = tensor([-7.3, -2, -0, 0, 0.1, 1.46, 3, 7.99, 8, 1e10, Infinity], { dtype });
    const alone = Array.from(x.data(), (value) => digamma(tensor(value, { dtype })).item());
    expect(Array.from(digamma(x).data())).toEqual(alone);
    expect(Array.from(compile(digamma)(x).data())).toEqual(alone);
    expect(Array.from(vectorize(digamma)(x).data())).toEqual(alone);
  });
});
