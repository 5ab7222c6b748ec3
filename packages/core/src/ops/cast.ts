/**
 * Conversion between dtypes: one op for each target.
 */

import { apply } from "../graph/apply.ts";
import { linear, NO_ATTRIBUTES, type Op, type RuleContext } from "../graph/op.ts";
import { convert, type DType, readDType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { register } from "./registry.ts";

const CASES: readonly (readonly Shape[])[] = [[[]], [[5]], [[2, 3]]];

function castOp(dtype: DType, weak = false): Op {
  const compute = (x: number) => convert(x, dtype);
  return register({
    name: weak ? "cast to number" : `cast to ${dtype}`,
    symbol: weak ? "number" : dtype,
    family: "elementwise",
    promotion: "own",
    formula: `the same value as ${dtype}`,
    infer: ([input]) => ({ shape: input?.shape ?? [], dtype, weak }),
    // The gradient goes back in the dtype that the value came in.
    derivative: linear((cotangent, { inputs: [x] }: RuleContext) => castLike(cotangent, x)),
    kernel: {
      kind: "elementwise",
      compute: { float64: compute, float32: compute, int32: compute, bool: compute },
    },
    batch: (inputs, _batched, attributes, op) => apply(op, inputs, attributes),
    examples: { domain: [-2, 2], cases: CASES.map((shapes) => ({ shapes })) },
  });
}

/** The ops, by the dtype that they give. */
export const castOps: Readonly<Record<DType, Op>> = {
  float32: castOp("float32"),
  float64: castOp("float64"),
  int32: castOp("int32"),
  bool: castOp("bool"),
};

const castToNumber = castOp("float64", true);

function castLike(cotangent: Tensor, like: Tensor | undefined): Tensor {
  const op = like?.weak ? castToNumber : castOps[like?.dtype ?? "float64"];
  return apply(op, [cotangent], NO_ATTRIBUTES);
}

/**
 * The same values in another dtype. Floats become int32 by truncation, saturating at both ends
 * and with 0 for NaN; everything but 0 becomes true.
 *
 * @throws ArgumentError for an unknown dtype.
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 *
 * console.log(tensor([1.5, -1.5]).cast("int32").toArray()); // [ 1, -1 ]
 * ```
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  readDType("cast", "dtype", dtype);
  const input = toTensor("cast", "x", x);
  return input.dtype === dtype && !input.weak
    ? input
    : apply(castOps[dtype], [input], NO_ATTRIBUTES);
}
