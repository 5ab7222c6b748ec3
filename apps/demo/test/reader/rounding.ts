/** The part of a result that rounding makes. */

import type { Graph } from "@graddiff/core";

/**
 * Returns the error of the result for each unit of rounding: it feels each value that is rounded times its gradient.
 *
 * @param isGiven true if the arguments are results of others, which were rounded, too: of f that is 1, 1 − f may be 10⁻¹⁷.
 */
export function rounding({ nodes }: Graph, isGiven = false): number {
  return nodes.reduce((sum, node) => {
    const isRounded = node.op !== undefined || (isGiven && node.kind === "input");
    if (!isRounded || node.value?.rank !== 0 || node.gradient?.rank !== 0) return sum;
    const scalar = Math.abs(node.value.item()) + Math.abs(node.difference?.item() ?? 0);
    return sum + scalar * Math.abs(node.gradient.item());
  }, 0);
}
