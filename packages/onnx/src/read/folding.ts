/**
 * Arithmetic of what is known while a function is recorded: Shape → Gather → Mul → Concat → Reshape. Such operators are not
 * recorded: they are computed at once, so their elements can be read, as a later operator needs them.
 */

import { recordingOfConstants, withoutRecordingConstants } from "@graddiff/core/internal";
import type { StandardOperator } from "./operators/names.ts";
import { constantValue, MOST_KNOWN, type Value } from "./value.ts";

/** The operators that lengths and indices are computed with. None of them draws, or has a graph inside. */
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

/** True if an operator is one of these, and all that it reads is known. */
export function isFolded(operator: string, values: Results): boolean {
  const given = values.filter((value) => value !== undefined);
  return (
    FOLDED.has(operator) && given.length > 0 && given.every(({ known }) => known !== undefined)
  );
}

/**
 * Returns the results of such an operator, known as well. Large ones are recorded: an Expand takes less of a program
 * than its elements.
 */
export function knownResults(compute: () => Results): Results {
  const results = withoutRecordingConstants(compute);
  const isSmall = results.every((value) => value === undefined || value.tensor.size <= MOST_KNOWN);
  if (!isSmall) return recordingOfConstants() === undefined ? results : compute();
  return results.map((value) => value && constantValue(value.type, value.tensor));
}
