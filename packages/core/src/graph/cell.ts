import type { Tensor } from "../tensor/tensor.ts";

/** A mutable cell of which recordings keep a view of: see `variable.ts`. */
export interface Cell {
  value: Tensor;
}
