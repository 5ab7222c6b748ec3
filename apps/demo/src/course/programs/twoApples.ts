import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the total of some apples, with the tax. */
export function total({ price, count, tax }: Inputs<"price count tax">): Tensor {
  const apples = named("apples", price.mul(count));
  return named("total", apples.mul(tax));
}
