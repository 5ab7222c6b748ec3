/**
 * Random sequences in JavaScript.
 */

import type { Sequence } from "../../graph/op.ts";
import type { TypedArray } from "../../tensor/dtype.ts";
import { keysOf, threefry, unit32, unit64 } from "../../tensor/random.ts";

/** Fills `result` with one sequence after the other, of equal lengths: one for each seed. */
export function fillUniform(
  op: string,
  { low, high, first, step }: Sequence,
  seeds: TypedArray,
  result: TypedArray,
): void {
  const length = result.length / seeds.length;
  const scale = high - low;
  const double = result instanceof Float64Array;
  seeds.forEach((seed, sequence) => {
    const [key0, key1] = keysOf(op, seed);
    for (let i = 0; i < length; i++) {
      const [upper, lower] = threefry(key0, key1, (first + i * step) | 0, 0);
      const value = double
        ? low + scale * unit64(upper, lower)
        : Math.fround(low + Math.fround(Math.fround(scale) * unit32(upper)));
      // Rounding may reach `high`, which is excluded.
      result[sequence * length + i] = value < high ? value : low;
    }
  });
}
