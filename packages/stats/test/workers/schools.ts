/** The model of the tests of workers: eight schools. */

import { type Tensor, tensor } from "@graddiff/core";
import { HalfCauchy, model, Normal } from "@graddiff/stats";

export const schools = model(({ draw, observe }, { y, sigma }: { y: Tensor; sigma: Tensor }) => {
  const mu = draw(Normal(0, 5));
  const tau = draw(HalfCauchy(5));
  const theta = mu.add(tau.mul(draw(Normal(0, 1), [8])));
  observe(Normal(theta, sigma), y);
  return { mu, tau, theta };
});

const F64 = { dtype: "float64" } as const;

export const data = {
  y: tensor([28, 8, -3, 7, -1, 1, 18, 12], F64),
  sigma: tensor([15, 10, 16, 11, 9, 11, 10, 18], { dtype: "int32" }),
};
