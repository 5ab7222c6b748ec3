/**
 * The sum of gradients of parts of a tensor: those that do not meet are put among zeros at once.
 */

import { writeKernel } from "../families/movement.ts";
import { apply, applyAll } from "../graph/apply.ts";
import type { Op, PlacedPart } from "../graph/op.ts";
import { at, type Shape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { repeated } from "./batching.ts";
import { register } from "./registry.ts";
import { sliceBackwardOp, sliceOp, stridedLayout } from "./view.ts";

/** The slices of a tensor in which parts stand, by axis in lists. */
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
  formula: "zeros with x₀, x₁, … at places of their own",
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
      starts: starts.map((own) => [0, ...own]),
      steps: steps.map((own) => [1, ...own]),
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
 * Returns the sum of parts of a shape, each among zeros. Those that do not meet along some axis are put there at once.
 */
export function sumOfParts(parts: readonly PlacedPart[]): Tensor {
  const { shape, value, starts, steps } = at(parts, 0);
  if (parts.length === 1) return apply(sliceBackwardOp, [value], { shape, starts, steps });
  if (!shape.some((_, axis) => areDisjoint(parts, axis))) {
    return parts.map((part) => sumOfParts([part])).reduce((sum, part) => sum.add(part));
  }
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

/** True if each part ends before the next one begins, along an axis. */
function areDisjoint(parts: readonly PlacedPart[], axis: number): boolean {
  const spans = parts.map(({ value, starts, steps }) => {
    const start = at(starts, axis);
    return [start, start + Math.max(0, at(value.shape, axis) - 1) * at(steps, axis)] as const;
  });
  const inOrder = [...spans].sort(([first], [second]) => first - second);
  return inOrder.every(([start], i) => i === 0 || start > at(inOrder, i - 1)[1]);
}
