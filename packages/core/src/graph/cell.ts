import type { Tensor } from "../tensor/tensor.ts";

/** A mutable place that recordings keep their own view of: see `variable.ts`. */
export interface Cell {
  value: Tensor;
}
