/**
 * The JavaScript runner: computes every primitive op, family by family, with plain loops.
 */

import type { Attributes, Op, TensorType } from "../../graph/op.ts";
import { allocate, type TypedArray } from "../../tensor/dtype.ts";
import { at, sizeOf } from "../../tensor/shape.ts";
import { readArray, type Storage, type Tensor } from "../../tensor/tensor.ts";
import { multiplyMatrices } from "./contraction.ts";
import { computeElementwise } from "./elementwise.ts";
import { gather, scatterAdd } from "./indexing.ts";
import { copyStrided } from "./move.ts";
import { fillUniform } from "./random.ts";
import { reduce } from "./reduce.ts";

/** Computes an op into a new array. */
export function runJs(
  op: Op,
  inputs: readonly Tensor[],
  attributes: Attributes,
  output: TensorType,
): Storage {
  const arrays = inputs.map((input) => readArray(input, op.name));
  if (op.kernel.kind === "reshape" || op.kernel.kind === "barrier") return at(arrays, 0);
  const result = allocate(output.dtype, sizeOf(output.shape));
  computeInto(op, arrays, inputs, attributes, { type: output, array: result });
  return result;
}

/** Where a result is to stand: an array of zeros of its size. */
export interface Target {
  readonly type: TensorType;
  readonly array: TypedArray;
}

/** Computes an op into an array; `types` are those of the inputs in `arrays`. */
export function computeInto(
  op: Op,
  arrays: readonly TypedArray[],
  types: readonly TensorType[],
  attributes: Attributes,
  { type: { shape, dtype }, array: result }: Target,
): void {
  const { kernel } = op;
  const shapes = types.map((type) => type.shape);
  switch (kernel.kind) {
    case "elementwise":
      computeElementwise(kernel.compute[at(types, types.length - 1).dtype], {
        arrays,
        shapes,
        result,
        shape,
      });
      return;
    case "checked":
      at(arrays, 0).forEach((x, i) => {
        result[i] = kernel.compute(x, attributes);
      });
      return;
    case "reduction":
      reduce(kernel, at(arrays, 0), at(shapes, 0), attributes["axes"] as readonly number[], result);
      return;
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
      return;
    case "read": {
      const { offset, strides } = kernel.layout(at(shapes, 0), attributes);
      copyStrided(shape, at(arrays, 0), { offset, strides }, result, undefined);
      return;
    }
    case "write":
      kernel.layouts(shapes, attributes).forEach((placement, i) => {
        copyStrided(at(shapes, i), at(arrays, i), undefined, result, placement);
      });
      return;
    case "gather":
    case "scatterAdd": {
      const layout = kernel.layout(shapes, attributes);
      const run = kernel.kind === "gather" ? gather : scatterAdd;
      run(op.name, layout, at(arrays, 0), at(arrays, 1), result);
      return;
    }
    case "uniform":
      fillUniform(op.name, kernel.sequence(attributes), at(arrays, 0), result);
      return;
    case "reshape":
    case "barrier":
      result.set(at(arrays, 0));
      return;
    case "joint":
    case "composite":
      throw new Error(`${op.name} is a composite: it runs as the ops it is written in`);
    default:
      kernel satisfies never;
  }
}
