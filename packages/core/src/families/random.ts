/**
 * The family of random sequences, one for each seed, see `tensor/threefry.ts`.
 */

import { type Check, registerCheck } from "../graph/call.ts";
import type { KernelOf, Sequence } from "../graph/kernel.ts";
import type { Attributes } from "../graph/types.ts";
import { BYTES, isFloat, type TypedArray } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { keysOf, threefry, unit32, unit64 } from "../tensor/threefry.ts";
import { elementAt } from "./checking.ts";
import { type KernelName, SUFFIX } from "./exports.ts";

/** Returns the kernel of a sequence of random numbers for each seed in the input. */
/* @__NO_SIDE_EFFECTS__ */
export function uniformKernel<A extends Attributes>(
  sequence: (attributes: A) => Sequence,
): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: ({ name, arrays, attributes, result }) =>
      fillUniform(name, sequence(attributes), at(arrays, 0), result),
    calls: ({ op, attributes, inputs: [seeds], outputs: [output] }) => {
      if (seeds === undefined || output === undefined || !isFloat(output.dtype)) return undefined;
      const whole = seeds.dtype === "int32";
      const seedDType = whole ? "int32" : "float64";
      const { dtype, address } = output;
      const { low, high, first, step } = sequence(attributes);
      const count = sizeOf(seeds.shape);
      const length = sizeOf(output.shape) / Math.max(1, count);
      const bytes = BYTES[dtype];
      // One sequence is divided by its elements, several by their number.
      const split =
        count === 1
          ? { along: "elements", argument: 3, steps: [0, 0, bytes, 0, step, 0, 0, 0, 0] }
          : {
              along: "sequences",
              argument: 1,
              steps: [BYTES[seedDType], 0, length * bytes, 0, 0, 0, 0, 0, 0],
            };
      return [
        {
          function: `uniform_${SUFFIX[dtype]}` satisfies KernelName,
          arguments: [
            ...[seeds.address, count, address, length, first, step, low, high],
            Number(whole),
          ],
          check: { kind: seedsCheck, op: op.name, arguments: seedDType } satisfies SeedsCheck,
          splits: [split],
        },
      ];
    },
    flops: (_inputs, { shape }) => FLOPS * sizeOf(shape),
    // The op refuses an input that is no seed.
    throws: true,
  };
}

/** The flops that take as long as the generator's operations of integers. */
const FLOPS = 8;

/** The check of seeds of a dtype. */
type SeedsCheck = Check<"int32" | "float64">;

const seedsCheck = registerCheck<SeedsCheck["arguments"]>(
  "seeds",
  ({ op, arguments: dtype }, index, read) => refusalOfSeed(op, elementAt(read, dtype, index)),
);

/** Returns the error for a seed that is none. */
function refusalOfSeed(op: string, seed: number): Error {
  try {
    keysOf(op, seed);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error(`${op}: ${seed} is a seed`);
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
