/**
 * The table of all ops. Defining an op enters it here; the generated tests, the coverage table of
 * the documentation and the fuzzer read it.
 *
 * In: the block of an op. Out: the op, with all fields in one order, so that engines see one hidden class.
 *
 * Invariant: a name is registered once, and an op has a kernel or a body.
 */

import { refuseSurplus } from "../arguments.ts";
import type { Op } from "../graph/op.ts";
import type { Attributes } from "../graph/types.ts";

const table = new Map<string, Op>();

/** The fields of all ops: where all have the same, V8 finds each without a search, a sixth of the time of a small eager op. */
const FIELDS: object = {
  name: undefined,
  symbol: undefined,
  family: undefined,
  promotion: undefined,
  formula: undefined,
  convention: undefined,
  results: undefined,
  derivative: undefined,
  kernel: undefined,
  body: undefined,
  compositeKernel: undefined,
  bodies: undefined,
  statuses: undefined,
  identities: undefined,
  broadcasts: undefined,
  linearIn: undefined,
  linearTogether: undefined,
  mask: undefined,
  batch: undefined,
} satisfies { readonly [Field in Exclude<keyof Op, "examples">]-?: undefined };

/** The examples of an op as published, whose definition has none: see `scripts/withoutExamples.mjs`. */
const PUBLISHED: object = { examples: { domain: [], cases: [] } };

/** Enters an op in the table, and returns its entry. @throws Error for a name that is taken. */
/* @__NO_SIDE_EFFECTS__ */
export function register<A extends Attributes>(definition: Op<A>): Op<A> {
  const op: Op<A> = { ...FIELDS, ...PUBLISHED, ...definition };
  if (table.has(op.name)) throw new Error(`an op named ${op.name} is defined already`);
  // The type of attributes is lost in the table; callers take attributes from the op's examples.
  table.set(op.name, op as unknown as Op);
  return op;
}

/** Returns the op of a name. @throws Error where none has it. */
export function opNamed(name: string): Op {
  const op = table.get(name);
  if (op === undefined) throw new Error(`no op is named ${name}`);
  return op;
}

/**
 * Returns all ops, in the order of their definition; in a bundle those of the program, and methods. Their
 * formulas and examples are in OPS.md.
 *
 * @example
 * ```ts
 * import { registeredOps } from "@graddiff/core";
 *
 * console.log(registeredOps().some(({ name }) => name === "matmul")); // true
 * ```
 */
export function registeredOps(): readonly Op[] {
  refuseSurplus("registeredOps", 0, arguments);
  return [...table.values()];
}
