import { named, sigmoid, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the error of a network with two inputs, two hidden nodes and two outputs. */
export function E({
  i1,
  i2,
  w1,
  w2,
  w3,
  w4,
  b1,
  w5,
  w6,
  w7,
  w8,
  b2,
  t1,
  t2,
}: Inputs<"i1 i2 w1 w2 w3 w4 b1 w5 w6 w7 w8 b2 t1 t2">): Tensor {
  const h1 = named("h1", sigmoid(w1.mul(i1).add(w2.mul(i2)).add(b1)));
  const h2 = named("h2", sigmoid(w3.mul(i1).add(w4.mul(i2)).add(b1)));
  const o1 = named("o1", sigmoid(w5.mul(h1).add(w6.mul(h2)).add(b2)));
  const o2 = named("o2", sigmoid(w7.mul(h1).add(w8.mul(h2)).add(b2)));
  const E1 = named("E1", t1.sub(o1));
  const E2 = named("E2", t2.sub(o2));
  return named("E", E1.square().add(E2.square()).mul(0.5));
}

/** Returns the part of an error that goes back along an edge, in proportion to the weights. */
export function share(error: Tensor, weight: Tensor, other: Tensor): Tensor {
  return error.mul(weight.div(weight.add(other)));
}

/** Returns a weight after one step downhill. */
export function updated(weight: Tensor, gradient: Tensor, rate: Tensor): Tensor {
  return weight.sub(rate.mul(gradient));
}
