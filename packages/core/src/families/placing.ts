/**
 * The family of rows that are put into an array at indices, the extreme of those that meet.
 */

import type { Kernel } from "../graph/kernel.ts";
import type { Attributes, Op } from "../graph/op.ts";
import { BYTES } from "../tensor/dtype.ts";
import { at, sizeOf } from "../tensor/shape.ts";
import { isNumber, SUFFIX } from "./exports.ts";
import { callerOf, type LayoutOf, lowestIndex, outOfRange, placesOf } from "./indexing.ts";
import { placingKernels } from "./kernelGroups.ts";
import { combineOf } from "./reduction.ts";

/**
 * The kernel of the first input with the rows of the third at the indices in the second.
 *
 * @param op the op of two elements, which bundlers should not see being read.
 * @param layout of the rows, the indices and the result.
 */
/* @__NO_SIDE_EFFECTS__ */
export function placeKernel<A extends Attributes>(
  name: "placeMax" | "placeMin",
  op: () => Op,
  layout: LayoutOf<A>,
): Kernel<A> {
  return {
    compute: ({ name, arrays, types, attributes, result, type }) => {
      const shapes = types.map(({ shape }) => shape);
      const own = layout(shapes, attributes);
      const { groups, outer, length, count, inner } = own;
      const [x, indices, values] = [at(arrays, 0), at(arrays, 1), at(arrays, 2)];
      const places = placesOf(callerOf({ name }, attributes), own, indices);
      const combine = combineOf(op(), type.dtype);
      result.set(x);
      let from = 0;
      for (let slab = 0; slab < groups * outer; slab++) {
        const first = Math.floor(slab / outer) * count;
        for (let j = 0; j < count; j++) {
          const to = (slab * length + (places[first + j] as number)) * inner;
          for (let i = 0; i < inner; i++) {
            result[to + i] = combine(result[to + i] as number, values[from + i] as number, 0);
          }
          from += inner;
        }
      }
    },
    calls: ({ op: { name: own }, attributes, inputs, outputs }) => {
      const [x, indices, values, out] = [
        at(inputs, 0),
        at(inputs, 1),
        at(inputs, 2),
        at(outputs, 0),
      ];
      if (!isNumber(out.dtype)) return undefined;
      const rows = layout(
        inputs.map(({ shape }) => shape),
        attributes,
      );
      const { groups, outer, length, count, inner } = rows;
      const bytes = BYTES[out.dtype];
      const slab = (sizeOf(out.shape) / (groups * outer)) * bytes;
      const given = (sizeOf(values.shape) / (groups * outer)) * bytes;
      return [
        {
          function: `${name}_${SUFFIX[out.dtype]}`,
          arguments: [
            ...[x.address, indices.address, values.address, out.address],
            ...[groups, outer, length, count, inner, lowestIndex(rows)],
          ],
          check: (outside, readInt32) =>
            outside < 0
              ? undefined
              : outOfRange(
                  callerOf({ name: own }, attributes),
                  rows,
                  readInt32(1, outside),
                  outside,
                ),
          // Every group has indices of its own.
          ...(groups === 1 && {
            split: { argument: 5, steps: [slab, 0, given, slab, 0, 0, 0, 0, 0, 0] },
          }),
        },
      ];
    },
    group: placingKernels,
    throws: true,
  };
}
