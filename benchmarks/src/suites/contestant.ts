// Contestants whose answers are tensors.

import type { Tensor } from "@graddiff/core";
import type { Contestant } from "../suite.ts";

/** Returns a contestant of tensors, whose elements are compared as those of a dtype. */
export function contestant(
  name: string,
  dtype: "float32" | "float64",
  call: () => readonly Tensor[],
): Contestant {
  const Elements = dtype === "float32" ? Float32Array : Float64Array;
  let last: readonly Tensor[] = [];
  return {
    name,
    run: () => {
      last = call();
    },
    results: () => last.map((result) => Elements.from(result.data())),
  };
}
