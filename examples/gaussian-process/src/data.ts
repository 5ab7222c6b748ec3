/** Noisy values of a function, from which the regression reconstructs it. */

import { normal, type Tensor, uniform, where } from "@graddiff/core";

export function truth(places: Tensor): Tensor {
  return places.sin().add(places.mul(0.25));
}

export const noiseVariance = 0.04;

/** 40 points from −2 to 10. None is between 3 and 5, so the uncertainty must grow there. */
const drawn = uniform([40], { seed: 1, low: -2, high: 8, dtype: "float64" });
export const x: Tensor = where(drawn.less(3), drawn, drawn.add(2));

const noise = normal([40], { seed: 6, deviation: noiseVariance ** 0.5, dtype: "float64" });
export const y: Tensor = truth(x).add(noise);
