/**
 * Which ops loops compute, and as what.
 */

import type { Op } from "../../../graph/op.ts";
import type { DType, FloatDType } from "../../../tensor/dtype.ts";
import { LANE_OPS, type LoopOp } from "../lanes.ts";

/** The op of a loop that does the same for a result of a dtype; undefined if there is none. */
export function loopOpOf(op: Op, dtype: DType): LoopOp | undefined {
  if (op.kernel?.view !== undefined) return "copy";
  if (op.kernel?.scalar === undefined) return undefined;
  if (isCast(op)) return CASTS[dtype];
  return Object.hasOwn(LANE_OPS, op.name) ? (op.name as LoopOp) : undefined;
}

const CASTS = {
  float32: "toFloat32",
  float64: "toNumber",
  int32: "toInt32",
  bool: "toTruth",
} as const satisfies Record<DType, LoopOp>;

/** Whether an op gives the values of its input in another dtype. */
export function isCast({ converts }: Op): boolean {
  return converts === true;
}

/**
 * The dtype of the loop that an op of these dtypes, results and inputs, could be part of; undefined
 * where it cannot. A cast belongs to the wider of its dtypes; a float32 loop computes with int32 as
 * well.
 * @param truth the dtype of a loop for truth values alone.
 */
export function loopDTypeOf(
  op: Op,
  dtypes: readonly DType[],
  truth: FloatDType = "float32",
): FloatDType | undefined {
  let wide = false;
  let narrow = false;
  for (const dtype of dtypes) {
    if (dtype === "float64") wide = true;
    else if (dtype !== "bool") narrow = true;
  }
  if (!wide) return narrow ? "float32" : truth;
  return !narrow || isCast(op) ? "float64" : undefined;
}
