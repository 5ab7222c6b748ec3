/**
 * The JavaScript runner: computes every primitive op, family by family, with plain loops.
 */

import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import { allocate } from "../../tensor/dtype.ts";
import { at, sizeOf } from "../../tensor/shape.ts";
import { readArray, type Storage, type Tensor } from "../../tensor/tensor.ts";
import { multiplyMatrices } from "./contraction.ts";
import { computeElementwise } from "./elementwise.ts";
import { copyStrided } from "./move.ts";
import { reduce } from "./reduce.ts";

/** Computes an op into a new array. */
export function runJs(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
): Storage {
  const { kernel } = op;
  const arrays = inputs.map((input) => readArray(input, op.name));
  const shapes = inputs.map((input) => input.shape);
  const { shape, dtype } = output;
  if (kernel.kind === "reshape") return at(arrays, 0);

  const result = allocate(dtype, sizeOf(shape));
  switch (kernel.kind) {
    case "elementwise":
      computeElementwise(kernel.compute[at(inputs, inputs.length - 1).dtype], {
        arrays,
        shapes,
        result,
        shape,
      });
      return result;
    case "reduction":
      reduce(kernel, at(arrays, 0), at(shapes, 0), attributes["axes"] as readonly number[], result);
      return result;
    case "contraction":
      multiplyMatrices({
        x: at(arrays, 0),
        y: at(arrays, 1),
        xShape: at(shapes, 0),
        yShape: at(shapes, 1),
        result,
        shape,
        dtype,
      });
      return result;
    case "read": {
      const { offset, strides } = kernel.layout(at(shapes, 0), attributes);
      copyStrided(shape, at(arrays, 0), { offset, strides }, result, undefined);
      return result;
    }
    case "write":
      kernel.layouts(shapes, attributes).forEach((placement, i) => {
        copyStrided(at(shapes, i), at(arrays, i), undefined, result, placement);
      });
      return result;
    case "composite":
      throw new Error(`${op.name} is a composite: it runs as the ops it is written in`);
    default:
      return kernel satisfies never;
  }
}
