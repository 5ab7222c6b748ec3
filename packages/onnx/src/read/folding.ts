/**
 * Constant folding while a function is recorded: Shape → Gather → Mul → Concat → Reshape. Operators whose inputs are
 * known are computed at once instead of recorded, because a later operator may have to read their elements.
 */

import { recordingOfConstants, withoutRecordingConstants } from "@graddiff/core/internal";
import type { StandardOperator } from "./operators/names.ts";
import { constantValue, MOST_KNOWN, type Value } from "./value.ts";

/** The operators that compute lengths and indices. None of them draws random numbers or has a nested graph. */
const FOLDED: ReadonlySet<string> = new Set<StandardOperator>([
  "Abs",
  "Add",
  "And",
  "Cast",
  "Ceil",
  "Concat",
  "ConstantOfShape",
  "Div",
  "Equal",
  "Expand",
  "Flatten",
  "Floor",
  "Gather",
  "Greater",
  "GreaterOrEqual",
  "Identity",
  "Less",
  "LessOrEqual",
  "Max",
  "Min",
  "Mod",
  "Mul",
  "Neg",
  "Not",
  "Or",
  "Pow",
  "Range",
  "ReduceMax",
  "ReduceMin",
  "ReduceProd",
  "ReduceSum",
  "Reshape",
  "Slice",
  "Split",
  "Sqrt",
  "Squeeze",
  "Sub",
  "Sum",
  "Tile",
  "Transpose",
  "Unsqueeze",
  "Where",
  "Xor",
]);

type Results = readonly (Value | undefined)[];

/** True if an operator is in FOLDED and all its inputs are known. */
export function isFolded(operator: string, values: Results): boolean {
  const given = values.filter((value) => value !== undefined);
  return (
    FOLDED.has(operator) && given.length > 0 && given.every(({ known }) => known !== undefined)
  );
}

/**
 * Returns the results of a folded operator, whose elements are then known, too. Large ones are recorded instead: an
 * Expand takes less memory of a program than its elements.
 */
export function knownResults(compute: () => Results): Results {
  const results = withoutRecordingConstants(compute);
  const isSmall = results.every((value) => value === undefined || value.tensor.size <= MOST_KNOWN);
  if (!isSmall) return recordingOfConstants() === undefined ? results : compute();
  return results.map((value) => value && constantValue(value.type, value.tensor));
}
