import type { Tensor } from "@graddiff/core";

/** Returns one result or several, as a list. */
export function listOf(results: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(results) ? results : [results as Tensor];
}
