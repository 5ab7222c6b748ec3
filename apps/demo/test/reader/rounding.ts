/** The part of a result that rounding makes. */

import type { Graph } from "@graddiff/core";

/**
 * Returns the error of the result for each unit of rounding: it feels each value that is rounded times its gradient.
 */
export function rounding({ nodes }: Graph): number {
  return nodes.reduce((sum, node) => {
    if (node.op === undefined || node.value?.rank !== 0 || node.gradient?.rank !== 0) return sum;
    const scalar = Math.abs(node.value.item()) + Math.abs(node.difference?.item() ?? 0);
    return sum + scalar * Math.abs(node.gradient.item());
  }, 0);
}
