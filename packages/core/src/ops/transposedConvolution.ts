/**
 * The transposed convolution as one op, which targets may have whole: elsewhere it is its body, the gradient of x of a
 * convolution.
 */

import type { GroupedWindows } from "../families/windows.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes, TensorType } from "../graph/types.ts";
import { at, type Shape } from "../tensor/shape.ts";
import { inputGradient } from "./convolution.ts";
import { register } from "./registry.ts";

/** The windows of the convolution, and the lengths of the axes that they slide over: those of the result. */
export type Transposed = Attributes & GroupedWindows & { readonly lengths: Shape };

/** x has an element for each window, and the weights are [channels of x, outputs / groups, …size]. */
export const transposedConvolutionOp: Op<Transposed> = register<Transposed>({
  name: "transposedConvolution",
  symbol: "convᵀ",
  family: "windows",
  promotion: "arithmetic",
  formula: "Σ xₜ wₖ over the windows t that have an element at their position k",
  results: ([x, weight], { groups, lengths }) => [
    {
      shape: [x?.shape[0] ?? 0, (weight?.shape[1] ?? 0) * groups, ...lengths],
      dtype: x?.dtype ?? "float32",
      weak: !!x?.weak && !!weight?.weak,
    },
  ],
  body: (inputs, { lengths, ...windows }) => [
    inputGradient(at(inputs, 0), at(inputs, 1), windows, lengths),
  ],
  examples: {
    domain: [-2, 2],
    cases: [
      {
        shapes: [
          [2, 3, 5],
          [3, 2, 4],
        ],
        attributes: (types) => exampleOf(types, { stride: [2], dilation: [1], low: [1] }),
      },
      {
        shapes: [
          [2, 4, 3, 2],
          [4, 1, 2, 2],
        ],
        attributes: (types) =>
          exampleOf(types, { stride: [2, 3], dilation: [1, 1], low: [0, 0] }, 2),
      },
    ],
  },
});

/** Windows that fill the lengths of the result. */
function exampleOf(
  [x, weight]: readonly TensorType[],
  windows: Pick<GroupedWindows, "stride" | "dilation" | "low">,
  groups = 1,
): Transposed {
  const outputSize = x?.shape.slice(2) ?? [];
  const size = weight?.shape.slice(2) ?? [];
  const lengths = outputSize.map((count, axis) => {
    const span = (at(size, axis) - 1) * at(windows.dilation, axis) + 1;
    return Math.max(0, (count - 1) * at(windows.stride, axis) + span - 2 * at(windows.low, axis));
  });
  return { ...windows, size, outputSize, inputDilation: size.map(() => 1), groups, lengths };
}
