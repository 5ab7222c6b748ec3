import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** The area of a square. */
export function area({ side }: Inputs<"side">): Tensor {
  return named("area", side.square());
}
