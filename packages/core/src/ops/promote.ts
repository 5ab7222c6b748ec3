/**
 * Brings the inputs of an op to one dtype.
 *
 * Plain numbers (weak tensors) adapt to the tensor beside them: to its float dtype, or beside
 * int32 and bool to int32 if they are integers and else to float32. Only weak inputs stay weak.
 * Mixed tensors take the greater of bool < int32 < float32 < float64.
 */

import { apply } from "../graph/apply.ts";
import { NO_ATTRIBUTES, type Op, type Promotion } from "../graph/op.ts";
import { convert, type DType, isFloat, promote } from "../tensor/dtype.ts";
import { SCALAR } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import { castOps } from "./cast.ts";

/** The inputs, cast where needed. The usual case, equal dtypes, returns the array itself. */
export function promoteInputs(inputs: readonly Tensor[], promotion: Promotion): readonly Tensor[] {
  const target = targetDType(inputs, promotion);
  return inputs.every((input) => input.dtype === target)
    ? inputs
    : inputs.map((input) => castTo(input, target));
}

function targetDType(inputs: readonly Tensor[], promotion: Promotion): DType {
  const dtype = inputs[0]?.dtype;
  // The usual case first.
  if (dtype && isFloat(dtype) && inputs.every((each) => each.dtype === dtype && !each.weak)) {
    return dtype;
  }
  let strong: DType | undefined;
  for (const { weak, dtype } of inputs) {
    if (!weak) strong = strong === undefined ? dtype : promote(strong, dtype);
  }
  if (strong === undefined) return "float64";
  for (const input of inputs) {
    if (input.weak && !isFloat(strong)) strong = promote(strong, weakBesideInteger(input));
  }
  if (promotion === "float" && !isFloat(strong)) return "float32";
  if (promotion === "arithmetic" && strong === "bool") return "int32";
  return strong;
}

/** A recorded number is a float, whatever its value: as an int32 it would lose its gradient. */
function weakBesideInteger({ storage }: Tensor): DType {
  const integer = typeof storage === "number" && (storage | 0) === storage;
  return integer ? "int32" : "float32";
}

/** The same values in another dtype; a plain number changes on the spot, unrecorded. */
export function castTo(tensor: Tensor, dtype: DType): Tensor {
  if (tensor.dtype === dtype && !tensor.weak) return tensor;
  if (tensor.weak && tensor.level === undefined && typeof tensor.storage === "number") {
    const constant = new Tensor(SCALAR, dtype, false, convert(tensor.storage, dtype));
    constant.label = tensor.label;
    return constant;
  }
  return apply(castOps[dtype] as Op, [tensor], NO_ATTRIBUTES);
}
