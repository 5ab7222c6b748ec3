import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the square of a sum, a function of a function. */
export function z({ x, y }: Inputs<"x y">): Tensor {
  const t = named("t", x.add(y));
  return named("z", t.square());
}
