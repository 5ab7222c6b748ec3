/**
 * Brings the inputs of an op to one dtype.
 *
 * Plain numbers (weak tensors) adapt to the tensor beside it: to its float dtype, or beside int32 and
 * bool to int32, where a number that is none is an error: a dtype must depend neither on a value nor on
 * compiling. Where the op wants floats they are the default dtype there, and comparisons are made in float64. Only
 * weak inputs stay weak. Mixed tensors take the greater of bool < int32 < float32 < float64.
 */

import { DTypeError } from "../errors.ts";
import { apply } from "../graph/apply.ts";
import type { Op, Promotion } from "../graph/op.ts";
import { NO_ATTRIBUTES } from "../graph/types.ts";
import { defaultDType } from "../tensor/defaultDType.ts";
import { convert, type DType, isFloat, isInt32, promote } from "../tensor/dtype.ts";
import { SCALAR } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { castOps, wholeNumber, wholeOp } from "./cast.ts";

/**
 * Returns the inputs of a function of tensors in one dtype, cast where needed, as many as were given. Equal dtypes return the
 * array itself. A plain number adapts to the tensor beside it.
 *
 * @param op the name of the function, for errors.
 * @param promotion "float" for a function of floats, "arithmetic" for sums and products, "comparison" for comparisons.
 * @throws DTypeError for a number beside int32 or bool that is no int32, or that is differentiated.
 *
 * @example
 * ```ts
 * import { tensor } from "@graddiff/core";
 * import { promoteInputs } from "@graddiff/core/extend";
 *
 * const [x, y] = promoteInputs("loss", [tensor([1, 2]), tensor([1, 0], { dtype: "int32" })], "float");
 * console.log(x.dtype, y.dtype); // float32 float32
 * ```
 */
export function promoteInputs<const List extends readonly Tensor[]>(
  op: string,
  inputs: List,
  promotion: Promotion,
): { readonly [Index in keyof List]: Tensor };
export function promoteInputs(
  op: string,
  inputs: readonly Tensor[],
  promotion: Promotion,
): readonly Tensor[] {
  const target = targetDType(inputs, promotion);
  return inputs.every((input) => input.dtype === target)
    ? inputs
    : inputs.map((input) =>
        input.weak && target === "int32" ? castToWhole(input, { op }) : castTo(input, target),
      );
}

function targetDType(inputs: readonly Tensor[], promotion: Promotion): DType {
  const dtype = inputs[0]?.dtype;
  // The usual case first.
  if (dtype && isFloat(dtype) && inputs.every((each) => each.dtype === dtype && !each.weak)) {
    return dtype;
  }
  let strong: DType | undefined;
  let numbers = false;
  for (const { weak, dtype } of inputs) {
    if (weak) numbers = true;
    else strong = strong === undefined ? dtype : promote(strong, dtype);
  }
  if (strong === undefined) return "float64";
  if (isFloat(strong)) return strong;
  switch (promotion) {
    case "arithmetic":
      return "int32";
    case "float":
      return defaultDType();
    case "comparison":
      if (!numbers) return strong;
      // With whole numbers it makes no difference, and int32 is quicker.
      return inputs.every((input) => !input.weak || isConstantWhole(input)) ? "int32" : "float64";
    default:
      return numbers ? "int32" : strong;
  }
}

function isConstantWhole({ level, storage }: Tensor): boolean {
  return level === undefined && typeof storage === "number" && isInt32(storage);
}

/** Returns the same values in another dtype; a plain number changes on the spot, unrecorded. */
export function castTo(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype && !tensor.weak) return tensor;
  const number = constantOf(tensor);
  return number === undefined
    ? apply(castOps[dtype] as Op, [tensor], NO_ATTRIBUTES)
    : constant(tensor, dtype, convert(number, dtype));
}

/**
 * Returns plain numbers as int32.
 *
 * @param context the name of the op, and of the argument if only that is wrong. @throws DTypeError for numbers that are
 *   no int32, in a compiled function when it runs; and for differentiated numbers.
 */
export function castToWhole(
  tensor: Tensor,
  context: { readonly op: string; readonly argument?: string },
): Tensor {
  const number = constantOf(tensor);
  return number === undefined
    ? apply(wholeOp, [tensor], { ...context })
    : constant(tensor, "int32", wholeNumber(number, context));
}

/** Returns a plain number in the dtype of the other operand; for int32 it must be whole. */
export function adapted(number: Tensor, dtype: DType, op: string): Tensor {
  return isFloat(dtype) ? castTo(number, dtype) : castToWhole(number, { op });
}

/** Returns the value of a plain number that no recording knows. */
function constantOf({ weak, level, storage }: Tensor): number | undefined {
  return weak && level === undefined && typeof storage === "number" ? storage : undefined;
}

function constant({ label }: Tensor, dtype: DType, value: number): Tensor {
  const tensor = new Tensor(SCALAR, dtype, false, value);
  tensor.label = label;
  return tensor;
}

/** @throws DTypeError for booleans, which an op that compares numbers by size does not take. */
export function refuseBooleans(op: string, dtype: DType): void {
  if (dtype !== "bool") return;
  throw new DTypeError(op, "x", "numbers", dtype, 'Convert with cast("int32")');
}
