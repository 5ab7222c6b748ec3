/** The arithmetic of a program: floating-point operations of one run, as they are usually counted. */

import { nodeAt, type Operation, type Trace } from "../graph/trace.ts";

/**
 * Counts operations: every elementwise op is one for each element, whether it is an addition or a tanh; a product of m
 * × k and k × n is 2mkn; a reduction is one for each element of its input. What only moves elements counts as none.
 */
export function countOperations({ nodes }: Trace, node: Operation): number {
  const types = node.inputs.map((input) => nodeAt(nodes, input));
  const { compositeKernel, kernel } = node.op;
  return (compositeKernel ?? kernel)?.flops?.(types, node, node.attributes) ?? 0;
}

/** 1234567 as 1,234,567. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
