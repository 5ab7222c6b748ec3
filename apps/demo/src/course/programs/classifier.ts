import { named, sigmoid, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the error of a network with two inputs, three hidden nodes and one output. */
export function E({
  x1,
  x2,
  w1,
  w2,
  b1,
  w3,
  w4,
  b2,
  w5,
  w6,
  b3,
  v1,
  v2,
  v3,
  c,
  t,
}: Inputs<"x1 x2 w1 w2 b1 w3 w4 b2 w5 w6 b3 v1 v2 v3 c t">): Tensor {
  const h1 = named("h1", sigmoid(w1.mul(x1).add(w2.mul(x2)).add(b1)));
  const h2 = named("h2", sigmoid(w3.mul(x1).add(w4.mul(x2)).add(b2)));
  const h3 = named("h3", sigmoid(w5.mul(x1).add(w6.mul(x2)).add(b3)));
  const sum = v1.mul(h1).add(v2.mul(h2)).add(v3.mul(h3)).add(c);
  const o = named("o", sigmoid(sum));
  return named("E", t.sub(o).square().mul(0.5));
}
