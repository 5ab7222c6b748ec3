import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the total of many purchases: every input is an array. */
export function total({ price, count, tax }: Inputs<"price count tax">): Tensor {
  return named("total", price.mul(count).mul(tax).sum());
}
