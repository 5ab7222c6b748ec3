import { arange, compile, grad, split, type Tensor, tensor, zerosLike } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { leastSquares, leastSquaresGradient } from "../reference/llsq.ts";

/**
 * Returns ½ Σᵢ (sᵢ − Σⱼ xⱼ tᵢʲ)² for n points tᵢ from −1 to 1 and sᵢ = sign tᵢ. `last` is n − 1 as a tensor, so that
 * the points are computed in each call, since GradBench counts them as work.
 */
function error(x: Tensor, n: number, last: Tensor): Tensor {
  const t = arange(0, n, { dtype: "float64" }).mul(2).div(last).sub(1);
  // Horner's method, which compiles to one loop over the points.
  const coefficients = split(x, x.shape[0] ?? 0);
  const polynomial = coefficients.reduceRight((sum, one) => sum.mul(t).add(one), zerosLike(t));
  return t.sign().sub(polynomial).square().sum().mul(0.5);
}

export const primal = compile(error, { static: [1] });
export const gradient = compile(
  (x: Tensor, n: number, last: Tensor) => grad((x: Tensor) => error(x, n, last))(x),
  { static: [1] },
);

interface Size {
  readonly n: number;
  readonly m: number;
}

interface Input {
  readonly x: Float64Array;
  readonly n: number;
}

export const llsq: Eval<Size, Input> = {
  name: "llsq",
  description: "least squares of a polynomial of 128 coefficients at n points",
  functions: ["primal", "gradient"],
  score: "sum",
  sizes: [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8196, 16392].map((n) => ({ n, m: 128 })),
  nameOf: ({ n, m }) => `n=${n},m=${m}`,
  input: ({ n, m }, random) => ({ x: random.uniform(m), n }),
  prepare: (input) => {
    const { n } = input;
    const x = tensor(input.x);
    const last = tensor(n - 1, { dtype: "float64" });
    return {
      primal: () => [primal(x, n, last)],
      gradient: () => [gradient(x, n, last)],
    };
  },
  expected: ({ x, n }) => ({
    primal: () => [[leastSquares(x, n)]],
    gradient: () => [leastSquaresGradient(x, n)],
  }),
};
