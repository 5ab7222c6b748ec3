import type { Tensor } from "@graddiff/core";

/** Returns a list of results, from one result or several. */
export function listOf(results: Tensor | readonly Tensor[]): readonly Tensor[] {
  return Array.isArray(results) ? results : [results as Tensor];
}
