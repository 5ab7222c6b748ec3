/** The model of the eight schools, in two forms. */

import { type Tensor, tensor } from "@graddiff/core";
import { HalfNormal, type Model, model, Normal } from "@graddiff/stats";
import { EFFECTS, ERRORS, type Form } from "./settings.ts";

/** The data of the model, float64, [8]. */
export type Data = Record<"y" | "sigma", Tensor>;

/** The numbers that are kept of each draw: mean, spread and effects, [8]. */
export type Schools = Record<"mu" | "tau" | "theta", Tensor>;

export const data: Data = {
  y: tensor(EFFECTS, { dtype: "float64" }),
  sigma: tensor(ERRORS, { dtype: "float64" }),
};

/** The model in each form: one density of mu, tau and theta, by other unknowns. */
export const models: Readonly<Record<Form, Model<Schools, Data>>> = {
  centred: schools((draw, mu, tau) => draw(Normal(mu, tau), [8])),
  notCentred: schools((draw, mu, tau) => mu.add(tau.mul(draw(Normal(0, 1), [8])))),
};

type Draw = (prior: ReturnType<typeof Normal>, shape: readonly number[]) => Tensor;

function schools(effects: (draw: Draw, mu: Tensor, tau: Tensor) => Tensor): Model<Schools, Data> {
  return model(({ draw, observe }, { y, sigma }: Data) => {
    const mu = draw(Normal(0, 5));
    const tau = draw(HalfNormal(5));
    const theta = effects(draw, mu, tau);
    observe(Normal(theta, sigma), y);
    return { mu, tau, theta };
  });
}
