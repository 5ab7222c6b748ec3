import { named, sigmoid, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the error of one neuron. */
export function E({ x1, x2, w1, w2, b, t }: Inputs<"x1 x2 w1 w2 b t">): Tensor {
  const o = named("o", sigmoid(w1.mul(x1).add(w2.mul(x2)).add(b)));
  return named("E", t.sub(o).square().mul(0.5));
}
