/**
 * The ops that can be fused, the kinds of values that they want and give, and the dtypes of arrays
 * that hold them.
 */

import { OF_ONE_NUMBER, OF_TWO_NUMBERS } from "../../../elementary/names.ts";
import type { DType, FloatDType } from "../../../tensor/dtype.ts";

/**
 * What the lanes of a vector are: numbers of the loop's dtype, int32, or truth values. A loop of
 * float64 has no int32: there they are numbers, which hold every one of them.
 */
export type Kind = "number" | "integer" | "truth";

/** What an op wants where more than one kind will do: "numeric" values count truth as 1 or 0. */
type Wanted = Kind | "numeric" | "any";

interface Signature {
  readonly operands: readonly Wanted[];
  /** Undefined: that of the operands that may be of several kinds, see `commonKind`. */
  readonly result: Kind | undefined;
}

const FLOAT: Signature = { operands: ["number"], result: "number" };
const FLOATS: Signature = { operands: ["number", "number"], result: "number" };
const NUMERIC: Signature = { operands: ["numeric"], result: undefined };
const NUMERICS: Signature = { operands: ["numeric", "numeric"], result: undefined };
const COMPARISON: Signature = { operands: ["numeric", "numeric"], result: "truth" };
const LOGIC: Signature = { operands: ["truth", "truth"], result: "truth" };

/** One signature for all of these names. */
function signatures<Name extends string>(
  names: readonly Name[],
  signature: Signature,
): Readonly<Record<Name, Signature>> {
  const list = names.map((name) => [name, signature] as const);
  // The entries are those of the names, which the type of fromEntries does not tell.
  return Object.fromEntries(list) as Record<Name, Signature>;
}

/** The ops that can be fused, with the meaning that they have in `ops/`. */
export const FUSED_OPS = {
  add: NUMERICS,
  sub: NUMERICS,
  mul: NUMERICS,
  div: FLOATS,
  maximum: NUMERICS,
  minimum: NUMERICS,
  ...signatures(OF_TWO_NUMBERS, FLOATS),
  neg: NUMERIC,
  abs: NUMERIC,
  sqrt: FLOAT,
  sign: NUMERIC,
  ...signatures(OF_ONE_NUMBER, FLOAT),
  equal: COMPARISON,
  notEqual: COMPARISON,
  less: COMPARISON,
  lessEqual: COMPARISON,
  greater: COMPARISON,
  greaterEqual: COMPARISON,
  logicalAnd: LOGIC,
  logicalOr: LOGIC,
  logicalNot: { operands: ["truth"], result: "truth" },
  where: { operands: ["truth", "any", "any"], result: undefined },
  /** Values as they are. */
  copy: { operands: ["any"], result: undefined },
  /** Truth values as 0 and 1, integers rounded to the loop's dtype, numbers as they are. */
  toNumber: FLOAT,
  /** Numbers rounded to float32. */
  toFloat32: FLOAT,
  /** Numbers truncated, saturating at both ends, and 0 for NaN; in a float64 loop still numbers. */
  toInt32: { operands: ["any"], result: "integer" },
  /** Whether a number is not 0. */
  toTruth: { operands: ["truth"], result: "truth" },
} as const satisfies Readonly<Record<string, Signature>>;

export type FusedOp = keyof typeof FUSED_OPS;

/** The ops that are calls of the kernel's functions of vectors. */
const ELEMENTARY = [...OF_ONE_NUMBER, ...OF_TWO_NUMBERS] as const;

export function isElementary(op: FusedOp): op is (typeof ELEMENTARY)[number] {
  return (ELEMENTARY as readonly FusedOp[]).includes(op);
}

/** What a step wants and gives. */
export interface StepKinds {
  readonly operands: readonly Kind[];
  readonly result: Kind;
}

/** What an op makes of operands of these kinds. */
export function kindsOfOp(op: FusedOp, kinds: readonly Kind[], loop: FloatDType): StepKinds {
  const signature: Signature = FUSED_OPS[op];
  const { operands, result } = signature;
  // Most ops take numbers and give one: their kinds are the same object.
  if (kinds.every((kind) => kind === "number")) {
    if (signature === FLOAT || signature === NUMERIC) return OF_NUMBER;
    if (signature === FLOATS || signature === NUMERICS) return OF_NUMBERS;
  }
  if (op === "toInt32") {
    if (loop === "float64") return { operands: ["number"], result: "number" };
    return { operands: kinds, result: "integer" };
  }
  const free = kinds.filter((_, i) => operands[i] === "numeric" || operands[i] === "any");
  const common = commonKind(free, operands.includes("numeric"));
  return {
    operands: operands.map((wanted) =>
      wanted === "numeric" || wanted === "any" ? common : wanted,
    ),
    result: result ?? common,
  };
}

const OF_NUMBER: StepKinds = { operands: ["number"], result: "number" };
const OF_NUMBERS: StepKinds = { operands: ["number", "number"], result: "number" };

/** Numbers win over integers, and these over truth values, with which nothing can be counted. */
function commonKind(kinds: readonly Kind[], counts: boolean): Kind {
  if (kinds.includes("number")) return "number";
  if (kinds.includes("integer")) return "integer";
  return counts ? "number" : "truth";
}

/** What the elements of an array are in a loop. */
export function kindOfDType(dtype: DType, loop: FloatDType): Kind {
  if (dtype === "bool") return "truth";
  return dtype === "int32" && loop === "float32" ? "integer" : "number";
}

/** The dtypes of arrays that hold a kind of values; the first one is the usual. */
export function dtypesOfKind(kind: Kind, loop: FloatDType): readonly DType[] {
  if (kind === "truth") return ["bool"];
  if (kind === "integer") return ["int32"];
  return loop === "float32" ? ["float32"] : ["float64", "float32", "int32"];
}
