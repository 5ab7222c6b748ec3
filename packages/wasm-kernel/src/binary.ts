// Addition and multiplication of two arrays, forward and backward, with checks.
//
// All arguments are views of the kernel's memory (`kernel.arena.float32(…)` or `float64(…)`), of
// one element type. The right operand may be as long as the left one, a single element, or a row
// whose length divides that of the left: it then repeats, and its gradient is a sum over the
// repetitions, in the library's fixed order. An output may be the very array of an input.
//
// The checks cost some hundred nanoseconds a call. `kernel.exports` has the kernels without them.

import { broadcastOver } from "./broadcast.ts";
import {
  checkOverlap,
  checkSameLength,
  checkViews,
  elementTypeOf,
  type FloatView,
} from "./check.ts";
import type { Kernel } from "./kernel.ts";

type BinaryOperation = "add" | "multiply";

/**
 * out = x + y
 *
 * @throws KernelArgumentError when a view is not of this memory, element types differ, lengths do
 *   not fit, or `out` overlaps an input without being it
 *
 * @example
 * const kernel = createKernel();
 * const address = kernel.arena.allocate(64);
 * const prices = kernel.arena.float32(address, 3);
 * const shipping = kernel.arena.float32(address + 12, 1);
 * prices.set([1, 2, 3]);
 * shipping.set([10]);
 * addForward(kernel, prices, shipping, prices);
 * Array.from(prices); // [11, 12, 13]
 */
export function addForward<View extends FloatView>(
  kernel: Kernel,
  x: View,
  y: View,
  out: View,
): void {
  forward(kernel, "add", x, y, out);
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
  forward(kernel, "multiply", x, y, out);
}

/**
 * The gradients of x + y: xGradient = gradient, yGradient = gradient, summed where y repeats. The
 * length of `yGradient` says how y repeats.
 *
 * @throws KernelArgumentError as addForward
 *
 * @example
 * const kernel = createKernel();
 * const address = kernel.arena.allocate(64);
 * const gradient = kernel.arena.float32(address, 3);
 * const shippingGradient = kernel.arena.float32(address + 12, 1);
 * gradient.set([1, 2, 3]);
 * addBackward(kernel, gradient, gradient, shippingGradient);
 * shippingGradient[0]; // 6
 */
export function addBackward<View extends FloatView>(
  kernel: Kernel,
  gradient: View,
  xGradient: View,
  yGradient: View,
): void {
  const operation = "addBackward";
  checkViews(kernel, operation, { gradient, xGradient, yGradient });
  checkSameLength(operation, { xGradient }, { gradient });
  const broadcast = broadcastOver(operation, { gradient }, { yGradient });
  checkOverlap(operation, { gradient }, { xGradient, yGradient });

  const { exports, rowScratch } = kernel;
  const type = elementTypeOf(gradient);
  const addresses = [gradient.byteOffset, xGradient.byteOffset, yGradient.byteOffset] as const;
  if (broadcast.form === "same") {
    exports[`addBackward_${type}` as const](...addresses, gradient.length);
  } else if (broadcast.form === "scalar") {
    exports[`addBackwardScalar_${type}` as const](...addresses, gradient.length);
  } else {
    const { rows, columns } = broadcast;
    exports[`addBackwardRow_${type}` as const](...addresses, rowScratch, rows, columns);
  }
}

/**
 * The gradients of x · y: xGradient = gradient · y, yGradient = gradient · x, summed where y
 * repeats.
 *
 * @throws KernelArgumentError as addForward
 *
 * @example
 * const kernel = createKernel();
 * const { arena } = kernel;
 * const gradient = arena.float32(arena.allocate(12), 3);
 * const prices = arena.float32(arena.allocate(12), 3);
 * const tax = arena.float32(arena.allocate(4), 1);
 * const taxGradient = arena.float32(arena.allocate(4), 1);
 * gradient.set([1, 1, 1]);
 * prices.set([100, 150, 50]);
 * tax.set([2]);
 * multiplyBackward(kernel, gradient, prices, tax, gradient, taxGradient);
 * Array.from(gradient); // [2, 2, 2]
 * taxGradient[0]; // 300
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
  checkSameLength(operation, { x }, { gradient });
  checkSameLength(operation, { xGradient }, { gradient });
  const broadcast = broadcastOver(operation, { x }, { y });
  checkSameLength(operation, { yGradient }, { y });
  checkOverlap(operation, { gradient, x, y }, { xGradient, yGradient });

  const { exports, rowScratch } = kernel;
  const type = elementTypeOf(gradient);
  const addresses = [
    gradient.byteOffset,
    x.byteOffset,
    y.byteOffset,
    xGradient.byteOffset,
    yGradient.byteOffset,
  ] as const;
  if (broadcast.form === "same") {
    exports[`multiplyBackward_${type}` as const](...addresses, x.length);
  } else if (broadcast.form === "scalar") {
    exports[`multiplyBackwardScalar_${type}` as const](...addresses, x.length);
  } else {
    const { rows, columns } = broadcast;
    const name = `multiplyBackwardRow_${type}` as const;
    exports[name](...addresses, rowScratch, rows, columns);
  }
}

function forward(
  kernel: Kernel,
  name: BinaryOperation,
  x: FloatView,
  y: FloatView,
  out: FloatView,
): void {
  const operation = `${name}Forward` as const;
  checkViews(kernel, operation, { x, y, out });
  const broadcast = broadcastOver(operation, { x }, { y });
  checkSameLength(operation, { out }, { x });
  checkOverlap(operation, { x, y }, { out });

  const { exports, rowScratch } = kernel;
  const type = elementTypeOf(x);
  const addresses = [x.byteOffset, y.byteOffset, out.byteOffset] as const;
  if (broadcast.form === "same") {
    exports[`${operation}_${type}` as const](...addresses, x.length);
  } else if (broadcast.form === "scalar") {
    exports[`${operation}Scalar_${type}` as const](...addresses, x.length);
  } else {
    const { rows, columns } = broadcast;
    exports[`${operation}Row_${type}` as const](...addresses, rowScratch, rows, columns);
  }
}
