/**
 * The kinds of the values of a loop: of its steps, and of the arrays that it reads and stores.
 */

import type { DType, FloatDType } from "../../../tensor/dtype.ts";
import { type Kind, LOOP_OPS, type LoopOp, type LoopSignature } from "./loopOps.ts";

/** The kinds of the operands of a step, as its op requires them, and the kind of its result. */
export interface StepKinds {
  readonly operands: readonly Kind[];
  readonly result: Kind;
}

/** Returns the kinds with which an op computes operands of these kinds. */
export function kindsOfOp(op: LoopOp, kinds: readonly Kind[], loop: FloatDType): StepKinds {
  const { operands, result }: LoopSignature = LOOP_OPS[op];
  // Most steps are numbers alone: their kinds are one object.
  const plain = (result ?? "number") === "number" && operands.length < 3;
  if (plain && kinds.every((kind) => kind === "number")) {
    return operands.length === 1 ? OF_NUMBER : OF_NUMBERS;
  }
  const numeric = operands.includes("numeric");
  const isFree = (wanted: string | undefined) => wanted === "numeric" || wanted === "any";
  const free = kinds.filter((_, i) => isFree(operands[i]));
  const common = commonKind(free, numeric);
  if (result === "integer" && operands[0] !== "integer") {
    // Booleans are converted to integers, or to numbers in a loop of float64, which has no integers.
    if (loop === "float64") return OF_NUMBER;
    return { operands: [common === "number" ? common : result], result };
  }
  const operandKinds = operands.map((wanted): Kind => {
    return wanted === "numeric" || wanted === "any" ? common : wanted;
  });
  return { operands: operandKinds, result: result ?? common };
}

const OF_NUMBER: StepKinds = { operands: ["number"], result: "number" };
const OF_NUMBERS: StepKinds = { operands: ["number", "number"], result: "number" };

/** Returns the common kind: numbers before integers, and integers before booleans. */
function commonKind(kinds: readonly Kind[], counts: boolean): Kind {
  if (kinds.includes("number")) return "number";
  if (kinds.includes("integer")) return "integer";
  return counts ? "number" : "boolean";
}

/** Returns the kind of the elements of an array in a loop. */
export function kindOfDType(dtype: DType, loop: FloatDType): Kind {
  if (dtype === "bool") return "boolean";
  return dtype === "int32" && loop === "float32" ? "integer" : "number";
}

/** Returns the dtypes of arrays that hold a kind of values; the first one is the usual. */
export function dtypesOfKind(kind: Kind, loop: FloatDType): readonly DType[] {
  if (kind === "boolean") return ["bool"];
  if (kind === "integer") return ["int32"];
  return loop === "float32" ? ["float32"] : ["float64", "float32", "int32"];
}
