import { compile, grad, stopGradient, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";
import { logSumExp, softmax } from "../reference/lse.ts";

/** Returns ln Σ exp xᵢ. The greatest element cancels, so it needs no derivative. */
function logOfSum(x: Tensor): Tensor {
  const greatest = stopGradient(x.max());
  return x.sub(greatest).exp().sum().log().add(greatest);
}

export const primal = compile(logOfSum);
export const gradient = compile(grad(logOfSum));

export const lse: Eval<number, Float64Array> = {
  name: "lse",
  description: "logarithm of a sum of n exponentials",
  functions: ["primal", "gradient"],
  score: "sum",
  sizes: Array.from({ length: 10 }, (_, i) => 2500 * 2 ** i),
  nameOf: (n) => `n=${n}`,
  input: (n, random) => random.uniform(n),
  prepare: (input) => {
    const x = tensor(input);
    return { primal: () => [primal(x)], gradient: () => [gradient(x)] };
  },
  expected: (x) => ({ primal: () => [[logSumExp(x)]], gradient: () => [softmax(x)] }),
};
