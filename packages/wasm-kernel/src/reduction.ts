// Reductions of a whole array to one number, with checks.

import { checkViews, elementTypeOf, type FloatView } from "./check.ts";
import type { Kernel } from "./kernel.ts";

/**
 * Returns the sum of all elements, in the library's fixed order: blocks of 512 elements, 16 lanes (8 of float64) in a
 * block, and a tree over the blocks. The error grows with the logarithm of the length. The sum of no elements is 0.
 *
 * @throws KernelArgumentError when `x` is not a float view of this kernel's memory
 *
 * @example
 * const kernel = createKernel();
 * const x = kernel.arena.float32(kernel.arena.allocate(12), 3);
 * x.set([1, 2, 3]);
 * sum(kernel, x); // 6
 */
export function sum(kernel: Kernel, x: FloatView): number {
  checkViews(kernel, "sum", { x });
  return kernel.exports[`sum_${elementTypeOf(x)}` as const](x.byteOffset, x.length);
}
