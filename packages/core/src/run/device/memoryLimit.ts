/**
 * The limit of linear memory: how much a compiled program, or an op that cannot be divided, may take there.
 */

import { numberThat, refuseSurplus } from "../../arguments.ts";

/** The bytes that addresses of 32 bits reach. */
const ALL = 2 ** 32;

const readLimit = numberThat(
  (bytes) => Number.isInteger(bytes) && bytes >= 2 ** 16 && bytes <= ALL,
  "an integer from 2^16 to 2^32",
);

/** Pages of 32 bits have 4 GiB in all. */
let limit = 2 ** 31;

/**
 * Sets how much linear memory a compiled program may take, in bytes. What needs more runs op by op, in JavaScript's arrays,
 * which takes 5 to 20 times as long, and says so. Half of the limit is for what stays there from call to call: large
 * arguments, results and Variables. Those that were not used for the longest time leave first. Linear memory
 * grows as programs need it. One of 256 MiB or more makes room for a new one when a thousand runs of compiled functions
 * have needed less than a quarter of it.
 *
 * @param bytes an integer from 2¹⁶ to 2³² (4 GiB). Default 2³¹ (2 GiB). It holds for programs that are compiled later, and
 *   for what stays at once.
 * @throws ArgumentError for other numbers.
 * @example
 * ```ts
 * import { compile, setMemoryLimit, type Tensor, tensor } from "@graddiff/core";
 *
 * setMemoryLimit(2 ** 32);
 * console.log(compile((x: Tensor) => x.mul(2))(tensor([1, 2])).toArray()); // [ 2, 4 ]
 * ```
 */
export function setMemoryLimit(bytes: number): void {
  refuseSurplus("setMemoryLimit", 1, arguments);
  limit = readLimit("setMemoryLimit", "bytes", bytes);
}

/** Returns the limit that is set. @internal */
export function memoryLimit(): number {
  return limit;
}
