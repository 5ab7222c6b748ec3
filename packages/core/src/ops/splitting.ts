/**
 * The op that splits a tensor along an axis.
 */

import { listOf, nonNegativeInteger, refuseSurplus } from "../arguments.ts";
import { ShapeError } from "../errors.ts";
import { applyAll } from "../graph/apply.ts";
import type { Op } from "../graph/op.ts";
import type { TensorType } from "../graph/types.ts";
import { at, normalizeAxis } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { concat } from "./joining.ts";
import { register } from "./registry.ts";
import { filled, maskOf } from "./tangents.ts";
import { slice } from "./view.ts";

/** The lengths of the parts along an axis. */
export interface Split extends Readonly<Record<string, unknown>> {
  readonly sizes: readonly number[];
  readonly axis: number;
}

function splitTypes(x: TensorType | undefined, { sizes, axis }: Split): TensorType[] {
  const { shape = [], dtype = "float32", weak = false } = x ?? {};
  return sizes.map((size) => {
    return { shape: shape.map((length, i) => (i === axis ? size : length)), dtype, weak };
  });
}

export const splitOp: Op<Split> = register<Split>({
  name: "split",
  symbol: "split",
  family: "joining",
  promotion: "none",
  formula: "parts of x along an axis",
  results: ([x], attributes) => splitTypes(x, attributes),
  derivative: {
    kind: "joint",
    vjp: ({ op, inputs, attributes, wanted }) => {
      const results = applyAll(op, inputs, attributes);
      return {
        results,
        pull: (cotangents) => [
          wanted[0]
            ? {
                value: concat(filled(cotangents, results), attributes.axis),
                mask: maskOf(cotangents),
              }
            : undefined,
        ],
      };
    },
    jvp: ({ op, inputs, attributes }, [tangent]) => ({
      results: applyAll(op, inputs, attributes),
      tangents: tangent
        ? applyAll(op, [tangent.value], attributes).map((value) => ({ ...tangent, value }))
        : [],
    }),
  },
  body: ([x], { sizes, axis }) => {
    const input = toTensor("split", "x", x ?? 0);
    let start = 0;
    return sizes.map((size) => {
      const starts = new Array<number>(axis + 1).fill(0);
      const ends = input.shape.slice(0, axis + 1);
      starts[axis] = start;
      start += size;
      ends[axis] = start;
      return slice(input, starts, ends);
    });
  },
  batch: ({ op, inputs, attributes }) =>
    applyAll(op, inputs, { ...attributes, axis: attributes.axis + 1 }),
  examples: {
    domain: [-3, 3],
    cases: [
      {
        shapes: [[7]],
        attributes: ([x]) => {
          const length = x?.shape[0] ?? 0;
          return { sizes: [length >> 1, length - (length >> 1)], axis: 0 };
        },
      },
      { shapes: [[2, 3, 2]], attributes: { sizes: [1, 0, 2], axis: 1 } },
    ],
    exact: [
      { inputs: [[1, 2, 3]], attributes: { sizes: [1, 2], axis: 0 }, results: [[1], [2, 3]] },
    ],
  },
});

const readSizes = listOf(nonNegativeInteger, "an array of lengths");

/** A tuple of tensors, where their number is known when the program is compiled. */
export type Parts<Sizes extends number | readonly number[]> = Sizes extends readonly number[]
  ? { -readonly [Key in keyof Sizes]: Tensor }
  : Repeated<Sizes>;

/** A tuple of a length of at most 16, which no fraction or negative number reaches. */
type Repeated<Length, List extends Tensor[] = []> = number extends Length
  ? Tensor[]
  : List["length"] extends Length
    ? List
    : List["length"] extends 16
      ? Tensor[]
      : Repeated<Length, [...List, Tensor]>;

/**
 * Returns the parts of a tensor along an axis.
 *
 * @param sizesOrCount the length of each part, which add up to that of the axis; or a number of parts of
 *   equal length.
 * @param axis default 0.
 * @throws ShapeError if the parts do not add up to the axis.
 * @example
 * ```ts
 * import { split, tensor } from "@graddiff/core";
 *
 * console.log(split(tensor([1, 2, 3, 4]), 2).map(String)); // [ '[1. 2.]', '[3. 4.]' ]
 * console.log(split(tensor([1, 2, 3, 4]), [1, 3]).map(String)); // [ '[1.]', '[2. 3. 4.]' ]
 * ```
 */
export function split<const Sizes extends number | readonly number[]>(
  x: TensorLike,
  sizesOrCount: Sizes,
  axis?: number,
): Parts<Sizes>;
export function split(x: TensorLike, sizesOrCount: number | readonly number[], axis = 0): Tensor[] {
  refuseSurplus("split", 3, arguments);
  const input = toTensor("split", "x", x);
  const along = normalizeAxis("split", axis, input.rank);
  const length = at(input.shape, along);
  const sizes =
    typeof sizesOrCount === "number"
      ? equalParts(length, nonNegativeInteger("split", "sizesOrCount", sizesOrCount))
      : readSizes("split", "sizesOrCount", sizesOrCount);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== length || sizes.length === 0) {
    const expected = `parts that add up to ${length}, the length of axis ${along}`;
    throw new ShapeError("split", "sizesOrCount", expected, `[${sizes}]`);
  }
  return [...applyAll(splitOp, [input], { sizes, axis: along })];
}

function equalParts(length: number, count: number): number[] {
  if (count > 0 && length % count === 0) return new Array<number>(count).fill(length / count);
  const expected = `a number of parts that divides ${length}, the length of the axis`;
  throw new ShapeError("split", "sizesOrCount", expected, String(count));
}
