/**
 * Conversion between dtypes: one op for each target.
 */

import { refuseSurplus } from "../arguments.ts";
import { type Complaint, DTypeError } from "../errors.ts";
import { checkedKernel, elementwiseKernel } from "../families/elementwise.ts";
import { apply } from "../graph/apply.ts";
import { linear, type Op, type RuleContext } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { convert, type DType, isInt32, readDType } from "../tensor/dtype.ts";
import type { Shape } from "../tensor/shape.ts";
import { type Tensor, type TensorLike, toTensor } from "../tensor/tensor.ts";
import { batchLeading } from "./batching.ts";
import { register } from "./registry.ts";

const CASES: readonly (readonly Shape[])[] = [[[]], [[5]], [[2, 3]]];

function castOp(dtype: DType, weak = false): Op {
  const compute = (x: number) => convert(x, dtype);
  return register({
    name: weak ? "cast to number" : `cast to ${dtype}`,
    symbol: weak ? "number" : dtype,
    family: "elementwise",
    promotion: "none",
    formula: `the same value as ${dtype}`,
    results: ([input]) => [{ shape: input?.shape ?? [], dtype, weak }],
    // The gradient is cast back to the dtype of the input.
    derivative: linear((cotangent, { inputs: [x] }: RuleContext) => castLike(cotangent, x)),
    broadcasts: "elements",
    kernel: {
      ...elementwiseKernel({
        float64: compute,
        float32: compute,
        int32: compute,
        bool: compute,
      }),
      converts: true,
    },
    batch: batchLeading,
    examples: { domain: [-2, 2], cases: CASES.map((shapes) => ({ shapes })) },
  });
}

/** The ops, by the dtype of their result. */
export const castOps: Readonly<Record<DType, Op>> = {
  float32: castOp("float32"),
  float64: castOp("float64"),
  int32: castOp("int32"),
  bool: castOp("bool"),
};

const castToNumber = castOp("float64", true);

/** The reader of the int32: the name of an op, and of its argument where that alone is wrong. */
interface Whole extends Readonly<Record<string, unknown>> {
  readonly op: string;
  readonly argument?: string;
}

/** Plain numbers as the int32 that they are: no derivative could be seen in the result. */
export const wholeOp: Op<Whole> = register<Whole>({
  name: "whole number",
  symbol: "int32",
  family: "elementwise",
  promotion: "none",
  formula: "the same number as int32; an error for others",
  results: ([input]) => [{ shape: input?.shape ?? [], dtype: "int32", weak: false }],
  derivative: {
    kind: "none",
    why: "an int32 carries no gradient",
    refuses: (context) =>
      wholeError(context, { expected: "constant numbers", got: "one that is differentiated" }),
  },
  kernel: checkedKernel(wholeNumber),
  batch: batchLeading,
  examples: {
    domain: [-9, 9],
    dtypes: ["float64"],
    make: ([x]) => (x ? [x.round()] : []),
    cases: CASES.map((shapes) => ({ shapes, attributes: { op: "add" } })),
  },
});

/** @throws DTypeError for a number that is no int32. */
export function wholeNumber(value: number, context: Whole): number {
  if (isInt32(value)) return value | 0;
  throw wholeError(context, { expected: "whole numbers of int32", got: String(value) });
}

function wholeError(
  { op, argument }: Whole,
  { expected, got }: Pick<Complaint, "expected" | "got">,
): DTypeError {
  return argument === undefined
    ? new DTypeError(
        op,
        "",
        `${expected} beside int32 and bool tensors`,
        got,
        'Cast the tensor to floats first, as in x.cast("float32")',
      )
    : new DTypeError(
        op,
        argument,
        expected,
        got,
        'Cut off fractions with cast("int32"), which has no gradient',
      );
}

/** Returns the same values in the dtype of another tensor, a number beside a number. */
export function castLike(cotangent: Tensor, like: Tensor | undefined): Tensor {
  if (cotangent.dtype === like?.dtype && cotangent.weak === like.weak) return cotangent;
  const op = like?.weak ? castToNumber : castOps[like?.dtype ?? "float64"];
  return apply(op, [cotangent], NO_ATTRIBUTES);
}

/**
 * Returns the same values in another dtype. Floats become int32 by truncation, saturating at both ends and with 0 for
 * NaN; everything but 0 becomes true.
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
  refuseSurplus("cast", 2, arguments);
  readDType("cast", "dtype", dtype);
  const input = toTensor("cast", "x", x);
  return input.dtype === dtype && !input.weak
    ? input
    : apply(castOps[dtype], [input], NO_ATTRIBUTES);
}
