/** Tensors of plain numbers (weak), and the types of results, which tests of weak types compare. */

import type { Tensor } from "../../src/index.ts";
import { stored } from "../../src/tensor/tensor.ts";

/** Returns a weak tensor of plain numbers with the elements of a float64 tensor. */
export const plain = (x: Tensor): Tensor =>
  x.dtype === "float64" ? stored(x.shape, x.dtype, x.data().slice(), true) : x;

/** Returns the type of each result, such as "plain float64". */
export const typesOf = (results: readonly Tensor[]): string[] =>
  results.map(({ dtype, weak }) => `${weak ? "plain " : ""}${dtype}`);
