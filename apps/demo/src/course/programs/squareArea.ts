import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the area of a square. */
export function area({ side }: Inputs<"side">): Tensor {
  return named("area", side.square());
}
