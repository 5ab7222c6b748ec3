/**
 * The family of scans along an axis: each result is what an operation makes of the one before it and the next element,
 * in order. Sums have an order of two levels, in which rounding errors stay small:
 *
 * ```
 * sequence    │ superblock 0: 128 blocks │ superblock 1 │ …
 * superblock  │ block 0: 128 elements │ block 1 │ …
 * block       │ x₀ x₁ x₂ …
 *
 * out = (top + base) + local
 *   top:   the sum of the superblocks before
 *   base:  the sum of the blocks before, in the superblock
 *   local: the sum of the elements up to there, in the block
 * ```
 *
 * Each of the three is a running sum that begins with −0, which changes no number: the results of the first block are
 * plain running sums, and a sum is −0 only where all its elements are. `reverse` counts from the last element. Where no
 * sum of magnitudes overflows, a result is infinite or NaN where the plain running sum is. Integers wrap around, so
 * their sums are the same in any order.
 *
 * Calls are divided by outer rows. One sequence could be divided, too, by blocks: the last `local` of each block follows
 * from its elements alone, and one pass over these sums gives each block the `top + base` that it begins with.
 */

import type { Address, Call, Split, Splits } from "../graph/call.ts";
import type { Computation, KernelOf, PlacedOp } from "../graph/kernel.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";
import { BYTES, type TypedArray } from "../tensor/dtype.ts";
import { at, type Shape, sizeOf } from "../tensor/shape.ts";
import { isNumber, type KernelName, SUFFIX } from "./exports.ts";
import { scansKernels } from "./kernelGroups.ts";
import { combineOf, empty } from "./reduction.ts";
import { CUMULATIVE_SUM_BYTES } from "./scratch.ts";

/** Along which axis, and whether from its last element on. */
export interface AlongScan extends Attributes {
  readonly axis: number;
  readonly reverse: boolean;
}

type CumulativeName = "cumulativeProd" | "cumulativeMax" | "cumulativeMin";

/** Elements of a block of a sum, and blocks of a superblock. */
export const SCAN_BLOCK = 128;

/** Returns the kernel of cumulative sums. */
/* @__NO_SIDE_EFFECTS__ */
export function cumulativeSumKernel<A extends AlongScan>(): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: ({ type, attributes, arrays, result }) =>
      sumInBlocks(type.shape, attributes, at(arrays, 0), result),
    calls: (placed) => callsOf("cumulativeSum", placed, [placed.scratch]),
    scratchBytes: () => CUMULATIVE_SUM_BYTES,
    flops: ([x]) => sizeOf(x?.shape ?? []),
  };
}

/**
 * Returns the kernel of cumulative results of an op of two elements, in order, which bundlers should not see being
 * read.
 */
/* @__NO_SIDE_EFFECTS__ */
export function cumulativeKernel<A extends AlongScan>(
  name: CumulativeName,
  op: () => Op,
): KernelOf<"calls", A> {
  return scanKernel(name, ({ arrays, types, result }) => {
    const combine = combineOf(op(), at(types, 0).dtype);
    const x = at(arrays, 0);
    return (before, index) => combine(result[before] as number, x[index] as number, 0);
  });
}

/** Returns the kernel of h = a · h + x for the factors in the first input. The first factor is not read. */
/* @__NO_SIDE_EFFECTS__ */
export function recurrenceKernel<A extends AlongScan>(
  mul: () => Op,
  add: () => Op,
): KernelOf<"calls", A> {
  return scanKernel("linearRecurrence", ({ arrays, types, result }) => {
    const { dtype } = at(types, 0);
    const [times, plus] = [combineOf(mul(), dtype), combineOf(add(), dtype)];
    const [a, x] = [at(arrays, 0), at(arrays, 1)];
    const product = empty(result, 1);
    return (before, index) => {
      // Storing rounds to the dtype.
      product[0] = times(a[index] as number, result[before] as number, 0);
      return plus(at(product, 0), x[index] as number, 0);
    };
  });
}

/** The result at an index, from the one before. */
type Step = (before: number, index: number) => number;

/* @__NO_SIDE_EFFECTS__ */
function scanKernel<A extends AlongScan>(
  name: CumulativeName | "linearRecurrence",
  stepOf: (call: Computation<A>) => Step,
): KernelOf<"calls", A> {
  return {
    kind: "calls",
    compute: (call) => {
      const { type, attributes, arrays, result } = call;
      walk(type.shape, attributes, at(arrays, arrays.length - 1), result, stepOf(call));
    },
    calls: (placed) => callsOf(name, placed),
    group: scansKernels,
    flops: (inputs, { shape }) => inputs.length * sizeOf(shape),
  };
}

/**
 * Returns the call of a scan, which is divided by arrays, or by the columns of the only one. @param scratch memory that
 * its function needs besides.
 */
function callsOf<A extends AlongScan>(
  name: CumulativeName | "cumulativeSum" | "linearRecurrence",
  { attributes, inputs, outputs }: PlacedOp<A>,
  scratch: readonly Address[] = [],
): readonly Call[] | undefined {
  const { shape, dtype, address: out } = at(outputs, 0);
  if (!isNumber(dtype)) return undefined;
  const { outer, length, inner } = formOf(shape, attributes);
  const addresses = [...inputs.map(({ address }) => address), out];
  const first = addresses.length + scratch.length;
  const steps = (bytes: number) => [
    ...addresses.map(() => bytes),
    ...[...scratch, outer, length, inner, inner, attributes.reverse].map(() => 0),
  ];
  return [
    {
      function: `${name}_${SUFFIX[dtype]}` satisfies KernelName,
      arguments: [
        ...[...addresses, ...scratch, outer, length, inner, inner],
        Number(attributes.reverse),
      ],
      splits: splitsOfLines(
        outer,
        inner,
        {
          along: "arrays",
          argument: first,
          steps: steps(length * inner * BYTES[dtype]),
        },
        {
          along: "columns",
          argument: first + 2,
          steps: steps(BYTES[dtype]),
        },
      ),
    },
  ];
}

/** Returns the way to divide outer × length × inner lines; none for a single line, which is computed in order. */
function splitsOfLines(outer: number, inner: number, byArrays: Split, byColumns: Split): Splits {
  if (outer > 1) return [byArrays];
  return inner > 1
    ? [byColumns]
    : "it is one line, in which each result follows from the one before";
}

/** Returns an array as lines along an axis: the outer rows, the elements of a line, and the lines side by side. */
export function formOf(shape: Shape, { axis }: AlongScan) {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    length: at(shape, axis),
    inner: sizeOf(shape.slice(axis + 1)),
  };
}

/** Fills `result` with sums in the order of two levels. */
function sumInBlocks(
  shape: Shape,
  { axis, reverse }: AlongScan,
  x: TypedArray,
  result: TypedArray,
): void {
  const { outer, length, inner } = formOf(shape, { axis, reverse });
  const slab = length * inner;
  const distance = reverse ? -inner : inner;
  // Four sums: top, base, top + base, and local. Their array has the result's dtype, so each store rounds.
  const sums = empty(result, 4);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let index = o * slab + i + (reverse ? slab - inner : 0);
      sums.fill(-0);
      for (let k = 0; k < length; ) {
        for (const end = Math.min(length, k + SCAN_BLOCK); k < end; k++) {
          sums[3] = (sums[3] as number) + (x[index] as number);
          result[index] = (sums[2] as number) + (sums[3] as number);
          index += distance;
        }
        sums[1] = (sums[1] as number) + (sums[3] as number);
        if (k % (SCAN_BLOCK * SCAN_BLOCK) === 0) {
          sums[0] = (sums[0] as number) + (sums[1] as number);
          sums[1] = -0;
        }
        sums[2] = (sums[0] as number) + (sums[1] as number);
        sums[3] = -0;
      }
    }
  }
}

/** Fills `result`, which begins with the first elements of x. */
function walk(
  shape: Shape,
  attributes: AlongScan,
  x: TypedArray,
  result: TypedArray,
  step: Step,
): void {
  const { outer, length, inner } = formOf(shape, attributes);
  const slab = length * inner;
  const distance = attributes.reverse ? -inner : inner;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let index = o * slab + i + (attributes.reverse ? slab - inner : 0);
      if (length > 0) result[index] = x[index] as number;
      for (let k = 1; k < length; k++) {
        index += distance;
        result[index] = step(index - distance, index);
      }
    }
  }
}
