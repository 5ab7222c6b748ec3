/**
 * The family of random sequences, one for each seed, see `tensor/threefry.ts`.
 */

import type { Kernel, MemoryFunction, Sequence } from "../graph/kernel.ts";
import type { Attributes } from "../graph/op.ts";
import { BYTES, type FloatDType, isFloat, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { keysOf, threefry, unit32, unit64 } from "../tensor/threefry.ts";
import { SUFFIX } from "./exports.ts";

/** The kernel of a sequence of random numbers for each seed in the input. */
/* @__NO_SIDE_EFFECTS__ */
export function uniformKernel<A extends Attributes>(
  sequence: (attributes: A) => Sequence,
): Kernel<A> {
  return {
    compute: ({ name, arrays, attributes, result }) =>
      fillUniform(name, sequence(attributes), at(arrays, 0), result),
    calls: ({ op, attributes, inputs, output }) => {
      const { dtype } = output;
      if (!isFloat(dtype)) return undefined;
      const seeds = at(inputs, 0);
      const { low, high, first, step } = sequence(attributes);
      const count = sizeOf(seeds.shape);
      const length = sizeOf(output.shape) / count;
      return [
        {
          function: fillFromSeeds(op.name, dtype, seeds.dtype === "int32"),
          arguments: [seeds.address, count, output.address, length, first, step, low, high],
        },
      ];
    },
    eager: (call, runner) => runner.random(call, sequence(call.attributes)),
    // It refuses what is no seed.
    throws: true,
  };
}

/** Fills one array of linear memory after the other from seeds, which JavaScript makes keys of, or refuses. */
function fillFromSeeds(op: string, dtype: FloatDType, whole: boolean): MemoryFunction {
  const run: MemoryFunction["run"] = (host, ...given) => {
    const [seeds = 0, count = 0, output = 0, length = 0, first = 0, step = 0, low = 0, high = 0] =
      given;
    const fill = host.exports[`uniform_${SUFFIX[dtype]}`];
    const array = new (whole ? Int32Array : Float64Array)(host.memory.buffer, seeds, count);
    array.forEach((seed, n) => {
      const [key0, key1] = keysOf(op, seed);
      fill(output + n * length * BYTES[dtype], length, first, step, key0, key1, low, high);
    });
  };
  return { name: `uniform_${SUFFIX[dtype]} for each seed`, run };
}

/** Fills `result` with one sequence after the other, of equal lengths: one for each seed. */
function fillUniform(
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
