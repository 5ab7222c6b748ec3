/** Least squares: derivatives by every nesting of modes, compared with those of `solve`. */

import { describe, expect, test } from "vitest";
import { grad, jvp, matmul, normal, type Tensor, tensor, tile } from "../../src/index.ts";
import { lstsq, pinv, qr, solve } from "../../src/linalg.ts";

describe("derivatives of ill-conditioned problems", () => {
  const dtype = "float64";
  const rotation = (seed: number) => qr(normal([2, 2], { seed, dtype })).q;
  const dot = (x: Tensor, y: Tensor) => x.mul(y).sum();

  /** Returns the first and second derivatives along v, by each nesting of modes. */
  function derivatives(f: (x: Tensor) => Tensor, x: Tensor, v: Tensor) {
    const along = (y: Tensor) => jvp(f)([y], [v]).tangent as Tensor;
    const slope = (y: Tensor) => grad(f)(y);
    return {
      first: [along(x), dot(slope(x), v)],
      second: [
        jvp(along)([x], [v]).tangent as Tensor,
        dot(grad(along)(x), v),
        dot(jvp(slope)([x], [v]).tangent as Tensor, v),
        dot(grad((y: Tensor) => dot(slope(y), v))(x), v),
      ],
    };
  }

  test.each([1e1, 1e2, 1e3, 1e4, 1e5])(
    "lose no more digits than those of solve at %d",
    (condition) => {
      const digits = 500 * condition * 2 ** -52;
      const spread = tensor([1, 1 / condition], { dtype });
      for (let seed = 1; seed <= 8; seed++) {
        const x = matmul(rotation(seed).mul(spread), rotation(seed + 100));
        const b = normal([4, 2], { seed: seed + 200, dtype });
        const v = normal([2, 2], { seed: seed + 300, dtype });
        // The matrix has each row twice, so the solution depends on the mean of the two right-hand sides.
        const mean = b.reshape([2, 2, 2]).mean(0);
        const own = derivatives(
          (y) =>
            lstsq(tile(y, [2, 1]), b)
              .square()
              .sum(),
          x,
          v,
        );
        const turned = derivatives(
          (y) =>
            pinv(tile(y, [2, 1]))
              .matmul(b)
              .square()
              .sum(),
          x,
          v,
        );
        const exact = derivatives((y) => solve(y, mean).square().sum(), x, v);
        for (const order of ["first", "second"] as const) {
          const [expected = x] = exact[order];
          const expectNear = (results: readonly Tensor[], name: string, most: number) => {
            for (const [i, result] of results.entries()) {
              const error = Math.abs(result.item() / expected.item() - 1);
              expect(error, `${name}, ${order} ${i}, seed ${seed}`).toBeLessThan(most);
            }
          };
          expectNear(own[order], "lstsq", digits);
          // The docstring of pinv states this loss of digits.
          expectNear(turned[order], "pinv", digits * (order === "second" ? condition : 1));
        }
      }
    },
  );
});
