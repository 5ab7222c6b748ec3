/** The rounding error of a result. */

import type { Graph } from "@graddiff/core";

/**
 * Returns the error of the result, in units of the relative rounding error: the sum of each rounded value times its
 * gradient.
 *
 * @param isGiven true if the arguments were computed, and so rounded, too: for f = 1, a computed 1 − f may be 10⁻¹⁷.
 */
export function rounding({ nodes }: Graph, isGiven = false): number {
  return nodes.reduce((sum, node) => {
    const isRounded = node.op !== undefined || (isGiven && node.kind === "input");
    if (!isRounded || node.value?.rank !== 0 || node.gradient?.rank !== 0) return sum;
    const scalar = Math.abs(node.value.item()) + Math.abs(node.difference?.item() ?? 0);
    return sum + scalar * Math.abs(node.gradient.item());
  }, 0);
}
