import { compile, grad, type Tensor, tensor } from "@graddiff/core";
import type { Eval } from "../eval.ts";

export const square = compile((x: Tensor) => x.mul(x));
export const double = compile(grad((x: Tensor) => x.mul(x)));

/** Untimed: shows that a function and its derivative can be called in turn. */
export const hello: Eval<number, number> = {
  name: "hello",
  description: "x² and its derivative in turn, untimed",
  functions: ["double"],
  score: "none",
  sizes: [1],
  nameOf: (start) => `x=${start}`,
  input: (start) => start,
  prepare: (start) => ({
    double: () => {
      let x = tensor(start, { dtype: "float64" });
      for (let i = 0; i < 4; i++) x = double(square(x));
      return [x];
    },
  }),
  // x ← 2x² takes 2ᵏ to 2²ᵏ⁺¹: from 1 the exponents are 1, 3, 7, 15.
  expected: (start) => ({ double: () => [[start ** 16 * 2 ** 15]] }),
};
