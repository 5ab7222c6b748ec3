// Addition and multiplication of two arrays, forward and backward, with checks.
//
// All arguments are views of the kernel's memory (`kernel.arena.float32(…)` or `float64(…)`), of
// one element type and one length. An output may be the same array as an input.
//
// The checks cost some hundred nanoseconds a call. `kernel.exports` has the kernels without them.

import {
  checkOverlap,
  checkSameLength,
  checkViews,
  elementTypeOf,
  type FloatView,
} from "./check.ts";
import type { Kernel } from "./kernel.ts";

/**
 * out = x + y
 *
 * @throws KernelArgumentError when a view is not of this memory, element types or lengths differ,
 *   or `out` overlaps an input without being it
 *
 * @example
 * const kernel = createKernel();
 * const address = kernel.arena.allocate(64);
 * const prices = kernel.arena.float32(address, 3);
 * const shipping = kernel.arena.float32(address + 12, 3);
 * prices.set([1, 2, 3]);
 * shipping.set([10, 10, 20]);
 * addForward(kernel, prices, shipping, prices);
 * Array.from(prices); // [11, 12, 23]
 */
export function addForward<View extends FloatView>(
  kernel: Kernel,
  x: View,
  y: View,
  out: View,
): void {
  forward(kernel, "addForward", x, y, out);
}

/**
 * out = x · y
 *
 * @throws KernelArgumentError as addForward
 *
 * @example
 * const kernel = createKernel();
 * const address = kernel.arena.allocate(64);
 * const prices = kernel.arena.float64(address, 2);
 * const counts = kernel.arena.float64(address + 16, 2);
 * prices.set([100, 150]);
 * counts.set([2, 3]);
 * multiplyForward(kernel, prices, counts, prices);
 * Array.from(prices); // [200, 450]
 */
export function multiplyForward<View extends FloatView>(
  kernel: Kernel,
  x: View,
  y: View,
  out: View,
): void {
  forward(kernel, "multiplyForward", x, y, out);
}

/**
 * Computes the gradients of x + y: xGradient = gradient, yGradient = gradient
 *
 * @throws KernelArgumentError as addForward
 *
 * @example
 * const kernel = createKernel();
 * const address = kernel.arena.allocate(64);
 * const gradient = kernel.arena.float32(address, 3);
 * const shippingGradient = kernel.arena.float32(address + 12, 3);
 * gradient.set([1, 2, 3]);
 * addBackward(kernel, gradient, gradient, shippingGradient);
 * Array.from(shippingGradient); // [1, 2, 3]
 */
export function addBackward<View extends FloatView>(
  kernel: Kernel,
  gradient: View,
  xGradient: View,
  yGradient: View,
): void {
  const operation = "addBackward";
  checkViews(kernel, operation, { gradient, xGradient, yGradient });
  checkSameLength(operation, { gradient }, { xGradient, yGradient });
  checkOverlap(operation, { gradient }, { xGradient, yGradient });

  kernel.exports[`addBackward_${elementTypeOf(gradient)}` as const](
    gradient.byteOffset,
    xGradient.byteOffset,
    yGradient.byteOffset,
    gradient.length,
  );
}

/**
 * Computes the gradients of x · y: xGradient = gradient · y, yGradient = gradient · x
 *
 * @throws KernelArgumentError as addForward
 *
 * @example
 * const kernel = createKernel();
 * const { arena } = kernel;
 * const gradient = arena.float32(arena.allocate(12), 3);
 * const prices = arena.float32(arena.allocate(12), 3);
 * const taxes = arena.float32(arena.allocate(12), 3);
 * const taxGradient = arena.float32(arena.allocate(12), 3);
 * gradient.set([1, 1, 1]);
 * prices.set([100, 150, 50]);
 * taxes.set([1.5, 2, 2]);
 * multiplyBackward(kernel, gradient, prices, taxes, gradient, taxGradient);
 * Array.from(gradient); // [1.5, 2, 2]
 * Array.from(taxGradient); // [100, 150, 50]
 */
export function multiplyBackward<View extends FloatView>(
  kernel: Kernel,
  gradient: View,
  x: View,
  y: View,
  xGradient: View,
  yGradient: View,
): void {
  const operation = "multiplyBackward";
  checkViews(kernel, operation, { gradient, x, y, xGradient, yGradient });
  checkSameLength(operation, { gradient }, { x, y, xGradient, yGradient });
  checkOverlap(operation, { gradient, x, y }, { xGradient, yGradient });

  kernel.exports[`multiplyBackward_${elementTypeOf(gradient)}` as const](
    gradient.byteOffset,
    x.byteOffset,
    y.byteOffset,
    xGradient.byteOffset,
    yGradient.byteOffset,
    gradient.length,
  );
}

function forward(
  kernel: Kernel,
  operation: "addForward" | "multiplyForward",
  x: FloatView,
  y: FloatView,
  out: FloatView,
): void {
  checkViews(kernel, operation, { x, y, out });
  checkSameLength(operation, { x }, { y, out });
  checkOverlap(operation, { x, y }, { out });

  const kernelName = `${operation}_${elementTypeOf(x)}` as const;
  kernel.exports[kernelName](x.byteOffset, y.byteOffset, out.byteOffset, x.length);
}
