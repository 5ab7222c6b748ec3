/**
 * Derivatives of complete QR factorisations: they exist where A determines the factors, and elsewhere an error gives
 * the reason.
 */

import { describe, expect, test } from "vitest";
import {
  allClose,
  checkGradients,
  compile,
  grad,
  jvp,
  type Tensor,
  uniform,
  vectorize,
} from "../../src/index.ts";
import { qr } from "../../src/linalg.ts";

const matrix = (m: number, n: number) =>
  uniform([m, n], { seed: m, low: -1, high: 1, dtype: "float64" });
const weights = (x: Tensor) => uniform(x.shape, { seed: 9, dtype: "float64" });
const weighted = (x: Tensor) => x.mul(weights(x)).sum();
const both = (mode: "complete" | "reduced") => (a: Tensor) => {
  const { q, r } = qr(a, { mode });
  return weighted(q).add(weighted(r));
};

describe("the derivative of a complete QR factorisation", () => {
  test.each([
    [2, 2],
    [3, 3],
    [2, 5],
    [1, 3],
  ])("is that of the reduced one of %i × %i matrices", (m, n) => {
    const a = matrix(m, n);
    expect(grad(both("complete"))(a).toArray()).toEqual(grad(both("reduced"))(a).toArray());
  });

  test.each([
    [1, 0],
    [2, 1],
    [4, 3],
    [9, 8],
  ])("reaches the one column beside those of %i × %i matrices", (m, n) => {
    const a = matrix(m, n);
    checkGradients(both("complete"), [a]);
    checkGradients((x: Tensor) => grad(both("complete"))(x).square().sum(), [a]);
    const [direction, stacked] = [weights(a), matrix(m, n).reshape([1, m, n])];
    const { tangent } = jvp(both("complete"))([a], [direction]);
    expect(allClose(tangent, grad(both("complete"))(a).mul(direction).sum())).toBe(true);
    expect(compile(grad(both("complete")))(a).toArray()).toEqual(
      grad(both("complete"))(a).toArray(),
    );
    expect(vectorize(grad(both("complete")))(stacked).shape).toEqual([1, m, n]);
  });

  test("of R alone is there for any lengths, to second order", () => {
    const ofR = (mode: "complete" | "reduced") => (a: Tensor) =>
      qr(a, { mode }).r.sin().square().sum();
    const slope = (mode: "complete" | "reduced") => (a: Tensor) =>
      grad(ofR(mode))(a).square().sum();
    for (const [m, n] of [
      [5, 3],
      [4, 1],
      [3, 0],
    ] as const) {
      const a = matrix(m, n);
      expect(allClose(grad(ofR("complete"))(a), grad(ofR("reduced"))(a))).toBe(true);
      expect(allClose(grad(slope("complete"))(a), grad(slope("reduced"))(a))).toBe(true);
      expect(compile(grad(ofR("complete")))(a).toArray()).toEqual(
        grad(ofR("complete"))(a).toArray(),
      );
    }
  });

  test("of several columns beside those of A is refused, since they are any basis", () => {
    const ofQ = (a: Tensor) => qr(a, { mode: "complete" }).q.sum();
    const because =
      'qr: expected matrices that determine all of Q, of at most one row more than columns, got 5 rows of 3 columns with { mode: "complete" }, where the last 2 columns of Q may be any basis. Take the derivative ';
    expect(() => grad(ofQ)(matrix(5, 3))).toThrow(
      `${because}of r alone, or with { mode: "reduced" }.`,
    );
    expect(() => jvp(ofQ)([matrix(5, 3)], [matrix(5, 3)])).toThrow(
      `${because}with { mode: "reduced" }.`,
    );
  });
});
