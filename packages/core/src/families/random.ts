/**
 * The family of random sequences, one for each seed, see `tensor/threefry.ts`.
 */

import { type MemoryFunction, registerMemoryFunction } from "../graph/call.ts";
import type { Kernel, Sequence } from "../graph/kernel.ts";
import type { Attributes } from "../graph/op.ts";
import { BYTES, isFloat, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { keysOf, threefry, unit32, unit64 } from "../tensor/threefry.ts";
import { type KernelName, SUFFIX } from "./exports.ts";

/** The kernel of a sequence of random numbers for each seed in the input. */
/* @__NO_SIDE_EFFECTS__ */
export function uniformKernel<A extends Attributes>(
  sequence: (attributes: A) => Sequence,
): Kernel<A> {
  return {
    compute: ({ name, arrays, attributes, result }) =>
      fillUniform(name, sequence(attributes), at(arrays, 0), result),
    calls: ({ op, attributes, inputs: [seeds], outputs: [output], scratch: keys }) => {
      if (seeds === undefined || output === undefined || !isFloat(output.dtype)) return undefined;
      const { dtype, address } = output;
      const { low, high, first, step } = sequence(attributes);
      const count = sizeOf(seeds.shape);
      const length = sizeOf(output.shape) / Math.max(1, count);
      const bytes = BYTES[dtype];
      // One sequence is divided by its elements, several by their number.
      const split =
        count === 1
          ? { argument: 3, steps: [0, 0, bytes, 0, step, 0, 0, 0] }
          : { argument: 1, steps: [KEY_BYTES, 0, length * bytes, 0, 0, 0, 0, 0] };
      return [
        {
          function: keysFromSeeds(op.name, seeds.dtype === "int32"),
          arguments: [seeds.address, count, keys],
        },
        {
          function: `uniform_${SUFFIX[dtype]}` satisfies KernelName,
          arguments: [keys, count, address, length, first, step, low, high],
          split,
        },
      ];
    },
    scratchBytes: ({ inputs: [seeds] }) => KEY_BYTES * sizeOf(seeds?.shape ?? []),
    flops: (_inputs, { shape }) => FLOPS * sizeOf(shape),
    // It refuses what is no seed.
    throws: true,
  };
}

/** Two int32 are the key of a seed. */
const KEY_BYTES = 2 * BYTES.int32;

/** The generator's operations are those of integers: about what so many of floats take. */
const FLOPS = 8;

/** Of what op the seeds are, and whether they are int32. */
interface Seeds {
  readonly op: string;
  readonly whole: boolean;
}

/** Makes keys of seeds, or refuses them. */
const keysFunction = registerMemoryFunction<Seeds>(
  "keysFromSeeds",
  ({ op, whole }, { buffer }, seeds = 0, count = 0, keys = 0) => {
    const array = new (whole ? Int32Array : Float64Array)(buffer, seeds, count);
    const pairs = new Int32Array(buffer, keys, 2 * count);
    array.forEach((seed, n) => {
      pairs.set(keysOf(op, seed), 2 * n);
    });
  },
);

function keysFromSeeds(op: string, whole: boolean): MemoryFunction<Seeds> {
  return { name: "keysFromSeeds", javascript: keysFunction, given: { op, whole } };
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
