import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the sigmoid function, step by step. */
export function o({ x }: Inputs<"x">): Tensor {
  const minus = named("minus", x.neg());
  const power = named("power", minus.exp());
  const sum = named("sum", power.add(1));
  return named("o", sum.reciprocal());
}
