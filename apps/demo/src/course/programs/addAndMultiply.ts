import { Add, Multiply, named, type Tensor, type TensorLike } from "@graddiff/core";
import type { Inputs } from "./named.ts";

/** Returns a function of two inputs, each of which is used twice. */
export function L({ x, y }: Inputs<"x y">): Tensor {
  const sum = named("sum", x.add(y));
  const product = named("product", x.mul(y));
  return named("L", sum.mul(product));
}

/** Computes the same two nodes with layer objects. */
export function layers(x: number, y: number, print: (...shown: TensorLike[]) => void): void {
  const add = new Add();
  const multiply = new Multiply();
  const sum = add.forward(x, y);
  const product = multiply.forward(x, y);
  print(sum, product);
  print(...add.backward(product));
  print(...multiply.backward(sum));
}
