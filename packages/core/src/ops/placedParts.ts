/**
 * The sum of gradients of parts of a tensor, such as slices.
 *
 * Parts of one value are combined when all have arrived, and parts that do not overlap are put among zeros in one write: one
 * by one, each would be as large as the whole. The gradient is the sum of the cotangents of the whole value, and then of its
 * parts, each in order of arrival.
 */

import { writeKernel } from "../families/movement.ts";
import { apply, applyAll } from "../graph/apply.ts";
import type { Op, PlacedPart } from "../graph/op.ts";
import { at, type Shape, sameShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { repeated } from "./batching.ts";
import { register } from "./registry.ts";
import { sliceBackwardOp, sliceOp, stridedLayout } from "./view.ts";

/** The slices of a tensor that its parts fill, by axis in lists. */
export type Parts = Readonly<Record<string, unknown>> & {
  readonly shape: Shape;
  readonly starts: readonly (readonly number[])[];
  readonly steps: readonly (readonly number[])[];
};

const partsOp: Op<Parts> = register<Parts>({
  name: "parts",
  symbol: "parts",
  family: "joining",
  promotion: "same",
  formula: "zeros with x₀, x₁, … at their starts and steps",
  results: (inputs, { shape }) => [
    {
      shape,
      dtype: at(inputs, 0).dtype,
      weak: inputs.every((input) => input.weak),
    },
  ],
  derivative: {
    kind: "linear",
    variadic: true,
    pullbacks: [
      (cotangent, { inputs, attributes: { starts, steps }, index }) =>
        apply(sliceOp, [cotangent], {
          starts: at(starts, index),
          lengths: at(inputs, index).shape,
          steps: at(steps, index),
        }),
    ],
  },
  kernel: writeKernel((shapes, { shape, starts, steps }) =>
    shapes.map((_, i) => stridedLayout(shape, at(starts, i), at(steps, i))),
  ),
  batch: (call) => {
    const { shape, starts, steps } = call.attributes;
    return applyAll(call.op, repeated(call), {
      shape: [call.size, ...shape],
      starts: starts.map((each) => [0, ...each]),
      steps: steps.map((each) => [1, ...each]),
    });
  },
  examples: {
    domain: [-3, 3],
    cases: [
      {
        shapes: [[2], [3]],
        attributes: ([x, y]) => {
          const [first = 0, second = 0] = [x?.shape[0], y?.shape[0]];
          return { shape: [first + second + 2], starts: [[second + 1], [0]], steps: [[1], [1]] };
        },
      },
      {
        shapes: [
          [2, 2],
          [1, 2],
        ],
        attributes: {
          shape: [4, 4],
          starts: [
            [0, 0],
            [1, 1],
          ],
          steps: [
            [2, 2],
            [1, 2],
          ],
        },
      },
    ],
  },
});

/**
 * Returns the sum of parts of a shape, each among zeros, in their order. Neighbours that do not meet are put there at once.
 */
export function sumOfParts(parts: readonly PlacedPart[]): Tensor {
  if (areInOrder(parts)) return placed(parts);
  const groups: PlacedPart[][] = [];
  for (const part of parts) {
    const group = groups.at(-1);
    if (group?.every((other) => areDisjoint(other, part))) group.push(part);
    else groups.push([part]);
  }
  return groups.map(placed).reduce((sum, group) => sum.add(group));
}

function placed(parts: readonly PlacedPart[]): Tensor {
  const { shape, value, starts, steps } = at(parts, 0);
  if (parts.length > 1) {
    return apply(
      partsOp,
      parts.map((part) => part.value),
      {
        shape,
        starts: parts.map((part) => part.starts),
        steps: parts.map((part) => part.steps),
      },
    );
  }
  if (sameShape(value.shape, shape)) return value;
  return apply(sliceBackwardOp, [value], { shape, starts, steps });
}

/** Returns a tensor as a part that is the whole. */
export function wholePart(value: Tensor): PlacedPart {
  const { shape } = value;
  return { value, shape, starts: shape.map(() => 0), steps: shape.map(() => 1) };
}

/** True if each part ends before the next one begins, along an axis: for many parts this is found soon. */
function areInOrder(parts: readonly PlacedPart[]): boolean {
  return at(parts, 0).shape.some((_, axis) => {
    const spans = parts
      .map((part) => spanOf(part, axis))
      .sort(([first], [second]) => first - second);
    return spans.every(([start], i) => i === 0 || start > at(spans, i - 1)[1]);
  });
}

/** True if two parts have no element in common, as far as their first and last ones tell. */
function areDisjoint(first: PlacedPart, second: PlacedPart): boolean {
  return first.shape.some((_, axis) => {
    const [start, end] = spanOf(first, axis);
    const [other, last] = spanOf(second, axis);
    return last < start || end < other;
  });
}

/** Returns the first and the last index of a part along an axis. */
function spanOf({ value, starts, steps }: PlacedPart, axis: number): readonly [number, number] {
  const start = at(starts, axis);
  return [start, start + Math.max(0, at(value.shape, axis) - 1) * at(steps, axis)];
}
