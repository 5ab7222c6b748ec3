/**
 * The family of scans along an axis, in order: each result is what an operation makes of the one before it and the
 * next element.
 */

import type { Computation, Kernel } from "../graph/kernel.ts";
import type { Attributes, Op } from "../graph/op.ts";
import { BYTES, type TypedArray } from "../tensor/dtype.ts";
import { at, type Shape, sizeOf } from "../tensor/shape.ts";
import { isNumber, SUFFIX } from "./exports.ts";
import { scansKernels } from "./kernelGroups.ts";
import { combineOf, empty } from "./reduction.ts";

/** Along which axis, and whether from its last element on. */
export interface AlongScan extends Attributes {
  readonly axis: number;
  readonly reverse: boolean;
}

type CumulativeName = "cumulativeSum" | "cumulativeProd" | "cumulativeMax" | "cumulativeMin";

/** The kernel of cumulative results of an op of two elements, which bundlers should not see being read. */
/* @__NO_SIDE_EFFECTS__ */
export function cumulativeKernel<A extends AlongScan>(
  name: CumulativeName,
  op: () => Op,
  group?: Kernel["group"],
): Kernel<A> {
  return scanKernel(name, group, ({ arrays, types, result }) => {
    const combine = combineOf(op(), at(types, 0).dtype);
    const x = at(arrays, 0);
    return (before, place) => combine(result[before] as number, x[place] as number, 0);
  });
}

/** The kernel of h = a · h + x for the factors in the first input. The first factor is not looked at. */
/* @__NO_SIDE_EFFECTS__ */
export function recurrenceKernel<A extends AlongScan>(mul: () => Op, add: () => Op): Kernel<A> {
  return scanKernel("linearRecurrence", scansKernels, ({ arrays, types, result }) => {
    const { dtype } = at(types, 0);
    const [times, plus] = [combineOf(mul(), dtype), combineOf(add(), dtype)];
    const [a, x] = [at(arrays, 0), at(arrays, 1)];
    const product = empty(result, 1);
    return (before, place) => {
      // Storing rounds to the dtype.
      product[0] = times(a[place] as number, result[before] as number, 0);
      return plus(at(product, 0), x[place] as number, 0);
    };
  });
}

/** The result at a place, from the one before. */
type Step = (before: number, place: number) => number;

/* @__NO_SIDE_EFFECTS__ */
function scanKernel<A extends AlongScan>(
  name: CumulativeName | "linearRecurrence",
  group: Kernel["group"],
  stepOf: (call: Computation<A>) => Step,
): Kernel<A> {
  return {
    compute: (call) => {
      const { type, attributes, arrays, result } = call;
      walk(type.shape, attributes, at(arrays, arrays.length - 1), result, stepOf(call));
    },
    calls: ({ attributes, inputs, outputs }) => {
      const { shape, dtype, address: out } = at(outputs, 0);
      if (!isNumber(dtype)) return undefined;
      const { outer, length, inner } = formOf(shape, attributes);
      const addresses = [...inputs.map(({ address }) => address), out];
      const bytes = length * inner * BYTES[dtype];
      return [
        {
          function: `${name}_${SUFFIX[dtype]}`,
          arguments: [...addresses, outer, length, inner, Number(attributes.reverse)],
          split: {
            argument: addresses.length,
            steps: [...addresses.map(() => bytes), 0, 0, 0, 0],
          },
        },
      ];
    },
    ...(group && { group }),
    flops: (inputs, { shape }) => inputs.length * sizeOf(shape),
  };
}

function formOf(shape: Shape, { axis }: AlongScan) {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    length: at(shape, axis),
    inner: sizeOf(shape.slice(axis + 1)),
  };
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
      let place = o * slab + i + (attributes.reverse ? slab - inner : 0);
      if (length > 0) result[place] = x[place] as number;
      for (let k = 1; k < length; k++) {
        place += distance;
        result[place] = step(place - distance, place);
      }
    }
  }
}
