/**
 * The data set Rat43 of the Statistical Reference Datasets of NIST, in the public domain
 * (https://www.itl.nist.gov/div898/strd/nls/data/ratkowsky3.shtml): the dry weight of onions by their growing time, from
 * D. A. Ratkowsky, Nonlinear Regression Modeling (1983), pages 62 and 88. Its level of difficulty is "higher".
 */

import { type Tensor, tensor } from "@graddiff/core";

const vector = (numbers: number[]) => tensor(numbers, { dtype: "float64" });

export const times: Tensor = vector([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
export const weights: Tensor = vector([
  16.08, 33.83, 65.8, 97.2, 191.55, 326.2, 386.87, 520.53, 590.03, 651.92, 724.93, 699.56, 689.96,
  637.56, 717.41,
]);

/** Returns the growth curve b₁ / (1 + exp(b₂ − b₃ x))^(1/b₄). */
export function curve(b: Tensor, x: Tensor): Tensor {
  const base = b.at(1).sub(b.at(2).mul(x)).exp().add(1);
  return b.at(0).div(base.pow(b.at(3).reciprocal()));
}

/** The first of NIST's two starts, the one far from the solution. */
export const start: Tensor = vector([100, 10, 1, 1]);

/** The values that NIST has certified, to eleven digits. */
export const certified = {
  parameters: vector([699.6415127, 5.2771253025, 0.75962938329, 1.2792483859]),
  errors: vector([16.302297817, 2.0828735829, 0.19566123451, 0.68761936385]),
  deviation: 28.262414662,
  sumOfSquares: 8786.404908,
};
