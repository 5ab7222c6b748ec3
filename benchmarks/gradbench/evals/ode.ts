import { compile, concat, grad, ones, scan, type Tensor, tensor, zerosLike } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { lastGradient, type Problem, solution } from "../reference/ode.ts";

/** The time at which integration ends. */
const end = 2;

/**
 * Computes y(2) of y₀' = x₀, yᵢ' = xᵢ yᵢ₋₁ from y(0) = 0, in `steps` steps of the classical Runge–Kutta method. With
 * `checkpoint` a step stores only y for its derivative.
 */
function integrate(x: Tensor, steps: number, checkpoint = false): Tensor {
  const h = end / steps;
  const one = ones([1], { dtype: "float64" });
  const slope = (y: Tensor) => x.mul(concat([one, y.slice([0], [-1])]));
  const step = (y: Tensor): [Tensor, []] => {
    const k1 = slope(y);
    const k2 = slope(y.add(k1.mul(h / 2)));
    const k3 = slope(y.add(k2.mul(h / 2)));
    const k4 = slope(y.add(k3.mul(h)));
    return [
      y.add(
        k1
          .add(k2.mul(2))
          .add(k3.mul(2))
          .add(k4)
          .mul(h / 6),
      ),
      [],
    ];
  };
  return scan(step, zerosLike(x), undefined, { length: steps, checkpoint })[0];
}

export const primal = compile((x: Tensor, steps: number) => integrate(x, steps), { static: [1] });
export const gradient = compile(
  (x: Tensor, steps: number) =>
    grad((x: Tensor) => integrate(x, steps, true).slice([-1]).squeeze())(x),
  { static: [1] },
);

interface Size {
  readonly n: number;
  readonly s: number;
}

export const ode: Eval<Size, Problem> = {
  name: "ode",
  description: "n differential equations by s steps of Runge and Kutta; gradient of the last",
  functions: ["primal", "gradient"],
  score: "sum",
  sizes: [1000, 10000, 100000]
    .flatMap((n) => [1, 10, 100].map((s) => ({ n, s })))
    .sort((first, second) => first.n * first.s - second.n * second.s),
  nameOf: ({ n, s }) => `n=${n},s=${s}`,
  input: ({ n, s }, random) => ({ x: random.uniform(n), steps: s }),
  prepare: ({ x: input, steps }) => {
    const x = tensor(input);
    return { primal: () => [primal(x, steps)], gradient: () => [gradient(x, steps)] };
  },
  expected: (problem) => ({
    primal: () => [solution(problem)],
    gradient: () => [lastGradient(problem)],
  }),
};
