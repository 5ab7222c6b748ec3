import {
  arange,
  compile,
  concat,
  grad,
  logGamma,
  stopGradient,
  type Tensor,
  tensor,
  zeros,
} from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { logPosterior, logPosteriorGradient, type Mixture } from "../reference/gmm.ts";

/** The parameters of k Gaussians in d dimensions. */
export interface Parameters {
  /** k: logarithms of weights, up to a common term. */
  readonly alpha: Tensor;
  /** k × d: means. */
  readonly mu: Tensor;
  /** k × d: logarithms of the diagonals of the triangular factors. */
  readonly q: Tensor;
  /** k × d(d−1)/2: the elements below the diagonals, column by column. */
  readonly l: Tensor;
}

/** Returns ln Σ exp over an axis. */
function logOfSum(x: Tensor, axis: number): Tensor {
  const greatest = stopGradient(x.max(axis, { keepDims: true }));
  return x.sub(greatest).exp().sum(axis).log().add(greatest.squeeze(axis));
}

/** Returns the lower triangular factors, k × d × d. */
function factors({ q, l }: Parameters): Tensor {
  const [k = 0, d = 0] = q.shape;
  // Returns the index of an element in the row [diagonal, below it, 0].
  const below = (row: number, column: number) =>
    (column * (2 * d - column - 1)) / 2 + row - column - 1;
  const places = Array.from({ length: d }, (_, row) =>
    Array.from({ length: d }, (_, column) =>
      row === column ? row : row > column ? d + below(row, column) : -1,
    ),
  );
  const elements = concat([q.exp(), l, zeros([k, 1], { dtype: "float64" })], 1);
  return elements.take(tensor(places, { dtype: "int32" }), 1);
}

/** The Wishart prior of precisions: additional degrees of freedom m, and the factor gamma. */
export interface Wishart {
  readonly m?: number;
  readonly gamma?: number;
}

/** Returns the terms of the log posterior that depend only on sizes and on the prior. */
function constant(n: number, k: number, d: number, m: number, gamma: number): Tensor {
  const degrees = d + m + 1;
  // ln Γ_d(ν/2) = d(d−1)/4 ln π + Σⱼ ln Γ((ν + 1 − j)/2), for j from 1 to d; ν is d + m + 1.
  const halves = arange(m + 2, m + d + 2, { dtype: "float64" }).mul(0.5);
  const multivariate = logGamma(halves)
    .sum()
    .add(((d * (d - 1)) / 4) * Math.log(Math.PI));
  const perComponent = multivariate.neg().add(degrees * d * Math.log(gamma / Math.SQRT2));
  return perComponent.mul(k).sub(((n * d) / 2) * Math.log(2 * Math.PI));
}

/** Returns the log posterior of a mixture, given n points: x is n × d. */
function posterior(parameters: Parameters, x: Tensor, m: number, gamma: number): Tensor {
  const { alpha, mu, q } = parameters;
  const [k = 0, d = 0] = mu.shape;
  const [n = 0] = x.shape;
  const factor = factors(parameters);
  // Q (x − μ) of every component and point, k × n × d, as Qx − Qμ: one product for all points.
  const centre = factor.matmul(mu.reshape([k, d, 1])).reshape([k, 1, d]);
  const whitened = x.matmul(factor.transpose([0, 2, 1])).sub(centre);
  const logDensity = alpha.add(q.sum(1)).reshape([k, 1]).sub(whitened.square().sum(2).mul(0.5));
  return logOfSum(logDensity, 0)
    .sum()
    .sub(logOfSum(alpha, 0).mul(n))
    .sub(
      factor
        .square()
        .sum()
        .mul(gamma ** 2 / 2),
    )
    .add(q.sum().mul(m))
    .add(constant(n, k, d, m, gamma));
}

export const objective = compile(posterior, { static: [2, 3] });
export const jacobian = compile(
  (parameters: Parameters, x: Tensor, m: number, gamma: number) =>
    grad((parameters: Parameters) => posterior(parameters, x, m, gamma))(parameters),
  { static: [2, 3] },
);

interface Size {
  readonly d: number;
  readonly k: number;
  readonly n: number;
}

const dimensions = [2, 10, 20, 32, 64];
const components = [5, 10, 25, 50, 100];

export const gmm: Eval<Size, Mixture & Wishart> = {
  name: "gmm",
  description: "log posterior of a mixture of k Gaussians in d dimensions (d_k_n)",
  functions: ["objective", "jacobian"],
  score: "sum",
  sizes: dimensions
    .flatMap((d) => components.map((k) => ({ d, k, n: 1000 })))
    .sort((first, second) => first.d * first.k - second.d * second.k),
  nameOf: ({ d, k, n }) => `${d}_${k}_${n}`,
  // GradBench draws these inputs from NumPy's `default_rng`; here they have the same distributions, but are other
  // numbers.
  input: ({ d, k, n }, random) => ({
    d,
    x: random.normal(n * d),
    alpha: random.normal(k),
    mu: random.uniform(k * d),
    q: random.normal(k * d),
    l: random.normal((k * d * (d - 1)) / 2),
  }),
  prepare: ({ d, m = 0, gamma = 1, ...input }) => {
    const k = input.alpha.length;
    const x = tensor(input.x, { shape: [input.x.length / d, d] });
    const parameters: Parameters = {
      alpha: tensor(input.alpha),
      mu: tensor(input.mu, { shape: [k, d] }),
      q: tensor(input.q, { shape: [k, d] }),
      l: tensor(input.l, { shape: [k, (d * (d - 1)) / 2] }),
    };
    return {
      objective: () => [objective(parameters, x, m, gamma)],
      jacobian: () => {
        const { alpha, mu, q, l } = jacobian(parameters, x, m, gamma);
        return [alpha, mu, q, l];
      },
    };
  },
  expected: (mixture) => ({
    objective: () => [[logPosterior(mixture)]],
    jacobian: () => {
      const { alpha, mu, q, l } = logPosteriorGradient(mixture);
      return [alpha, mu, q, l];
    },
  }),
};
