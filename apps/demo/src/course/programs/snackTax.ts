import { Multiply, named, type Tensor, type TensorLike } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Computes the total and the gradients with two layer objects. */
export function layers(
  snack: number,
  count: number,
  tax: number,
  print: (...shown: TensorLike[]) => void,
): void {
  const snackLayer = new Multiply();
  const taxLayer = new Multiply();
  const price = snackLayer.forward(snack, count);
  const total = taxLayer.forward(price, tax);
  print(price, total);
  const [dPrice, dTax] = taxLayer.backward(1);
  print(dPrice, dTax);
  const [dSnack, dCount] = snackLayer.backward(dPrice);
  print(dSnack, dCount);
}

/** Returns the same calculation as a function. */
export function total({ snack, count, tax }: Inputs<"snack count tax">): Tensor {
  const price = named("price", snack.mul(count));
  return named("total", price.mul(tax));
}
