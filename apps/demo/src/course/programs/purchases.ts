import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Computes many purchases at once: every input is an array. */
export function total({ price, count, tax }: Inputs<"price count tax">): Tensor {
  return named("total", price.mul(count).mul(tax).sum());
}
