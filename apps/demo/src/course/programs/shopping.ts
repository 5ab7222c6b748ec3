import { named, type Tensor } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns the total of a purchase of two kinds of fruit, with the tax. */
export function total({
  apples,
  applePrice,
  tangerines,
  tangerinePrice,
  tax,
}: Inputs<"apples applePrice tangerines tangerinePrice tax">): Tensor {
  const appleSum = named("appleSum", apples.mul(applePrice));
  const tangerineSum = named("tangerineSum", tangerines.mul(tangerinePrice));
  const fruit = named("fruit", appleSum.add(tangerineSum));
  return named("total", fruit.mul(tax));
}
