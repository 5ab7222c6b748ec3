import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns some apples, and the tax. */
export function total({ price, count, tax }: Inputs<"price count tax">): Tensor {
  const apples = named("apples", price.mul(count));
  return named("total", apples.mul(tax));
}
