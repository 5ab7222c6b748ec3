/**
 * The ops that loops compute, with the meaning that they have in `ops/`, and the kinds of their operands and
 * results: the table that every target reads. Their instructions are in the target (`wasm/kernel/lanes.ts`).
 */

import { OF_ONE_NUMBER, OF_TWO_NUMBERS } from "../../../generated/elementary/names.ts";

/**
 * The kind of the values of a loop: numbers of the loop's dtype, int32, or booleans. A loop of float64 has no int32:
 * its integers are numbers, which represent every int32.
 */
export type Kind = "number" | "integer" | "boolean";

/** The kind of operand that an op requires: "numeric" converts booleans to 1 or 0; "any" accepts all three. */
export type Wanted = Kind | "numeric" | "any";

/** The kinds of an op's operands and result. */
export interface LoopSignature {
  readonly operands: readonly Wanted[];
  /** Undefined: the kind of the operands whose kind is not fixed. */
  readonly result: Kind | undefined;
}

export type ElementaryName = (typeof OF_ONE_NUMBER)[number] | (typeof OF_TWO_NUMBERS)[number];

const FLOAT: LoopSignature = { operands: ["number"], result: "number" };
const FLOATS: LoopSignature = { operands: ["number", "number"], result: "number" };
const NUMERIC: LoopSignature = { operands: ["numeric"], result: undefined };
const NUMERICS: LoopSignature = { operands: ["numeric", "numeric"], result: undefined };
/** Not in loops of float64, which have none. */
const INTEGERS: LoopSignature = { operands: ["integer", "integer"], result: "integer" };
const COMPARISON: LoopSignature = { operands: ["numeric", "numeric"], result: "boolean" };
const LOGIC: LoopSignature = { operands: ["boolean", "boolean"], result: "boolean" };

/** Returns one entry for each of these names. */
/* @__NO_SIDE_EFFECTS__ */
export function eachOf<Name extends string, Entry>(
  names: readonly Name[],
  entry: (name: Name) => Entry,
): Record<Name, Entry> {
  // The entries are those of the names, which the type of fromEntries does not tell.
  return Object.fromEntries(names.map((name) => [name, entry(name)])) as Record<Name, Entry>;
}

export const LOOP_OPS = {
  add: NUMERICS,
  sub: NUMERICS,
  mul: NUMERICS,
  div: FLOATS,
  maximum: NUMERICS,
  minimum: NUMERICS,
  ...eachOf(OF_TWO_NUMBERS, () => FLOATS),
  neg: NUMERIC,
  abs: NUMERIC,
  sqrt: FLOAT,
  sign: NUMERIC,
  floor: NUMERIC,
  ceil: NUMERIC,
  round: NUMERIC,
  trunc: NUMERIC,
  fmod: NUMERICS,
  bitwiseAnd: INTEGERS,
  bitwiseOr: INTEGERS,
  bitwiseXor: INTEGERS,
  bitwiseNot: { operands: ["integer"], result: "integer" },
  leftShift: INTEGERS,
  rightShift: INTEGERS,
  ...eachOf(OF_ONE_NUMBER, () => FLOAT),
  equal: COMPARISON,
  notEqual: COMPARISON,
  less: COMPARISON,
  lessEqual: COMPARISON,
  greater: COMPARISON,
  greaterEqual: COMPARISON,
  logicalAnd: LOGIC,
  logicalOr: LOGIC,
  logicalNot: { operands: ["boolean"], result: "boolean" },
  where: { operands: ["boolean", "any", "any"], result: undefined },
  /** The identity. */
  copy: { operands: ["any"], result: undefined },
  /** Booleans as 0 and 1, integers rounded to the loop's dtype, numbers as they are. */
  toNumber: FLOAT,
  /** Numbers rounded to float32. */
  toFloat32: FLOAT,
  /** Numbers truncated, saturating at both ends, and 0 for NaN; in a float64 loop still numbers. */
  toInt32: { operands: ["any"], result: "integer" },
  /** True if a number is not 0. */
  toBoolean: { operands: ["boolean"], result: "boolean" },
} as const satisfies Readonly<Record<string, LoopSignature>>;

/** The name of an op of loops. */
export type LoopOp = keyof typeof LOOP_OPS;
